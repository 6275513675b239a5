"""An edition as it was: kept word for word, marked as old at the top, and out of the way of search engines."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures import publishing
from procedures.models import Edition, Figure, RedFlagCard
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import sitemap

pytestmark = pytest.mark.django_db
PAGE = "/procedures/balloon-kyphoplasty/"
ADDRESS = f"{PAGE}editions/{{}}/"
LONDON = ZoneInfo("Europe/London")
MAY, JUNE, JULY = (datetime(2027, month, 3, 9, tzinfo=LONDON) for month in (5, 6, 7))


@pytest.fixture
def first() -> Edition:
    with time_machine.travel(MAY, tick=False):
        draft = factories.whole_draft(procedure=factories.procedure(), number=1)
        factories.shown_in(draft.blocks.get(kind="risk"), factories.figure())
        publishing.publish_first_text(draft)
    return Edition.objects.get()


@pytest.fixture
def second(first: Edition) -> Edition:
    with time_machine.travel(JUNE, tick=False):
        return factories.next_edition(first, change=("can ease", "may ease"))


def read(client: Client, number: int, *, at: datetime = JULY) -> Page:
    with time_machine.travel(at, tick=False):
        return Page(client.get(ADDRESS.format(number)))


def banner(page: Page) -> str:
    return page.words("//*[@role='note']")[0]


def test_replaced_edition_says_what_it_said_and_that_it_was_replaced(client: Client, second: Edition) -> None:
    page = read(client, 1)

    assert banner(page).startswith(
        "This is edition 1, shown from 3 May 2027 to 3 June 2027. It has been replaced. Read what we say now"
    )
    assert "The pain can ease." in page.text
    assert "The pain may ease." not in page.text
    assert page.tree.xpath(f"//*[@role='note']//a[@href='{PAGE}']")


def test_current_edition_says_that_it_is(client: Client, second: Edition) -> None:
    assert "This is edition 2, shown since 3 June 2027. It is the current edition." in banner(read(client, 2))


def test_withdrawn_edition_says_when(client: Client, second: Edition) -> None:
    with time_machine.travel(JUNE.replace(day=7), tick=False):
        publishing.withdraw(second)

    assert "shown from 3 June 2027 to 7 June 2027. It was withdrawn on 7 June 2027." in banner(
        read(client, 2)
    )
    assert "and again shown since 7 June 2027. It is the current edition." in banner(read(client, 1))


def test_old_edition_of_a_page_that_is_gone_leads_nowhere_else(client: Client, first: Edition) -> None:
    with time_machine.travel(JUNE, tick=False):
        publishing.withdraw(first)

    page = read(client, 1)

    assert "It was withdrawn on 3 June 2027." in banner(page)
    assert not page.tree.xpath(f"//main//a[@href='{PAGE}']")
    assert not page.tree.xpath("//link[@rel='canonical']")


def test_figures_stand_as_they_were(client: Client, first: Edition) -> None:
    Figure.objects.update(count=90)

    page = read(client, 1)

    assert "7 of 100 people" in page.text
    assert "90 of 100" not in page.text


def test_red_flags_are_todays(client: Client, second: Edition) -> None:
    RedFlagCard.objects.update(body="<ul><li>your arms are weak</li></ul>")

    assert read(client, 1).words("//section[@id='urgent']//li") == ["your arms are weak"]


def test_old_edition_is_kept_out_of_search_engines(client: Client, second: Edition) -> None:
    with time_machine.travel(JULY, tick=False):
        response = client.get(ADDRESS.format(1))
        listed = sitemap(client)

    page = Page(response)
    assert response["X-Robots-Tag"] == "noindex"
    assert page.tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.tree.xpath("//link[@rel='canonical']/@href") == [f"http://testserver{PAGE}"]
    assert "MedicalWebPage" not in response.content.decode()
    assert not any("editions" in address for address in listed)


def test_old_edition_carries_no_form(client: Client, second: Edition) -> None:
    page = read(client, 1)

    assert page.tree.xpath("//form") == []
    assert page.dangling() == set()


@pytest.mark.parametrize("number", [0, 2, 3, 4, 10**20])
def test_what_was_never_public_is_not_found(client: Client, first: Edition, number: int) -> None:
    """A draft, one set for later, one withdrawn before its minute, and one that nobody wrote."""
    later = {"procedure": first.procedure, "is_first_text": False}
    factories.draft(**later, number=2)
    factories.edition(**later, number=3, published_at=JULY.replace(month=8))
    factories.edition(**later, number=4, published_at=JUNE, withdrawn_at=MAY)

    assert read(client, number).status == 404


def test_page_takes_five_queries(
    client: Client, second: Edition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The editions, the kept page, the sign-off, the red flags, the head of the page.
    with time_machine.travel(JULY, tick=False), django_assert_num_queries(5):
        client.get(ADDRESS.format(1))
