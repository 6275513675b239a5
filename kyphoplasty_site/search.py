"""Search over everything that readers may see: treatments, our pages, common questions, hard words, people and hospitals.

What is found is shown with the words that it was found for, so that a reader sees why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.postgres.search import SearchHeadline, SearchRank
from django.db.models import F, QuerySet
from django.utils.safestring import SafeString

from consultants import directory
from consultants.models import Consultant
from procedures.forms import TypedText
from procedures.models import GlossaryTerm, Hospital, Passage, Procedure
from procedures.models.vectors import CONFIG, Lexemes
from procedures.search import BEGIN, END, Question, marked

MOST = 5


class SearchForm(forms.Form):
    """The one question, in the address."""

    q = TypedText(label="Search", required=False)


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is, and the words it was found for, marked."""

    title: SafeString
    address: str
    excerpt: SafeString
    of: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind, the nearest first."""

    name: str
    slug: str
    hits: list[Hit]


@dataclass(frozen=True)
class Results:
    """All that was found, and how far the question had to be stretched for it."""

    question: Question
    groups: list[Group]
    people: list[Consultant]
    is_about_somebody: bool = False
    is_any_word: bool = False

    @property
    def count(self) -> int:
        """How many things are shown."""
        return sum(len(group.hits) for group in self.groups) + len(self.people)

    @property
    def stood_for(self) -> list[tuple[str, str]]:
        """Each phrase that was taken for something else, and for what."""
        return [(term.typed, ", ".join(term.stands_for)) for term in self.question.terms if term.stands_for]


def find(typed: str) -> Results:
    """What the words lead to: all of them as they are spelt, else in any spelling, else any one of them."""
    if not typed:
        return Results(Question(), [], [])
    found = directory.find(directory.Asked(q=typed))
    is_named = not found.is_loosened and found.search.is_about_somebody
    people = [] if found.is_loosened else found.search.page(directory.Place()).consultants[:MOST]
    question = Question()
    for every in (False, True):
        question = Question.understood(typed, every=every)
        question = question.wide if every else question
        groups = _groups(question.of_all) if question else []
        if groups or people:  # a name that no page says is not stretched into words that pages do say
            return Results(question, groups, people, is_about_somebody=is_named)
    return Results(question, _groups(question.of_any) if question else [], people, is_any_word=True)


def _groups(lexemes: str) -> list[Group]:
    found = [Group(name, slug, list(hits)) for name, slug, hits in _each_kind(lexemes)]
    return [group for group in found if group.hits]


def _each_kind(lexemes: str) -> Iterator[tuple[str, str, Iterator[Hit]]]:
    passages = Passage.objects.current().select_related("edition__procedure")
    sections, questions = (
        passages.filter(kind=Passage.Kind.SECTION),
        passages.filter(kind=Passage.Kind.QUESTION),
    )
    yield (
        "Treatments, tests and scans",
        "treatments",
        _hits(Procedure.objects.published(), lexemes, "name", "summary"),
    )
    yield "Common questions", "questions", _hits(questions, lexemes, "heading", "words")
    yield "On our pages", "pages", _hits(sections, lexemes, "heading", "words")
    yield "Hard words", "words", _hits(GlossaryTerm.objects.all(), lexemes, "term", "definition")
    yield "Hospitals", "hospitals", _hits(Hospital.objects.all(), lexemes, "name", "town")


def _hits(rows: QuerySet[Any], lexemes: str, title: str, text: str) -> Iterator[Hit]:
    """The nearest rows. Excerpts are cut from those alone: it takes long."""
    asked = Lexemes(lexemes)
    nearest = (
        rows.filter(search=asked)
        .annotate(
            near=SearchRank(F("search"), asked, normalization=1),
            title_marked=_marking(title, asked, highlight_all=True),
            text_marked=_marking(
                text, asked, max_words=32, min_words=16, max_fragments=2, fragment_delimiter=" … "
            ),
        )
        .order_by("-near", "pk")[:MOST]
    )
    for row in nearest:
        of = row.edition.procedure.name if isinstance(row, Passage) else ""
        excerpt = marked(row.text_marked.replace("\n", " · "))
        yield Hit(marked(row.title_marked), row.get_absolute_url(), excerpt, of)


def _marking(column: str, asked: Lexemes, **options: Any) -> SearchHeadline:
    return SearchHeadline(column, asked, config=CONFIG, start_sel=BEGIN, stop_sel=END, **options)
