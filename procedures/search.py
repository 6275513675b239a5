"""Search that forgives: what somebody typed, understood as words that the site knows.

A misspelt word is led to the known words within two typing errors of it, or that sound the same. A phrase that staff
have listed as a synonym stands for what the site calls it. Titles say nothing about whom somebody looks for.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from procedures.models import Synonym
from procedures.models.vectors import CONFIG

MOST_LETTERS = 100
MOST_WORDS = 8
MOST_SPELLINGS = 30
TITLES = {"mr", "mrs", "ms", "miss", "dr", "doctor", "prof", "professor", "sir", "dame"}
# Around each word found in a text, while the text is still unsafe. No keyboard types these.
BEGIN, END = "\ue000", "\ue001"

# For each word: what English makes of it (nothing, of a word such as “the”); the known words near it, the nearest first,
# unless the site knows it or a word that begins so; and what English makes of those. Two typing errors are let pass, in
# three letters one, and two letters that changed places count as one. What sounds the same is near too.
_SPELLINGS = """
WITH asked AS (
    SELECT word, place, CASE WHEN length(word) < 3 THEN 0 WHEN length(word) = 3 THEN 1 ELSE 2 END AS allowed,
        EXISTS (SELECT FROM procedures_searchword AS known WHERE known.word ^@ asked.word COLLATE "C") AS is_known
    FROM unnest(%(words)s::text[]) WITH ORDINALITY AS asked (word, place)
)
SELECT asked.word, plainto_tsquery(%(config)s::regconfig, asked.word)::text, meant.words,
    ARRAY(SELECT DISTINCT plainto_tsquery(%(config)s::regconfig, word)::text FROM unnest(meant.words) AS word)
FROM asked CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT word FROM (
            SELECT word, min(errors) AS errors, rank() OVER (ORDER BY min(errors)) AS nth FROM (
                SELECT known.word, CASE WHEN search_letters(known.word) = search_letters(asked.word) THEN 1
                    ELSE levenshtein_less_equal(known.word, asked.word, allowed) END AS errors
                FROM procedures_searchword AS known
                WHERE length(known.word) BETWEEN length(asked.word) - allowed AND length(asked.word) + allowed
                    AND levenshtein_less_equal(known.word, asked.word, allowed) <= allowed
                UNION ALL
                SELECT known.word, 2 FROM procedures_searchword AS known
                WHERE asked.word ~ '^[a-z]{4,30}$' AND dmetaphone(known.word) = dmetaphone(asked.word)
                    AND levenshtein_less_equal(known.word, asked.word, 4) <= 4
            ) AS near WHERE word <> asked.word AND (%(every)s OR NOT asked.is_known) GROUP BY word
        ) AS ranked
        WHERE nth = 1 OR %(wide)s
        ORDER BY errors, left(word, 1) <> left(asked.word, 1), similarity(word, asked.word) DESC, word LIMIT %(most)s
    ) AS words
) AS meant ORDER BY place
"""


class Leniency(IntEnum):
    """How far search goes to make sense of a word."""

    NEAREST = 0  # an unknown word stands for the nearest known ones
    WIDE = 1  # it stands for all that are within two typing errors
    EVERY = 2  # and so does a known one, such as one name typed for another


@dataclass(frozen=True)
class Term:
    """One thing that was asked for: a word, or a phrase that stands for something. `lexemes` is a tsquery."""

    typed: str
    lexemes: str
    stands_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What somebody typed, as search understands it. Without terms it asks for nothing."""

    terms: tuple[Term, ...] = ()
    key: str = ""

    @property
    def of_all(self) -> str:
        """A tsquery of all that was asked for."""
        return " & ".join(f"({term.lexemes})" for term in self.terms)

    @property
    def of_any(self) -> str:
        """A tsquery of any of it."""
        return " | ".join(f"({term.lexemes})" for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    @classmethod
    def understood(cls, typed: str, leniency: Leniency = Leniency.NEAREST) -> Self:
        """What was typed, as far as the site can make sense of it. Three queries, and one for each synonym in it."""
        words = _words(typed) if typed else []
        key = " ".join(words)
        terms = []
        for synonym in Synonym.objects.said_in(key) if words else []:
            words, was_there = _without(words, synonym.key.split())
            if was_there:
                terms.append(_phrase(synonym))
        spellings = _spellings(words, leniency)
        says_something = [spelling for spelling in spellings if spelling[1]]
        if not terms and not says_something:  # a name such as “Will An” is all small words
            says_something = spellings
        terms += [Term(spelling[0], _any_spelling(*spelling)) for spelling in says_something]
        return cls(tuple(terms), key)


def _words(typed: str) -> list[str]:
    """The words to look for, without titles, unless there is nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_words(%s)", [typed.replace("\0", "")[:MOST_LETTERS]])
        words = list(dict.fromkeys(word for word in cursor.fetchone()[0] if word))
    return ([word for word in words if word not in TITLES] or words)[:MOST_WORDS]


def _spellings(words: list[str], leniency: Leniency) -> list[tuple[str, str, list[str], list[str]]]:
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _SPELLINGS,
            {
                "words": words,
                "config": CONFIG,
                "wide": leniency >= Leniency.WIDE,
                "every": leniency >= Leniency.EVERY,
                "most": MOST_SPELLINGS,
            },
        )
        return list(cursor.fetchall())


def _any_spelling(word: str, stem: str, near: list[str], near_stems: list[str]) -> str:
    """The word as it stands, what begins with it, what English makes of it, and what it may have been meant for."""
    begins = f"'{word}':*" if len(word) > 1 else f"'{word}'"
    return " | ".join(filter(None, [begins, stem, *(f"'{other}'" for other in near), *near_stems]))


def _without(words: list[str], phrase: list[str]) -> tuple[list[str], bool]:
    """The words left once the phrase is taken out, and whether it was there."""
    for start in range(len(words) - len(phrase) + 1):
        if words[start : start + len(phrase)] == phrase:
            return words[:start] + words[start + len(phrase) :], True
    return words, False


def _phrase(synonym: Synonym) -> Term:
    """A synonym's own words together, or anything that they stand for."""
    with connection.cursor() as cursor:
        asked = "SELECT plainto_tsquery(%s::regconfig, said)::text FROM unnest(%s::text[]) AS said"
        cursor.execute(asked, [CONFIG, [synonym.phrase, *synonym.meanings]])
        queries = [query for (query,) in cursor.fetchall() if query]
    return Term(synonym.phrase, " | ".join(f"({query})" for query in queries), tuple(synonym.meanings))


def marked(text: str) -> SafeString:
    """A text from ts_headline, made safe, with what was found marked."""
    opened = re.sub(BEGIN, "<mark>", escape(text))
    return mark_safe(re.sub(END, "</mark>", opened))  # noqa: S308 - escaped first
