"""The history of rows that stood before it was kept begins with how they stood."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

KEPT = [
    *("AvoidedWord", "Figure", "GlossaryTerm", "Illustration", "Procedure"),
    *("RedFlagCard", "Reviewer", "Source", "Synonym", "Video"),
]
REASON = "As it stood when this history began"


def note_what_stands(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name in KEPT:
        model = apps.get_model("procedures", name)
        kept = apps.get_model("procedures", f"Historical{name}")
        names = {field.attname for field in kept._meta.fields} & {
            field.attname for field in model._meta.fields
        }
        began = {"history_date": timezone.now(), "history_type": "+", "history_change_reason": REASON}
        kept._default_manager.bulk_create(
            (kept(**began, **row) for row in model._default_manager.values(*names)), batch_size=500
        )


class Migration(migrations.Migration):
    dependencies = [("procedures", "0008_history_of_evidence_and_words")]

    operations = [migrations.RunPython(note_what_stands, migrations.RunPython.noop)]
