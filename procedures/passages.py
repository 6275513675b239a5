"""A published page cut into the parts that search can lead to."""

from itertools import groupby

from procedures.models import Block, Edition, Passage
from procedures.rendering import read


def passages(edition: Edition) -> list[Passage]:
    """The sections and the common questions of an edition with its blocks, whose lines are kept. Not yet stored."""
    anchors = {heading: anchor for anchor, heading in edition.html["contents"]}
    questions = [block for block in edition.blocks.all() if block.kind == Block.Kind.FAQ]
    answered = {line for block in questions for line in [block.heading, *_answer(block)]}
    made = []
    for heading, lines in groupby(edition.lines, key=lambda line: line[0]):
        # Of a section that is all questions, which follow, the heading is left: a way to all of them.
        said = [words for _, words in lines if words != heading and words not in answered]
        made.append(
            Passage(
                edition=edition,
                kind=Passage.Kind.SECTION,
                anchor=anchors.get(heading, ""),
                heading=heading or edition.procedure.name,
                words="\n".join(said),
            )
        )
    asked_at = _sections_of_questions(edition)
    made += [
        Passage(
            edition=edition,
            kind=Passage.Kind.QUESTION,
            anchor=asked_at[block.pk],
            heading=block.heading,
            words="\n".join(_answer(block)),
        )
        for block in questions
    ]
    return made


def _answer(block: Block) -> list[str]:
    return [words for _, words in read(block.body)]


def _sections_of_questions(edition: Edition) -> dict[int, str]:
    """For each block, the anchor of the section it stands in."""
    found, anchor = {}, ""
    for block in edition.blocks.all():
        anchor = block.anchor if block.kind == Block.Kind.SECTION else anchor
        found[block.pk] = anchor
    return found
