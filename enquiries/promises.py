"""When we will ring: the times a patient may choose, and by when we call whoever chose none.

All in moments, so that the days on which the clocks change are counted right.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from enquiries.models.policy import policy_in_force
from procedures.models import Hospital
from procedures.models.hospitals import clock
from procedures.remembering import remembered
from procedures.working_hours import Stretch, WorkingHours

if TYPE_CHECKING:
    from enquiries.models.requests import Enquiry

# How many working days ahead a patient may choose a time.
DAYS_AHEAD = 5
QUARTER = timedelta(minutes=15)


class CallHours(WorkingHours):
    """When a hospital's team rings people: its opening hours or, where nobody gave those, its call windows."""

    @cached_property
    def _hours(self) -> Any:
        windows = self.hospital.call_windows.offered().order_by("weekday", "starts_at")
        return super()._hours or [(window.weekday, (window.starts_at, window.ends_at)) for window in windows]

    def working_days(self, now: datetime) -> list[date]:
        """The next few days with working hours still to come."""
        days = self.days(timezone.localdate(now))
        return list(islice((day for day in days if any(ends > now for _, ends in self.on(day))), DAYS_AHEAD))


@remembered
def call_hours(hospital: Hospital) -> CallHours:
    """A web process reads them once a change. To see a change that was made just now, make them yourself."""
    return CallHours(hospital).read()


@dataclass(frozen=True)
class Slot:
    """A call window on one day, and its next free place."""

    starts_at: datetime
    ends_at: datetime
    place: int

    @property
    def key(self) -> str:
        """What stands for it in a form: “2026-12-03 09:00-12:00”."""
        starts_at, ends_at = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return f"{starts_at:%Y-%m-%d %H:%M}-{ends_at:%H:%M}"

    @property
    def in_a_sentence(self) -> str:
        """“Thursday 3 December between 9am and noon”."""
        starts_at, ends_at = clock_in_words(self.starts_at), clock_in_words(self.ends_at)
        return f"{day_in_words(self.starts_at)} between {starts_at} and {ends_at}"

    def __str__(self) -> str:
        starts_at, ends_at = clock_in_words(self.starts_at), clock_in_words(self.ends_at)
        return f"{day_in_words(self.starts_at)}, {starts_at} to {ends_at}"


class TimeTaken(Exception):
    """The time that was chosen is no longer free: its last place was given, it began, or staff closed it. Others are."""

    def __init__(self, free: dict[str, Slot]) -> None:
        self.free = free


def moments(key: str) -> Stretch | None:
    """When the slot with this key begins and ends; nothing if it is no such key."""
    try:
        day, starts_at, ends_at = date.fromisoformat(key[:10]), *map(time.fromisoformat, key[11:].split("-"))
        return _moment(day, starts_at), _moment(day, ends_at)
    except (ValueError, OverflowError):
        return None


def free_slots(hospital: Hospital) -> dict[str, Slot]:
    """The hospital's call windows that are still to come and have a place left, the first first, by their keys."""
    now = timezone.now()
    windows = list(hospital.call_windows.offered().order_by("starts_at"))
    taken = hospital.enquiries.places_taken(since=now)
    slots = []
    for day in CallHours(hospital).working_days(now) if windows else []:
        for window in windows:
            starts_at, ends_at = _moment(day, window.starts_at), _moment(day, window.ends_at)
            if window.weekday == day.weekday() and starts_at > now and len(taken[starts_at]) < window.places:
                place = min(set(range(1, window.places + 1)) - taken[starts_at])
                slots.append(Slot(starts_at, ends_at, place))
    return {slot.key: slot for slot in slots}


def due_at(enquiry: "Enquiry", asked_at: datetime) -> datetime | None:
    """By when we have rung or written: the end of the time they chose, or so many working hours after they asked.

    Nothing where nobody has said when the hospital works, since we promise nothing we do not know.
    """
    if enquiry.call_until_at:
        return enquiry.call_until_at
    due = enquiry.hours.after(asked_at, policy_in_force().promised)
    return due + (datetime.min.replace(tzinfo=UTC) - due) % QUARTER if due else None


def day_in_words(moment: datetime) -> str:
    """“Thursday 3 December”."""
    return f"{timezone.localtime(moment):%A %-d %B}"


def clock_in_words(moment: datetime) -> str:
    """“9am”, as the clock on the wall says it."""
    return clock(timezone.localtime(moment).time())


def _moment(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, timezone.get_default_timezone()).astimezone(UTC)
