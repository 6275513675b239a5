"""What a promise to ring back is counted in."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from procedures.models import Hospital, OpeningHours
from procedures.working_hours import WorkingHours
from tests import factories

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")


def at(day: str, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), LONDON)


@pytest.fixture
def hours() -> WorkingHours:
    """Monday to Friday, 9 to noon and 1 to 5."""
    hospital = factories.hospital()
    for weekday in range(5):
        for opens, closes in ((time(9), time(12)), (time(13), time(17))):
            OpeningHours.objects.create(hospital=hospital, weekday=weekday, opens_at=opens, closes_at=closes)
    return WorkingHours(hospital)


@pytest.mark.parametrize(
    ("since", "working", "until"),
    [
        (at("2026-11-26", 9), 2, at("2026-11-26", 11)),
        (at("2026-11-26", 11), 2, at("2026-11-26", 14)),
        (at("2026-11-26", 7), 1, at("2026-11-26", 10)),
        (at("2026-11-26", 12, 30), 4, at("2026-11-26", 17)),
        (at("2026-11-27", 16), 2, at("2026-11-30", 10)),  # over a weekend
        (at("2026-12-24", 16), 2, at("2026-12-29", 10)),  # over Christmas, Boxing Day kept on the Monday
        (
            at("2027-03-26", 8),
            1,
            at("2027-03-30", 10),
        ),  # Good Friday to Easter Monday, and the clocks go forward
    ],
)
def test_working_time_passes_in_working_hours_alone(
    hours: WorkingHours, since: datetime, working: int, until: datetime
) -> None:
    assert hours.after(since, timedelta(hours=working)) == until
    assert hours.between(since, until) == timedelta(hours=working)


def test_closure_is_no_working_day(hours: WorkingHours) -> None:
    factories.closure(hours.hospital, date(2026, 11, 26))

    assert next(hours.days(date(2026, 11, 26))) == date(2026, 11, 27)


def test_bank_holiday_is_a_working_day_where_staff_say_so(hours: WorkingHours) -> None:
    assert hours.on(date(2026, 12, 25)) == []

    hours = WorkingHours(hours.hospital)
    hours.hospital.bank_holidays = Hospital.BankHolidays.USUAL

    assert len(hours.on(date(2026, 12, 25))) == 2


def test_without_hours_nothing_is_promised() -> None:
    assert WorkingHours(factories.hospital()).after(at("2026-11-26", 9), timedelta(hours=1)) is None


def test_an_hour_is_an_hour_on_the_night_the_clocks_go_back() -> None:
    hospital = factories.hospital()
    OpeningHours.objects.create(hospital=hospital, weekday=6, opens_at=time(0), closes_at=time(4))
    hours = WorkingHours(hospital)

    assert hours.between(at("2026-10-25", 0), at("2026-10-25", 4)) == timedelta(hours=5)
