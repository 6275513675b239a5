from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that mail leaves and requests are read while the indexes are made

    dependencies = [
        ("enquiries", "0011_how_we_knew_who_asked_to_be_erased"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                fields=["created_at", "id"],
                include=("enquiry",),
                condition=models.Q(held_at__isnull=False),
                name="outgoing_mail_held",
            ),
        ),
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                fields=["purpose", "created_at", "id"], include=("enquiry",), name="outgoing_mail_by_purpose"
            ),
        ),
        AddIndexConcurrently(
            model_name="reading",
            index=models.Index(
                fields=["deed", "at", "id"], include=("hospital",), name="readings_by_deed"
            ),
        ),
    ]
