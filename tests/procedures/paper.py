"""A leaflet as a screen reader meets it: the structure of its PDF, and the words in the order of that structure."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pikepdf

# What begins and ends a line of its own.
LINES = {
    "P",
    "H1",
    "H2",
    "H3",
    "H4",
    "LI",
    "LBody",
    "TD",
    "TH",
    "TR",
    "Caption",
    "Div",
    "Sect",
    "Figure",
    "L",
    "Table",
}
POINTS_IN_A_PIXEL = 0.75


@dataclass
class Node:
    """An element of the structure: what it is, what is known of it, and its words or further elements in order."""

    kind: str
    facts: dict[str, Any]
    inside: list["Node | str"] = field(default_factory=list)

    def every(self, *kinds: str) -> list["Node"]:
        """It and all below it of these kinds, in reading order."""
        return [node for node in self.walk() if not kinds or node.kind in kinds]

    def walk(self) -> Iterator["Node"]:
        yield self
        for piece in self.inside:
            if isinstance(piece, Node):
                yield from piece.walk()

    @property
    def words(self) -> str:
        """All its words, as they are read out."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for piece in self.inside:
            yield piece if isinstance(piece, str) else "".join(piece._pieces())
        if self.kind in LINES:
            yield "\n"


LINES = {
    "P",
    "H1",
    "H2",
    "H3",
    "H4",
    "LI",
    "LBody",
    "TD",
    "TH",
    "TR",
    "Caption",
    "Div",
    "Sect",
    "Figure",
    "L",
    "Table",
}


class Paper:
    """A PDF opened."""

    def __init__(self, pdf: bytes) -> None:
        self.file = pikepdf.open(io.BytesIO(pdf))
        self._words = {page.objgen: _marked_words(page) for page in self.file.pages}

    @property
    def root(self) -> Any:
        return self.file.Root

    def read(self) -> Node:
        """The whole structure."""
        return self._read(self.root.StructTreeRoot.K[0], None)

    def lines(self) -> list[str]:
        """Its words a line at a time, in reading order."""
        text = "".join(self.read()._pieces())
        return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]

    def words_by_page(self) -> list[list[str]]:
        """All marked words, of the structure or not, as they were printed on each page: a list of lines for each."""
        return [_printed_lines(page) for page in self.file.pages]

    def size_of(self, words: str) -> float:
        """The size in points of the letters that the words are printed in."""
        return next(run.size for page in self.file.pages for run in _runs(page) if words in run.words)

    def _read(self, element: Any, page: Any) -> Node:
        page = element.get("/Pg", page)
        facts = {key: element[key] for key in ("/Alt", "/A", "/ID") if key in element}
        node = Node(str(element.S)[1:], facts)
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, int):
                node.inside.append(self._words[page.objgen].get(kid, ""))
            elif "/S" in kid:
                node.inside.append(self._read(kid, page))
        return node


@dataclass
class Run:
    """Words printed in one go: the number of their marked content, their size in points, and how high they stand."""

    mark: int | None
    words: str
    size: float
    height: float


def _runs(page: Any) -> Iterator[Run]:
    fonts = {name: _letters(font) for name, font in page.Resources.Font.items()}
    marks: list[int | None] = []
    font: dict[int, str] = {}
    height = size = 0.0
    for instruction in pikepdf.parse_content_stream(page):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "BDC":
                marks.append(int(operands[1].MCID) if "/MCID" in operands[1] else None)
            case "BMC":
                marks.append(None)
            case "EMC":
                marks.pop()
            case "Tf":
                font, size = fonts[str(operands[0])], float(operands[1]) * POINTS_IN_A_PIXEL
            case "Tm":
                height = float(operands[5])
            case "Tj" | "TJ":
                mark = next((mark for mark in reversed(marks) if mark is not None), None)
                yield Run(mark, "".join(_shown(operands[0], font)), size, height)


def _marked_words(page: Any) -> dict[int, str]:
    """The words of a page by the number of the marked content that they stand in."""
    words: dict[int, str] = {}
    last_height = 0.0
    for run in _runs(page):
        if run.mark is not None:
            new_line = "" if run.height == last_height else " "  # no space is printed where a line ends
            words[run.mark] = words.get(run.mark, new_line) + run.words
            last_height = run.height
    return words


def _printed_lines(page: Any) -> list[str]:
    lines = [
        "".join(run.words for run in runs) for _, runs in groupby(_runs(page), key=lambda run: run.height)
    ]
    return [line.strip() for line in lines]


def _shown(operand: Any, font: dict[int, str]) -> Iterator[str]:
    for piece in operand if isinstance(operand, pikepdf.Array) else [operand]:
        if isinstance(piece, pikepdf.String):
            codes = bytes(piece)
            yield from (font[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2))


def _letters(font: Any) -> dict[int, str]:
    """What each of a font's codes stands for."""
    table = font.ToUnicode.read_bytes().decode()
    pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", table)
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}
