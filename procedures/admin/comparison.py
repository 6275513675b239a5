"""Two editions side by side, with what is clinical told apart from what is not."""

from collections.abc import Iterator
from dataclasses import dataclass

from procedures import rendering
from procedures.comparing import Change, changes
from procedures.copies import clinical_hash
from procedures.models import Edition
from procedures.rendering import Line


@dataclass(frozen=True)
class Marked:
    """A line of a page, or a change to one, and whether a clinician answers for it."""

    what: Line | Change
    is_clinical: bool


@dataclass(frozen=True)
class Comparison:
    """What changed between two editions, in the order of the page."""

    before: Edition
    after: Edition
    rows: list[Marked]
    is_clinical: bool

    @classmethod
    def of(cls, before: Edition, after: Edition) -> "Comparison":
        """Word by word, from what readers met or meet in each."""
        before, after = _whole(before), _whole(after)
        not_clinical = _not_clinical(before) | _not_clinical(after)
        rows = [
            Marked(change, not {change.before, change.after} - {""} <= not_clinical)
            for change in changes(_lines(before), _lines(after))
        ]
        return cls(before, after, rows, _fingerprint(before) != _fingerprint(after))

    @property
    def is_hidden(self) -> bool:
        """Whether something clinical changed that is no text: a picture, a film, or where a source leads."""
        return self.is_clinical and not any(row.is_clinical for row in self.rows)


def marked_lines(edition: Edition) -> list[Marked]:
    """Every line of the page as readers will meet it."""
    whole = _whole(edition)
    not_clinical = _not_clinical(whole)
    return [Marked(line, line[1] not in not_clinical) for line in _lines(whole)]


def _whole(edition: Edition) -> Edition:
    return Edition.objects.with_blocks().get(pk=edition.pk)


def _lines(edition: Edition) -> list[Line]:
    return edition.lines or rendering.lines(edition)


def _fingerprint(edition: Edition) -> str:
    return edition.clinical_hash or clinical_hash(edition)


def _not_clinical(edition: Edition) -> set[str]:
    """The lines that no clinician answers for, and that are said nowhere else on the page."""
    apart, clinical = set(_said(edition, is_clinical=False)), set(_said(edition, is_clinical=True))
    return apart - clinical


def _said(edition: Edition, *, is_clinical: bool) -> Iterator[str]:
    groups = [group for part in edition.parts for group in part.groups] + edition.opening
    for group in groups:
        if group.blocks[0].is_clinical == is_clinical:
            yield from (words for _, words in rendering.read(rendering.drawn_group(group)))
