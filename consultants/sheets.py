"""Spreadsheets as they come from people's computers, and as we write them. What a cell means is said elsewhere: columns.py."""

import codecs
import csv
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any

from django.core.files.base import File

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
MOST_ROWS = 3_000
MOST_COLUMNS = 60
LONGEST_CELL = 10_000
BYTE_ORDER_MARK = "\ufeff"

# What makes a spreadsheet take a cell for a formula. Escaped by one apostrophe more than stands there.
RISKY = re.compile(r"'*[=+\-@\t\r\n]")
ESCAPED = re.compile(r"'+[=+\-@\t\r\n]")

OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")  # an .xls file, or an .xlsx file with a password
NOT_IN_A_SHEET = re.compile(r"[\000-\010]|[\013-\014]|[\016-\037]")  # openpyxl refuses them
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
DECLARED = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
ROW, CELL = re.compile(rb"<(?:\w+:)?row\b"), re.compile(rb"<(?:\w+:)?(?:c|si)\b")

NO_SHEET = "This file is no spreadsheet that we can read. Save it as an Excel workbook (.xlsx) or as CSV, and choose that."
TOO_LARGE = (
    "This file is too large. It may have 10 MB and 3,000 rows. Split it, and import one part after the other."
)


class Unreadable(Exception):
    """The file cannot be read; the message says why, and what to do."""


@dataclass(frozen=True)
class Line:
    """A row as it stands in the file, with its number there and what is wrong with single cells."""

    number: int
    cells: list[str]
    wrong: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and the rows that say anything."""

    header: list[str]
    lines: list[Line]
    note: str = ""


def escaped(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if RISKY.match(text) else text


def unescaped(cell: str) -> str:
    """What was escaped, as it was before."""
    return cell[1:] if ESCAPED.match(cell) else cell


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV as Excel opens it on any computer: UTF-8 with a byte-order mark."""
    yield BYTE_ORDER_MARK
    for row in rows:
        yield csv_part([row])


def csv_part(rows: Iterable[Sequence[str]]) -> str:
    """Some lines of CSV."""
    lines = StringIO()
    csv.writer(lines).writerows(map(escaped, row) for row in rows)
    return lines.getvalue()


def xlsx(rows: Iterable[Sequence[str]], title: str) -> bytes:
    """An Excel workbook with one sheet, all of it text."""
    book = _openpyxl().Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([NOT_IN_A_SHEET.sub(" ", escaped(text)) for text in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def read(file: File) -> Sheet:
    """The first sheet of a workbook, or a CSV file in any of the ways that spreadsheets write them.

    Raises Unreadable.
    """
    if file.size > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    content = file.read()
    if content.startswith(OLD_EXCEL):
        raise Unreadable(
            "This is an old Excel file (.xls), or it has a password. Save it as an Excel workbook (.xlsx) without a password."
        )
    note = ""
    if content.startswith(b"PK"):
        lines = list(_workbook_lines(content))
    else:
        text, note = _decoded(content)
        lines = list(_csv_lines(text))
    if not lines:
        raise Unreadable("This file is empty. Start from an export: it has the columns that we read.")
    header, *rows = lines
    if len(rows) > MOST_ROWS:
        raise Unreadable(TOO_LARGE)
    return Sheet([name.strip() for name in header.cells], rows, note)


def _decoded(content: bytes) -> tuple[str, str]:
    """The text, and what to tell of how it was read."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tries = [("utf-16", "")]
    else:
        older = "This file is not in UTF-8. We read it as Windows-1252: check that accents and the pound sign look right."
        tries = [("utf-8-sig", ""), ("cp1252", older)]
    for encoding, note in tries:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not NOT_TEXT.search(text):
            return text, note
    raise Unreadable(NO_SHEET)


def _csv_lines(text: str) -> Iterator[Line]:
    """Rows parted by commas, or by semicolons or tabs as Excel writes them in other countries."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_ROWS + 1:
                raise Unreadable(TOO_LARGE)
            yield from _line(number, cells)
    except csv.Error as error:
        raise Unreadable(
            f"We cannot read on after row {number}. Look there for a quotation mark without its pair."
        ) from error


def _workbook_lines(content: bytes) -> Iterator[Line]:
    """Rows of the first sheet. What it would unpack to is measured first: a small file can hold gigabytes."""
    try:
        _measure(content)
        with warnings.catch_warnings(action="ignore"):
            book = _openpyxl().load_workbook(BytesIO(content), read_only=True, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), 1):
                texts = [_cell_text(cell) for cell in row]
                wrong = {
                    place: _what_is_wrong(cell) for place, cell in enumerate(row) if _what_is_wrong(cell)
                }
                yield from _line(number, texts, wrong)
    except Unreadable:
        raise
    except Exception as error:  # a broken file fails in the parser in a dozen ways
        raise Unreadable(NO_SHEET) from error


def _measure(content: bytes) -> None:
    """Refuse what is costly to read, or may refer to something outside itself.

    Raises Unreadable, and whatever zipfile raises of a broken archive.
    """
    with zipfile.ZipFile(BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise Unreadable(TOO_LARGE)
        for part in parts.infolist():
            if not part.filename.endswith((".xml", ".rels")):
                continue
            text = parts.read(part)
            if DECLARED.search(text.replace(b"\0", b"")):
                raise Unreadable(NO_SHEET)
            cells = sum(1 for _ in CELL.finditer(text))
            rows = sum(1 for _ in ROW.finditer(text))
            if rows > MOST_ROWS + 1 or cells > MOST_ROWS * MOST_COLUMNS:
                raise Unreadable(TOO_LARGE)


def _line(number: int, cells: list[str], wrong: dict[int, str] | None = None) -> Iterator[Line]:
    """The row, unless it is empty."""
    if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
        raise Unreadable(
            f"Row {number} has more than {MOST_COLUMNS} columns. Start from an export: it has the columns that we read."
        )
    wrong = dict(wrong or {})
    for place, cell in enumerate(cells):
        if len(cell) > LONGEST_CELL:
            wrong[place] = f"This cell holds more than {LONGEST_CELL:,} letters. Shorten it."
    if any(cell.strip() for cell in cells) or wrong:
        yield Line(number, [unescaped(cell)[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]], wrong)


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _what_is_wrong(cell: Any) -> str:
    if cell.data_type == "f":
        return "This cell holds a formula. Put its value there instead."
    if cell.data_type == "e":
        return "This cell holds an error of the spreadsheet. Put the value there instead."
    return ""


def _openpyxl() -> Any:
    """Loaded with the first sheet: it takes a third of a web process's start, and no reader needs it."""
    return import_module("openpyxl")
