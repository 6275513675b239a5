"""What a page stands on: figures that clash, sources that no longer hold, claims that have neither."""

from datetime import date, timedelta

import pytest

from procedures.gate.evidence import STALE_AFTER, TOO_STALE_AFTER
from procedures.models import Block, Edition, Figure, Source
from tests import factories
from tests.procedures.gate.checking import Kind, block, found, only

pytestmark = pytest.mark.django_db


def test_comparison_of_people_with_levels_stops_it(draft: Edition) -> None:
    made = block(draft, Kind.RISK, body="<p>Two studies.</p>", why_they_differ="One looked harder.")
    factories.shown_in(
        made, factories.figure(), factories.figure(key="levels", counted=Figure.Counted.LEVELS, what="leaked")
    )

    finding = only(draft)

    assert (finding.block, finding.sentence, finding.is_blocking) == (
        made,
        "had some cement leak / leaked",
        True,
    )
    assert "count different things: “people” and “treated bones”." in finding.reason


def test_two_scores_on_different_scales_are_no_comparison(draft: Edition) -> None:
    made = block(draft, Kind.BENEFIT, body="<p>Two studies.</p>", why_they_differ="One looked harder.")
    score = {"shape": Figure.Shape.SCORE, "counted": "", "count": None, "out_of": None, "score": 3}
    factories.shown_in(
        made,
        factories.figure(key="a", scale="points of 10", **score),
        factories.figure(key="b", scale="points of 100", **score),
    )

    assert "“points of 10” and “points of 100”" in only(draft).reason


def test_two_groups_of_one_study_differ_by_their_treatment(draft: Edition) -> None:
    made = block(draft, Kind.RISK, body="<p>One study.</p>")
    groups = [factories.figure(key=name, treatment=name) for name in ("cement", "rest")]
    factories.shown_in(made, *groups)

    assert found(draft) == []


def test_two_figures_need_a_word_on_why_they_differ(draft: Edition) -> None:
    made = block(draft, Kind.RISK, body="<p>Two studies.</p>")
    factories.shown_in(made, factories.figure(), factories.figure(key="other"))

    assert only(draft).block == made
    assert only(draft).is_blocking
    Block.objects.filter(pk=made.pk).update(why_they_differ="One looked harder.")
    assert found(draft) == []


@pytest.mark.parametrize("kind", [Kind.RISK, Kind.BENEFIT])
def test_claim_without_a_source_or_a_figure_stops_it(draft: Edition, kind: str) -> None:
    made = block(draft, kind, heading="You walk again", body="<p>You can walk.</p>", sources=[])

    finding = only(draft)

    assert (finding.block, finding.sentence, finding.is_blocking) == (made, "You walk again", True)


def test_benefit_claimed_in_passing_needs_a_source_too(draft: Edition) -> None:
    made = block(
        draft, body="<p>You lie down. It relieves pain in your back. It cannot cure you.</p>", sources=[]
    )

    finding = only(draft)

    assert (finding.block, finding.sentence) == (made, "It relieves pain in your back.")
    factories.cited_in(made, Source.objects.get())
    assert found(draft) == []


@pytest.mark.parametrize("day", ["withdrawn_on", "gone_on"])
def test_withdrawn_or_dead_source_stops_it_once(draft: Edition, study: Source, day: str) -> None:
    Source.objects.update(**{day: date(2026, 10, 1)})

    finding = only(draft)

    assert finding.block == draft.blocks.first()
    assert finding.sentence == "The Elm study of broken backs (Elm Press)"
    assert "1 October 2026" in finding.reason
    assert finding.is_blocking


def test_source_of_a_figure_is_looked_at_as_well(draft: Edition) -> None:
    gone = factories.source(key="gone", url="https://gone.example", gone_on=date(2026, 10, 1))
    made = block(draft, Kind.RISK, body="<p>It leaks.</p>")
    factories.shown_in(made, factories.figure(source=gone))

    assert only(draft).block == made


@pytest.mark.parametrize(
    ("age", "blocking"),
    [
        (STALE_AFTER, []),
        (STALE_AFTER + timedelta(days=1), [False]),
        (TOO_STALE_AFTER, [False]),
        (TOO_STALE_AFTER + timedelta(days=1), [True]),
    ],
)
def test_source_not_checked_for_a_year_is_advised_and_for_two_stops_it(
    draft: Edition, study: Source, age: timedelta, blocking: list[bool]
) -> None:
    assert [finding.is_blocking for finding in found(draft, study.checked_on + age)] == blocking


def test_withdrawn_figure_stops_it(draft: Edition) -> None:
    made = block(draft, Kind.RISK, body="<p>It leaks.</p>")
    factories.shown_in(
        made, factories.figure(withdrawn_on=date(2026, 10, 1), withdrawn_reason="It was miscounted.")
    )

    finding = only(draft)

    assert (finding.block, finding.sentence, finding.is_blocking) == (made, "had some cement leak", True)
    assert finding.reason.endswith("1 October 2026. It was miscounted.")
