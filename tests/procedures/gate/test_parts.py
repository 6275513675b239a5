"""The parts that no page may lack."""

import pytest

from procedures.models import Edition, Procedure, RedFlagCard
from tests.procedures.gate.checking import Kind, found, only

pytestmark = pytest.mark.django_db


MISSING = {
    Kind.BENEFIT: "It does not say what good it does.",
    Kind.RISK: "It does not say what can go wrong.",
    Kind.ALTERNATIVE: "It does not say what else a reader can choose.",
    Kind.DISAGREEMENT: "It does not say what doctors do not agree on.",
}


@pytest.mark.parametrize(("kind", "reason"), MISSING.items(), ids=list(MISSING))
def test_page_without_a_part_that_no_page_may_lack_is_stopped(draft: Edition, kind: str, reason: str) -> None:
    draft.blocks.filter(kind=kind).delete()

    findings = [finding for finding in found(draft) if finding.block is None]

    assert [(finding.reason, finding.is_blocking) for finding in findings] == [(reason, True)]


def test_a_scan_need_not_say_what_doctors_do_not_agree_on(draft: Edition) -> None:
    Procedure.objects.update(kind=Procedure.Kind.SCAN)
    draft.blocks.filter(kind=Kind.DISAGREEMENT).delete()

    assert found(draft) == []


def test_one_of_the_choices_is_to_do_nothing(draft: Edition) -> None:
    draft.blocks.filter(kind=Kind.ALTERNATIVE).update(heading="Physiotherapy", anchor="no-operation")

    assert only(draft).reason == "None of the other choices is to do nothing for now."
    assert only(draft).is_blocking


@pytest.mark.parametrize(
    "heading", ["No scan for now", "Doing nothing", "Wait and see", "No treatment yet", "Watchful waiting"]
)
def test_doing_nothing_has_many_names(draft: Edition, heading: str) -> None:
    draft.blocks.filter(kind=Kind.ALTERNATIVE).update(heading=heading)

    assert found(draft) == []


def test_no_page_goes_out_without_the_warning_signs(draft: Edition) -> None:
    RedFlagCard.objects.update(level=RedFlagCard.Level.TODAY)

    assert "999" in only(draft).reason
    assert only(draft).is_blocking


def test_page_without_a_short_version_is_advised_to_have_one(draft: Edition) -> None:
    draft.blocks.filter(kind=Kind.SUMMARY).delete()

    assert ("The page has no short version.", False) in [
        (finding.reason, finding.is_blocking) for finding in found(draft)
    ]
