"""What migrations use to give the staff roles their permissions."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps as live_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Grants = dict[str, dict[str, str]]


def grant(grants: Grants) -> migrations.RunPython:
    """Give each role what it may do: `{"Directory editor": {"consultants.practice": "view change"}}`; backwards, take it away."""

    def give(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for label in {model.split(".")[0] for models in grants.values() for model in models}:
            # Django itself would only make them after the last migration.
            app = live_apps.get_app_config(label)
            create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        for group, permissions in _granted(apps, grants):
            group.permissions.add(*permissions)

    def take(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for group, permissions in _granted(apps, grants):
            group.permissions.remove(*permissions)

    return migrations.RunPython(give, take)


def take_away(grants: Grants) -> migrations.RunPython:
    """Take from each role what it may do no longer; backwards, give it again."""
    given = grant(grants)
    return migrations.RunPython(given.reverse_code, given.code)  # type: ignore[arg-type]


def _granted(apps: Apps, grants: Grants) -> Iterator[tuple[Any, Any]]:
    groups, permissions = (apps.get_model("auth", name).objects for name in ("Group", "Permission"))
    for role, models in grants.items():
        group = groups.get(name=role)
        for label, actions in models.items():
            app, model = label.split(".")
            wanted = [f"{action}_{model}" for action in actions.split()]
            yield group, permissions.filter(content_type__app_label=app, codename__in=wanted)
