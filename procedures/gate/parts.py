"""The parts that no page may lack."""

import re
from collections.abc import Iterator

from procedures.gate.finding import Finding
from procedures.models import Block, Procedure

# Doing nothing is a choice too, and a heading must say it: a reader who skims has to find it.
_DOING_NOTHING = re.compile(
    r"\b(?:do(?:ing)? nothing|no \w+(?: \w+)? (?:for now|now|yet|at all)|wait(?:ing)?|watchful|leav(?:e|ing) it|not having"
    r"|say(?:ing)? no|without (?:it|an? \w+|treatment|surgery))\b",
    re.IGNORECASE,
)


def findings(kind: str, blocks: list[Block], *, has_red_flags: bool) -> Iterator[Finding]:
    """What is missing.

    A test or a scan must say what good it does, what can go wrong and what else can be done, as a treatment must, since
    people agree to it or refuse it in the same way. Only a treatment has to say what doctors do not agree on: whether a test
    helps is settled by the treatment it leads to, and an invented dispute would mislead.
    """
    kinds = {block.kind for block in blocks}
    needed = {
        Block.Kind.BENEFIT: "It does not say what good it does.",
        Block.Kind.RISK: "It does not say what can go wrong.",
        Block.Kind.ALTERNATIVE: "It does not say what else a reader can choose.",
    }
    if kind == Procedure.Kind.TREATMENT:
        needed[Block.Kind.DISAGREEMENT] = "It does not say what doctors do not agree on."
    for missing in needed.keys() - kinds:
        yield _missing(needed[missing], f"Add a block of the kind “{missing.label}”.")
    if Block.Kind.ALTERNATIVE in kinds and not any(map(_is_doing_nothing, blocks)):
        yield _missing(
            "None of the other choices is to do nothing for now.",
            "Add an “Other choice” block with a heading such as “No operation for now”.",
        )
    if not has_red_flags:
        yield _missing(
            "The warning signs have no card that says when to call 999 or go to A&E.",
            "Ask an administrator to put the red-flag cards back.",
        )
    if Block.Kind.SUMMARY not in kinds:
        yield _missing(
            "The page has no short version.",
            "Add a “The short version” block of five to eight lines.",
            is_blocking=False,
        )


def _is_doing_nothing(block: Block) -> bool:
    return block.kind == Block.Kind.ALTERNATIVE and bool(_DOING_NOTHING.search(block.heading))


def _missing(reason: str, fix: str, *, is_blocking: bool = True) -> Finding:
    return Finding(None, "", reason, fix, is_blocking)
