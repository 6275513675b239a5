"""The words that patients have agreed to so far, the promise and periods that hold so far, and a row for each mail."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from procedures.beginnings import note_what_stands

CONSENT = "You may use what I type here, and what it says about my health, to answer me."
MAILS = ["received", "team", "changed", "missed", "overdue"]


def make_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rows that stayed when this was taken back are left as they are. Nothing changes for anybody: an empty mail text is the one in the code, and so are the policy's defaults."""
    apps.get_model("enquiries", "ConsentWording").objects.get_or_create(number=1, defaults={"text": CONSENT})
    apps.get_model("enquiries", "ServicePolicy").objects.get_or_create(pk=1)
    MailText = apps.get_model("enquiries", "MailText")  # noqa: N806
    MailText.objects.bulk_create(
        (MailText(purpose=purpose) for purpose in MAILS), ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0005_what_the_hospital_sets")]

    operations = [
        migrations.RunPython(make_rows, migrations.RunPython.noop),
        note_what_stands("enquiries", "ServicePolicy", "MailText"),
    ]
