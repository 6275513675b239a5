"""What the gate says, and the words that it reads."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Self

from procedures import readability
from procedures.models import Block, Edition, Figure, Source


@dataclass(frozen=True)
class Finding:
    """Something the publish gate objects to: where, in which words, why, and how to put it right."""

    block: Block | None  # None: the page as a whole
    sentence: str  # the sentence or words at fault; empty where something is missing
    reason: str
    fix: str
    is_blocking: bool
    field: str = ""  # of the block, or of the edition; empty where it concerns no single one


@dataclass(frozen=True)
class Piece:
    """A block, with the figures and sources that it stands on."""

    block: Block
    figures: list[Figure]
    sources: list[Source]

    @classmethod
    def of(cls, block: Block) -> Self:
        """The block with what it stands on, asked for once: every later use is free."""
        return cls(block, list(block.figures.all()), list(block.sources.all()))

    @property
    def is_claim(self) -> bool:
        """Whether it is there to say what good or what harm is done."""
        return self.block.kind in (Block.Kind.BENEFIT, Block.Kind.RISK)

    @property
    def stands_on_nothing(self) -> bool:
        """Whether it has neither a figure nor a source."""
        return not self.figures and not self.sources


@dataclass(frozen=True)
class Passage:
    """Words that stand in one place of the page, cut into sentences."""

    piece: Piece | None  # None: it belongs to the page as a whole
    sentences: list[str]
    is_body: bool = False  # counted in the reading age: not a heading, a caption or what is said in a film
    field: str = ""  # of the block, or of the edition, that holds them

    @classmethod
    def of_html(cls, piece: Piece | None, fragment: str, field: str, *, is_body: bool = False) -> Self:
        """The passage that an HTML fragment makes."""
        found = readability.sentences(fragment) if fragment else []
        return cls(piece, [" ".join(sentence.split()) for sentence in found], is_body, field)

    @classmethod
    def of_text(cls, piece: Piece | None, text: str, field: str, *, is_body: bool = False) -> Self:
        """The passage that plain text makes."""
        return cls.of_html(piece, html.escape(text), field, is_body=is_body)

    @property
    def block(self) -> Block | None:
        """The block it stands in."""
        return self.piece.block if self.piece else None

    @property
    def is_signed_off(self) -> bool:
        """Whether a clinician must approve the words: those of clinical blocks, and what stands above all blocks."""
        return self.block is None or self.block.is_clinical


def passages(edition: Edition, pieces: list[Piece]) -> list[Passage]:
    """All that an edition says in words, in the order of the page. What figures say is as published, and not read here."""
    opening = [Passage.of_text(None, getattr(edition, name), name) for name in ("lead", "description")]
    return [*opening, *chain.from_iterable(map(_in_piece, pieces))]


def on_the_change(edition: Edition) -> list[Passage]:
    """What the public list of changes says of it."""
    told = ("change_summary", "change_reason")
    return [Passage.of_text(None, getattr(edition, name), name) for name in told]


def _in_piece(piece: Piece) -> Iterator[Passage]:
    block = piece.block
    yield Passage.of_text(piece, block.heading, "heading")
    yield Passage.of_html(piece, block.body, "body", is_body=True)
    yield Passage.of_text(piece, block.why_they_differ, "why_they_differ", is_body=True)
    if block.illustration:
        yield Passage.of_text(piece, block.illustration.caption, "illustration")
    if block.video:
        yield Passage.of_text(piece, block.video.title, "video")
        yield Passage.of_html(piece, block.video.transcript, "video")
