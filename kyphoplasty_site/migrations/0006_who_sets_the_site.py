"""The one row of the site's settings, empty, and who may change it.

A copy of kyphoplasty_site.access.MODELS as it stood that day.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from kyphoplasty_site.roles import grant
from procedures.beginnings import note_what_stands

ROLES = {
    "Directory editor": {"kyphoplasty_site.sitesettings": "view change"},
    "Administrator": {"kyphoplasty_site.sitesettings": "view change"},
}


def make_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every page is then as it was: what is empty is the first hospital's own."""
    apps.get_model("kyphoplasty_site", "SiteSettings").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("kyphoplasty_site", "0005_site_settings")]

    operations = [
        migrations.RunPython(make_row, migrations.RunPython.noop),
        note_what_stands("kyphoplasty_site", "SiteSettings"),
        grant(ROLES),
    ]
