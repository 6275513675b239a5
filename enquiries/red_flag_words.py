"""Words of the red-flag cards, marked where they stand in what a patient wrote.

That is all it does: nothing is scored, sorted, sent or held back by them, and a message without one says nothing either.
"""

import re
from dataclasses import dataclass

# Each stands for all words that begin with it.
BEGINNINGS = (
    "numb",
    "tingl",
    "pins and needles",
    "weak",
    "paralys",
    "cannot walk",
    "can't walk",
    "can’t walk",
    "cannot feel",
    "can't feel",
    "can’t feel",
    "bladder",
    "bowel",
    "incontinen",
    "leak",
    "pee",
    "poo",
    "wee",
    "urin",
    "toilet",
    "genital",
    "groin",
    "saddle",
    "erection",
    "chest pain",
    "breath",
    "collaps",
    "faint",
    "cough",
    "fever",
    "temperature",
    "shiver",
    "confus",
    "slur",
    "sepsis",
    "infect",
    "accident",
    "cancer",
    "tumour",
)
# “poor”, “week”, “people” or “number” are no signs.
_ENDINGS = {
    "numb": "(?:ness|ed|ing)?",
    "pee": "(?:s|d|ing)?",
    "poo": "(?:s|ed|ing)?",
    "wee": "(?:s|d|ing)?",
}
_WORDS = re.compile(
    r"\b((?:" + "|".join(re.escape(word) + _ENDINGS.get(word, r"\w*") for word in BEGINNINGS) + r"))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Piece:
    """A stretch of a message: one of the words, or what stands between them."""

    text: str
    is_marked: bool


def pieces(message: str) -> list[Piece]:
    """The message from beginning to end."""
    return [Piece(text, bool(place % 2)) for place, text in enumerate(_WORDS.split(message)) if text]
