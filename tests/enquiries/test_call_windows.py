"""Which times a patient may choose for our call."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from enquiries import seed
from enquiries.models import CallWindow, Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
SOON = "As soon as you can"


def london(year: int, month: int, day: int, hour: int) -> time_machine.travel:
    return time_machine.travel(datetime(year, month, day, hour, tzinfo=LONDON), tick=False)


def times_offered(client: Client, address: str = "/call-back/") -> list[str]:
    return Page(client.get(address)).words("//select[@name='call_time']/option")


def test_as_soon_as_you_can_comes_first_and_is_chosen(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital)

    page = Page(client.get("/call-back/"))

    assert page.words("//select[@name='call_time']/option")[0] == SOON
    assert page.value("call_time") == "soon"


@london(2026, 12, 2, 13)
def test_next_five_working_days_are_offered_in_order(client: Client, hospital: Hospital) -> None:
    """From a Wednesday after lunch, over a weekend and a day when the hospital is closed."""
    for weekday in range(5):
        factories.opening_hours(hospital, weekday)
        factories.call_window(hospital, weekday=weekday, starts_at="14:00", ends_at="16:30")
        factories.call_window(hospital, weekday=weekday)
    factories.call_window(hospital, weekday=5)
    factories.closure(hospital, date(2026, 12, 4))

    assert times_offered(client) == [
        SOON,
        "Wednesday 2 December, 2pm to 4.30pm",
        "Thursday 3 December, 9am to noon",
        "Thursday 3 December, 2pm to 4.30pm",
        "Monday 7 December, 9am to noon",
        "Monday 7 December, 2pm to 4.30pm",
        "Tuesday 8 December, 9am to noon",
        "Tuesday 8 December, 2pm to 4.30pm",
        "Wednesday 9 December, 9am to noon",
        "Wednesday 9 December, 2pm to 4.30pm",
    ]


@london(2026, 12, 2, 18)
def test_day_that_is_over_is_none_of_the_five(client: Client, hospital: Hospital) -> None:
    for weekday in range(5):
        factories.opening_hours(hospital, weekday)
        factories.call_window(hospital, weekday=weekday)

    assert times_offered(client)[1] == "Thursday 3 December, 9am to noon"
    assert times_offered(client)[-1] == "Wednesday 9 December, 9am to noon"


@london(2026, 12, 24, 8)
def test_bank_holidays_are_left_out(client: Client, hospital: Hospital) -> None:
    for weekday in range(5):
        factories.call_window(hospital, weekday=weekday)

    assert times_offered(client) == [
        SOON,
        "Thursday 24 December, 9am to noon",
        "Tuesday 29 December, 9am to noon",
        "Wednesday 30 December, 9am to noon",
        "Thursday 31 December, 9am to noon",
        "Monday 4 January, 9am to noon",
    ]


@london(2026, 12, 7, 9)
def test_window_that_has_begun_is_left_out(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital)

    assert times_offered(client)[1] == "Monday 14 December, 9am to noon"


@london(2026, 12, 7, 8)
def test_window_without_a_place_left_is_left_out(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital, places=1)
    factories.booked(hospital, "2026-12-07 09:00-12:00")

    assert times_offered(client)[1] == "Monday 14 December, 9am to noon"


@pytest.mark.parametrize(
    ("now", "window", "utc_hour"),
    [
        ((2026, 3, 27, 12), {"weekday": 6, "starts_at": "09:00"}, 8),  # the clocks go forward on 29 March
        ((2026, 10, 24, 12), {"weekday": 6, "starts_at": "09:00"}, 9),  # and back on 25 October
    ],
)
def test_window_is_right_on_the_day_the_clocks_change(
    client: Client, hospital: Hospital, now: Any, window: dict[str, Any], utc_hour: int
) -> None:
    factories.opening_hours(hospital, 6)
    factories.call_window(hospital, **window)

    with london(*now):
        assert times_offered(client)[1].endswith("9am to noon")
        key = Page(client.get("/call-back/")).tree.xpath("//select[@name='call_time']/option/@value")[1]
        assert factories.booked(hospital, str(key)).call_from_at.hour == utc_hour  # type: ignore[union-attr]


def test_with_no_windows_nothing_is_asked(client: Client, hospital: Hospital) -> None:
    assert times_offered(client) == []


def test_with_two_hospitals_times_are_those_of_the_one_the_page_knows(
    client: Client, hospital: Hospital
) -> None:
    other = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    factories.call_window(hospital)
    factories.call_window(other, starts_at="14:00", ends_at="16:00")

    offered = times_offered(client, "/call-back/?hospital=oak-hill")

    assert all(time.endswith("2pm to 4pm") for time in offered[1:])
    assert times_offered(client) == []
    assert "On the next page you can choose a time for our call" in Page(client.get("/call-back/")).text


def test_public_site_offers_only_what_a_person_confirmed(
    client: Client, hospital: Hospital, settings: Any
) -> None:
    factories.call_window(hospital)
    factories.call_window(hospital, starts_at="14:00", ends_at="16:30", confirmed_on=date(2026, 5, 3))

    settings.PUBLIC_URL = "http://testserver"

    assert all(time.endswith("2pm to 4.30pm") for time in times_offered(client)[1:])
    assert len(times_offered(client)) == 6


def test_windows_nobody_confirmed_are_counted(hospital: Hospital) -> None:
    unconfirmed = factories.call_window(hospital)
    factories.call_window(hospital, starts_at="14:00", ends_at="16:00", confirmed_on=date(2026, 5, 3))

    assert list(CallWindow.objects.unconfirmed()) == [unconfirmed]


def test_seed_gives_a_hospital_its_windows_once(hospital: Hospital) -> None:
    seed.load()
    seed.load()

    assert CallWindow.objects.filter(hospital=hospital).count() == 15
    assert not CallWindow.objects.exclude(confirmed_on=None).exists()


def test_seed_leaves_alone_what_staff_changed(hospital: Hospital) -> None:
    window = factories.call_window(hospital, places=1)

    seed.load()

    assert list(CallWindow.objects.all()) == [window]


@london(2026, 12, 2, 13)
@pytest.mark.parametrize("deed", ["shrink", "delete"])
def test_manager_who_changes_a_window_is_told_who_still_waits_for_a_call_in_it(
    client: Client, hospital: Hospital, deed: str
) -> None:
    factories.opening_hours(hospital, 0)
    window = factories.call_window(hospital)
    for _ in range(2):
        factories.booked(hospital, "2026-12-07 09:00-12:00")
    signed_in(client, factories.handler("merle", hospital, "Enquiry manager"))
    windows = "/admin/enquiries/callwindow/"
    facts = {"hospital": hospital.pk, "weekday": 0, "starts_at": "09:00", "ends_at": "12:00", "places": 1}
    address, typed = {
        "shrink": (f"{windows}{window.pk}/change/", facts),
        "delete": (f"{windows}{window.pk}/delete/", {"post": "yes"}),
    }[deed]

    page = Page(client.post(address, typed, follow=True))

    assert (
        f"{hospital}, Monday 09:00 to 12:00: 2 people are booked into it, and still wait for our call then."
        in (page.text)
    )


@london(2026, 12, 2, 13)
def test_only_those_who_are_booked_into_a_window_count(hospital: Hospital) -> None:
    factories.opening_hours(hospital, 0)
    window, other = (
        factories.call_window(hospital),
        factories.call_window(hospital, starts_at="13:00", ends_at="14:00"),
    )
    mine, withdrawn = (factories.booked(hospital, "2026-12-07 09:00-12:00") for _ in range(2))
    withdrawn.withdraw()
    factories.stored_enquiry(hospital)

    assert list(Enquiry.objects.booked_into(window)) == [mine]
    assert not Enquiry.objects.booked_into(other).exists()
