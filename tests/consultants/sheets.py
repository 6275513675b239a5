"""Spreadsheets as people make them, and the desk of the directory editor."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from kyphoplasty_site.access import Role
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

IMPORT = "consultants_consultant_import"
EXPORT = "admin:consultants_consultant_export"
KEYS = ["Slug", "Given name", "Family name", "Hospital", "Procedures", "Confirmed on"]


def directory_editor() -> Desk:
    """Fern, who keeps the directory."""
    return Desk(Role.DIRECTORY_EDITOR, "fern")


def csv_file(*rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8") -> SimpleUploadedFile:
    written = StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return SimpleUploadedFile("people.csv", written.getvalue().encode(encoding))


def xlsx_file(*rows: Sequence[Any]) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    written = BytesIO()
    book.save(written)
    return SimpleUploadedFile("people.xlsx", written.getvalue())


def preview(desk: Desk, file: SimpleUploadedFile) -> Page:
    """Choose the file, and see what it would change."""
    return desk.post(IMPORT, sheet=file)


def confirm(desk: Desk, page: Page) -> Page:
    """Press the button of the preview."""
    (rows,) = page.tree.xpath("//input[@name='preview']/@value")
    return desk.post(IMPORT, preview=str(rows))


def rows_of(page: Page) -> list[list[str]]:
    """The rows of the preview: number, who, what."""
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")]
        for row in page.tree.xpath("//tbody/tr")
    ]


def exported(desk: Desk, kind: str, question: str = "") -> bytes:
    """The file that the button sends."""
    response: Any = desk.client.post(reverse(EXPORT) + question, {"kind": kind})
    assert response.status_code == 200
    return response.getvalue() if response.streaming else response.content
