"""The staff roles, as groups with their permissions. A copy of kyphoplasty_site.access.MODELS as it stood that day."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = {
    "Content editor": {
        "procedures.procedure": "view add change delete",
        "procedures.edition": "view add change delete",
        "procedures.block": "view add change delete",
        "procedures.blockfigure": "view add change delete",
        "procedures.figure": "view add change delete",
        "procedures.source": "view add change delete",
        "procedures.glossaryterm": "view add change delete",
        "procedures.illustration": "view add change delete",
        "procedures.redflagcard": "view",
        "procedures.hospital": "view",
        "procedures.openinghours": "view",
        "procedures.closure": "view",
        "procedures.offering": "view",
        "consultants.consultant": "view",
        "consultants.practice": "view",
    },
    "Clinical reviewer": {
        "procedures.procedure": "view",
        "procedures.edition": "view",
        "procedures.block": "view",
        "procedures.blockfigure": "view",
        "procedures.figure": "view",
        "procedures.source": "view",
        "procedures.glossaryterm": "view",
        "procedures.illustration": "view",
        "procedures.redflagcard": "view",
        "procedures.hospital": "view",
        "procedures.openinghours": "view",
        "procedures.closure": "view",
        "procedures.offering": "view",
        "consultants.consultant": "view",
        "consultants.practice": "view",
    },
    "Directory editor": {
        "procedures.procedure": "view",
        "procedures.edition": "view",
        "procedures.block": "view",
        "procedures.blockfigure": "view",
        "procedures.figure": "view",
        "procedures.source": "view",
        "procedures.glossaryterm": "view",
        "procedures.illustration": "view",
        "procedures.redflagcard": "view",
        "procedures.hospital": "view add change delete",
        "procedures.openinghours": "view add change delete",
        "procedures.closure": "view add change delete",
        "procedures.offering": "view add change delete",
        "consultants.consultant": "view add change delete",
        "consultants.practice": "view add change delete",
    },
    "Enquiry handler": {
        "procedures.procedure": "view",
        "procedures.hospital": "view",
        "procedures.openinghours": "view",
        "procedures.closure": "view",
        "procedures.offering": "view",
        "consultants.consultant": "view",
        "consultants.practice": "view",
        "enquiries.enquiry": "view change",
        "enquiries.callwindow": "view",
    },
    "Enquiry manager": {
        "procedures.procedure": "view",
        "procedures.hospital": "view",
        "procedures.openinghours": "view",
        "procedures.closure": "view",
        "procedures.offering": "view",
        "consultants.consultant": "view",
        "consultants.practice": "view",
        "enquiries.enquiry": "view change",
        "enquiries.callwindow": "view add change delete",
        "enquiries.outgoingmail": "view",
        "enquiries.teammember": "view",
    },
    "Administrator": {
        "procedures.procedure": "view add change delete",
        "procedures.edition": "view add change delete",
        "procedures.block": "view add change delete",
        "procedures.blockfigure": "view add change delete",
        "procedures.figure": "view add change delete",
        "procedures.source": "view add change delete",
        "procedures.glossaryterm": "view add change delete",
        "procedures.illustration": "view add change delete",
        "procedures.redflagcard": "view add change delete",
        "procedures.hospital": "view add change delete",
        "procedures.openinghours": "view add change delete",
        "procedures.closure": "view add change delete",
        "procedures.offering": "view add change delete",
        "consultants.consultant": "view add change delete",
        "consultants.practice": "view add change delete",
        "enquiries.outgoingmail": "view",
        "enquiries.teammember": "view add change delete",
        "auth.user": "view add change",
        "auth.group": "view",
    },
}


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make each group with its permissions, which Django itself would only make after the last migration."""
    from django.apps import apps as live_apps

    for label in ("auth", "procedures", "consultants", "enquiries"):
        create_permissions(live_apps.get_app_config(label), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, models in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        for label, actions in models.items():
            app, model = label.split(".")
            group.permissions.add(
                *Permission.objects.filter(
                    content_type__app_label=app, codename__in=[f"{action}_{model}" for action in actions.split()]
                )
            )


def remove_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the groups."""
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("procedures", "0001_initial"),
        ("consultants", "0001_initial"),
        ("enquiries", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_roles, remove_roles)]
