"""The publish gate: everything it objects to in an edition, so that what patients are told is plain, whole and proven.

A blocking finding stops a publication; an advisory one is for the editor to judge. One module a subject: the words,
the numbers, the promises, the evidence, the parts, the markup, and what no clinician reads.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.utils import timezone

from procedures.gate import evidence, markup, numbers, parts, promises, unsigned, wording
from procedures.gate.finding import Finding, Piece, on_the_change, passages
from procedures.models import AvoidedWord, Edition, GlossaryTerm, RedFlagCard

__all__ = ["Finding", "Known", "findings"]


@dataclass(frozen=True)
class Known:
    """What every edition is held to: read once where several are looked at."""

    has_red_flags: bool
    avoided: list[AvoidedWord]
    terms: list[GlossaryTerm]

    @classmethod
    def read(cls) -> Self:
        """As it stands now, in three queries."""
        has_red_flags = RedFlagCard.objects.filter(level=RedFlagCard.Level.NOW).exists()
        return cls(has_red_flags, list(AvoidedWord.objects.all()), list(GlossaryTerm.objects.all()))


def findings(edition: Edition, today: date | None = None, known: Known | None = None) -> list[Finding]:
    """What stands in the way of the edition, and what could be better, in the order of the page.

    The edition comes with_blocks(): then this asks the database three times, however many blocks there are.
    """
    known = known or Known.read()
    blocks = list(edition.blocks.all())
    pieces = list(map(Piece.of, blocks))
    words, change = passages(edition, pieces), on_the_change(edition)
    signed = [passage for passage in words if passage.is_signed_off]
    not_signed = [*(passage for passage in words if not passage.is_signed_off), *change]
    found = [
        *parts.findings(edition.procedure.kind, blocks, has_red_flags=known.has_red_flags),
        *wording.findings([*words, *change]),
        *wording.avoided([*words, *change], known.avoided),
        *wording.hard(words, wording.explained(edition, known.terms)),
        *numbers.findings(signed),
        *promises.findings(signed),
        *unsigned.findings(not_signed),
        *unsigned.figures(pieces),
        *evidence.findings(pieces, words, today or timezone.localdate()),
        *markup.findings(blocks),
    ]
    return sorted(found, key=_place)


def _place(finding: Finding) -> tuple[int, bool]:
    """The whole page first, then block by block; in each, what blocks before what advises."""
    return (finding.block.position if finding.block else -1), not finding.is_blocking
