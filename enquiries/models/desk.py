"""Whose turn it is on the team's desk: which requests wait, for what, and in which order."""

from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Case, Func, Q, Value, When
from django.utils import timezone

from enquiries.models.staff import HospitalRowsQuerySet
from procedures.counting import counted

# How late a second try may be before it counts as overdue. A first call is overdue the minute its promise is broken.
GRACE = timedelta(hours=1)
# Where nobody gave a hospital's hours no time is promised, and still nobody is left waiting.
UNPROMISED_WITHIN = timedelta(days=1)

Row = TypeVar("Row", bound=models.Model, covariant=True)


class UnpromisedBy(Func):
    """So many days after a moment. By the clock of UTC, so that PostgreSQL takes it for fixed and may keep it."""

    template = "(%(expressions)s AT TIME ZONE 'UTC' + interval '%(days)s days') AT TIME ZONE 'UTC'"


def _missed() -> Q:
    return Q(next_try_at=None, ring_by_at__lt=timezone.now())


def _overdue() -> Q:
    """In these words it is one stretch of an index, though the next try alone would say as much of the second part."""
    now = timezone.now()
    return Q(ring_by_at__lt=now) & (Q(next_try_at=None) | Q(next_try_at__lt=now - GRACE))


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
        return self.order_by(missed_first, "ring_by_at", "pk")

    def keys_in_order(self, start: int, end: int, *, is_from_end: bool = False) -> list[int]:
        """The keys of these rows of the same order, from either end. Each part of it is read from an index, however long."""
        sign, missed = "-" if is_from_end else "", _missed()
        order = [f"{sign}ring_by_at", f"{sign}pk"]
        first, second = (
            part.order_by(*order).annotate(part=Value(number)).values_list("part", "ring_by_at", "pk")[:end]
            for number, part in enumerate([self.filter(missed), self.exclude(missed)])
        )
        rows = first.union(second, all=True).order_by(f"{sign}part", *order)
        return [key for _, _, key in rows[start:end]]

    def counts(self) -> dict[str, int]:
        """How many open requests there are, how many wait for what, and how many look like spam, counted in one query."""
        return counted(
            open=self.open(),
            overdue=self.overdue(),
            unread=self.unread(),
            held=self.held(),
            tried=self.tried(),
            suspected=self.unfinished().exclude(suspected_at=None),
        )
