"""Mail has left from this database all along, so it may go on. A copy of it, made later, may not."""

from django.db import migrations

LIFT = """
    INSERT INTO enquiries_mailfence (id, place, lifted_at) VALUES (1, '', now()) ON CONFLICT DO NOTHING;
    UPDATE enquiries_mailfence SET place =
        (SELECT system_identifier FROM pg_control_system())
        || '/' || (SELECT timeline_id FROM pg_control_checkpoint()) || '/' || xmin;
"""


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0003_from_enquiry_to_answered_call")]

    operations = [migrations.RunSQL(LIFT, "DELETE FROM enquiries_mailfence")]
