"""The finder of treatments, tests and scans, as a reader uses it."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures.models import Hospital, Procedure
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


@pytest.fixture
def kyphoplasty(hospital: Hospital) -> Procedure:
    procedure = factories.published_procedure(aliases="BKP")
    factories.offering(procedure, hospital)
    return procedure


@pytest.fixture
def mri() -> Procedure:
    return factories.published_procedure(
        name="MRI scan", slug="mri-scan", kind="scan", summary="A picture of your spine."
    )


def names(page: Page) -> list[str]:
    return page.words("//main//li//h4")


def test_everything_published_is_listed_under_its_letter(
    client: Client, kyphoplasty: Procedure, mri: Procedure
) -> None:
    factories.procedure(name="Hidden", slug="hidden")

    page = Page(client.get("/procedures/"))

    assert page.heading == "Find a treatment, test or scan"
    assert names(page) == ["Balloon kyphoplasty", "MRI scan"]
    assert page.words("//main//*[@role='status']") == ["2 found"]
    assert page.tree.xpath("//nav[@aria-label='A to Z']//a/@href") == ["#letter-B", "#letter-M"]
    assert page.dangling() == set()


@pytest.mark.parametrize(
    "query", ["q=kypho", "q=bkp", "q=broken+bone", "kind=treatment", "hospital=elm-park", "q=%C2%A0kypho"]
)
def test_each_question_narrows_the_list(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    page = Page(client.get(f"/procedures/?{query}"))

    assert names(page) == ["Balloon kyphoplasty"]


@pytest.mark.parametrize("query", ["kind=treatment&q=mri", "hospital=elm-park&kind=scan"])
def test_questions_are_asked_together(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    page = Page(client.get(f"/procedures/?{query}"))

    assert names(page) == []
    assert "Nothing matches that." in page.text
    assert page.tree.xpath("//main//a[text()='See everything on our list']/@href") == ["/procedures/"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=walk",
        "kind=scan&kind=walk",
        "hospital=nowhere",
        "hospital=%00",
        "q=%00",
        "q=" + "a" * 5000,
        "q=%FF%FE",
        "page=2",
    ],
)
def test_nonsense_is_never_an_error(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    response = client.get(f"/procedures/?{query}")

    assert response.status_code == 200
    assert "found" in Page(response).words("//main//*[@role='status']")[0]


def test_what_was_asked_stays_in_the_form(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/?q=kypho&kind=treatment&hospital=elm-park"))

    assert page.value("q") == "kypho"
    assert page.value("hospital") == "elm-park"
    assert page.tree.xpath("//input[@name='kind'][@checked]/@value") == ["treatment"]
    assert page.heading == "Find a treatment, test or scan available at Elm Park Hospital"


def test_kind_is_all_until_one_is_chosen(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/"))

    assert page.words("//fieldset//label") == ["All", "Treatments", "Tests", "Scans"]
    assert page.tree.xpath("//input[@name='kind'][@checked]/@value") == [""]


def test_what_was_asked_is_shown_as_text(client: Client, kyphoplasty: Procedure) -> None:
    response = client.get("/procedures/", {"q": '"><script>alert(1)</script>'})

    assert "<script>alert" not in response.content.decode()
    assert Page(response).value("q") == '"><script>alert(1)</script>'


def test_card_says_where_and_that_nobody_has_confirmed_it(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/"))

    assert page.words("//main//li//p[@class='meta']") == ["Elm Park Hospital; please ring to check"]


def test_confirmed_offering_does_not_ask_to_ring(client: Client, kyphoplasty: Procedure) -> None:
    kyphoplasty.offerings.update(confirmed_on=date(2026, 9, 1))

    page = Page(client.get("/procedures/"))

    assert page.words("//main//li//p[@class='meta']") == ["Elm Park Hospital"]


@pytest.mark.parametrize("how_many", [2, 30])
def test_finder_asks_the_database_as_often_for_thirty_as_for_two(
    client: Client, hospital: Hospital, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(how_many):
        procedure = factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}", kind="scan")
        factories.offering(procedure, hospital)

    # The site's facts; the hospitals to choose from, counted first; the procedures and where each is offered.
    with django_assert_num_queries(5):
        page = Page(client.get("/procedures/"))

    assert len(names(page)) == how_many
