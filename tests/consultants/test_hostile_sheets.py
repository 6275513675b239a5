"""Files that are no directory: each is refused in a plain sentence, and quickly."""

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from consultants import sheets
from consultants.models import Consultant
from tests import factories, naughty
from tests.consultants.sheets import csv_file, directory_editor, preview, rows_of, xlsx_file
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db
NO_SHEET = "This file is no spreadsheet that we can read."
TOO_LARGE = "This file is too large. It may have 10 MB and 3,000 rows."


@pytest.fixture
def desk() -> Desk:
    factories.consultant()
    return directory_editor()


def workbook(**parts: bytes) -> bytes:
    """A workbook with some of its parts put in the place of its own."""
    whole, changed = BytesIO(xlsx_file(["Slug"], ["ada-quill"]).read()), BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
    return changed.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    + SHEET % b"<row><c><v>&b;</v></c></row>"
)
BAD = {
    "nothing at all": (b"", "This file is empty."),
    "only spaces": (b"  \n \n", "This file is empty."),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", NO_SHEET),
    "a PDF": (b"%PDF-1.7\n\x93\x8c\x8b\x9e\x00\x01", NO_SHEET),
    "a page": (b"<html><p>Hello</p></html>", "We do not know these columns"),
    "an old Excel file": (
        sheets.OLD_EXCEL + b"\0" * 500,
        "This is an old Excel file (.xls), or it has a password.",
    ),
    "a broken workbook": (b"PK\x03\x04 and then nothing", NO_SHEET),
    "an archive of something else": (workbook(workbook=b"<x/>"), NO_SHEET),
    "an entity bomb": (workbook(sheet1=LAUGHS), NO_SHEET),
    "an archive bomb": (workbook(sheet1=b" " * (sheets.MOST_UNPACKED + 1)), TOO_LARGE),
    "a million cells": (
        workbook(sheet1=SHEET % (b"<row>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>")),
        TOO_LARGE,
    ),
    "a million rows": (workbook(sheet1=SHEET % (b"<row/>" * 1_000_000)), TOO_LARGE),
    "a cell too far to the right": (
        workbook(sheet1=SHEET % b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
        "more than 60 columns",
    ),
    "too many lines": (b"Slug\n" + b"ada-quill\n" * 3_001, TOO_LARGE),
    "more than 10 MB": (b"Slug\n" + b"a" * sheets.MOST_BYTES, TOO_LARGE),
    "bytes of no encoding": (b"Slug\nada\x81\x8d", NO_SHEET),
    "a quotation mark without its pair": (
        b'Slug,Role\nada-quill,"Surgeon\n',
        "Look there for a quotation mark",
    ),
    "columns of something else": (
        b"Slug,Shoe size\nada-quill,40\n",
        "We do not know these columns: “Shoe size”. The first row names the columns, as an export has them.",
    ),
    "a column twice": (
        b"Slug,Role,role\nada-quill,a,b\n",
        "The column “Role” stands there twice. Leave one out.",
    ),
    "nobody to be about": (b"Role\nSurgeon\n", "A column is missing: “Slug” or “GMC number”"),
    "no row": (b"Slug,Role\n", "This file has the names of the columns, and no row below them."),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=list(BAD))
def test_bad_file_is_refused_in_plain_words_within_two_seconds(
    desk: Desk, content: bytes, sentence: str
) -> None:
    with naughty.in_time():
        page = preview(desk, SimpleUploadedFile("people.xlsx", content))

    assert page.status == 200
    assert sentence in page.words("//*[@class='errornote']")[0]
    assert page.title.startswith("Error: ")


def test_no_file_is_asked_for_again(desk: Desk) -> None:
    assert "Choose a file first." in desk.post("consultants_consultant_import").text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_however_a_spreadsheet_writes_it(desk: Desk, delimiter: str, encoding: str) -> None:
    file = csv_file(
        ["Slug", "Role"], ["ada-quill", "Chirurgienne, à Élm"], delimiter=delimiter, encoding=encoding
    )

    page = preview(desk, file)

    assert rows_of(page)[0][2] == "Changed Role: from Spinal consultant → to Chirurgienne, à Élm"
    assert ("We read it as Windows-1252" in page.text) == (encoding == "cp1252")


def test_formula_in_a_workbook_is_an_error_of_its_cell(desk: Desk) -> None:
    page = preview(desk, xlsx_file(["Slug", "Role"], ["ada-quill", '=HYPERLINK("http://evil.example")']))

    assert rows_of(page)[0][2] == "Error Role: This cell holds a formula. Put its value there instead."


def test_error_of_the_spreadsheet_is_an_error_of_its_cell(desk: Desk) -> None:
    book = Workbook()
    book.worksheets[0].append(["Slug", "Role"])
    book.worksheets[0].append(["ada-quill", "#REF!"])
    written = BytesIO()
    book.save(written)

    page = preview(desk, SimpleUploadedFile("people.xlsx", written.getvalue()))

    assert rows_of(page)[0][2].startswith("Error Role: This cell holds an error of the spreadsheet.")


def test_very_long_cell_is_an_error(desk: Desk) -> None:
    page = preview(desk, csv_file(["Slug", "About"], ["ada-quill", "x" * 10_001]))

    assert "Error About: This cell holds more than 10,000 letters. Shorten it." in rows_of(page)[0][2]


@pytest.mark.parametrize(
    "cell", ["<script>alert(1)</script>", "'; DROP TABLE consultants_consultant; --", "{{ 7 }}", "\u202e"]
)
def test_whatever_stands_in_a_cell_is_only_text(desk: Desk, cell: str) -> None:
    page = preview(desk, csv_file(["Slug", "Role"], ["ada-quill", cell]))

    assert rows_of(page)[0][2] == f"Changed Role: from Spinal consultant → to {cell}"
    assert not page.tree.xpath("//td//script")


def test_altered_preview_is_refused(desk: Desk) -> None:
    page = desk.post("consultants_consultant_import", preview="made up")

    assert "Choose the file again." in page.text
    assert Consultant.objects.get().role == "Spinal consultant"
