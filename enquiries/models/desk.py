"""Whose turn it is on the team's desk: which requests wait, for what, and in which order."""

from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from enquiries.models.staff import HospitalRowsQuerySet

# How late a second try may be before it counts as overdue. A first call is overdue the minute its promise is broken.
GRACE = timedelta(hours=1)
# Where nobody gave a hospital's hours no time is promised, and still nobody is left waiting.
UNPROMISED_WITHIN = timedelta(days=1)

Row = TypeVar("Row", bound=models.Model, covariant=True)


def _missed() -> Q:
    now = timezone.now()
    unpromised = Q(due_at=None, created_at__lt=now - UNPROMISED_WITHIN)
    return Q(next_try_at=None) & (Q(due_at__lt=now) | unpromised)


def _overdue() -> Q:
    return _missed() | Q(next_try_at__lt=timezone.now() - GRACE)


def _held() -> Q:
    return Q(claimed_until__gt=timezone.now())


class DeskQuerySet(HospitalRowsQuerySet[Row]):
    """Which requests wait, and for what."""

    def unfinished(self) -> Self:
        """Requests that nobody has finished, nor the patient withdrawn."""
        return self.filter(handled_at=None, withdrawn_at=None)

    def open(self) -> Self:
        """Requests that wait for us: unfinished, and not taken for spam."""
        return self.unfinished().filter(suspected_at=None)

    def unread(self) -> Self:
        """Open requests that nobody of the team has taken yet."""
        return self.open().filter(opened_at=None)

    def held(self) -> Self:
        """Open requests that somebody is busy with."""
        return self.open().filter(_held())

    def overdue(self) -> Self:
        """Open requests whose promised call was never made in time, or whose next try is an hour late."""
        return self.past_due().filter(suspected_at=None)

    def past_due(self) -> Self:
        """The same, with what looks like spam: it may be a person who waits."""
        return self.unfinished().filter(_overdue())

    def tried(self) -> Self:
        """Open requests whose next try is set."""
        return self.open().filter(next_try_at__isnull=False)

    def to_ring_now(self) -> Self:
        """Open requests that nobody is busy with, and whose chosen time or next try, where there is one, has come."""
        in_their_time = Q(call_from_at=None) | Q(call_from_at__lte=timezone.now())
        has_come = Q(next_try_at__isnull=False) | in_their_time
        return self.open().due_to_ring().filter(has_come).exclude(_held())

    def due_to_ring(self) -> Self:
        """Requests with no next try, or whose next try has come."""
        return self.filter(Q(next_try_at=None) | Q(next_try_at__lte=timezone.now()))

    def in_order(self) -> Self:
        """The next call first: the promised calls that were missed, then by when each call is due."""
        missed_first = Case(When(_missed(), then=Value(0)), default=Value(1))
        unpromised = F("created_at") + UNPROMISED_WITHIN
        return self.order_by(missed_first, Coalesce("next_try_at", "due_at", unpromised), "pk")

    def counts(self) -> dict[str, int]:
        """How many open requests there are, how many wait for what, and how many look like spam, in one query."""
        is_open = Q(suspected_at=None)
        return self.unfinished().aggregate(
            open=Count("pk", filter=is_open),
            overdue=Count("pk", filter=is_open & _overdue()),
            unread=Count("pk", filter=is_open & Q(opened_at=None)),
            held=Count("pk", filter=is_open & _held()),
            tried=Count("pk", filter=is_open & Q(next_try_at__isnull=False)),
            suspected=Count("pk", filter=~is_open),
        )
