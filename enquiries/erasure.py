"""How requests leave: in their time, or because somebody asked. Either leaves a receipt and nothing else."""

from django.db import transaction

from enquiries.models import Deletion, Enquiry, Export, Reading

BATCH = 200


class KeptForTheLaw(Exception):
    """The law makes us keep this request, so it is not erased."""


def purge() -> dict[str, int]:
    """Delete all that is past its time, and say how many rows of each kind went.

    A batch at a time, each with its receipt, so what is interrupted goes on where it stopped. A request that follows
    one of them stays until its own time.
    """
    counts: dict[str, int] = {}
    while batch := _purge_batch():
        counts |= {kind: counts.get(kind, 0) + count for kind, count in batch.items()}
    Reading.objects.past_keeping().delete()
    Export.objects.past_keeping().delete()
    Deletion.objects.past_keeping().delete()
    return counts


@transaction.atomic
def _purge_batch() -> dict[str, int]:
    """Rows that another purge has in hand are left to it; so is one that is just put under a hold."""
    going = Enquiry.objects.past_keeping().select_for_update(skip_locked=True, of=("self",))
    _, counts = Enquiry.objects.filter(pk__in=[enquiry.pk for enquiry in going.only("pk")[:BATCH]]).delete()
    if counts:
        Deletion.objects.create(cause=Deletion.Cause.TIME, counts=counts)
    return counts


@transaction.atomic
def erase(enquiry: Enquiry) -> Deletion:
    """Delete a request with all that belongs to it, now. Its reference stays, on the receipt."""
    row = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    if row.legal_hold_at:
        raise KeptForTheLaw(row.reference)
    _, counts = row.delete()
    return Deletion.objects.create(cause=Deletion.Cause.ERASURE, reference=row.reference, counts=counts)
