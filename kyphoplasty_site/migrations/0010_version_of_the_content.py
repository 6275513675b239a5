from django.db import migrations, models

# What reading pages show, and what is remembered with them. A test reads the queries of every page, and holds each table in them to this list.
TABLES = [
    "consultants_consultant",
    "consultants_directoryentry",
    "consultants_practice",
    "consultants_practice_procedures",
    "consultants_procedurecount",
    "enquiries_callwindow",
    "enquiries_consentwording",
    "enquiries_servicepolicy",
    "kyphoplasty_site_sitesettings",
    "procedures_block",
    "procedures_block_sources",
    "procedures_blockfigure",
    "procedures_closure",
    "procedures_edition",
    "procedures_figure",
    "procedures_glossaryterm",
    "procedures_hospital",
    "procedures_illustration",
    "procedures_leaflet",
    "procedures_offering",
    "procedures_openinghours",
    "procedures_procedure",
    "procedures_redflagcard",
    "procedures_signoff",
    "procedures_source",
    "procedures_video",
]

# Once a transaction, and deferred to its end: then it holds the one row for no longer than the commit takes, and two
# transactions that change content never wait for each other in a ring.
FUNCTION = """
CREATE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kyphoplasty_site.changed_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        UPDATE kyphoplasty_site_contentversion SET number = number + 1;
        PERFORM set_config('kyphoplasty_site.changed_in', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END;
$$
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER content_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION content_changed()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0009_red_flags_are_not_deleted"),
        ("consultants", "0008_help_texts_that_are_sentences"),
        ("enquiries", "0009_what_each_request_was_promised"),
        ("procedures", "0011_focus_said_in_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)),
                        name="content_version_is_one_row",
                        violation_error_message="There is one site, so its content has one version.",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO kyphoplasty_site_contentversion (id, number) VALUES (1, 1)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION content_changed()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER content_changed ON {table}")
            for table in TABLES
        ),
    ]
