"""Which edition readers saw, and when: what was on the page on any day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.utils import timezone

from procedures.comparing import Change, changes
from procedures.models import Edition


@dataclass(frozen=True)
class Stay:
    """A stretch of time in which readers saw one edition. With no end they see it still."""

    edition: Edition
    since: datetime
    until: datetime | None

    def touches(self, day: date) -> bool:
        """Whether readers saw it at any minute of that day in London."""
        midnight = timezone.make_aware(datetime.combine(day, time.min))
        next_midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        return self.since < next_midnight and (self.until is None or self.until > midnight)


@dataclass(frozen=True)
class Entry:
    """An edition in the list of changes: when readers saw it, and the edition they saw before it."""

    edition: Edition
    stays: list[Stay]
    before: Edition | None

    @property
    def is_current(self) -> bool:
        """Whether readers see it now."""
        return any(stay.until is None for stay in self.stays)

    @property
    def replaced_at(self) -> datetime | None:
        """When another edition took its place with readers for good; None while it stands."""
        return self.stays[-1].until if self.stays else self.edition.published_at

    @property
    def changes(self) -> list[Change]:
        """The lines that are not as they were in the edition before it."""
        return changes(self.before.lines, self.edition.lines) if self.before else []


def stays(editions: Iterable[Edition]) -> list[Stay]:
    """Who stood when, the first first. When an edition is withdrawn, the one before it stands again."""
    editions = list(editions)
    moments = {edition.published_at for edition in editions} | {edition.withdrawn_at for edition in editions}
    found: list[Stay] = []
    for since, until in pairwise([*sorted(moment for moment in moments if moment), None]):
        standing = _standing_at(editions, since) if since else None
        if standing is None or since is None:
            continue
        if found and found[-1].edition == standing and found[-1].until == since:
            since = found.pop().since
        found.append(Stay(standing, since, until))
    return found


def entries(editions: Sequence[Edition]) -> list[Entry]:
    """The list of changes, the latest edition first, as `editions` come."""
    stood = stays(editions)
    return [_entry(edition, stood) for edition in editions]


def _entry(edition: Edition, stood: list[Stay]) -> Entry:
    own = [stay for stay in stood if stay.edition == edition]
    before = [stay.edition for stay in stood if own and stay.since < own[0].since]
    return Entry(edition, own, before[-1] if before else None)


def _standing_at(editions: list[Edition], moment: datetime) -> Edition | None:
    """The latest published of those that nobody had withdrawn by then."""
    public = [
        edition
        for edition in editions
        if edition.published_at and edition.published_at <= moment
        if edition.withdrawn_at is None or edition.withdrawn_at > moment
    ]
    return max(public, key=lambda edition: (edition.published_at, edition.number), default=None)
