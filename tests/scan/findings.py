"""What the scanners found, and what explained.toml says of it."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True, order=True)
class Finding:
    """One fault as a scanner tells it, and where it saw it."""

    scanner: str
    what: str
    page: str = ""

    def __str__(self) -> str:
        return f"{self.scanner}: {self.what}{f' ({self.page})' if self.page else ''}"


@dataclass(frozen=True)
class Explanation:
    """Why a finding is no fault. `finding` and `page` are regular expressions for the whole of each."""

    scanner: str
    finding: str
    page: str
    why: str

    def fits(self, found: Finding) -> bool:
        return (
            self.scanner == found.scanner
            and re.fullmatch(self.finding, found.what) is not None
            and re.fullmatch(self.page, found.page) is not None
        )


@dataclass
class Report:
    """What one scanner did, in figures, and all that it found."""

    figures: dict[str, Any] = field(default_factory=dict)
    found: set[Finding] = field(default_factory=set)


def explanations(path: Path = EXPLAINED) -> list[Explanation]:
    with path.open("rb") as told:
        return [Explanation(**one) for one in tomllib.load(told).get("explained", [])]


def unexplained(found: Iterable[Finding], known: Iterable[Explanation]) -> list[Finding]:
    known = list(known)
    return sorted(one for one in set(found) if not any(each.fits(one) for each in known))


def outdated(found: Iterable[Finding], known: Iterable[Explanation], ran: Iterable[str]) -> list[Explanation]:
    """Explanations of what a scanner that ran no longer finds."""
    found, ran = list(found), set(ran)
    return [each for each in known if each.scanner in ran and not any(each.fits(one) for one in found)]
