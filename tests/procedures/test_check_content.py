"""The command that prints every finding: one line for machines, and a page for whoever watches."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from procedures.models import Block, Edition
from tests import factories

pytestmark = pytest.mark.django_db
RATE = "It leaks in 1 in 20 people."


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def draft() -> Edition:
    return factories.whole_draft(procedure=factories.procedure())


def printed(*arguments: str, fails: bool = False, watched: StringIO | None = None) -> dict[str, Any]:
    out = StringIO()
    if fails:
        with pytest.raises(CommandError):
            call_command("check_content", *arguments, stdout=out, stderr=watched or StringIO())
    else:
        call_command("check_content", *arguments, stdout=out, stderr=watched or StringIO())
    (line,) = out.getvalue().splitlines()
    return dict(json.loads(line))


def planted(edition: Edition, body: str = RATE) -> Block:
    return factories.block(edition, Block.Kind.TEXT, heading="More", body=f"<p>{body}</p>")


def test_draft_without_a_fault_is_counted_and_nothing_is_found(draft: Edition) -> None:
    assert printed() == {"editions": 1, "blocking": 0, "advisory": 0, "findings": []}


def test_blocking_finding_is_told_in_full_and_makes_it_fail(draft: Edition) -> None:
    planted(draft)

    told = printed(fails=True)

    (finding,) = told.pop("findings")
    assert told == {"editions": 1, "blocking": 1, "advisory": 0}
    assert finding.pop("reason").startswith("A rate (“1 in 20”)")
    assert finding.pop("fix").startswith("Take it out")
    assert finding == {
        "edition": "Balloon kyphoplasty, edition 2",
        "block": "10. Text: More",
        "sentence": RATE,
        "blocking": True,
    }


def test_advice_alone_does_not_make_it_fail(draft: Edition) -> None:
    planted(draft, "Leaks are rare.")

    assert printed()["advisory"] == 1


def test_current_edition_is_checked_too(draft: Edition) -> None:
    current = factories.edition(procedure=draft.procedure)

    told = printed(fails=True)

    assert told["editions"] == 2
    assert {finding["edition"] for finding in told["findings"]} == {str(current)}


def test_withdrawn_editions_are_checked_on_request_and_never_make_it_fail(draft: Edition) -> None:
    factories.edition(procedure=draft.procedure, withdrawn_at=timezone.now())

    assert printed()["editions"] == 1
    assert printed("--all")["editions"] == 2
    assert printed("--all")["blocking"] > 0


def test_person_at_a_terminal_reads_each_finding(draft: Edition) -> None:
    planted(draft)
    terminal = Terminal()

    printed(fails=True, watched=terminal)

    assert "Balloon kyphoplasty, edition 2: 1 found" in terminal.getvalue()
    assert "Stops: 10. Text: More" in terminal.getvalue()
    assert RATE in terminal.getvalue()


def test_nothing_is_written_beside_the_line_for_a_machine(draft: Edition) -> None:
    planted(draft, "Leaks are rare.")
    machine = StringIO()

    printed(watched=machine)

    assert machine.getvalue() == ""
