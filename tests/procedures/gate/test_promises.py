"""What nobody can promise is refused wherever it stands, with or without a source."""

import pytest

from procedures.models import Edition
from tests.procedures.gate.checking import Kind, block, found, only, says

pytestmark = pytest.mark.django_db

PROMISES = [
    "Nearly everybody is cured.",
    "You will be pain free.",
    "A pain-free life is near.",
    "It is safe.",
    "It is completely safe.",
    "It is not only safe but cheap.",
    "It has no risks.",
    "It has no real risk.",
    "It carries no danger.",
    "Nothing can go wrong.",
    "No one has ever been harmed.",
    "The operation takes your pain away.",
    "It gets rid of your pain.",
    "Your pain will go.",
    "It cures the break.",
    "Cement cures the break.",
    "Success is guaranteed.",
    "It always works.",
    "Everyone gets better.",
    "You will soon feel better.",
    "It is not long, and it cures.",
    "No doubt it cures.",
    "It is proven and safe.",
    "Your back pain disappears.",
    "Say goodbye to pain.",
    "Want to be pain free?",
    "It is safe, isn’t it?",
]


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.FAQ, Kind.RISK])
def test_promise_stops_a_page_in_any_block_though_it_has_a_source(draft: Edition, kind: str) -> None:
    planted = {sentence: says(draft, sentence, kind) for sentence in PROMISES}

    stopped = {finding.sentence: finding.block for finding in found(draft) if finding.is_blocking}

    assert stopped == planted


@pytest.mark.parametrize("place", ["lead", "description"])
def test_promise_above_the_blocks_stops_it(draft: Edition, place: str) -> None:
    setattr(draft, place, "It cures a broken back.")
    draft.save()

    assert (only(draft).block, only(draft).sentence) == (None, "It cures a broken back.")
    assert only(draft).is_blocking


def test_promise_in_a_heading_stops_it(draft: Edition) -> None:
    made = block(draft, heading="A safe operation", body="<p>Rest.</p>")

    assert (only(draft).block, only(draft).is_blocking) == (made, True)


DENIED = [
    "It is not a cure.",
    "There is no cure for weak bones.",
    "It does not cure weak bones.",
    "It can’t take all your pain away.",
    "No one can promise that you will be pain free.",
    "We cannot say that it has no risks.",
    "No operation has no risks.",
    "No treatment is without risk.",
    "Ask whether it is safe for you.",
    "Nobody knows if it is safe.",
    "Rest until you are pain free.",
    "Nobody says that it is safe.",
    "The cement cures in ten minutes.",
    "You learn safe ways to move.",
    "The safety check comes first.",
    "On the whole exercise is safe.",
    "You go home once you are well enough.",
    "You will be well looked after.",
    "A secure chair is used.",
]


def test_denied_promises_are_not_accused(draft: Edition) -> None:
    for sentence in DENIED:
        says(draft, sentence)

    assert found(draft) == []


@pytest.mark.parametrize("heading", ["Will it cure my weak bones?", "How safe is it?", "Is it safe for me?"])
def test_question_in_a_heading_promises_nothing(draft: Edition, heading: str) -> None:
    block(draft, Kind.FAQ, heading=heading, body="<p>No.</p>")

    assert found(draft) == []


def test_what_holds_on_the_whole_needs_its_source(draft: Edition) -> None:
    block(draft, body="<p>On the whole exercise is safe.</p>", sources=[])

    assert only(draft).is_blocking
