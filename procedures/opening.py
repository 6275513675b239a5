"""When a hospital answers its phone, in words: the hours of the week, and the days to come when it does not."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import holidays
from django.utils import timezone

from procedures.models import Hospital, OpeningHours
from procedures.models.hospitals import Weekday, clock

# How far ahead readers are told of bank holidays.
SOON = timedelta(days=92)


@dataclass(frozen=True)
class Stretch:
    """Neighbouring days of the week with the same hours."""

    days: list[Weekday]
    hours: list[OpeningHours]

    def __str__(self) -> str:
        """As people say it: “Monday to Friday, 9am to noon and 1pm to 5pm”."""
        first, last = self.days[0].label, self.days[-1].label
        days = first if len(self.days) == 1 else f"{first} {'and' if len(self.days) == 2 else 'to'} {last}"
        times = " and ".join(f"{clock(hours.opens_at)} to {clock(hours.closes_at)}" for hours in self.hours)
        return f"{days}, {times}"


@dataclass(frozen=True, order=True)
class ClosedDay:
    """A day to come when the phone is not answered."""

    day: date
    reason: str


def week(hospital: Hospital) -> list[Stretch]:
    """The hours of the week, days alike in one line. Days without hours are left out."""
    by_day = [
        (Weekday(day), list(hours))
        for day, hours in groupby(hospital.opening_hours.all(), key=lambda hours: hours.weekday)
    ]
    stretches: list[Stretch] = []
    for day, hours in by_day:
        if stretches and _goes_on(stretches[-1], day, hours):
            stretches[-1].days.append(day)
        else:
            stretches.append(Stretch([day], hours))
    return stretches


def closed_days(hospital: Hospital) -> list[ClosedDay]:
    """What staff wrote down, and the next bank holidays where the hospital is closed on them; each day once, in staff's words."""
    days = bank_holidays() if hospital.bank_holidays == Hospital.BankHolidays.CLOSED else {}
    days |= {closure.closed_on: closure.reason for closure in hospital.closures.upcoming()}
    return sorted(ClosedDay(day, reason) for day, reason in days.items())


def bank_holidays() -> dict[date, str]:
    """The bank holidays of England in the next three months, by their day."""
    today = timezone.localdate()
    until = today + SOON
    every = holidays.country_holidays("GB", subdiv="ENG", years={today.year, until.year})
    return {day: _as_people_say(name) for day, name in every.items() if today <= day <= until}


def _as_people_say(name: str) -> str:
    """A bank holiday that fell on a weekend is kept on the next working day: “In place of Boxing Day”."""
    name = name.replace("'", "’")
    return f"In place of {name.removesuffix(' (observed)')}" if name.endswith(" (observed)") else name


def _goes_on(stretch: Stretch, day: Weekday, hours: list[OpeningHours]) -> bool:
    return stretch.days[-1] + 1 == day and _times(stretch.hours) == _times(hours)


def _times(hours: list[OpeningHours]) -> list[tuple[object, object]]:
    return [(each.opens_at, each.closes_at) for each in hours]
