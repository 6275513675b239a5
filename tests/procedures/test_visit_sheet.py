"""The visit sheet: questions to tick, lines to write on, and nothing that could be sent."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures.models import Edition
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/visit-sheet/"


@pytest.fixture
def edition() -> Edition:
    made = factories.edition(procedure=factories.procedure())
    factories.block(made, "question", heading="Will I stay the night?")
    factories.block(made, "question", heading="Who do I ring at night?")
    factories.block(made, "faq", heading="Does it hurt?", body="<p>A little.</p>")
    return made


def test_sheet_lists_the_questions_of_the_page_with_a_box_each(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.heading == "Questions for your visit"
    assert page.words("//label[input[@type='checkbox']]") == [
        "Will I stay the night?",
        "Who do I ring at night?",
    ]
    assert "Does it hurt?" not in page.text


def test_sheet_has_lines_for_the_visit_medicines_allergies_and_own_questions(
    client: Client, edition: Edition
) -> None:
    labels = Page(client.get(ADDRESS)).words("//label[@for]")

    assert labels[:2] == ["Day and time", "Hospital, and who you see"]
    assert labels[2:8] == [f"Your question {number}" for number in range(1, 7)]
    assert labels[8:] == ["My medicines", "More medicines", "My allergies"]


def test_nothing_on_the_sheet_can_be_sent(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.tree.xpath("//form | //main//*[@name] | //*[@formaction] | //main//button") == []
    assert set(page.tree.xpath("//main//input[not(@type)]/@autocomplete")) == {"off"}
    assert "What you type stays on this screen" in page.text


def test_sheet_says_how_to_print_without_a_script(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.words("//print-button") == [
        "To print this page, open the menu of your browser and choose Print."
    ]
    assert page.tree.xpath("//script[@src]/@type") == ["module"]


def test_sheet_without_questions_still_has_its_lines(client: Client) -> None:
    factories.published_procedure()

    page = Page(client.get(ADDRESS))

    assert "What to ask" not in page.text
    assert "Your question 1" in page.text


def test_explainer_leads_to_the_sheet(client: Client, edition: Edition) -> None:
    assert Page(client.get(edition.procedure.get_absolute_url())).tree.xpath(f"//a[@href='{ADDRESS}']")


def test_sheet_takes_four_queries(
    client: Client, edition: Edition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):  # the edition, its questions, the red flags, the head of the page
        client.get(ADDRESS)
