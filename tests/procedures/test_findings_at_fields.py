"""What the checks find stands at the field that it concerns, and so does how its text reads."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import Edition
from procedures.readability import Reading
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, editor

pytestmark = pytest.mark.django_db
LONG = " ".join(["The nurse walks with you to the bed"] * 4)


@pytest.fixture
def draft() -> Edition:
    return factories.draft(procedure=factories.procedure())


def described(page: Page, name: str) -> str:
    """What is read out with a field, or with the group that it is."""
    told = page.tree.xpath(
        f"(//*[@id='id_{name}' or @name='{name}'])[1]/ancestor-or-self::*[@aria-describedby]"
    )
    (ids,) = {one.get("aria-describedby") for one in told}
    return " ".join(page.words(f"//*[@id='{ids}']"))


def test_finding_of_a_block_is_read_out_with_its_field_and_how_to_mend_it(draft: Edition) -> None:
    factories.block(draft, "section", heading="What can go wrong", anchor="risks")
    risk = factories.block(draft, "risk", heading="Cement can leak", body=f"<p>{LONG}.</p>")

    page = editor().get("procedures_block_change", risk.pk)

    assert "Stops publication: This sentence has 32 words" in described(page, "body")
    assert "Break it into two or more sentences" in described(page, "body")
    assert "1 sentence. The longest has 32 words, and 25 is the most." in described(page, "body")
    assert "has neither a source nor a figure" in described(page, "sources")
    assert described(page, "sources").startswith(page.words("//*[@id='id_sources_helptext']")[0][:20])
    assert "sentence" not in described(page, "heading")
    assert page.words("//section[@aria-labelledby='checks-h']//a") == ["Text", "Sources"]
    assert page.dangling() == set()


def test_finding_about_the_words_at_the_top_stands_at_them(draft: Edition) -> None:
    Edition.objects.update(lead=f"{LONG}.")

    page = editor().open(draft)

    assert "This sentence has 32 words" in described(page, "lead")


def test_finding_of_two_figures_stands_at_why_they_differ(draft: Edition) -> None:
    risk = factories.block(draft, "risk", heading="Cement can leak", body="<p>It can.</p>")
    factories.shown_in(risk, factories.figure(key="a", count=1), factories.figure(key="b", count=2))

    page = editor().get("procedures_block_change", risk.pk)

    assert "nothing says why they differ" in described(page, "why_they_differ")


def test_source_says_at_its_own_day_that_nobody_looked_for_long() -> None:
    source = factories.source(checked_on=date(2020, 1, 1))

    page = editor().get("procedures_source_change", source.pk)

    assert "last checked on 1 January 2020, more than two years ago" in described(page, "checked_on")


def test_hospital_says_what_readers_miss() -> None:
    elm = factories.hospital(parking="Behind the house.")

    page = Desk(Role.DIRECTORY_EDITOR, "fern").get("procedures_hospital_change", elm.pk)

    assert "No directions." in described(page, "directions")
    assert "Nothing about parking" not in described(page, "parking")


def test_long_text_says_how_it_reads_as_it_was_saved(draft: Edition) -> None:
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little. It passes.</p>")

    page = editor().get("procedures_block_change", block.pk)

    assert "2 sentences. The longest has 2 words. Reading age about 8." in described(page, "body")


def test_refused_text_says_how_it_reads_as_it_was_typed(draft: Edition) -> None:
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little. It passes.</p>")

    page = editor().post("procedures_block_change", block.pk, heading="", body="<p>It is short now.</p>")

    assert "1 sentence. The longest has 4 words." in described(page, "body")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("It passes.", "1 sentence. The longest has 2 words. Reading age about 8."),
        (
            "<p>Cement in vertebrae.</p>",
            "1 sentence. The longest has 3 words. Reading age about 13.5. Long words: vertebrae.",
        ),
        (
            f"{LONG}.",
            "1 sentence. The longest has 32 words, and 25 is the most. Reading age about 8.",
        ),
    ],
)
def test_how_a_text_reads_is_said_in_a_few_words(text: str, said: str) -> None:
    assert Reading.of(text).said == said


@pytest.mark.parametrize("role", Role)
def test_desk_says_how_a_text_reads_that_is_being_typed(role: Role) -> None:
    """Each role has long texts to write, if only notes of a call."""
    desk = Desk(role, "robin")

    told: dict[str, Any] = desk.client.post(
        reverse("admin:reading_age"), {"text": "<p>Cement in vertebrae.</p>"}
    ).json()

    assert told["sentences"] == 1
    assert told["longest"] == 3
    assert told["hard"] == ["vertebrae"]
    assert told["said"].startswith("1 sentence.")


def test_explanation_of_a_hard_word_says_how_it_reads() -> None:
    term = factories.glossary_term(definition="The nurse walks with you.")

    page = editor().get("procedures_glossaryterm_change", term.pk)

    assert Reading.of("The nurse walks with you.").said in described(page, "definition")
    assert page.tree.xpath("//textarea[@name='definition']/@maxlength") == ["300"]
    assert page.tree.xpath("//textarea[@name='definition']/@data-reading-age")
