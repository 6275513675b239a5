"""One box for everything: what it finds, why, and what it must not show."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures.models import Edition, Hospital, Procedure, Synonym
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of() -> Callable[[str], Page]:
    return lambda typed: Page(Client().get("/search/", {"q": typed}))


@pytest.fixture
def published() -> Edition:
    """A page with everything, a hard word, a hospital and somebody who does it."""
    procedure = factories.published_procedure()
    draft = factories.whole_draft(
        procedure=procedure, change_summary="All of it.", change_reason="It was new."
    )
    factories.block(
        draft, "faq", heading="Will it cure my weak bones?", body="<p>No. It treats one bone.</p>"
    )
    factories.glossary_term()
    factories.practice(factories.consultant(), factories.hospital(town="Elmstead"), procedure)
    return factories.published(draft)


def titles(page: Page) -> list[str]:
    return page.words("//main//h3")


@pytest.mark.parametrize(
    ("typed", "title", "group"),
    [
        ("kyphoplasty", "Balloon kyphoplasty", "Treatments, tests and scans"),
        ("kyfoplasty", "Balloon kyphoplasty", "Treatments, tests and scans"),
        ("cure weak bones", "Will it cure my weak bones?", "Common questions"),
        ("leak", "What is good and bad about it", "On our pages"),
        ("vertebra", "Vertebra", "Hard words"),
        ("vertibra", "Vertebra", "Hard words"),
        ("Quill", "Miss Ada Quill", "Consultants"),
        ("miss quil", "Miss Ada Quill", "Consultants"),
        ("elmstead", "Elm Park Hospital", "Hospitals"),
    ],
)
def test_each_kind_is_found_however_it_is_spelt(
    page_of: Callable[[str], Page], published: Edition, typed: str, title: str, group: str
) -> None:
    page = page_of(typed)

    assert title in titles(page)
    assert group in page.words("//main//section/h2")


def test_result_shows_the_words_it_was_found_for(page_of: Callable[[str], Page], published: Edition) -> None:
    page = page_of("leaks")

    assert "leak" in page.words("//main//li//mark")
    assert page.tree.xpath("//main//h3/a[contains(., 'good and bad')]/@href") == [
        "/procedures/balloon-kyphoplasty/#what"
    ]


def test_other_name_it_was_found_by_is_shown(page_of: Callable[[str], Page], published: Edition) -> None:
    Procedure.objects.update(aliases="BKP, spinal cement")

    page = page_of("bkp")

    assert "Also called: BKP, spinal cement" in page.words("//main//li/p")
    assert page.words("//main//li//mark") == ["BKP"]


def test_spelling_that_was_guessed_is_told(page_of: Callable[[str], Page], published: Edition) -> None:
    page = page_of("kyfoplasty")

    told = "We did not find “kyfoplasty”, so we looked for words like it: kyphoplasty."
    assert told in page.words("//main//*[@role='status']/p")


def test_word_of_life_is_left_out_rather_than_guessed(
    page_of: Callable[[str], Page], published: Edition
) -> None:
    page = page_of("my neighbour wants kyphoplasty for a broken bone")

    assert "Balloon kyphoplasty" in titles(page)
    assert "No page says “neighbour” or “wants”, so we left that out." in page.text


@pytest.mark.parametrize("typed", ["", "numb legs", "kyphoplasty"])
def test_warning_signs_stand_above_and_below_every_search(
    page_of: Callable[[str], Page], published: Edition, typed: str
) -> None:
    page = page_of(typed)

    assert page.tree.xpath("//main//section[@id='found']//a[@href='tel:999']")
    assert page.tree.xpath("//main//section[@id='urgent']")


def test_more_than_is_shown_is_counted_and_can_be_opened(
    page_of: Callable[[str], Page], client: Client
) -> None:
    for number in range(7):
        factories.glossary_term(term=f"Bone {number}", slug=f"bone-{number}")

    page = page_of("bone")
    (more,) = page.tree.xpath("//section[@aria-labelledby='words-h']/p/a/@href")
    all_of_them = Page(client.get(more))

    assert page.words("//main//*[@role='status']/h2") == ["7 results for “bone”"]
    assert "These are the first 5 of 7." in page.text
    assert len(titles(page)) == 5
    assert len(titles(all_of_them)) == 7


def test_kind_that_nobody_knows_narrows_nothing(client: Client, published: Edition) -> None:
    assert "Balloon kyphoplasty" in titles(Page(client.get("/search/?q=kyphoplasty&kind=nonsense")))


def test_synonym_finds_and_is_told(page_of: Callable[[str], Page], published: Edition) -> None:
    Synonym.objects.create(phrase="spine injection", means="kyphoplasty")

    page = page_of("Spine injection")

    assert "Balloon kyphoplasty" in titles(page)
    assert "For “spine injection” we also looked for: kyphoplasty." in page.text


def test_where_no_page_has_all_words_some_are_enough_and_that_is_said(
    page_of: Callable[[str], Page], published: Edition
) -> None:
    page = page_of("kyphoplasty zzzzz")

    assert "No page has all of these words." in page.text
    assert "Balloon kyphoplasty" in titles(page)


@pytest.mark.parametrize("typed", ["zzzzz", "xqxqxq wvwvwv"])
def test_nothing_found_says_so_with_the_phone_number(
    page_of: Callable[[str], Page], published: Edition, typed: str
) -> None:
    page = page_of(typed)

    assert page.words("//main//*[@role='status']/h2") == [f"Nothing found for “{typed}”"]
    assert "01632 960101" in page.text


def test_empty_question_shows_the_box_alone(page_of: Callable[[str], Page], published: Edition) -> None:
    page = page_of("  ")

    assert page.status == 200
    assert page.tree.xpath("//main//*[@role='status']") == []


def test_drafts_and_what_was_replaced_are_not_found(
    page_of: Callable[[str], Page], published: Edition
) -> None:
    factories.next_edition(published, change=("Cement can leak", "Cement may seep"))
    hidden = factories.procedure(name="Secret ablation", slug="secret")
    factories.whole_draft(procedure=hidden, number=1)

    assert titles(page_of("secret ablation")) == []
    assert "leak out" not in page_of("leak").text


def test_unlisted_people_are_not_found(page_of: Callable[[str], Page], published: Edition) -> None:
    hidden = factories.consultant(slug="hidden", family_name="Hidcote", is_listed=False)
    factories.practice(hidden, Hospital.objects.get())

    assert titles(page_of("Hidcote")) == []


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "<script>alert(1)</script>",
            "\0",
            "'; DROP TABLE procedures_edition; --",
            "& | ! ( ) <-> :*",
            "\\",
        ),
        *("a" * 10_000, "kyphoplasty " * 900, "%", "\ue000bone\ue001", "\N{FIRE}\N{FIRE}", "ﬁﬂ ß Ø"),
    ],
)
def test_whatever_is_typed_is_answered(
    page_of: Callable[[str], Page], published: Edition, typed: str
) -> None:
    page = page_of(typed)

    assert page.status == 200
    assert page.tree.xpath("//main//script[not(@type='application/ld+json')]") == []


def test_results_are_kept_out_of_search_engines(page_of: Callable[[str], Page]) -> None:
    assert page_of("bone").tree.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_search_asks_the_database_so_many_times(
    published: Edition, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # The site's facts; words, synonyms and spellings; the procedures they name; who fits, and how near; five kinds; warning signs; consultants, practices, procedures.
    with django_assert_max_num_queries(16):
        client.get("/search/?q=kyphoplasty+quill")
