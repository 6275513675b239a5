"""A long list comes in pages that keep what was asked, from the first to the last, forwards and back."""

import pytest
from django.test import Client

from consultants import directory
from consultants.models import Consultant
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
PEOPLE = 47


@pytest.fixture(params=[1000, 10], ids=["counted", "too many to count"])
def people(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forty-seven people by surname, whether or not that many are read at once."""
    monkeypatch.setattr(directory, "AT_ONCE", request.param)
    hospital = factories.hospital()
    for number in range(PEOPLE):
        ada = factories.consultant(
            family_name=f"Quill{number:02}", slug=f"quill-{number}", languages=["Welsh"]
        )
        factories.practice(ada, hospital)
    return [consultant.name for consultant in Consultant.objects.listed()]


def names(page: Page) -> list[str]:
    return page.words("//main//h3[@class='who__name']")


def link(page: Page, words: str) -> str | None:
    found = page.tree.xpath(f"//nav[@aria-label='Pages of the list']//a[text()='{words}']/@href")
    return str(found[0]) if found else None


def walk(client: Client, address: str, words: str) -> list[list[str]]:
    """The names on each page, following the link with these words to its end."""
    pages, to = [], address
    while to:
        page = Page(client.get(to))
        pages.append(names(page))
        to = link(page, words) or ""
    return pages


def test_every_page_in_order_and_everybody_once(client: Client, people: list[str]) -> None:
    pages = walk(client, "/consultants/?language=Welsh", "Next page")

    assert [len(page) for page in pages] == [20, 20, 7]
    assert [name for page in pages for name in page] == people


def test_back_from_the_last_page(client: Client, people: list[str]) -> None:
    first = Page(client.get("/consultants/"))
    last = link(first, "Last page")
    assert last

    pages = walk(client, last, "Previous page")

    assert pages[0][-1] == people[-1]
    assert {name for page in pages for name in page} == set(people)


def test_links_keep_what_was_asked(client: Client, people: list[str]) -> None:
    page = Page(client.get("/consultants/?q=quill&language=Welsh"))

    for words in ("Next page", "Last page"):
        to = link(page, words)
        assert to
        assert to.startswith("/consultants/?q=quill&language=Welsh&")


def test_first_page_has_no_way_back_and_last_no_way_on(client: Client, people: list[str]) -> None:
    first = Page(client.get("/consultants/"))
    last = Page(client.get(str(link(first, "Last page"))))

    assert (link(first, "Previous page"), link(first, "First page")) == (None, None)
    assert (link(last, "Next page"), link(last, "Last page")) == (None, None)
    assert link(last, "First page") == "/consultants/#found"


@pytest.mark.parametrize(
    "query",
    ["after=zzzz", "before=", "before=aaaa", "after=quill05", "page=1000000000", "last=x&after=q&before=z"],
)
def test_a_place_where_nobody_stands_shows_a_page_all_the_same(
    client: Client, people: list[str], query: str
) -> None:
    page = Page(client.get(f"/consultants/?{query}"))

    assert page.status == 200
    assert names(page)


@pytest.mark.parametrize(
    ("people", "said"),
    [(1000, "47 consultants: 1 to 20"), (10, "At least 11 consultants")],
    indirect=["people"],
    ids=["counted", "too many to count"],
)
def test_list_says_how_many_there_are(client: Client, people: list[str], said: str) -> None:
    page = Page(client.get("/consultants/"))

    assert page.words("//main//*[@role='status']")[0] == said


def test_list_of_one_page_has_no_links_to_pages(client: Client) -> None:
    factories.practice(factories.consultant(), factories.hospital())

    assert Page(client.get("/consultants/")).tree.xpath("//nav[@aria-label='Pages of the list']") == []
