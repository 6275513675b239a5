"""What a screen reader meets: headings in order, links that say where they lead, tables with headers, pictures in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

from procedures.gate.finding import Finding
from procedures.models import Block
from procedures.readability import sentences

# The level at which a block's own heading is drawn by its template. A question and its answer draw none.
_LEVELS = dict.fromkeys(Block.Kind.values, 3) | {
    Block.Kind.SECTION: 2,
    Block.Kind.KEY_FACT: 2,
    Block.Kind.SUMMARY: None,
    Block.Kind.QUESTION: None,
    Block.Kind.FAQ: None,
}
_VAGUE_LINKS = {
    *(
        "click",
        "click here",
        "here",
        "click this",
        "click this link",
        "follow this link",
        "this link",
        "link",
        "see link",
    ),
    *(
        "read more",
        "read this",
        "more",
        "see more",
        "see here",
        "learn more",
        "find out more",
        "more information",
        "more info",
    ),
    *(
        "this page",
        "page",
        "this website",
        "website",
        "this site",
        "this",
        "details",
        "see details",
        "info",
        "download",
        "pdf",
    ),
}
_BARE_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:com|org|net|uk|gov|pdf)(?:/\S*)?", re.IGNORECASE)
_NO_ALTERNATIVE = re.compile(
    r"(?:an? )?(?:image|picture|photo|photograph|drawing|diagram|illustration|graphic|alt|untitled|\W*)"
    r"|\S+\.(?:svg|png|jpe?g|webp|avif|gif)|(?:img|dsc)[-_ ]?\d+",
    re.IGNORECASE,
)


def findings(blocks: list[Block]) -> Iterator[Finding]:
    """Faults that eyes pass over."""
    level = 1
    for block in blocks:
        outline = _Outline.of(block.body)
        own = _LEVELS[block.kind] if block.heading else None
        if own:
            yield from _skipped(block, block.heading, level, own, "heading")
            level = own
        for inner, text in outline.headings:
            yield from _empty_heading(block, inner, text)
            yield from _skipped(block, text, level, inner, "body")
            level = inner
        yield from _links(block, outline)
        yield from _tables(block, outline)
        yield from _picture(block)
        yield from _film(block)
    yield from _empty_sections(blocks)


def _skipped(block: Block, text: str, above: int, level: int, field: str) -> Iterator[Finding]:
    if level > above + 1:
        yield Finding(
            block,
            text,
            f"This heading is of level {level} and stands under one of level {above}. Whoever moves by headings misses the step.",
            "Give the block a heading of its own, or move it under a section heading.",
            is_blocking=True,
            field=field,
        )


def _empty_heading(block: Block, level: int, text: str) -> Iterator[Finding]:
    if not text:
        yield Finding(
            block,
            f"<h{level}></h{level}>",
            "A heading holds no words. Screen readers announce it all the same.",
            "Write the heading, or delete the empty line.",
            is_blocking=True,
            field="body",
        )


def _empty_sections(blocks: list[Block]) -> Iterator[Finding]:
    for block, after in pairwise([*blocks, None]):
        ends = after is None or after.kind == Block.Kind.SECTION
        if block and block.kind == Block.Kind.SECTION and ends and not sentences(block.body):
            yield Finding(
                block,
                block.heading,
                "Nothing stands under this heading.",
                "Write what belongs there, or take the section out.",
                is_blocking=True,
                field="heading",
            )


def _links(block: Block, outline: "_Outline") -> Iterator[Finding]:
    for text, href in outline.links:
        if text.strip(" .,:;!>→»…").lower() in _VAGUE_LINKS:
            reason = "Read on its own, this link does not say where it leads."
        elif _BARE_ADDRESS.fullmatch(text):
            reason = "This link is a bare address, which a screen reader spells out."
        elif not text:
            reason = "This link holds no words, so a screen reader has nothing to say."
        else:
            continue
        yield Finding(
            block,
            text or href,
            reason,
            "Name in the link what it leads to: “Read about vertebroplasty”.",
            is_blocking=True,
            field="body",
        )


def _tables(block: Block, outline: "_Outline") -> Iterator[Finding]:
    for table in outline.tables:
        if not table.has_headers:
            yield Finding(
                block,
                " ".join(table.text.split())[:150],
                "This table has no header cells, so a screen reader cannot say what a number belongs to.",
                "Make the cells of its first row or column header cells.",
                is_blocking=True,
                field="body",
            )


def _picture(block: Block) -> Iterator[Finding]:
    picture = block.illustration
    if picture and not picture.is_decorative and _NO_ALTERNATIVE.fullmatch(picture.alt.strip()):
        yield Finding(
            block,
            picture.alt.strip() or picture.key,
            f"The picture “{picture.key}” has no words for people who cannot see it.",
            "Say in its alternative text what it shows, or tick that it is only decoration.",
            is_blocking=True,
            field="illustration",
        )


def _film(block: Block) -> Iterator[Finding]:
    if not block.video:
        return
    if not str(block.video.captions).strip():
        yield Finding(
            block,
            block.video.title,
            "This film has no captions, so people who cannot hear it miss what is said.",
            "Add a WebVTT file with every word that is spoken or shown.",
            is_blocking=True,
            field="video",
        )
    if not sentences(block.video.transcript):
        yield Finding(
            block,
            block.video.title,
            "This film has no transcript, for people who do not play it.",
            "Write down all that is said and seen in it.",
            is_blocking=True,
            field="video",
        )


@dataclass
class _Table:
    text: str = ""
    has_headers: bool = False


class _Outline(HTMLParser):
    """The headings, links and tables of an HTML fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.links: list[tuple[str, str]] = []
        self.tables: list[_Table] = []
        self.heading, self.link, self.href = "", "", ""
        self.level: int | None = None
        self.in_link = self.in_table = False

    @classmethod
    def of(cls, fragment: str) -> "_Outline":
        """What an HTML fragment holds."""
        outline = cls()
        outline.feed(fragment)
        outline.close()
        return outline

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.level, self.heading = int(tag[1]), ""
        elif tag == "a":
            self.in_link, self.link, self.href = True, "", dict(attrs).get("href") or ""
        elif tag == "table":
            self.in_table = True
            self.tables.append(_Table())
        elif tag == "th" and self.tables:
            self.tables[-1].has_headers = True

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch("h[1-6]", tag) and self.level:
            self.headings.append((self.level, " ".join(self.heading.split())))
            self.level = None
        elif tag == "a" and self.in_link:
            self.links.append((" ".join(self.link.split()), self.href))
            self.in_link = False
        elif tag == "table":
            self.in_table = False

    def handle_data(self, data: str) -> None:
        self.heading += data
        self.link += data
        if self.in_table:
            self.tables[-1].text += f" {data}"
