"""Django’s own log of the desk has no index by the row that an entry is about; a row’s history asks for just that."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kyphoplasty_site", "0007_who_sets_the_service"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX log_entries_of_a_row ON django_admin_log (content_type_id, object_id)",
            "DROP INDEX log_entries_of_a_row",
        )
    ]
