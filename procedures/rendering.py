"""An edition as HTML and as plain lines: drawn once when it is published, and kept with it from then on."""

from html.parser import HTMLParser
from typing import TypedDict

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import escape

from procedures.glossing import glossed
from procedures.models import Edition, GlossaryTerm
from procedures.models.editions import Group
from procedures.readability import BLOCK_TAGS

ICONS = '<use href="icons:#'
Line = list[str]  # the heading of the section it stands in, and the words


class Page(TypedDict):
    """The parts of a page that an edition says; what stands around them is the site's."""

    opening: str
    body: str
    sources: str
    contents: list[list[str]]
    minutes: int


def page(edition: Edition) -> Page:
    """What readers are shown: as it was kept at publication. A draft is drawn from its rows as they are now.

    Our icons are the site's and not the edition's: their file has a new name with each change, so it is filled in here.
    """
    kept: Page = edition.html or drawn(Edition.objects.with_blocks().get(pk=edition.pk))
    return kept | {"opening": kept["opening"].replace(ICONS, f'<use href="{static("img/icons.svg")}#')}


def drawn(edition: Edition) -> Page:
    """The page as the rows say now, each hard word explained where it is first used."""
    return Page(
        opening=_opening(edition),
        body=glossed(_body(edition), GlossaryTerm.objects.all()),
        sources=render_to_string("procedures/_source_list.html", {"sources": edition.sources}),
        contents=[[part.section.anchor, part.section.heading] for part in edition.parts],
        minutes=edition.minutes_to_read,
    )


def lines(edition: Edition) -> list[Line]:
    """Every line that a reader meets, in order: for comparing two editions, and for search."""
    return read(f"<p>{escape(edition.lead)}</p>{_opening(edition)}{_body(edition)}")


def read(html: str) -> list[Line]:
    """The lines of some HTML of ours, as somebody would read them out."""
    reader = _LineReader()
    reader.feed(html)
    reader.close()
    return reader.lines


def drawn_group(group: Group) -> str:
    """Neighbouring blocks of one kind, drawn."""
    return render_to_string(group.template, {"blocks": group.blocks})


def _opening(edition: Edition) -> str:
    return "".join(drawn_group(group) for group in edition.opening)


def _body(edition: Edition) -> str:
    return "".join(render_to_string("procedures/_part.html", {"part": part}) for part in edition.parts)


class _LineReader(HTMLParser):
    """Gathers lines as a reader sees them: a new one with each block element, under the heading of its section."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.heading, self.words, self.in_heading = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCK_TAGS or tag in ("summary", "section"):
            self._end_line()
        self.in_heading = tag == "h2" or self.in_heading

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCK_TAGS or tag in ("summary", "section"):
            self._end_line()
        if tag == "h2":
            self.in_heading = False

    def handle_data(self, data: str) -> None:
        self.words += data

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_line(self) -> None:
        words, self.words = " ".join(self.words.split()), ""
        if words and self.in_heading:
            self.heading = words
        if words:
            self.lines.append([self.heading, words])
