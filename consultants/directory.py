"""The directory: whom a reader finds, in which order, a page at a time.

Up to AT_ONCE matches are read whole: they can be counted, ranked and paged by position. More than that are walked in
the order of the alphabet from one key to the next, so the last page costs what the first one does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import takewhile
from operator import add
from typing import Any

from django.contrib.postgres.search import (
    SearchVectorExact,
    SearchVectorField,
    TrigramSimilarity,
    TrigramWordSimilarity,
)
from django.db.models import Case, Count, FloatField, Func, When

from consultants.models import Consultant, DirectoryEntry
from consultants.models.directory import DirectoryEntryQuerySet
from procedures.models import Hospital, Procedure
from procedures.models.vectors import Lexemes
from procedures.search import Question

PAGE_SIZE = 20
AT_ONCE = 1000
SOME = 100  # of those who are too many to be ranked, enough to tell whether they are called so
IS_A_NAME = 0.6  # how near a name must come for the words to be about somebody


@dataclass(frozen=True)
class Asked:
    """What a reader asks of the directory. Every part may be left out."""

    q: str = ""
    hospital: Hospital | None = None
    procedure: Procedure | None = None
    specialty: str = ""
    language: str = ""
    gender: str = ""

    # What is given up first when nobody fits.
    LEAST_WANTED = ("gender", "language", "specialty", "hospital", "procedure")

    @property
    def facts(self) -> dict[str, Any]:
        """What an entry must have, by kind."""
        given = {
            "hospital": self.hospital and self.hospital.pk,
            "procedure": self.procedure and self.procedure.pk,
            "specialty": self.specialty,
            "language": self.language,
            "gender": self.gender,
        }
        return {kind: value for kind, value in given.items() if value}

    def without(self, *names: str) -> "Asked":
        """The same, with these left out."""
        kept: dict[str, Any] = {name: value for name, value in vars(self).items() if name not in names}
        return Asked(**kept)


@dataclass(frozen=True)
class Place:
    """From where in the order a page is read: after a key, before one, or the end."""

    after: str = ""
    before: str = ""
    is_last: bool = False


@dataclass(frozen=True)
class Page:
    """Up to twenty consultants, and the keys that lead on and back; no key where there is no more."""

    consultants: list[Consultant]
    back: str = ""
    on: str = ""
    first: int | None = None

    @property
    def up_to(self) -> int | None:
        """The number of the last one on the page."""
        return self.first and self.first + len(self.consultants) - 1

    @property
    def number(self) -> int:
        """Which page it is; 0 where that is not counted."""
        return (self.first - 1) // PAGE_SIZE + 1 if self.first else 0


class NameWords(Func):
    """The words of a name, as the directory keeps it, to be compared with a tsquery."""

    template = "array_to_tsvector(string_to_array(%(expressions)s, ' '))"
    output_field = SearchVectorField()


class Search:
    """The consultants who fit what was asked, as far as words and facts go."""

    def __init__(self, asked: Asked, question: Question, *, any_word: bool = False) -> None:
        self.asked, self.question, self.any_word = asked, question, any_word

    @cached_property
    def entries(self) -> DirectoryEntryQuerySet:
        """The entries that fit, in no order."""
        found = DirectoryEntry.objects.shown().having(**self.asked.facts)
        if self.any_word:
            done = {pk for procedures in self.question.procedures for pk in procedures}
            return found.saying(self.question.of_any, sorted(done))
        for term, procedures in zip(self.question.terms, self.question.procedures, strict=True):
            found = found.saying(term.lexemes, procedures)
        return found

    @cached_property
    def _read(self) -> list[tuple[int, str]]:
        """Everybody who fits with their key, in no order; cut off where they are too many."""
        return list(self.entries.values_list("consultant_id", "sort_key")[: AT_ONCE + 1])

    @cached_property
    def _nearness(self) -> dict[tuple[int, str], float]:
        """How near everybody's name is; where they are too many to be ranked, how near some of theirs are."""
        if not self.question:
            return {}
        rows = self.entries.values_list(
            "consultant_id", "sort_key", self._named(), TrigramSimilarity("name", self.question.key)
        )
        return {
            (pk, key): round(named + near, 1)
            for pk, key, named, near in rows[: SOME if self.is_more else AT_ONCE]
            if named
        }

    def _named(self) -> Any:
        """How near the words that somebody is called come to what was typed. A word that says where or what they are adds nothing."""
        each = [
            Case(
                When(
                    SearchVectorExact(NameWords("name"), Lexemes(term.lexemes)),
                    then=TrigramWordSimilarity(term.typed, "name"),
                ),
                default=0.0,
                output_field=FloatField(),
            )
            for term in self.question.terms
        ]
        return reduce(add, each)

    @property
    def is_more(self) -> bool:
        """Whether more fit than are counted."""
        return len(self._read) > AT_ONCE

    @property
    def count(self) -> int:
        """How many consultants fit; where that is cut off, how many do at least, in round numbers."""
        return _counted(len({pk for pk, _ in self._read}), is_more=self.is_more)

    @cached_property
    def tally(self) -> tuple[int, bool]:
        """The count, and whether it is cut off, for whoever needs nothing else."""
        read = self.entries.order_by().values("consultant_id")[: AT_ONCE + 1]
        told = read.aggregate(people=Count("consultant_id", distinct=True), entries=Count("*"))
        is_more = told["entries"] > AT_ONCE
        return _counted(told["people"], is_more=is_more), is_more

    @property
    def is_about_somebody(self) -> bool:
        """Whether the words come near to somebody's name."""
        return max(self._nearness.values(), default=0.0) >= IS_A_NAME

    @cached_property
    def ranked(self) -> list[tuple[int, str]]:
        """Everybody who fits with their key: who is called so before the others, and then by surname."""
        return sorted(set(self._read), key=lambda person: (-self._nearness.get(person, 0.0), person[1]))

    def page(self, place: Place) -> Page:
        """The page at that place; the first where nobody stands there any more."""
        return self._by_key(place) if self.is_more else self._by_position(place)

    def _by_position(self, place: Place) -> Page:
        keys = [key for _, key in self.ranked]
        if place.is_last:
            start = max(0, len(keys) - 1) // PAGE_SIZE * PAGE_SIZE
        elif place.before in keys:
            start = max(0, keys.index(place.before) - PAGE_SIZE)
        else:
            start = keys.index(place.after) + 1 if place.after in keys else 0
        start = start if start < len(keys) else 0
        end = start + PAGE_SIZE
        shown = self.ranked[start:end]
        return Page(
            _in_order(pk for pk, _ in shown),
            back=keys[start] if start else "",
            on=keys[end - 1] if end < len(keys) else "",
            first=start + 1,
        )

    def _by_key(self, place: Place) -> Page:
        """Walk the alphabet: onwards from a key, or backwards from one."""
        backwards = bool(place.before) or place.is_last
        rows = self.entries.order_by("-sort_key" if backwards else "sort_key").distinct("sort_key")
        if place.before:
            rows = rows.filter(sort_key__lt=place.before)
        elif place.after and not place.is_last:
            rows = rows.filter(sort_key__gt=place.after)
        read = list(rows.values_list("consultant_id", "sort_key")[: PAGE_SIZE + 1])
        goes_further, shown = len(read) > PAGE_SIZE, read[:PAGE_SIZE]
        if backwards:
            shown.reverse()
        if not shown:
            return self._by_key(Place()) if place != Place() else Page([])
        has_back = goes_further if backwards else bool(place.after)
        has_on = bool(place.before) if backwards else goes_further
        return Page(
            _in_order(pk for pk, _ in shown),
            back=shown[0][1] if has_back else "",
            on=shown[-1][1] if has_on else "",
        )


def _counted(people: int, *, is_more: bool) -> int:
    return people // 100 * 100 or people if is_more else people


def _in_order(pks: Iterator[int]) -> list[Consultant]:
    wanted = list(pks)
    found = Consultant.objects.with_profile().with_practices().in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


@dataclass(frozen=True)
class Found:
    """What was found, and the parts of the question that had to be left out for anybody to be found."""

    search: Search
    question: Question
    left_out: tuple[str, ...] = ()
    any_word: bool = False

    @property
    def is_loosened(self) -> bool:
        """Whether it is less than what was asked for."""
        return bool(self.left_out) or self.any_word

    @property
    def is_without_words(self) -> bool:
        """Whether the words typed were given up."""
        return "q" in self.left_out

    @property
    def is_everybody(self) -> bool:
        """Whether nothing of what was asked is left."""
        return self.search.asked == Asked()


@dataclass(frozen=True)
class Wish:
    """One part of what was asked, and how many would be found without it."""

    name: str
    words: str
    count: int
    is_more: bool


def wishes(asked: Asked, question: Question) -> list[Wish]:
    """What narrows the list now, each to be taken off."""
    found = []
    for name in ("q", *reversed(Asked.LEAST_WANTED)):
        if value := getattr(asked, name):
            rest = Search(asked.without(name), Question() if name == "q" else question)
            words = Consultant.Gender(value).label if name == "gender" else str(value)
            found.append(Wish(name, words, *rest.tally))
    return found


def find(asked: Asked) -> Found:
    """Everybody who fits; or, where nobody does, those who fit most of it."""
    for found in _attempts(asked, Question.understood(asked.q)):
        if found.search.count:
            break
    return found


def called(question: Question) -> Search | None:
    """Everybody who fits all the words, however they are spelt."""
    attempts = takewhile(lambda found: not found.is_loosened, _attempts(Asked(question.key), question))
    return next((found.search for found in attempts if found.search.count), None)


def _attempts(asked: Asked, nearest: Question) -> Iterator[Found]:
    """What to try, one after another: all of it, then one wish less, each as it is spelt and in every spelling; then any of the words, words alone, wishes alone, anybody."""
    question = nearest.wide
    wished = tuple(name for name in Asked.LEAST_WANTED if getattr(asked, name))
    whole = Found(Search(asked, question), question)
    if question != nearest and whole.search.is_more:  # too many to be ranked, so fewer spellings first
        yield Found(Search(asked, nearest), nearest)
    yield whole
    yield from _one_less(asked, question, wished)
    if question != (stretched := nearest.stretched.wide):
        question = stretched
        yield Found(Search(asked, question), question)
        yield from _one_less(asked, question, wished)
    if len(question.terms) > 1:
        yield Found(Search(asked, question, any_word=True), question, any_word=True)
    if question and len(wished) > 1:
        yield Found(Search(asked.without(*wished), question), question, wished)
    if question and wished:
        yield Found(Search(asked.without("q"), Question()), question, ("q",))
    if asked != Asked():
        yield Found(Search(Asked(), Question()), question, ("q", *wished) if asked.q else wished)


def _one_less(asked: Asked, question: Question, wished: tuple[str, ...]) -> Iterator[Found]:
    for name in wished:
        yield Found(Search(asked.without(name), question), question, (name,))
