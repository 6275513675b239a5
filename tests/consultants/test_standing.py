"""How sure we are of a practice, day by day, and what readers and search engines are told of it."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from consultants.models import Consultant, Practice
from procedures.models import Procedure, Standing
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
CONFIRMED_ON = date(2026, 5, 3)
LONDON = ZoneInfo("Europe/London")
SPAN = [
    (0, Standing.CONFIRMED),
    (179, Standing.CONFIRMED),
    (180, Standing.STALE),
    (364, Standing.STALE),
    (365, Standing.LAPSED),
    (4000, Standing.LAPSED),
]
SAID = {
    Standing.CONFIRMED: "Facts confirmed on 3 May 2026",
    Standing.STALE: "Last confirmed on 3 May 2026; please ring to check",
    Standing.LAPSED: "Last confirmed on 3 May 2026, too long ago to rely on; please ring to check",
    Standing.UNCONFIRMED: "Named by the hospital in 2016; please ring to check",
}


@pytest.fixture
def ada() -> Consultant:
    """Confirmed on 3 May 2026."""
    consultant = factories.consultant()
    factories.practice(
        consultant,
        factories.hospital(),
        published_long_ago(),
        clinic_days="Mondays",
        confirmed_on=CONFIRMED_ON,
    )
    return consultant


def published_long_ago() -> Procedure:
    procedure = factories.procedure()
    factories.edition(procedure=procedure, published_at=datetime(2026, 1, 1, tzinfo=UTC))
    return procedure


def noon(days: int) -> time_machine.travel:
    """So many days after the confirmation."""
    day = CONFIRMED_ON + timedelta(days=days)
    return time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=LONDON), tick=False)


def profile(client: Client, consultant: Consultant) -> Page:
    return Page(client.get(consultant.get_absolute_url()))


def physician(page: Page) -> dict[str, Any] | None:
    blocks = [json.loads(text) for text in page.tree.xpath("//script[@type='application/ld+json']/text()")]
    return next((block for block in blocks if block["@type"] == "Physician"), None)


@pytest.mark.parametrize(("days", "standing"), SPAN)
def test_profile_says_on_each_day_how_sure_we_are(
    client: Client, ada: Consultant, days: int, standing: Standing
) -> None:
    with noon(days):
        page = profile(client, ada)
        assert ada.practices.get().standing == standing

    assert page.status == 200
    assert SAID[standing] in page.text
    assert all(said not in page.text for other, said in SAID.items() if other != standing)


@pytest.mark.parametrize(("days", "standing"), SPAN)
def test_only_what_was_confirmed_lately_is_stated_as_current(
    client: Client, ada: Consultant, days: int, standing: Standing
) -> None:
    with noon(days):
        page = profile(client, ada)

    is_current = standing == Standing.CONFIRMED
    assert ("Does: Balloon kyphoplasty" in page.text) is is_current
    assert ("Clinic days: Mondays" in page.text) is is_current
    assert ("Did, when last confirmed: Balloon kyphoplasty" in page.text) is (standing == Standing.STALE)


@pytest.mark.parametrize(("days", "standing"), SPAN)
def test_search_engines_are_told_no_more_than_readers(
    client: Client, ada: Consultant, days: int, standing: Standing
) -> None:
    with noon(days):
        told = physician(profile(client, ada))

    if standing == Standing.LAPSED:
        assert told is None
        return
    assert told
    assert ("availableService" in told) is (standing == Standing.CONFIRMED)
    assert "hospitalAffiliation" in told
    assert told["name"] == "Miss Ada Quill"


@pytest.mark.parametrize(("days", "standing"), SPAN)
def test_nobody_is_listed_on_what_has_lapsed(
    client: Client, ada: Consultant, days: int, standing: Standing
) -> None:
    with noon(days):
        listed = Page(client.get("/consultants/"))
        hospital = Page(client.get("/hospitals/elm-park/"))
        page = Page(client.get("/procedures/balloon-kyphoplasty/"))

    is_listed = standing != Standing.LAPSED
    assert [("Miss Ada Quill" in shown.text) for shown in (listed, hospital, page)] == [is_listed] * 3


def test_list_shows_only_the_practices_that_have_not_lapsed(client: Client, ada: Consultant) -> None:
    other = factories.hospital(name="Ash Hospital", slug="ash")
    factories.practice(ada, other, named_in=2016)

    with noon(400):
        page = Page(client.get("/consultants/"))

    assert page.words("//main//li[contains(@class, 'who')]//p[@class='meta']") == [SAID[Standing.UNCONFIRMED]]


@pytest.mark.parametrize(("days", "standing"), SPAN)
def test_facts_of_the_consultant_are_current_with_one_confirmed_practice(
    ada: Consultant, days: int, standing: Standing, django_assert_num_queries: Any
) -> None:
    other = factories.hospital(name="Ash Hospital", slug="ash")
    factories.practice(ada, other, named_in=2016)
    read = Consultant.objects.with_practices().get()

    with noon(days), django_assert_num_queries(0):
        assert read.has_current_facts is (standing == Standing.CONFIRMED)


def test_nothing_is_current_of_who_was_only_named() -> None:
    ada = factories.consultant()
    factories.practice(ada, factories.hospital())

    assert not ada.has_current_facts


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        # The clocks go back on 25 October: half past midnight in London is 23:30 UTC before, and 00:30 UTC after.
        (datetime(2026, 10, 24, 22, 59, tzinfo=UTC), Standing.CONFIRMED),
        (datetime(2026, 10, 24, 23, 1, tzinfo=UTC), Standing.STALE),
    ],
)
def test_day_turns_at_midnight_in_london_in_summer(moment: datetime, standing: Standing) -> None:
    practice = Practice(confirmed_on=date(2026, 4, 28))

    with time_machine.travel(moment, tick=False):
        assert practice.standing == standing


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        (datetime(2026, 10, 29, 23, 59, tzinfo=UTC), Standing.CONFIRMED),
        (datetime(2026, 10, 30, 0, 1, tzinfo=UTC), Standing.STALE),
    ],
)
def test_day_turns_at_midnight_in_london_in_winter(moment: datetime, standing: Standing) -> None:
    practice = Practice(confirmed_on=date(2026, 5, 3))

    with time_machine.travel(moment, tick=False):
        assert practice.standing == standing


def test_older_confirmation_never_takes_the_place_of_a_newer_one(ada: Consultant) -> None:
    practice = ada.practices.get()

    practice.confirm(CONFIRMED_ON - timedelta(days=1), "Rung")
    assert practice.confirmed_on == CONFIRMED_ON

    practice.confirm(CONFIRMED_ON + timedelta(days=1), "Rung")
    assert Practice.objects.get().confirmed_on == CONFIRMED_ON + timedelta(days=1)
