"""What a published edition keeps: the page as it was that day, whatever changes under it."""

import pytest
from django.test import Client

from procedures.models import Edition, Figure, GlossaryTerm, Source
from procedures.publishing import publish_first_text
from procedures.rendering import lines, page
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Edition:
    """An edition with a risk, a figure and a hard word, published through the front door."""
    made = factories.draft(procedure=factories.procedure())
    factories.block(made, "key_fact", heading="Time", body="<p><b>An hour</b></p>")
    factories.block(made, "section", heading="What can go wrong", anchor="risks")
    risk = factories.block(made, "risk", heading="Leaks", body="<p>Cement may leave the vertebra.</p>")
    factories.shown_in(risk, factories.figure())
    factories.glossary_term()
    publish_first_text(made)
    return Edition.objects.get(pk=made.pk)


def test_page_is_drawn_from_what_was_kept(client: Client, published: Edition) -> None:
    Figure.objects.update(count=8, what="had another thing")
    Source.objects.update(publisher="Oak Press")
    GlossaryTerm.objects.update(definition="Something else.")

    shown = client.get(published.procedure.get_absolute_url()).content.decode()

    assert "7 of 100" in shown
    assert "Elm Press" in shown
    assert "One bone of your spine." in shown
    for later in ("8 of 100", "had another thing", "Oak Press", "Something else."):
        assert later not in shown


def test_kept_page_is_the_page_of_that_day(published: Edition) -> None:
    kept = page(published)
    published.html = {}

    assert page(published) == kept


def test_copies_stand_in_the_edition(published: Edition) -> None:
    assert published.copies["figures"]["elm-leaks"]["count"] == 7
    assert published.copies["sources"]["elm-study-2020"]["publisher"] == "Elm Press"
    assert published.copies["glossary"]["vertebra"]["definition"] == "One bone of your spine."


def test_lines_are_what_a_reader_meets_in_order_under_their_sections(published: Edition) -> None:
    words = [said for _, said in published.lines]

    assert words[0] == published.lead
    assert words.index("Time") < words.index("An hour") < words.index("What can go wrong")
    assert words.index("Leaks") < words.index("Cement may leave the vertebra.")
    assert ["What can go wrong", "Cement may leave the vertebra."] in published.lines
    assert any("7 of 100 people had some cement leak. 93 did not." in said for said in words)


def test_meaning_of_a_hard_word_is_no_line_of_the_text(published: Edition) -> None:
    assert not any("One bone of your spine." in said for _, said in published.lines)


def test_lines_of_a_draft_are_read_from_its_rows() -> None:
    draft = factories.draft(procedure=factories.procedure())
    factories.block(draft, "text", body="<p>One <b>line</b>.</p><ul><li>Two</li><li>Three</li></ul>")

    assert [said for _, said in lines(Edition.objects.with_blocks().get())][1:] == [
        "One line.",
        "Two",
        "Three",
    ]
