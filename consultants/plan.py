"""What a spreadsheet would do to the directory: what becomes of each row, and whom it is about."""

from dataclasses import dataclass, field
from typing import Any

from consultants.models import Consultant, Practice
from procedures.admin.trails import FromTo


@dataclass
class Outcome:
    """What becomes of one row of the file."""

    number: int
    who: str = ""
    where: str = ""
    is_new: bool = False
    changes: list[FromTo] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """In one word."""
        if self.errors:
            return "error"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "unchanged"


@dataclass
class Person:
    """A consultant that the file names, with what it has said of them so far."""

    consultant: Consultant
    number: int
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    practices: dict[int, Practice] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    is_changed: bool = False


@dataclass
class Plan:
    """What the whole file would do; and, once it is done, which practices are confirmed no longer."""

    outcomes: list[Outcome]
    people: list[Person]
    practices: list[tuple[Practice, list[Any] | None]]
    unconfirmed: list[Practice] = field(default_factory=list)

    def of(self, kind: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def errors(self) -> list[Outcome]:
        return self.of("error")

    @property
    def writes(self) -> list[Outcome]:
        """Rows that would change something."""
        return [outcome for outcome in self.outcomes if outcome.kind in ("new", "changed")]

    @property
    def rest(self) -> list[Outcome]:
        return self.of("unchanged")

    @property
    def counts(self) -> dict[str, int]:
        """How many rows come to what."""
        return {kind: len(self.of(kind)) for kind in ("error", "new", "changed", "unchanged")}

    @property
    def is_ready(self) -> bool:
        """Whether it changes something, and no row stands in the way."""
        counts = self.counts
        return not counts["error"] and bool(counts["new"] + counts["changed"])

    @property
    def gist(self) -> list[Any]:
        """What it would do, to be compared with what was seen."""
        return [
            [
                one.number,
                one.kind,
                one.errors,
                [[change.label, change.was, change.now] for change in one.changes],
            ]
            for one in self.outcomes
        ]
