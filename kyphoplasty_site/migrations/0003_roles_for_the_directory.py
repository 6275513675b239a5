"""What each role may do with what came to the directory.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.apps import apps as live_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ALL = ("view", "add", "change", "delete")
ROLES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("procedures", "synonym"): {
        "Content editor": ALL,
        "Clinical reviewer": ("view",),
        "Directory editor": ALL,
        "Administrator": ALL,
    },
    ("consultants", "procedurecount"): {
        "Content editor": ("view",),
        "Clinical reviewer": ("view",),
        "Directory editor": ALL,
        "Enquiry handler": ("view",),
        "Enquiry manager": ("view",),
        "Administrator": ALL,
    },
}


def widen_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each group its new permissions, which Django itself would only make after the last migration."""
    for label in {app for app, _ in ROLES}:
        app = live_apps.get_app_config(label)
        create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for group, permissions in _granted(apps):
        group.permissions.add(*permissions)


def narrow_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away again."""
    for group, permissions in _granted(apps):
        group.permissions.remove(*permissions)


def _granted(apps: Apps) -> list[tuple[object, list[object]]]:
    permissions = apps.get_model("auth", "Permission").objects
    return [
        (
            apps.get_model("auth", "Group").objects.get(name=role),
            list(
                permissions.filter(
                    content_type__app_label=app, codename__in=[f"{action}_{model}" for action in actions]
                )
            ),
        )
        for (app, model), roles in ROLES.items()
        for role, actions in roles.items()
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0002_roles_for_sign_off"),
        ("consultants", "0002_facts_of_a_profile_and_counts"),
        ("procedures", "0005_search"),
    ]

    operations = [migrations.RunPython(widen_roles, narrow_roles)]
