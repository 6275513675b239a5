"""What a page stands on: its figures, its sources, and the claims that have neither."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from procedures.gate.finding import Finding, Passage, Piece
from procedures.models import Block, Figure, Source
from procedures.models.evidence import comparisons

# A year: pages are reviewed about yearly, and guidance is replaced at that pace. Two: a whole review has been missed.
STALE_AFTER, TOO_STALE_AFTER = timedelta(days=365), timedelta(days=730)

# A sentence that promises some good. With no source in its block it is only praise.
_CLAIM = re.compile(
    r"\b(?:relieves?|reduces?|restores?|eases?|cures?|heals?|improves?|prevents?|strengthens?|works well|is effective"
    r"|(?:very |highly )?successful|proven to|can cure|will (?:help|feel better)|(?:helps?|makes?) (?:most|many|nearly all|people))\b"
)
_NO_CLAIM = re.compile(r"\b(?:not?|never|cannot|ask|whether|if)\b|\?$")


def findings(pieces: list[Piece], words: list[Passage], today: date) -> Iterator[Finding]:
    """Figures that clash or are withdrawn, sources that no longer hold, and claims that stand on nothing."""
    for piece in pieces:
        yield from _comparison(piece)
        yield from _unproven(piece)
        yield from _withdrawn_figures(piece)
    yield from _unproven_sentences(words)
    yield from _sources(pieces, today)


def _comparison(piece: Piece) -> Iterator[Finding]:
    alike = comparisons(piece.figures)
    both = " / ".join(figure.what for figure in piece.figures)
    if len(alike) > 1:
        unlike = " and ".join(f"“{_what_it_counts(comparison.figures[0])}”" for comparison in alike)
        yield Finding(
            piece.block,
            both,
            f"The figures of this block count different things: {unlike}. Readers would compare what cannot be compared.",
            "Give each a block of its own, or choose two that count the same.",
            is_blocking=True,
            field="figures",
        )
    if (
        len(piece.figures) > 1
        and not _are_groups_of_one_study(piece.figures)
        and not piece.block.why_they_differ.strip()
    ):
        yield Finding(
            piece.block,
            both,
            "More than one figure stands in this block, and nothing says why they differ.",
            "Fill in “why the figures differ” with one plain sentence.",
            is_blocking=True,
            field="why_they_differ",
        )


def _what_it_counts(figure: Figure) -> str:
    return figure.get_counted_display() or figure.scale or figure.get_shape_display().lower()


def _are_groups_of_one_study(figures: list[Figure]) -> bool:
    """Whether each had another treatment in the same study: then the treatment, which stands by each, is why they differ."""
    treatments = {figure.treatment for figure in figures}
    return len({figure.source_id for figure in figures}) == 1 and len(treatments) == len(figures)


def _unproven(piece: Piece) -> Iterator[Finding]:
    if piece.is_claim and piece.stands_on_nothing:
        yield Finding(
            piece.block,
            piece.block.heading,
            f"This {piece.block.get_kind_display().lower()} has neither a source nor a figure.",
            "Add the source that says so, or take the block out.",
            is_blocking=True,
            field="sources",
        )


def _unproven_sentences(words: list[Passage]) -> Iterator[Finding]:
    for passage in words:
        piece = passage.piece
        if piece is None or piece.is_claim or not piece.block.is_clinical or not piece.stands_on_nothing:
            continue
        for sentence in passage.sentences:
            if claim(sentence.lower()):
                yield Finding(
                    piece.block,
                    sentence,
                    "This claims a benefit, and the block names no source.",
                    "Add the source that says so, or take the claim out.",
                    is_blocking=True,
                    field="sources",
                )


def claim(sentence: str) -> str:
    """The words in a sentence in small letters that promise some good; empty when it has none, denies it, or asks."""
    found = _CLAIM.search(sentence)
    return found.group() if found and not _NO_CLAIM.search(sentence) else ""


def _withdrawn_figures(piece: Piece) -> Iterator[Finding]:
    for figure in piece.figures:
        if figure.withdrawn_on:
            yield Finding(
                piece.block,
                figure.what,
                f"The figure “{figure}” was withdrawn on {_day(figure.withdrawn_on)}. {figure.withdrawn_reason}".strip(),
                "Take it out of the block, or put the figure that replaces it there.",
                is_blocking=True,
                field="figures",
            )


def _sources(pieces: list[Piece], today: date) -> Iterator[Finding]:
    """Each source once, at the first block that stands on it."""
    first: dict[Source, Block] = {}
    for piece in pieces:
        for source in (*piece.sources, *(figure.source for figure in piece.figures)):
            first.setdefault(source, piece.block)
    for source, block in first.items():
        for _, reason, fix, is_blocking in faults(source, today):
            yield Finding(
                block, f"{source.title} ({source.publisher})", reason, fix, is_blocking, field="sources"
            )


def faults(source: Source, today: date) -> Iterator[tuple[str, str, str, bool]]:
    """What is wrong with a source: at which of its fields, why, how to mend it, and whether it stops a page."""
    other = "Find another source for what stands on it, or take those words out."
    if source.withdrawn_on:
        yield (
            "withdrawn_on",
            f"This source was withdrawn on {_day(source.withdrawn_on)}. {source.withdrawn_reason}".strip(),
            other,
            True,
        )
    if source.gone_on:
        yield (
            "gone_on",
            f"The link of this source has been dead since {_day(source.gone_on)}.",
            f"Give its new address. {other}",
            True,
        )
    if (age := today - source.checked_on) > STALE_AFTER:
        since = "more than two years ago" if age > TOO_STALE_AFTER else "more than a year ago"
        yield (
            "checked_on",
            f"This source was last checked on {_day(source.checked_on)}, {since}.",
            "Open it, see that it still says so, and write today’s date as the day it was checked.",
            age > TOO_STALE_AFTER,
        )


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
