"""When a hospital answers its phone: the week in few words, and the days to come when it does not."""

import json
from collections.abc import Iterator
from datetime import date, time

import pytest
import time_machine
from django.test import Client

from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/hospitals/elm-park/"


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    """Noon on 25 November 2026: Boxing Day is a Saturday this year."""
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        yield


def lines(client: Client, label: str) -> list[str]:
    return Page(client.get(ADDRESS)).words(
        f"//dt[text()='{label}']/following-sibling::dd//*[self::li or self::p]"
    )


def opening(client: Client) -> list[str]:
    return lines(client, "Phone lines open")


def closed(client: Client) -> list[str]:
    return lines(client, "Phone lines closed")


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ([(day, 9, 17) for day in range(5)], ["Monday to Friday, 9am to 5pm"]),
        ([(0, 9, 17), (1, 9, 17)], ["Monday and Tuesday, 9am to 5pm"]),
        ([(0, 9, 17), (2, 9, 17)], ["Monday, 9am to 5pm", "Wednesday, 9am to 5pm"]),
        ([(0, 9, 17), (1, 9, 12)], ["Monday, 9am to 5pm", "Tuesday, 9am to noon"]),
        (
            [(0, 9, 12), (0, 13, 17), (1, 9, 12), (1, 13, 17)],
            ["Monday and Tuesday, 9am to noon and 1pm to 5pm"],
        ),
        ([(day, 8, 20) for day in range(7)], ["Monday to Sunday, 8am to 8pm"]),
    ],
)
def test_days_alike_stand_in_one_line(
    client: Client, hours: list[tuple[int, int, int]], shown: list[str]
) -> None:
    hospital = factories.hospital()
    for weekday, opens, closes in hours:
        factories.opening_hours(hospital, weekday, opens_at=time(opens), closes_at=time(closes))

    assert opening(client) == shown


def test_of_bank_holidays_nothing_is_said_while_nothing_is_known(client: Client) -> None:
    factories.known_hospital(bank_holidays="")

    text = Page(client.get(ADDRESS)).text

    assert "ank holiday" not in text
    assert "Christmas" not in text
    assert closed(client) == []


def test_closed_bank_holidays_of_three_months_stand_with_closures_in_order_and_each_day_once(
    client: Client,
) -> None:
    hospital = factories.known_hospital()
    factories.closure(hospital, date(2026, 12, 24), "Early close")
    factories.closure(hospital, date(2026, 12, 25), "Christmas, and the lift is mended")

    assert closed(client) == [
        "On bank holidays. The next days closed are:",
        "Thursday 24 December 2026: Early close",
        "Friday 25 December 2026: Christmas, and the lift is mended",
        "Saturday 26 December 2026: Boxing Day",
        "Monday 28 December 2026: In place of Boxing Day",
        "Friday 1 January 2027: New Year’s Day",
    ]


def test_closed_on_bank_holidays_with_none_to_come_says_just_that(client: Client) -> None:
    factories.known_hospital()

    with time_machine.travel("2026-09-01T12:00:00Z", tick=False):
        assert closed(client) == ["On bank holidays"]


def test_bank_holiday_is_told_until_its_day_is_over(client: Client) -> None:
    factories.known_hospital()

    with time_machine.travel("2027-01-01T12:00:00Z", tick=False):
        today = closed(client)
    with time_machine.travel("2027-01-02T12:00:00Z", tick=False):
        after = closed(client)

    assert "Friday 1 January 2027: New Year’s Day" in today
    assert "Friday 1 January 2027: New Year’s Day" not in after


def test_usual_hours_on_bank_holidays_are_said_and_closures_still_stand(client: Client) -> None:
    hospital = factories.known_hospital(bank_holidays=Hospital.BankHolidays.USUAL)

    before = opening(client)
    factories.closure(hospital, date(2026, 12, 25), "Christmas Day")

    assert before[-1] == "Bank holidays, the usual hours"
    assert opening(client)[-1] == "Bank holidays, the usual hours, save for the days below"
    assert closed(client) == ["Friday 25 December 2026: Christmas Day"]


def test_search_engines_are_told_the_hours_and_closed_days_that_the_page_shows(client: Client) -> None:
    hospital = factories.known_hospital(bank_holidays="")
    factories.closure(hospital, date(2026, 12, 25), "Christmas Day")

    page = Page(client.get(ADDRESS))

    told = json.loads(page.tree.xpath("//head/script[@type='application/ld+json']/text()")[0])
    assert told["contactPoint"] == {
        "@type": "ContactPoint",
        "telephone": "01632 960100",
        "hoursAvailable": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                "opens": "09:00",
                "closes": "17:30",
            },
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": ["Saturday"],
                "opens": "09:00",
                "closes": "12:00",
            },
            {
                "@type": "OpeningHoursSpecification",
                "validFrom": "2026-12-25",
                "validThrough": "2026-12-25",
                "opens": "00:00",
                "closes": "00:00",
            },
        ],
    }


def test_staff_say_what_happens_on_bank_holidays(admin_client: Client) -> None:
    hospital = factories.hospital()

    page = Page(admin_client.get(f"/admin/procedures/hospital/{hospital.pk}/change/"))

    assert page.words("//select[@name='bank_holidays']/option")[1:] == [
        "The phone is not answered",
        "The phone is answered at the usual hours",
    ]
