"""What migrations use to begin a history: with how its rows stood that day, so that the first change can be put back."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

REASON = "As it stood when this history began"


def note_what_stands(app: str, *names: str) -> migrations.RunPython:
    """Note every row of these models of the app that has no history yet; backwards, the history goes with its table."""

    def note(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for name in names:
            model, kept = apps.get_model(app, name), apps.get_model(app, f"Historical{name}")
            both = {field.attname for field in kept._meta.fields} & {
                field.attname for field in model._meta.fields
            }
            began = {"history_date": timezone.now(), "history_type": "+", "history_change_reason": REASON}
            known = kept._default_manager.values(model._meta.pk.attname)
            rows = model._default_manager.exclude(pk__in=known).values(*both)
            kept._default_manager.bulk_create((kept(**began, **row) for row in rows), batch_size=500)

    return migrations.RunPython(note, migrations.RunPython.noop)
