"""The directory, as a reader searches it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consultants.models import Consultant
from procedures.models import Hospital, Procedure
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


@pytest.fixture
def kyphoplasty() -> Procedure:
    return factories.published_procedure()


@pytest.fixture
def ada(hospital: Hospital, kyphoplasty: Procedure) -> Consultant:
    consultant = factories.consultant(languages=["Welsh"])
    factories.practice(consultant, hospital, kyphoplasty, confirmed_on=timezone.localdate())
    return consultant


@pytest.fixture
def bo() -> Consultant:
    consultant = factories.consultant(
        title="Mr", given_name="Bo", family_name="Marsh", slug="bo-marsh", role="Radiologist"
    )
    factories.practice(consultant, factories.hospital(name="Ash Hospital", slug="ash", position=1))
    return consultant


def names(page: Page) -> list[str]:
    return page.words("//main//h3[@class='who__name']")


def test_everybody_listed_is_shown_by_surname(client: Client, ada: Consultant, bo: Consultant) -> None:
    factories.consultant(slug="hidden", family_name="Hidden", is_listed=False)

    page = Page(client.get("/consultants/"))

    assert names(page) == ["Mr Bo Marsh", "Miss Ada Quill"]
    assert page.words("//main//*[@role='status']") == ["2 consultants"]


@pytest.mark.parametrize(
    "query",
    [
        "q=quill",
        "q=kyphoplasty",
        "hospital=elm-park",
        "procedure=balloon-kyphoplasty",
        "language=Welsh",
        "q=ada&hospital=elm-park&procedure=balloon-kyphoplasty&language=Welsh",
    ],
)
def test_each_question_narrows_the_list(client: Client, ada: Consultant, bo: Consultant, query: str) -> None:
    page = Page(client.get(f"/consultants/?{query}"))

    assert names(page) == ["Miss Ada Quill"]
    assert page.words("//main//*[@role='status']") == ["1 consultant"]


def test_what_was_asked_stays_in_the_form_with_a_way_back(client: Client, ada: Consultant) -> None:
    page = Page(client.get("/consultants/?q=quill&hospital=elm-park"))

    assert (page.value("q"), page.value("hospital")) == ("quill", "elm-park")
    assert page.words("//main//a[@class='tag']") == [
        "× Take off quill (1 without it)",
        "× Take off Elm Park Hospital (1 without it)",
    ]
    assert page.tree.xpath("//main//a[@class='tag']/@href") == [
        "/consultants/?hospital=elm-park#found",
        "/consultants/?q=quill#found",
    ]
    assert page.tree.xpath("//main//a[text()='Clear all']/@href") == ["/consultants/#found"]


@pytest.mark.parametrize("query", ["language=Welsh", "specialty=Pain", "gender=female"])
def test_nobody_is_found_for_what_nobody_confirmed(client: Client, ada: Consultant, query: str) -> None:
    """Each is confirmed of somebody else, so that it can be chosen."""
    ada.practices.update(confirmed_on=None, named_in=2016)
    Consultant.objects.update(languages=["Welsh"], specialties=["Pain"], gender="female")
    bo = factories.consultant(
        given_name="Bo", slug="bo", languages=["Welsh"], specialties=["Pain"], gender="female"
    )
    factories.practice(bo, Hospital.objects.get(), confirmed_on=timezone.localdate())

    assert names(Page(client.get(f"/consultants/?{query}"))) == ["Miss Bo Quill"]


LOOSENED = [
    ("q=zebra", "Nobody for “zebra” Here instead: 2 consultants, everybody on our list."),
    ("q=quill zebra", "Nobody for “quill zebra” Here instead: 1 consultant, matching some of your words."),
    (
        "q=zebra&language=Welsh",
        "Nobody for “zebra”, language Welsh Here instead: 1 consultant, fitting the rest of what you asked.",
    ),
    (
        "q=quill&hospital=ash",
        "Nobody for “quill” at Ash Hospital Here instead: 1 consultant, without Ash Hospital.",
    ),
    (
        "q=zebra&language=Welsh&hospital=ash",
        "Nobody for “zebra” at Ash Hospital, language Welsh Here instead: 2 consultants, everybody on our list.",
    ),
]


@pytest.mark.parametrize(("query", "told"), LOOSENED)
def test_where_nobody_matches_the_question_is_loosened_and_that_is_said(
    client: Client, ada: Consultant, bo: Consultant, query: str, told: str
) -> None:
    page = Page(client.get(f"/consultants/?{query}"))

    assert page.words("//main//*[@role='status']") == [told]
    assert page.words("//h2[@id='found-h']")[0].startswith("Nobody for ")
    assert "Miss Ada Quill" in names(page)


def test_heading_says_that_nobody_is_there_for_it(client: Client, ada: Consultant, bo: Consultant) -> None:
    page = Page(client.get("/consultants/?hospital=ash&procedure=balloon-kyphoplasty"))

    assert page.words("//h2[@id='found-h']") == ["Nobody at Ash Hospital for Balloon kyphoplasty"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "Find a consultant"),
        ("?q=quill&hospital=elm-park", "quill, Elm Park Hospital: consultants"),
        ("?language=Welsh&last=1", "Welsh: consultants, page 2"),
    ],
)
def test_title_says_what_was_asked_and_which_page_it_is(
    client: Client, ada: Consultant, hospital: Hospital, query: str, title: str
) -> None:
    for number in range(20):
        person = factories.consultant(slug=f"ada-{number}", languages=["Welsh"])
        factories.practice(person, hospital, confirmed_on=timezone.localdate())

    assert Page(client.get(f"/consultants/{query}")).title.startswith(f"{title} | ")


def test_directory_without_anybody_says_so(client: Client) -> None:
    page = Page(client.get("/consultants/?q=quill"))

    assert page.words("//main//*[@role='status']") == ["0 consultants Nobody is on our list yet."]


@pytest.mark.parametrize("typed", ["spinal surgery", "spinal", "surgery spinal"])
def test_somebody_whose_name_looks_like_the_treatment_hides_nobody(
    client: Client, hospital: Hospital, typed: str
) -> None:
    for number, family in enumerate(["Ash", "Birch", "Spinner", "Cole"]):
        person = factories.consultant(
            family_name=family, slug=f"ada-{number}", specialties=["Spinal surgery"]
        )
        factories.practice(person, hospital, confirmed_on=timezone.localdate())

    page = Page(client.get("/consultants/", {"q": typed}))

    assert names(page) == ["Miss Ada Ash", "Miss Ada Birch", "Miss Ada Cole", "Miss Ada Spinner"]


def test_who_is_called_so_comes_before_whose_hospital_is(client: Client, ada: Consultant) -> None:
    preston = factories.hospital(name="Preston Hospital", slug="preston", position=1)
    for family in ("Ash", "Preston", "Zell"):
        person = factories.consultant(given_name="Bo", family_name=family, slug=f"bo-{family.lower()}")
        factories.practice(person, preston)

    page = Page(client.get("/consultants/?q=preston+hospital"))

    assert names(page) == ["Miss Bo Preston", "Miss Bo Ash", "Miss Bo Zell"]


def test_somebody_elsewhere_comes_before_another_spelling_here(
    client: Client, ada: Consultant, bo: Consultant
) -> None:
    """Who types a name that we know means that name."""
    factories.practice(
        factories.consultant(slug="quint", family_name="Quilt"), Hospital.objects.get(slug="ash")
    )

    page = Page(client.get("/consultants/?q=quill&hospital=ash"))

    assert names(page) == ["Miss Ada Quill"]
    assert "Here instead: 1 consultant, without Ash Hospital." in page.text


def test_spelling_that_was_guessed_is_told(client: Client, ada: Consultant) -> None:
    page = Page(client.get("/consultants/?q=quyll"))

    assert names(page) == ["Miss Ada Quill"]
    assert page.words("//main//*[@role='status']") == [
        "1 consultant We did not find “quyll”, so we looked for words like it: quill."
    ]


@pytest.mark.parametrize(
    ("query", "word"),
    [("hospital=gone", "hospital"), ("procedure=gone", "treatment"), ("gender=x", "gender")],
)
def test_filter_that_we_do_not_know_is_told(client: Client, ada: Consultant, query: str, word: str) -> None:
    page = Page(client.get(f"/consultants/?{query}"))

    told = f"We do not know the {word} you asked for, so it does not narrow this list."
    assert told in page.words("//main//*[@role='status']")[0]


def test_hostile_question_with_every_filter_costs_few_queries(
    client: Client,
    hospital: Hospital,
    kyphoplasty: Procedure,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """What is not to be found is looked for in eleven ways, each of them one query."""
    person = factories.consultant(languages=["Welsh"], specialties=["Spinal surgery"], gender="female")
    factories.practice(person, hospital, kyphoplasty, confirmed_on=timezone.localdate())
    asked = {
        "q": "brocen bones quil kypho xx yy zz spine",
        "hospital": "elm-park",
        "procedure": "balloon-kyphoplasty",
        "language": "Welsh",
        "specialty": "Spinal surgery",
        "gender": "female",
    }

    with django_assert_max_num_queries(33):
        assert client.get("/consultants/", asked).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["hospital=nowhere", "procedure=nothing", "language=Elvish", "hospital=%00", "q=%00", "q=" + "a" * 5000],
)
def test_nonsense_narrows_nothing(client: Client, ada: Consultant, query: str) -> None:
    page = Page(client.get(f"/consultants/?{query}"))

    assert page.status == 200
    assert names(page) == ["Miss Ada Quill"]


def test_page_published_while_the_server_runs_can_be_asked_for(client: Client) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    procedure = factories.procedure()
    factories.edition(procedure=procedure, published_at=tomorrow)

    before = Page(client.get("/consultants/"))
    with time_machine.travel(tomorrow + timedelta(minutes=1), tick=False):
        after = Page(client.get("/consultants/"))

    assert before.words("//select[@name='procedure']/option") == ["Any treatment"]
    assert after.words("//select[@name='procedure']/option") == ["Any treatment", "Balloon kyphoplasty"]


def test_languages_are_offered_only_when_somebody_confirmed_one(client: Client, bo: Consultant) -> None:
    without = Page(client.get("/consultants/"))
    bo.practices.update(confirmed_on=timezone.localdate())
    Consultant.objects.update(languages=["Welsh", "Urdu"])
    cache.clear()
    spoken = Page(client.get("/consultants/"))

    assert without.tree.xpath("//select[@name='language']") == []
    assert spoken.words("//select[@name='language']/option") == ["Any language", "Urdu", "Welsh"]


def test_card_says_how_sure_we_are(client: Client, ada: Consultant, bo: Consultant) -> None:
    bo.practices.update(confirmed_on=date(2026, 9, 1))
    ada.practices.update(confirmed_on=None, named_in=2016)

    page = Page(client.get("/consultants/"))

    assert page.words("//main//li[contains(@class, 'who')]//p[@class='meta']") == [
        "Facts confirmed on 1 September 2026",
        "Named by the hospital in 2016; please ring to check",
    ]
    assert "Named for: Balloon kyphoplasty" in page.text


@pytest.mark.parametrize("how_many", [2, 30])
def test_directory_asks_the_database_as_often_for_thirty_as_for_two(
    client: Client,
    hospital: Hospital,
    kyphoplasty: Procedure,
    how_many: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(how_many):
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital, kyphoplasty)

    # The site's facts; what there is to choose from, in three; who fits; they, their practices and procedures.
    with django_assert_num_queries(8):
        page = Page(client.get("/consultants/"))

    assert len(names(page)) == min(how_many, 20)
