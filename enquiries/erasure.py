"""How requests leave: in their time, or because somebody asked. Either leaves a receipt and nothing else."""

import logging
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from enquiries.models import Deletion, Enquiry, Export, Reading

logger = logging.getLogger(__name__)
BATCH = 200


class KeptForTheLaw(Exception):
    """The law makes us keep this request, so it is not erased."""


class JoinedSince(Exception):
    """More would go with this request than was shown, so it is not erased."""


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
    """Rows that another purge has in hand are left to it; so is one that is just put under a hold.

    What was joined to a request leaves with it at the latest.
    """
    going = Enquiry.objects.past_keeping().select_for_update(skip_locked=True, of=("self",))
    pks = [enquiry.pk for enquiry in going.only("pk")[:BATCH]]
    parts = Q(duplicate_of__in=pks, legal_hold_at=None)
    _, counts = Enquiry.objects.filter(Q(pk__in=pks) | parts).delete()
    if counts:
        Deletion.objects.create(cause=Deletion.Cause.TIME, counts=counts)
    return counts


@transaction.atomic
def erase(enquiry: Enquiry, shown: Collection[str] | None = None, reason: str = "") -> list[Deletion]:
    """Delete a request and those joined to it, with all that belongs to them, now; nothing where somebody just did.

    The reference of each stays, on its receipt, with how we knew who asked. Where the person was shown which would go,
    nothing else goes. Raises KeptForTheLaw and JoinedSince.
    """
    rows = list(_together(enquiry).select_for_update(of=("self",)))
    if any(row.is_kept_for_the_law for row in rows):
        raise KeptForTheLaw(enquiry.reference)
    if shown is not None and not {row.reference for row in rows} <= set(shown):
        raise JoinedSince(enquiry.reference)
    return [_erase(row, reason) for row in rows]


def foretold(asked: list[Enquiry]) -> tuple[list[Enquiry], list[Enquiry]]:
    """What would go if each of these were erased, and what would stay for the law; with those joined to them, each once."""
    is_one = Q(pk__in=[enquiry.pk for enquiry in asked]) | Q(duplicate_of__in=asked)
    found = Enquiry.objects.filter(is_one).select_related("duplicate_of", "hospital").order_by("pk")
    goes: dict[int, Enquiry] = {}
    stays: dict[int, Enquiry] = {}
    for enquiry in asked:
        rows = [row for row in found if enquiry.pk in (row.pk, row.duplicate_of_id)]
        is_kept = any(row.is_kept_for_the_law for row in rows)
        (stays if is_kept else goes).update({row.pk: row for row in rows})
    return list(goes.values()), [row for key, row in stays.items() if key not in goes]


def _together(enquiry: Enquiry) -> QuerySet[Enquiry]:
    """A request and those joined to it."""
    is_one = Q(pk=enquiry.pk) | Q(duplicate_of=enquiry.pk)
    return Enquiry.objects.filter(is_one).select_related("duplicate_of").order_by("pk")


def _erase(row: Enquiry, reason: str) -> Deletion:
    """The log is told as well: it outlives the database, and an older backup has the request again."""
    _, counts = row.delete()
    transaction.on_commit(partial(logger.info, "Request %s was erased on request.", row.reference))
    return Deletion.objects.create(
        cause=Deletion.Cause.ERASURE, reference=row.reference, counts=counts, reason=reason
    )
