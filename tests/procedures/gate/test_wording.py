"""How hard a page is to read, its hard words, and the words to do without."""

import pytest

from procedures.models import AvoidedWord, Edition, Procedure
from tests import factories
from tests.procedures.gate.checking import LONG, Kind, block, found, only, says

pytestmark = pytest.mark.django_db


def test_sentence_of_25_words_passes_and_one_of_26_stops_it(draft: Edition) -> None:
    says(draft, LONG.replace("very ", "", 1))
    made = says(draft, LONG)

    finding = only(draft)

    assert (finding.block, finding.sentence, finding.is_blocking) == (made, LONG, True)
    assert finding.reason == "This sentence has 26 words. Readers lose the thread after 25."


@pytest.mark.parametrize("place", ["lead", "description"])
def test_words_above_the_blocks_are_read_too(draft: Edition, place: str) -> None:
    setattr(draft, place, "A painless way in 1 in 20 people.")
    draft.save()
    AvoidedWord.objects.create(word="painless", instead="Say what people feel.", is_blocking=True)

    findings = found(draft)

    assert [(finding.block, finding.sentence) for finding in findings] == [
        (None, "A painless way in 1 in 20 people.")
    ] * 2


def test_page_above_the_reading_age_is_stopped_at_its_hardest_sentence(draft: Edition) -> None:
    hardest = "The hospital consultant examines medical documents."
    made = block(draft, body=f"<p>{'An adult recovers in hospital. ' * 30}{hardest}</p>")

    page, of_block = found(draft)

    assert (page.block, page.sentence, page.is_blocking) == (None, hardest, True)
    assert "by UK-SMOG, and 11 is the highest" in page.reason
    assert "“recovers”" in page.fix
    assert (of_block.block, of_block.is_blocking) == (made, False)


def test_too_short_a_page_for_the_formula_is_only_advised(draft: Edition) -> None:
    block(draft, body="<p>The hospital consultant examines medical documents. " * 4)

    assert [finding.is_blocking for finding in found(draft)] == [False]


def test_short_version_has_a_stricter_reading_age(draft: Edition) -> None:
    summary = draft.blocks.get(kind=Kind.SUMMARY)
    summary.body = "<ul><li>It holds the bone. You recover in hospital.</li><li>You rest.</li></ul>"
    summary.save()

    finding = only(draft)

    assert (finding.block, finding.is_blocking) == (summary, True)
    assert finding.sentence == "You recover in hospital."
    assert finding.reason.startswith("The short version needs a reading age of 12.5")


@pytest.mark.parametrize(
    "word",
    [
        "spondylosis",
        "laminectomy",
        "radiculopathy",
        "haematoma",
        "angiogram",
        "denosumab",
        "osteophyte",
        "spondylolisthesis",
    ],
)
def test_medical_word_outside_the_glossary_stops_it_once(draft: Edition, word: str) -> None:
    made = block(draft, body=f"<p>You lie down. You may have {word}. More {word}s come.</p>")

    finding = only(draft)

    assert (finding.block, finding.sentence) == (made, f"You may have {word}.")
    assert finding.is_blocking
    factories.glossary_term(term=word.title(), slug=word)
    assert found(draft) == []


def test_glossary_explains_every_form_it_names(draft: Edition) -> None:
    factories.glossary_term(term="Spondylosis", slug="spondylosis", also="spondylitis")
    block(draft, body="<p>You may have spondylitis.</p>")

    assert found(draft) == []


def test_long_word_outside_the_glossary_is_only_pointed_out(draft: Edition) -> None:
    says(draft, "It is multidisciplinary.")

    assert (only(draft).sentence, only(draft).is_blocking) == ("It is multidisciplinary.", False)


def test_words_of_the_procedures_own_name_are_explained_by_its_page(draft: Edition) -> None:
    Procedure.objects.update(name="Foraminotomy", aliases="laminoplasty")
    says(draft, "A foraminotomy is close to laminoplasty.")

    assert found(draft) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Usually the operation is short.",
        "Call in an emergency.",
        "Leave your jewellery at home.",
        "She lives near Wolverhampton University.",
        "Tell the DVLA about it.",
        "A pacemaker is no bar.",
        "You can see the diagnosis in the letter.",
    ],
)
def test_words_everybody_says_and_names_are_not_called_hard(draft: Edition, sentence: str) -> None:
    block(draft, body=f"<p>{'You rest. ' * 30}{sentence}</p>")

    assert found(draft) == []


@pytest.mark.parametrize("written", ["cutting-edge", "Cutting edge", "cutting‑edge"])
def test_avoided_words_are_found_however_they_are_written(draft: Edition, written: str) -> None:
    AvoidedWord.objects.create(word="cutting-edge", instead="Say how it works.", is_blocking=False)
    made = says(draft, f"{written.capitalize()} care is here.")

    finding = only(draft)

    assert (finding.block, finding.sentence) == (made, f"{written.capitalize()} care is here.")
    assert (finding.fix, finding.is_blocking) == ("Say how it works.", False)


def test_avoided_word_is_a_whole_word_and_the_longest_row_wins(draft: Edition) -> None:
    AvoidedWord.objects.create(word="best", instead="Say how.")
    AvoidedWord.objects.create(word="best hospital", instead="Leave it out.", is_blocking=True)
    says(draft, "The bestseller is here. This is the best hospital.")

    assert (only(draft).fix, only(draft).is_blocking) == ("Leave it out.", True)
