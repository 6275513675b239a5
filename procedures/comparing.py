"""Two editions side by side: which lines changed, and in them which words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

# A number stays whole: “1.5” that becomes “2.5” changed, not its first digit.
WORD = re.compile(r"\w+(?:[.,’'-]\w+)*|\s+|[^\w\s]")
# Two lines with at least this share of their words in common are one line that was reworded.
ALIKE = 0.5


class Was(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    TAKEN_OUT = "taken out"
    PUT_IN = "put in"


@dataclass(frozen=True)
class Piece:
    """Neighbouring words of a line that met the same fate."""

    was: Was
    words: str


@dataclass(frozen=True)
class Change:
    """A line that is not as it was: reworded, gone or new; and the heading that it stands under."""

    place: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def before(self) -> str:
        """The line as it was; empty when it is new."""
        return "".join(piece.words for piece in self.pieces if piece.was != Was.PUT_IN)

    @property
    def after(self) -> str:
        """The line as it is; empty when it is gone."""
        return "".join(piece.words for piece in self.pieces if piece.was != Was.TAKEN_OUT)

    @property
    def is_new(self) -> bool:
        """Whether the line was not there before in any wording."""
        return not self.before

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the line was kept."""
        return not self.after


def changes(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[Change]:
    """What a reader of `before` has to be told to know `after`, in the order of the page.

    Both are lines as an edition keeps them: pairs of heading and words. A line counts as the same wherever it now
    stands between the others; one that moved past others is gone in one place and new in the other.
    """
    matcher = SequenceMatcher(
        None, [words for _, words in before], [words for _, words in after], autojunk=False
    )
    return [
        change
        for fate, start, end, new_start, new_end in matcher.get_opcodes()
        if fate != "equal"
        for change in _reworded(before[start:end], after[new_start:new_end])
    ]


def _reworded(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> Iterator[Change]:
    """A stretch of lines for another: each new line beside the old one it is most like, if any is like it."""
    left = [(place, words, _counted(words)) for place, words in before]
    for place, words in after:
        now = _counted(words)
        likeness = [_likeness(counted, now) for _, _, counted in left]
        nearest = max(range(len(left)), key=likeness.__getitem__, default=None)
        if nearest is None or likeness[nearest] < ALIKE:
            yield Change(place, [Piece(Was.PUT_IN, words)])
            continue
        yield from (Change(gone, [Piece(Was.TAKEN_OUT, old)]) for gone, old, _ in left[:nearest])
        yield Change(place, word_by_word(left[nearest][1], words))
        left = left[nearest + 1 :]
    yield from (Change(gone, [Piece(Was.TAKEN_OUT, old)]) for gone, old, _ in left)


def _counted(line: str) -> Counter[str]:
    return Counter(word for word in WORD.findall(line) if not word.isspace())


def _likeness(before: Counter[str], after: Counter[str]) -> float:
    """The share of the words of both lines that they have in common, in any order: 0 to 1."""
    return 2 * (before & after).total() / (before.total() + after.total() or 1)


def word_by_word(before: str, after: str) -> list[Piece]:
    """One line told as what was kept, taken out and put in. Neighbouring changes are told in one go."""
    old, new = WORD.findall(before), WORD.findall(after)
    pieces: list[Piece] = []
    gone = come = ""
    for fate, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[start:end]), "".join(new[new_start:new_end])
        if fate != "equal" or was.isspace():
            gone, come = gone + was, come + now
            continue
        pieces += [*_swap(gone, come), Piece(Was.KEPT, was)]
        gone = come = ""
    return [*pieces, *_swap(gone, come)]


def _swap(gone: str, come: str) -> list[Piece]:
    """Words taken out and those put in for them. The same space on both sides is no change."""
    if gone == come:
        return [Piece(Was.KEPT, come)] if come else []
    pieces = [Piece(Was.TAKEN_OUT, gone), Piece(Was.PUT_IN, come)]
    return [piece for piece in pieces if piece.words]
