"""The fingerprint a clinician signs moves with what they read, and with nothing else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from procedures.copies import clinical_hash, copies
from procedures.models import Block, Edition, Figure, GlossaryTerm, Illustration, Source
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Edition:
    """A draft with a risk, its figure and source, a picture, a hard word, a price note and a question."""
    page = factories.draft(procedure=factories.procedure())
    factories.block(page, "section", heading="What can go wrong", anchor="risks")
    risk = factories.block(page, "risk", heading="Leaks", body="<p>Cement may leave the vertebra.</p>")
    factories.shown_in(risk, factories.figure())
    factories.cited_in(risk, factories.source(key="ash-2021", url="https://press.example/ash"))
    factories.block(page, "text", body="<p>Look.</p>", illustration=factories.illustration())
    factories.block(page, "cost", heading="Price", body="<p>Ask us.</p>")
    factories.block(page, "question", heading="May I eat before it?")
    factories.glossary_term()
    return page


def now(page: Edition) -> str:
    return clinical_hash(Edition.objects.with_blocks().get(pk=page.pk))


def change(model: Any, **facts: Any) -> Callable[[], object]:
    """Give every row of a kind another value."""
    return lambda: model.objects.update(**facts)


def change_block(kind: str, **facts: Any) -> Callable[[], object]:
    return lambda: Block.objects.filter(kind=kind).update(**facts)


def swap_places() -> None:
    Block.objects.filter(kind="risk").update(position=9)


CLINICAL: dict[str, Callable[[], object]] = {
    "a word of a risk": change_block("risk", body="<p>Cement often leaves the vertebra.</p>"),
    "the heading of a section": change_block("section", heading="What can rarely go wrong"),
    "the order of blocks": swap_places,
    "a block taken out": lambda: Block.objects.filter(kind="text").delete(),
    "the lead": change(Edition, lead="It always works."),
    "the line for search engines": change(Edition, description="It always works."),
    "a count": change(Figure, count=8),
    "what a figure counts": change(Figure, counted="levels"),
    "a source's year": change(Source, year=1999),
    "what a picture shows": change(Illustration, alt="Another picture."),
    "another drawing": change(Illustration, drawing="step-2-balloon-small.svg"),
    "the meaning of a hard word": change(GlossaryTerm, definition="A bone of the foot."),
    "why figures differ": change_block("risk", why_they_differ="They counted other people."),
}
NOT_CLINICAL: dict[str, Callable[[], object]] = {
    "the price note": change_block("cost", body="<p>Ring us.</p>"),
    "a question": change_block("question", heading="May I drink before it?"),
    "a note for colleagues": change(Edition, internal_note="Ask Robin."),
    "what the list of changes says": change(Edition, change_summary="We corrected a figure."),
    "the day a source was read": change(Source, checked_on=date(2026, 10, 1)),
    "where a block without clinical words stands": lambda: Block.objects.filter(kind="cost").update(
        position=20
    ),
    "an unused hard word": lambda: factories.glossary_term(term="Biopsy", slug="biopsy"),
    "an unused figure": lambda: factories.figure(key="unused"),
}


@pytest.mark.parametrize("changed", CLINICAL.values(), ids=CLINICAL)
def test_clinical_change_moves_the_fingerprint(draft: Edition, changed: Callable[[], object]) -> None:
    before = now(draft)

    changed()

    assert now(draft) != before


@pytest.mark.parametrize("changed", NOT_CLINICAL.values(), ids=NOT_CLINICAL)
def test_other_change_leaves_the_fingerprint(draft: Edition, changed: Callable[[], object]) -> None:
    before = now(draft)

    changed()

    assert now(draft) == before


def test_copy_of_an_edition_has_the_same_fingerprint(draft: Edition) -> None:
    again = factories.draft(procedure=factories.procedure(name="Other", slug="other"))
    for block in draft.blocks.all():
        figures, sources = list(block.figures.all()), list(block.sources.all())
        block.pk = None
        block.edition = again
        block.save()
        factories.shown_in(block, *figures)
        block.sources.set(sources)

    assert now(again) == now(draft)


def test_copies_hold_every_value_that_the_page_shows(draft: Edition) -> None:
    taken = copies(Edition.objects.with_blocks().get(pk=draft.pk).blocks.all())

    assert taken["figures"]["elm-leaks"]["count"] == 7
    assert taken["figures"]["elm-leaks"]["source"] == "elm-study-2020"
    assert {"elm-study-2020", "ash-2021"} == set(taken["sources"])
    assert taken["glossary"]["vertebra"]["definition"] == "One bone of your spine."
    assert taken["pictures"]["tubes"]["alt"] == "Thin tubes reach the bone."
