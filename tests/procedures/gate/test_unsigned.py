"""A cost note, a question to ask and the list of changes go out with no clinician's sign-off, so they say nothing of care."""

import pytest

from procedures.models import AvoidedWord, Edition
from tests import factories
from tests.procedures.gate.checking import LONG, Kind, block, found, only, says

pytestmark = pytest.mark.django_db

OF_CARE = [
    "It leaks in 1 in 20 people.",
    "Some 95% get better.",
    "For £5,000 95% get better.",
    "Leaks are rare.",
    "Most people feel better.",
    "The operation cures you.",
    "It is safe.",
    "You will be pain free.",
    "It relieves your back.",
    "The operation works.",
    "Stop taking your blood thinner a week before.",
    "Please stop your warfarin.",
    "You can stop your tablets.",
    "Your dose is 5 mg.",
    "You must not drive.",
    "You do not need a scan.",
    "If you feel worse, wait.",
    "Call 999.",
    "Aspirin is fine.",
]


@pytest.mark.parametrize("kind", [Kind.COST, Kind.QUESTION])
def test_care_where_no_clinician_looks_stops_it(draft: Edition, kind: str) -> None:
    planted = {sentence: says(draft, sentence, kind) for sentence in OF_CARE}

    findings = found(draft)

    assert {finding.sentence: finding.block for finding in findings} == planted
    assert all(finding.is_blocking for finding in findings)
    assert all(
        finding.reason.startswith("This needs a clinician: put it in a clinical block.")
        for finding in findings
    )


@pytest.mark.parametrize("heading", ["Stop taking your tablets", "It cures", "Do 1 in 20 leak?"])
def test_care_in_the_heading_of_a_question_stops_it(draft: Edition, heading: str) -> None:
    made = block(draft, Kind.QUESTION, heading=heading)

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, heading, True)


def test_figure_where_no_clinician_looks_stops_it(draft: Edition) -> None:
    made = block(draft, Kind.COST, heading="Price", body="<p>Ring us.</p>")
    factories.shown_in(made, factories.figure())

    assert (only(draft).block, only(draft).sentence) == (made, "had some cement leak")
    assert only(draft).reason.startswith("This needs a clinician")


def test_honest_cost_notes_are_not_accused(draft: Edition) -> None:
    for sentence in [
        "The price covers the medicines you take home.",
        "The price covers pain relief and care after.",
        "A deposit of 20% is due.",
        "Some people get it on the NHS.",
        "Extra costs are rare.",
        "Ask if the price covers an infection.",
        "Paying early reduces the price.",
        "Your insurer may not pay for a second operation.",
        "You must pay before you come.",
        "Most insurers pay.",
    ]:
        says(draft, sentence, Kind.COST)

    assert found(draft) == []


def test_questions_may_name_a_risk(draft: Edition) -> None:
    for heading in [
        "Which of my medicines must change, and when?",
        "For me, how likely are a leak, nerve harm and a new break?",
        "Is it safe for me, with what I have in my body?",
        "Should I stop taking my blood thinner?",
        "Will it cure me?",
        "What will help my bones from now on?",
    ]:
        block(draft, Kind.QUESTION, heading=heading)

    assert found(draft) == []


CHANGE = ["change_summary", "change_reason"]
TOLD_OF_CHANGE = [
    "We now say that 1 in 20 leak.",
    "Some 12% had a leak.",
    "A third had pain.",
    "It is safe.",
    "It cures the break.",
    "It relieves pain.",
    "Leaks are rare.",
    "Stop taking your blood thinner.",
    LONG,
    "This is cutting-edge care.",
]


@pytest.mark.parametrize("place", CHANGE)
@pytest.mark.parametrize("sentence", TOLD_OF_CHANGE)
def test_list_of_changes_keeps_the_rules_of_the_page(draft: Edition, place: str, sentence: str) -> None:
    AvoidedWord.objects.create(word="cutting-edge", instead="Say how it works.", is_blocking=True)
    setattr(draft, place, sentence)
    draft.save()

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (None, sentence, True)


def test_honest_words_on_a_change_are_not_accused(draft: Edition) -> None:
    for summary, reason in [
        ("We corrected how often cement leaks.", "A newer study counted more carefully."),
        ("We no longer promise that pain eases.", "A newer study is less sure."),
        ("We said that it cures. That was wrong.", "A reader asked."),
        ("We now tell you when to stop taking your blood thinner.", "The old text left it out."),
        ("We added the risk of a clot.", "NICE wrote about it in 2025."),
    ]:
        draft.change_summary, draft.change_reason = summary, reason
        draft.save()

        assert found(draft) == []
