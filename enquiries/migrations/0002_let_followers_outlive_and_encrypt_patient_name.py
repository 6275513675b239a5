"""Let a request outlive the one it follows, and encrypt the name of the person it is about, stored ones too."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import enquiries.encryption
from enquiries.encryption import keyring


def encrypt(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """While the column is plain text of any length."""
    _rewrite(apps, schema_editor, lambda name: keyring().encrypt(name.encode()).decode())


def decrypt(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The way back."""
    _rewrite(apps, schema_editor, lambda stored: keyring().decrypt(stored).decode())


def _rewrite(apps, schema_editor, rewritten) -> None:
    requests = apps.get_model("enquiries", "Enquiry").objects.using(schema_editor.connection.alias)
    for pk, stored in requests.exclude(patient_name="").values_list("pk", "patient_name"):
        requests.filter(pk=pk).update(patient_name=rewritten(stored))


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="enquiry", name="one_first_request_for_each_submission"),
        migrations.AlterField(
            model_name="enquiry",
            name="patient_name",
            field=models.TextField(blank=True, verbose_name="asking for"),
        ),
        migrations.RunPython(encrypt, decrypt),
        migrations.AlterField(
            model_name="enquiry",
            name="patient_name",
            field=enquiries.encryption.EncryptedTextField(blank=True, verbose_name="asking for"),
        ),
    ]
