import uuid

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

# Each changed row has its trigger wait for the end of the transaction. The first of them there leaves a row in
# content_change, whose own trigger is then the last in the queue, after every check of a foreign key: so the version is
# locked when nothing else is waited for, and two transactions never wait for each other in a ring.
FUNCTIONS = """
CREATE TABLE content_change (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

CREATE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kyphoplasty_site.changed_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        INSERT INTO content_change DEFAULT VALUES;
        PERFORM set_config('kyphoplasty_site.changed_in', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION content_has_another_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM content_change WHERE id = NEW.id;
    UPDATE kyphoplasty_site_contentversion SET version = gen_random_uuid();
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER content_has_another_version AFTER INSERT ON content_change
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION content_has_another_version();
"""
NO_FUNCTIONS = """
DROP TABLE content_change;
DROP FUNCTION content_has_another_version();
DROP FUNCTION content_changed();
"""
TRIGGERS = """
CREATE CONSTRAINT TRIGGER content_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION content_changed();

CREATE TRIGGER content_emptied AFTER TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
"""
NO_TRIGGERS = "DROP TRIGGER content_changed ON {table}; DROP TRIGGER content_emptied ON {table};"


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
                ("version", models.UUIDField(default=uuid.uuid4)),
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
            "INSERT INTO kyphoplasty_site_contentversion (id, version) VALUES (1, gen_random_uuid())",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *(
            migrations.RunSQL(TRIGGERS.format(table=table), NO_TRIGGERS.format(table=table))
            for table in TABLES
        ),
    ]
