"""What each role may do with sign-offs, reviewers, tasks and what else came with them.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.apps import apps as live_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = {
    "Content editor": {
        "video": "view add change delete",
        "avoidedword": "view add change delete",
        "leaflet": "view",
        "previewlink": "view add change",
        "task": "view change",
        "reviewer": "view",
        "signoff": "view",
    },
    "Clinical reviewer": {
        "video": "view",
        "avoidedword": "view",
        "leaflet": "view",
        "previewlink": "view",
        "task": "view",
        "reviewer": "view",
        "signoff": "view add",
    },
    "Directory editor": {
        "video": "view",
        "avoidedword": "view",
        "leaflet": "view",
        "previewlink": "view",
        "task": "view",
        "reviewer": "view",
        "signoff": "view",
    },
    "Administrator": {
        "video": "view add change delete",
        "avoidedword": "view add change delete",
        "leaflet": "view",
        "previewlink": "view add change",
        "task": "view change",
        "reviewer": "view add change",
        "signoff": "view change",
    },
}


def widen_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each group its new permissions, which Django itself would only make after the last migration."""
    app = live_apps.get_app_config("procedures")
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    for name, models in ROLES.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        for model, actions in models.items():
            group.permissions.add(*_permissions(apps, model, actions))


def narrow_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away again."""
    for name, models in ROLES.items():
        group = apps.get_model("auth", "Group").objects.get(name=name)
        for model, actions in models.items():
            group.permissions.remove(*_permissions(apps, model, actions))


def _permissions(apps: Apps, model: str, actions: str) -> list[object]:
    wanted = [f"{action}_{model}" for action in actions.split()]
    permissions = apps.get_model("auth", "Permission").objects
    return list(permissions.filter(content_type__app_label="procedures", codename__in=wanted))


class Migration(migrations.Migration):
    dependencies = [
        ("kyphoplasty_site", "0001_roles"),
        ("procedures", "0002_editions_evidence_and_sign_off"),
    ]

    operations = [migrations.RunPython(widen_roles, narrow_roles)]
