"""When a hospital answers its phone, as moments in time: what a promise to ring back is counted in.

A bank holiday counts as closed unless staff say that the usual hours hold, so that nobody is promised a call too soon.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Self

import holidays
from django.utils import timezone

from procedures.models import Hospital

# How far ahead a time is looked for. A hospital that is closed so long answers no phone.
AHEAD = timedelta(days=62)
Stretch = tuple[datetime, datetime]


class WorkingHours:
    """The working hours of one hospital. It is read once, in two queries."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital

    def read(self) -> Self:
        """Read all of it now, so that threads may share it."""
        _ = self._hours, self._closures, self._bank_holidays
        return self

    @cached_property
    def _hours(self) -> list[tuple[int, Stretch]]:
        rows = self.hospital.opening_hours.all()
        return [(row.weekday, (row.opens_at, row.closes_at)) for row in rows]  # type: ignore[misc]

    @cached_property
    def _closures(self) -> set[date]:
        return {closure.closed_on for closure in self.hospital.closures.all()}

    @cached_property
    def _bank_holidays(self) -> holidays.HolidayBase | dict[date, str]:
        """Of all days ahead, looked up at once: the calendar would fill itself as it is asked, by several threads."""
        is_open = self.hospital.bank_holidays == Hospital.BankHolidays.USUAL
        today = timezone.localdate()
        years = {today.year - 1, today.year, (today + AHEAD).year}
        return {} if is_open else holidays.country_holidays("GB", subdiv="ENG", years=years)

    def on(self, day: date) -> list[Stretch]:
        """The stretches of that day, the first first, in UTC: Python subtracts two times of one zone by the clock on the wall."""
        if day in self._closures or day in self._bank_holidays:
            return []
        zone = timezone.get_default_timezone()
        return [
            tuple(datetime.combine(day, moment, zone).astimezone(UTC) for moment in stretch)  # type: ignore[misc, arg-type]
            for weekday, stretch in self._hours
            if weekday == day.weekday()
        ]

    def days(self, start: date) -> Iterator[date]:
        """The days with working hours, from that day on, as far as we look ahead."""
        every = (start + timedelta(days=number) for number in range(AHEAD.days))
        return (day for day in every if self.on(day))

    def after(self, moment: datetime, working: timedelta) -> datetime | None:
        """When so much working time has passed since the moment; nothing where no such time is known."""
        for begins, ends in self._stretches(moment):
            if begins + working <= ends:
                return begins + working
            working -= ends - begins
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments, as far as we look ahead of the first."""
        begun = takewhile(lambda stretch: stretch[0] < end, self._stretches(start))
        return sum((min(ends, end) - begins for begins, ends in begun), timedelta())

    def _stretches(self, moment: datetime) -> Iterator[Stretch]:
        """What is left of the working hours from a moment on."""
        for day in self.days(timezone.localdate(moment)):
            yield from ((max(begins, moment), ends) for begins, ends in self.on(day) if ends > moment)
