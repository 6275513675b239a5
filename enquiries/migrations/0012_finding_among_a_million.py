from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Reverse


class Migration(migrations.Migration):
    atomic = False  # so that requests come in and mail leaves while the indexes are made

    dependencies = [
        ("enquiries", "0011_how_we_knew_who_asked_to_be_erased"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="enquiry",
            index=GinIndex(OpClass("name", "gin_trgm_ops"), name="enquiries_by_part_of_name"),
        ),
        AddIndexConcurrently(
            model_name="enquiry",
            index=GinIndex(OpClass("email", "gin_trgm_ops"), name="enquiries_by_part_of_email"),
        ),
        AddIndexConcurrently(
            model_name="enquiry",
            index=models.Index(
                OpClass(Reverse("phone_in_full"), "text_pattern_ops"), name="enquiries_by_end_of_number"
            ),
        ),
        RemoveIndexConcurrently(model_name="enquiry", name="enquiries_by_name_alike"),
        RemoveIndexConcurrently(model_name="enquiry", name="enquiries_by_email_alike"),
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
