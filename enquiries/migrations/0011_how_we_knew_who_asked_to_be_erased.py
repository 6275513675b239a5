from django.db import migrations

import enquiries.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("enquiries", "0010_order_of_calls_and_indexes_for_a_million"),
    ]

    operations = [
        migrations.AddField(
            model_name="deletion",
            name="reason",
            field=enquiries.encryption.EncryptedTextField(
                blank=True, default="", editable=False, verbose_name="how we knew that it was them"
            ),
            preserve_default=False,
        ),
    ]
