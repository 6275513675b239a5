"""The reference a patient is given: short, easy to read out, and wrong when a character is.

Nine characters in threes, from 23 that are not mistaken for one another: no 0 or O, no 1, I or L, and of 2 and Z, 5 and S,
6 and G, 8 and B only the digit. No A, E, I, O or U either, so no words.
The last is a check character by the scheme of ISBN-10: the places, counted from the end, times the characters' values add
up to a multiple of the size of the alphabet. That size is prime, so every single wrong character and every swap of two shows.
"""

import secrets

ALPHABET = "23456789CDFHJKMNPRTVWXY"
LENGTH = 9


def mint() -> str:
    """A new reference, chosen at random so that nobody can tell how many there are."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + ALPHABET[-_weigh(body + ALPHABET[0]) % len(ALPHABET)]


def is_well_formed(reference: str) -> bool:
    """Whether it could be one of ours: the right length and characters, and the check character agrees."""
    return (
        len(reference) == LENGTH
        and set(reference) <= set(ALPHABET)
        and _weigh(reference) % len(ALPHABET) == 0
    )


def in_groups(reference: str) -> str:
    """As it is shown and read out: “7F3 K92 4XP”."""
    return " ".join(reference[start : start + 3] for start in range(0, len(reference), 3))


def as_stored(typed: str) -> str:
    """What somebody typed, without its spaces, hyphens and small letters."""
    return "".join(typed.upper().replace("-", " ").split())


def _weigh(reference: str) -> int:
    return sum(
        place * ALPHABET.index(character) for place, character in enumerate(reversed(reference), start=1)
    )
