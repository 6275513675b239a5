"""The publish gate as a whole: on the right block and sentence, quick, and content with the pages we start with."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

import procedures.seed
from procedures import gate
from procedures.gate import Finding
from procedures.models import AvoidedWord, Edition, Source
from tests import factories
from tests.procedures.gate.checking import LONG, TODAY, Kind, block, found, says
from tests.procedures.gate.test_numbers import RATES, VAGUE

pytestmark = pytest.mark.django_db


def test_a_whole_and_plain_page_has_nothing_against_it(draft: Edition) -> None:
    assert found(draft) == []


def test_findings_stand_in_the_order_of_the_page_and_what_stops_it_first(draft: Edition) -> None:
    last = says(draft, f"It is rare. {LONG}")
    draft.blocks.filter(kind=Kind.BENEFIT).delete()

    findings = found(draft)

    assert [(finding.block, finding.is_blocking) for finding in findings] == [
        (None, True),
        (last, True),
        (last, False),
    ]


def test_every_finding_says_why_and_what_to_do(draft: Edition) -> None:
    for sentence in (*RATES, *VAGUE):
        says(draft, sentence, Kind.RISK)

    for finding in found(draft):
        assert finding.reason[0].isupper() or finding.reason[0] == "“"
        assert finding.reason.endswith(".")
        assert finding.fix.endswith((".", ".”"))


def test_gate_asks_the_database_three_times_however_long_the_page(
    draft: Edition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        made = block(draft, Kind.RISK, body="<p>It leaks.</p>")
        factories.shown_in(made, factories.figure(key=f"leak-{number}"))
    edition = Edition.objects.with_blocks().get(pk=draft.pk)

    with django_assert_num_queries(3):
        gate.findings(edition, TODAY)


TAGS = st.sampled_from(
    ["<p>", "</p>", "<h4>", "</h4>", "<a href='x'>", "</a>", "<table>", "<th>", "<td>", "</table>", "<!--", "<![", "&amp;", "&#x0;"]
)  # fmt: skip
TEXTS = st.lists(
    TAGS | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    max_size=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=TEXTS.map("".join), heading=TEXTS.map("".join))
def test_gate_reads_whatever_is_typed(draft: Edition, body: str, heading: str) -> None:
    made = draft.blocks.get(kind=Kind.DISAGREEMENT)
    made.body, made.heading = f"<p>{body}", f"A{heading}"[:150]
    made.save()

    for finding in found(draft):
        assert finding.reason
        assert finding.fix


@pytest.fixture
def seeded_findings(seeded: None) -> Callable[[], dict[str, list[Finding]]]:
    checked = max(Source.objects.values_list("checked_on", flat=True))
    return lambda: {
        str(edition): found
        for edition in Edition.objects.current().with_blocks()
        if (found := gate.findings(edition, checked))
    }


def test_every_seed_edition_passes_its_own_gate(
    seeded_findings: Callable[[], dict[str, list[Finding]]],
) -> None:
    assert Edition.objects.current().count() == 7
    assert AvoidedWord.objects.exists()
    assert seeded_findings() == {}


def test_gate_is_quick_enough_for_every_save(seeded: None) -> None:
    """In time of this process's own, since others may share the machine."""
    edition = Edition.objects.with_blocks().get(procedure__slug="balloon-kyphoplasty")
    gate.findings(edition)

    def took() -> float:
        start = time.process_time()
        gate.findings(edition)
        return time.process_time() - start

    assert min(took() for _ in range(5)) < 0.1


def test_every_avoided_word_of_the_seed_says_what_to_write() -> None:
    rows = procedures.seed.read(procedures.seed.HERE / "avoided_words.toml")["words"]

    assert len({row["word"].lower() for row in rows}) == len(rows)
    assert {"painless", "best", "leading", "world-class", "cutting-edge", "almost no risk"} <= {
        row["word"] for row in rows
    }
    assert all(row["instead"].endswith((".", ".”")) for row in rows)
