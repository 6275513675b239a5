"""Search that forgives: what somebody typed, understood as words that the site knows.

A misspelt word is led to the known words within two typing errors of it, or that sound the same. A phrase that staff
have listed as a synonym stands for what the site calls it. Titles say nothing about whom somebody looks for.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from procedures.models import Procedure
from procedures.models.vectors import CONFIG, Lexemes

MOST_LETTERS = 100
MOST_WORDS = 8
MOST_SPELLINGS = 30
MOST_TOLD = 3
TITLES = {"mr", "mrs", "ms", "miss", "dr", "doctor", "prof", "professor", "sir", "dame"}
# Around each word found in a text, while the text is still unsafe. No keyboard types these.
BEGIN, END = "\ue000", "\ue001"

# For each word: what English makes of it (nothing, of a word such as “the”); the known words near it, the nearest first,
# unless the site knows it or a word that begins so; those that are as near as any; and what English makes of them all. Two
# typing errors are let pass, in a short word one, and two letters that changed places count as one. What sounds the same is
# near too. A word begins a known one if it begins the first that does not come before it: one look at the index tells.
_SPELLINGS = """
WITH asked AS MATERIALIZED (
    SELECT word, place, CASE WHEN length(word) < 3 THEN 0 WHEN length(word) < 6 THEN 1 ELSE 2 END AS allowed,
        coalesce((
            SELECT known.word FROM procedures_searchword AS known WHERE known.word >= asked.word COLLATE "C"
            ORDER BY known.word LIMIT 1
        ) ^@ asked.word, false) AS is_known
    FROM unnest(%(words)s::text[]) WITH ORDINALITY AS asked (word, place)
)
SELECT asked.word, plainto_tsquery(%(config)s::regconfig, asked.word)::text, near.words, near.queries,
    near.words[:near.nearest], near.queries[:near.nearest], asked.is_known
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


# Where a synonym stands in what was typed, the longest first. A slip is let pass in a phrase or a long word: an ending, a
# sound, or in a word that the site does not know a typing error. A known word is never taken for another that only looks
# like it: “infection” is no “injection”. Each word is read once, each pair of words compared once.
_SYNONYMS = """
WITH typed AS MATERIALIZED (
    SELECT word, place, plainto_tsquery(%(config)s::regconfig, word) AS query,
        CASE WHEN word ~ '^[a-z]{3,30}$' THEN dmetaphone(word) END AS sound,
        EXISTS (SELECT FROM procedures_searchword AS known WHERE known.word = asked.word) AS is_known
    FROM unnest(%(words)s::text[]) WITH ORDINALITY AS asked (word, place)
), said AS MATERIALIZED (
    SELECT word, plainto_tsquery(%(config)s::regconfig, word) AS query, dmetaphone(word) AS sound
    FROM (SELECT DISTINCT unnest(string_to_array(key, ' ')) AS word FROM procedures_synonym) AS each
), pair AS MATERIALIZED (
    SELECT said.word, typed.place, said.word <> typed.word AS is_slip
    FROM said JOIN typed ON said.word = typed.word
        OR (numnode(said.query) > 0 AND said.query = typed.query)
        OR (said.sound = typed.sound AND levenshtein_less_equal(said.word, typed.word, 3) <= 3)
        OR (NOT typed.is_known AND (
            levenshtein_less_equal(said.word, typed.word, length(said.word) / 4) <= length(said.word) / 4
            OR (levenshtein_less_equal(said.word, typed.word, 2) = 2
                AND search_letters(said.word) = search_letters(typed.word))
        ))
)
SELECT synonym.phrase, synonym.means, first.place - 1, cardinality(words)
FROM (SELECT *, string_to_array(key, ' ') AS words FROM procedures_synonym) AS synonym
JOIN pair AS first ON first.word = words[1]
CROSS JOIN LATERAL (
    SELECT count(*) AS heard, count(*) FILTER (WHERE is_slip) AS slips
    FROM unnest(words) WITH ORDINALITY AS each (word, nth)
    JOIN pair ON pair.word = each.word AND pair.place = first.place + nth - 1
) AS compared
WHERE heard = cardinality(words) AND (slips = 0 OR cardinality(words) > 1 OR length(words[1]) > 5)
ORDER BY cardinality(words) DESC, slips, length(key) DESC, key, first.place
"""


@dataclass(frozen=True)
class Term:
    """One thing that was asked for: a word, or a phrase that stands for something.

    `lexemes` is a tsquery of it, where it is misspelt of the nearest words that the site knows; `wide` of all that are near.
    `taken_for` names the nearest of those that were looked for instead of the word itself; `is_known` says whether the
    site knows the word as it was typed.
    """

    typed: str
    lexemes: str
    wide: str
    stands_for: tuple[str, ...] = ()
    taken_for: tuple[str, ...] = ()
    is_known: bool = True


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

    @cached_property
    def known(self) -> "Question":
        """The same without the words that nobody here has written."""
        return replace(self, terms=tuple(term for term in self.terms if term.is_known))

    @property
    def respelt(self) -> list[tuple[str, str]]:
        """Each word that was not found as it was typed, and the nearest of those that were looked for instead."""
        return [(term.typed, ", ".join(term.taken_for)) for term in self.terms if term.taken_for]

    @cached_property
    def procedures(self) -> list[list[int]]:
        """For each term, the published procedures that it names."""
        terms = {
            f"names_{n}": ExpressionWrapper(Q(search=Lexemes(term.lexemes)), BooleanField())
            for n, term in enumerate(self.terms)
        }
        rows = list(Procedure.objects.published().annotate(**terms).values("pk", *terms)) if terms else []
        return [[row["pk"] for row in rows if row[name]] for name in terms]

    @cached_property
    def wide(self) -> "Question":
        """The same, with every spelling that is near what was typed."""
        wide = replace(self, terms=tuple(replace(term, lexemes=term.wide) for term in self.terms))
        return self if wide == self else wide

    @cached_property
    def stretched(self) -> "Question":
        """The same, where a word that the site knows may be a slip too, such as one name typed for another."""
        known = [term.typed for term in self.terms if term.is_known and not term.stands_for]
        slips = {spelling[0]: _word(*spelling) for spelling in _spellings(known, every=True)}
        terms = tuple(slips.get(term.typed, term) for term in self.terms)
        return self if terms == self.terms else replace(self, terms=terms)

    @classmethod
    def understood(cls, typed: str) -> Self:
        """What was typed, as far as the site can make sense of it. In three queries, and one more for each synonym in it."""
        words = _words(typed) if typed else []
        terms, rest = _phrases(words)
        spellings = _spellings(rest)
        says_something = [spelling for spelling in spellings if spelling[1]]
        if not terms and not says_something:  # a name such as “Will An” is all small words
            says_something = spellings
        terms += [_word(*spelling) for spelling in says_something]
        return cls(tuple(terms), " ".join(words))


def _words(typed: str) -> list[str]:
    """The words to look for, without titles, unless there is nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_words(%s)", [typed.replace("\0", "")[:MOST_LETTERS]])
        words = list(dict.fromkeys(word for word in cursor.fetchone()[0] if word))
    return ([word for word in words if word not in TITLES] or words)[:MOST_WORDS]


def _spellings(words: list[str], *, every: bool = False) -> list[tuple[Any, ...]]:
    if not words:
        return []
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"words": words, "config": CONFIG, "every": every, "most": MOST_SPELLINGS}
        cursor.execute(_SPELLINGS, asked)
        return list(cursor.fetchall())


def _word(
    word: str,
    query: str,
    near: list[str],
    queries: list[str],
    nearest: list[str],
    nearest_queries: list[str],
    is_known: bool,
) -> Term:
    """The word as it stands, what begins with it, what English makes of it, and what it may have been meant for."""
    begins = f"'{word}':*" if len(word) > 1 else f"'{word}'"

    def any_of(words: list[str], of_words: list[str]) -> str:
        every = [begins, query, *(f"'{other}'" for other in words), *of_words]
        return " | ".join(dict.fromkeys(filter(None, every)))

    is_known |= query in nearest_queries  # an ending makes no other word of it
    taken_for = () if query in nearest_queries else tuple(nearest[:MOST_TOLD])
    wide = any_of(near, queries)
    return Term(word, any_of(nearest, nearest_queries), wide, taken_for=taken_for, is_known=is_known)


def _phrases(words: list[str]) -> tuple[list[Term], list[str]]:
    """The synonyms that were typed, and the words that are in none."""
    if not words:
        return [], []
    with connection.cursor() as cursor:
        cursor.execute(_SYNONYMS, {"words": words, "config": CONFIG})
        found = list(cursor.fetchall())
    terms: list[Term] = []
    left = dict(enumerate(words))
    for phrase, means, start, length in found:
        places = range(start, start + length)
        if all(place in left for place in places):
            typed = " ".join(left[place] for place in places)
            if term := _phrase(typed, phrase, [meaning.strip() for meaning in means.split(",")]):
                terms.append(term)
                left = {place: word for place, word in left.items() if place not in places}
    return terms, list(left.values())


def _phrase(typed: str, phrase: str, meanings: list[str]) -> Term | None:
    """A synonym's own words together, or anything that they stand for; nothing where English makes nothing of them."""
    with connection.cursor() as cursor:
        asked = "SELECT plainto_tsquery(%s::regconfig, said)::text FROM unnest(%s::text[]) AS said"
        cursor.execute(asked, [CONFIG, [phrase, *meanings]])
        queries = [query for (query,) in cursor.fetchall() if query]
    lexemes = " | ".join(f"({query})" for query in queries)
    return Term(typed, lexemes, lexemes, tuple(filter(None, meanings))) if lexemes else None


def marked(text: str) -> SafeString:
    """A text from ts_headline, made safe, with what was found marked."""
    opened = re.sub(BEGIN, "<mark>", escape(text))
    return mark_safe(re.sub(END, "</mark>", opened))  # noqa: S308  # nosec B308 B703  # escaped first
