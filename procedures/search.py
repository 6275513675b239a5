"""Search that forgives: what somebody typed, understood as words that the site knows.

A misspelt word is led to the known words within two typing errors of it, or that sound the same. A phrase that staff
have listed as a synonym stands for what the site calls it. Titles say nothing about whom somebody looks for.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Self

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
# unless the site knows it or a word that begins so; those that are as near as any; and what English makes of them all. Two
# typing errors are let pass, in three letters one, and two letters that changed places count as one. What sounds the same
# is near too.
_SPELLINGS = """
WITH asked AS (
    SELECT word, place, CASE WHEN length(word) < 3 THEN 0 WHEN length(word) = 3 THEN 1 ELSE 2 END AS allowed,
        EXISTS (SELECT FROM procedures_searchword AS known WHERE known.word ^@ asked.word COLLATE "C") AS is_known
    FROM unnest(%(words)s::text[]) WITH ORDINALITY AS asked (word, place)
)
SELECT asked.word, plainto_tsquery(%(config)s::regconfig, asked.word)::text, near.words, near.queries,
    near.words[:near.nearest], near.queries[:near.nearest]
FROM asked CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(word ORDER BY place), '{}') AS words,
        coalesce(array_agg(plainto_tsquery(%(config)s::regconfig, word)::text ORDER BY place), '{}') AS queries,
        count(*) FILTER (WHERE nth = 1)::int AS nearest
    FROM (
        SELECT word, rank() OVER (ORDER BY errors) AS nth, row_number() OVER (
            ORDER BY errors, left(word, 1) <> left(asked.word, 1), similarity(word, asked.word) DESC, word
        ) AS place
        FROM (
            SELECT word, min(errors) AS errors FROM (
                SELECT known.word, CASE WHEN search_letters(known.word) = search_letters(asked.word) THEN 1
                    ELSE levenshtein_less_equal(known.word, asked.word, allowed) END AS errors
                FROM procedures_searchword AS known
                WHERE length(known.word) BETWEEN length(asked.word) - allowed AND length(asked.word) + allowed
                    AND levenshtein_less_equal(known.word, asked.word, allowed) <= allowed
                UNION ALL
                SELECT known.word, 2 FROM procedures_searchword AS known
                WHERE asked.word ~ '^[a-z]{4,30}$' AND dmetaphone(known.word) = dmetaphone(asked.word)
                    AND levenshtein_less_equal(known.word, asked.word, 4) <= 4
            ) AS candidates
            WHERE word <> asked.word AND (%(every)s OR NOT asked.is_known) GROUP BY word
        ) AS known
    ) AS ranked
    WHERE place <= %(most)s
) AS near ORDER BY asked.place
"""


@dataclass(frozen=True)
class Term:
    """One thing that was asked for: a word, or a phrase that stands for something.

    `lexemes` is a tsquery of it, where it is misspelt of the nearest words that the site knows; `wide` of all that are near.
    """

    typed: str
    lexemes: str
    wide: str
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

    @property
    def wide(self) -> "Question":
        """The same, with every spelling that is near what was typed."""
        return replace(self, terms=tuple(replace(term, lexemes=term.wide) for term in self.terms))

    @classmethod
    def understood(cls, typed: str, *, every: bool = False) -> Self:
        """What was typed, as far as the site can make sense of it. Three queries, and one for each synonym in it.

        With `every`, a word that the site knows may be a slip too, such as one name typed for another.
        """
        words = _words(typed) if typed else []
        key = " ".join(words)
        terms = []
        for synonym in Synonym.objects.said_in(key) if words else []:
            words, was_there = _without(words, synonym.key.split())
            if was_there:
                terms.append(_phrase(synonym))
        spellings = _spellings(words, every=every)
        says_something = [spelling for spelling in spellings if spelling[1]]
        if not terms and not says_something:  # a name such as “Will An” is all small words
            says_something = spellings
        terms += [_word(*spelling) for spelling in says_something]
        return cls(tuple(terms), key)


def _words(typed: str) -> list[str]:
    """The words to look for, without titles, unless there is nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_words(%s)", [typed.replace("\0", "")[:MOST_LETTERS]])
        words = list(dict.fromkeys(word for word in cursor.fetchone()[0] if word))
    return ([word for word in words if word not in TITLES] or words)[:MOST_WORDS]


def _spellings(words: list[str], *, every: bool) -> list[tuple[Any, ...]]:
    if not words:
        return []
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"words": words, "config": CONFIG, "every": every, "most": MOST_SPELLINGS}
        cursor.execute(_SPELLINGS, asked)
        return list(cursor.fetchall())


def _word(
    word: str, query: str, near: list[str], queries: list[str], nearest: list[str], nearest_queries: list[str]
) -> Term:
    """The word as it stands, what begins with it, what English makes of it, and what it may have been meant for."""
    begins = f"'{word}':*" if len(word) > 1 else f"'{word}'"

    def any_of(words: list[str], of_words: list[str]) -> str:
        every = [begins, query, *(f"'{other}'" for other in words), *of_words]
        return " | ".join(dict.fromkeys(filter(None, every)))

    return Term(word, any_of(nearest, nearest_queries), any_of(near, queries))


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
    lexemes = " | ".join(f"({query})" for query in queries)
    return Term(synonym.phrase, lexemes, lexemes, tuple(synonym.meanings))


def marked(text: str) -> SafeString:
    """A text from ts_headline, made safe, with what was found marked."""
    opened = re.sub(BEGIN, "<mark>", escape(text))
    return mark_safe(re.sub(END, "</mark>", opened))  # noqa: S308 - escaped first
