"""Hard words explained where they stand: the first use of each on a page opens on its meaning."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from django.template.loader import render_to_string

from procedures.models import Edition, GlossaryTerm, Procedure

# Where a word is a name, a control or a drawing, and not part of a sentence.
NOT_RUNNING_TEXT = frozenset(
    {"a", "abbr", "button", "caption", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "label", "legend", "option"}
    | {"script", "select", "style", "summary", "svg", "template", "textarea", "th", "title"}
)

# A line may end before or after a button, so the marks that touch one are held to it.
OPENING_MARKS, CLOSING_MARKS = "(“‘", ".,;:!?)”’"

WORD = re.compile(r"[\w-]+")

Use = tuple[int, int, GlossaryTerm]  # where a word starts and ends in the HTML, and the term it is


@dataclass(frozen=True)
class Entry:
    """A hard word in the list of all, with the pages that say it."""

    term: GlossaryTerm
    procedures: list[Procedure]

    @property
    def initial(self) -> str:
        """The letter it stands under."""
        return self.term.term[:1].upper()


def entries() -> list[Entry]:
    """All hard words from A to Z. Which pages say one was kept when each was published."""
    words_of = dict(Edition.objects.current().values_list("procedure", "copies__glossary"))
    procedures = list(Procedure.objects.filter(pk__in=words_of).order_by("name"))
    return [
        Entry(term, [procedure for procedure in procedures if term.slug in (words_of[procedure.pk] or {})])
        for term in GlossaryTerm.objects.all()
    ]


def glossed(html: str, terms: Iterable[GlossaryTerm]) -> str:
    """The HTML with the first use of each term, in reading order, made to open on its meaning.

    Only words of running text are touched. All else of the HTML stays as it was, character for character.
    """
    pieces, copied = [], 0
    for start, end, term in first_uses(html, terms):
        left, right = html[copied:start].rstrip(OPENING_MARKS), html[end:].lstrip(CLOSING_MARKS)
        resumed = len(html) - len(right)
        touching = {"before": html[copied + len(left) : start], "after": html[end:resumed]}
        explained = {"word": html[start:end], "term": term} | touching
        pieces += [left, render_to_string("components/term.html", explained).strip()]
        copied = resumed
    return "".join([*pieces, html[copied:]])


def first_uses(html: str, terms: Iterable[GlossaryTerm]) -> Iterator[Use]:
    """Where running text says each of the terms for the first time."""
    seen = set()
    for start, end, term in _uses(html, terms):
        if term.slug not in seen:
            seen.add(term.slug)
            yield start, end, term


def _uses(html: str, terms: Iterable[GlossaryTerm]) -> Iterator[Use]:
    """Every use of the terms in running text: whole words, the longest term first.

    A plural s belongs to the word. Capitals do not matter, save in a form that is all capitals: STIR is not “stir”.
    """
    lowered = html.lower()
    forms = [
        (form, term)
        for term in terms
        for form in term.forms
        if all(map(lowered.__contains__, form.lower().split()))
    ]
    forms.sort(key=lambda pair: len(pair[0]), reverse=True)
    any_of = re.compile("(?:" + "|".join(f"({_pattern(form)})" for form, _ in forms) + r")s?(?![\w-])")
    first_words = {word for form, _ in forms for word in _first_words(form)}
    used_to = 0
    for start, end in RunningText(html).spans:
        for word in WORD.finditer(html, start, end):
            # Looked up before it is matched, which saves most of the time.
            if word.start() < used_to or word[0].lower() not in first_words:
                continue
            if found := any_of.match(html, word.start(), end):
                used_to = found.end()
                yield *found.span(), forms[(found.lastindex or 0) - 1][1]


def _first_words(form: str) -> set[str]:
    first = WORD.search(form.lower())
    return {first[0], f"{first[0]}s"} if first else set()


def _pattern(form: str) -> str:
    words = r"\s+".join(re.escape(word) for word in form.split())
    return words if form.isupper() else f"(?i:{words})"


class RunningText(HTMLParser):
    """Finds where in some HTML the words of its sentences stand, as spans of the HTML itself."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.spans: list[tuple[int, int]] = []
        self._line_starts = [0, *(end.end() for end in re.finditer("\n", html))]
        self._left_out: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_RUNNING_TEXT:
            self._left_out.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A slash closes a drawing. Browsers overlook it in HTML, where what follows stands inside."""
        if tag != "svg":
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._left_out:
            self._left_out.remove(tag)

    def handle_data(self, data: str) -> None:
        """Also called for a tag that never ends, which is no text to a browser."""
        if not self._left_out and not re.search("<[a-zA-Z/!?]", data):
            line, column = self.getpos()
            start = self._line_starts[line - 1] + column
            self.spans.append((start, start + len(data)))
