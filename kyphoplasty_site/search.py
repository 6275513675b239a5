"""Search over everything that readers may see: treatments, our pages, common questions, hard words, people and hospitals.

What is found is shown with the words that it was found for, so that a reader sees why.
"""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib.postgres.search import SearchHeadline, SearchRank
from django.db.models import F, QuerySet, Value
from django.utils.safestring import SafeString

from consultants import directory
from consultants.models import Consultant
from procedures.forms import TypedText
from procedures.models import GlossaryTerm, Hospital, Passage, Procedure
from procedures.models.vectors import CONFIG, Lexemes
from procedures.search import BEGIN, END, Question, marked

MOST, MOST_OF_ONE_KIND = 5, 50


class SearchForm(forms.Form):
    """The one question, in the address; and of which kind of thing to show more."""

    q = TypedText(label="Search", required=False)
    kind = TypedText(required=False)


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is, and the words it was found for, marked. `also` is another name of it, if that was found."""

    title: SafeString
    address: str
    excerpt: SafeString
    also: SafeString
    of: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind, the nearest first, and how much there is of it."""

    name: str
    slug: str
    hits: list[Hit]
    count: int

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.count > len(self.hits)


@dataclass(frozen=True)
class Results:
    """All that was found, and how far the question had to be stretched for it."""

    question: Question
    groups: list[Group]
    people: list[Consultant]
    people_count: int = 0
    is_more_people: bool = False
    is_about_somebody: bool = False
    is_any_word: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many things were found; where there are very many people, at least."""
        return sum(group.count for group in self.groups) + self.people_count

    @property
    def stood_for(self) -> list[tuple[str, str]]:
        """Each phrase that was taken for something else, and for what."""
        return [(term.typed, ", ".join(term.stands_for)) for term in self.question.terms if term.stands_for]


def find(typed: str, kind: str = "") -> Results:
    """What the words lead to: all of them as they are spelt, else all that we know, else in any spelling, else any one.

    With the slug of a kind, only what there is of it, and much of that.
    """
    if not typed:
        return Results(Question(), [], [])
    question = Question.understood(typed)
    people = Results(question, [], []) if kind else _people(question)
    strange = tuple(term.typed for term in question.terms if not term.is_known)
    # In a sentence a strange word is more likely a word of life than a slip: “my mother has broken her back”.
    if strange and not people.people and len(question.known.terms) > 1:
        groups = _groups(question.known.of_all, kind)
        if groups:
            return Results(question.known, groups, [], left_out=strange)
    groups = _groups(question.of_all, kind) if question else []
    if (
        not groups and not people.people and question != question.stretched.wide
    ):  # a name that no page says is not stretched into words that pages do say
        question = question.stretched.wide
        groups = _groups(question.of_all, kind)
    if groups or people.people:
        return replace(people, question=question if groups else people.question, groups=groups)
    return Results(question, _groups(question.of_any, kind) if question else [], [], is_any_word=True)


def _people(question: Question) -> Results:
    search = directory.called(question)
    if search is None:
        return Results(question, [], [])
    return Results(
        search.question,
        [],
        search.page(directory.Place()).consultants[:MOST],
        people_count=search.count,
        is_more_people=search.is_more,
        is_about_somebody=search.is_about_somebody,
    )


@dataclass(frozen=True)
class Kind:
    """Something that can be found: its rows, and the columns of its title, its text and its other names."""

    name: str
    slug: str
    rows: QuerySet[Any]
    title: str
    text: str
    also: str = ""


def _kinds() -> list[Kind]:
    passages = Passage.objects.current().select_related("edition__procedure")
    questions, sections = (
        passages.filter(kind=kind) for kind in (Passage.Kind.QUESTION, Passage.Kind.SECTION)
    )
    published = Procedure.objects.published()
    return [
        Kind("Treatments, tests and scans", "treatments", published, "name", "summary", "aliases"),
        Kind("Common questions", "questions", questions, "heading", "words"),
        Kind("On our pages", "pages", sections, "heading", "words"),
        Kind("Hard words", "words", GlossaryTerm.objects.all(), "term", "definition"),
        Kind("Hospitals", "hospitals", Hospital.objects.all(), "name", "town", "short_name"),
    ]


def _groups(lexemes: str, slug: str) -> list[Group]:
    """What was found of each kind, or of the one; a kind that nobody knows narrows nothing."""
    kinds = _kinds()
    only = [kind for kind in kinds if kind.slug == slug]
    most = MOST_OF_ONE_KIND if only else MOST
    found = []
    for kind in only or kinds:
        rows = kind.rows.filter(search=Lexemes(lexemes))
        hits = _hits(kind, rows, lexemes, most + 1)
        if hits:
            count = rows.count() if len(hits) > most else len(hits)
            found.append(Group(kind.name, kind.slug, hits[:most], count))
    return found


def _hits(kind: Kind, rows: QuerySet[Any], lexemes: str, most: int) -> list[Hit]:
    """The nearest rows. Excerpts are cut from those alone: it takes long."""
    asked = Lexemes(lexemes)
    nearest = rows.annotate(
        near=SearchRank(F("search"), asked, normalization=1),
        title_marked=_marking(kind.title, asked, highlight_all=True),
        text_marked=_marking(
            kind.text, asked, max_words=32, min_words=16, max_fragments=2, fragment_delimiter=" … "
        ),
        also_marked=_marking(kind.also, asked, highlight_all=True) if kind.also else Value(""),
    ).order_by("-near", "pk")[:most]
    return [
        Hit(
            marked(row.title_marked),
            row.get_absolute_url(),
            marked(_excerpt(row)),
            marked(row.also_marked if BEGIN in row.also_marked else ""),
            row.edition.procedure.name if isinstance(row, Passage) else "",
        )
        for row in nearest
    ]


def _excerpt(row: Any) -> str:
    """A passage is cut out of a page, so it says where it does not begin at the beginning."""
    excerpt: str = row.text_marked.replace("\n", " · ")
    first = row.text_marked.replace(BEGIN, "").replace(END, "")[:12]
    is_cut = isinstance(row, Passage) and not row.words.startswith(first)
    return f"… {excerpt}" if is_cut else excerpt


def _marking(column: str, asked: Lexemes, **options: Any) -> SearchHeadline:
    return SearchHeadline(column, asked, config=CONFIG, start_sel=BEGIN, stop_sel=END, **options)
