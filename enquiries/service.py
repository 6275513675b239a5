"""The service clock: how many ask, how soon we ring, whether we keep our promise, and what comes of it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Min, QuerySet
from django.utils import timezone

from enquiries.models import Enquiry
from enquiries.models.attempts import Ending
from enquiries.promises import CallHours
from procedures.models import Hospital

DAYS = 28
# The longest working time to the first call in each bar.
WITHIN = {1: "Within an hour", 2: "1 to 2 hours", 4: "2 to 4 hours", 8: "4 to 8 hours"}
LATER, NOT_YET, STILL_OPEN = "More than 8 hours", "Not rung yet", "Still open"
WITHDRAWN = "Withdrawn by the patient"
NOT_COUNTED = (Ending.DUPLICATE, Ending.SPAM)


@dataclass(frozen=True)
class Bar:
    """A number with its name, and how long it is drawn beside the largest."""

    label: str
    count: int
    percent: float
    left: float

    @property
    def height(self) -> float:
        """As a column, in a drawing 30 high."""
        return 0.3 * self.percent

    @property
    def top(self) -> float:
        return 30 - self.height


@dataclass
class Service:
    """One hospital's service in these days, or that of several together."""

    name: str
    requests: int = 0
    kept: int = 0
    broken: int = 0
    open: int = 0
    overdue: int = 0
    hours: list[float] = field(default_factory=list)

    def count(self, enquiry: Enquiry, first_at: datetime | None, hours: float | None) -> None:
        """Count one request in."""
        self.requests += 1
        self.open += enquiry.is_open
        self.overdue += enquiry.is_overdue
        if hours is not None:
            self.hours.append(hours)
        if enquiry.due_at and first_at:
            is_kept = first_at <= enquiry.due_at
            self.kept += is_kept
            self.broken += not is_kept
        elif enquiry.due_at and enquiry.due_at < (enquiry.handled_at or timezone.now()):
            self.broken += 1

    @property
    def typical_hours(self) -> float | None:
        """Half of those who were rung waited no longer than this, in working time."""
        return median(self.hours) if self.hours else None

    @property
    def typical_wait(self) -> str:
        """The same in words; empty while nobody was rung."""
        hours = self.typical_hours
        if hours is None:
            return ""
        return f"{hours:.1f} working hours" if hours >= 1 else f"{hours * 60:.0f} minutes"

    @property
    def percent_kept(self) -> int | None:
        """How many in a hundred were rung by when we promised. Calls not due yet are not counted."""
        counted = self.kept + self.broken
        return round(100 * self.kept / counted) if counted else None


@dataclass(frozen=True)
class Report:
    """What the manager's page shows."""

    days: list[Bar]
    waits: list[Bar]
    endings: list[Bar]
    hospitals: list[Service]

    @property
    def most(self) -> int:
        """How many came in on the busiest day."""
        return max(bar.count for bar in self.days)


def report(requests: QuerySet[Enquiry]) -> Report:
    """Of these requests, those that came in lately. Parts of others, spam and what looks like it are not counted."""
    today = timezone.localdate()
    since = timezone.now() - timedelta(days=DAYS)
    rows = (
        requests.filter(created_at__gte=since, suspected_at=None)
        .exclude(outcome__in=NOT_COUNTED)
        .annotate(first_at=Min("attempts__made_at"))
        .select_related("hospital")
        .defer("question", "needs", "language", "patient_name", "relationship", "consent_text")
    )
    days: Counter[date] = Counter()
    waits: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    services: dict[int, tuple[Service, CallHours]] = {}
    for enquiry in rows:
        service, clock = services.setdefault(enquiry.hospital_id, _of(enquiry.hospital))
        waited = _hours(clock, enquiry.created_at, enquiry.first_at)
        service.count(enquiry, enquiry.first_at, waited)
        days[timezone.localdate(enquiry.created_at)] += 1
        if waited is not None or enquiry.is_open:
            waits[_within(waited)] += 1
        endings[_ending(enquiry)] += 1
    last_days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    kinds = [ending.label for ending in Ending if ending not in NOT_COUNTED]
    return Report(
        days=list(_bars((f"{day:%-d %B}", days[day]) for day in last_days)),
        waits=list(_bars((label, waits[label]) for label in [*WITHIN.values(), LATER, NOT_YET])),
        endings=list(_bars((label, endings[label]) for label in [*kinds, WITHDRAWN, STILL_OPEN])),
        hospitals=sorted((service for service, _ in services.values()), key=lambda one: one.name),
    )


def _of(hospital: Hospital) -> tuple[Service, CallHours]:
    return Service(hospital.name), CallHours(hospital)


def _hours(clock: CallHours, start: datetime, end: datetime | None) -> float | None:
    return clock.between(start, end) / timedelta(hours=1) if end else None


def _ending(enquiry: Enquiry) -> str:
    if enquiry.outcome:
        return Ending(enquiry.outcome).label
    return WITHDRAWN if enquiry.withdrawn_at else STILL_OPEN


def _within(hours: float | None) -> str:
    if hours is None:
        return NOT_YET
    return next((label for most, label in WITHIN.items() if hours <= most), LATER)


def _bars(counted: Iterable[tuple[str, int]]) -> Iterator[Bar]:
    pairs = list(counted)
    most = max((count for _, count in pairs), default=0) or 1
    for place, (label, count) in enumerate(pairs):
        yield Bar(label, count, 100 * count / most, 100 * place / len(pairs))
