"""Hard words explained."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def test_every_word_stands_with_its_meaning_from_a_to_z(client: Client) -> None:
    factories.glossary_term()
    factories.glossary_term(term="Biopsy", slug="biopsy", definition="A small piece taken to be looked at.")

    page = Page(client.get("/glossary/"))

    assert page.heading == "Hard words explained"
    assert page.words("//main//dt") == ["Biopsy", "Vertebra"]
    assert page.words("//main//dd") == ["A small piece taken to be looked at.", "One bone of your spine."]


def test_words_stand_under_their_letters(client: Client) -> None:
    factories.glossary_term()
    factories.glossary_term(term="biopsy", slug="biopsy", definition="A small piece taken to be looked at.")

    page = Page(client.get("/glossary/"))

    assert page.words("//main//h2[starts-with(@id, 'letter-')]") == ["B", "V"]
    assert page.tree.xpath("//nav[@aria-label='A to Z']/a/@href") == ["#letter-b", "#letter-v"]


def test_word_names_the_pages_that_say_it(client: Client) -> None:
    factories.glossary_term()
    said = {"glossary": {"vertebra": {"term": "Vertebra"}}}
    factories.edition(procedure=factories.procedure(), copies=said)
    factories.edition(
        procedure=factories.procedure(name="Bone scan", slug="bone-scan"), copies={"glossary": {}}
    )

    page = Page(client.get("/glossary/"))

    assert page.words("//main//dd/ul[@aria-label='Pages that say it']/li") == ["Balloon kyphoplasty"]
    assert page.tree.xpath("//main//dd//a/@href") == ["/procedures/balloon-kyphoplasty/"]


def test_each_word_has_an_address_of_its_own(client: Client) -> None:
    term = factories.glossary_term()

    page = Page(client.get("/glossary/"))

    assert term.get_absolute_url() == "/glossary/#vertebra"
    assert "vertebra" in page.ids


@pytest.mark.parametrize("how_many", [2, 30])
def test_glossary_asks_the_database_as_often_for_thirty_words_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(how_many):
        factories.glossary_term(term=f"Word {number}", slug=f"word-{number}")

    factories.published_procedure()

    # The words, the current editions, their procedures, the red flags and the site's facts.
    with django_assert_num_queries(5):
        client.get("/glossary/")
