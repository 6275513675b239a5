"""Requests as a spreadsheet, for a reason that is kept. What patients wrote, their needs and the team's notes stay here.

A CSV file leaves as it is read, so it may hold any number of requests. A workbook for Excel is packed when its last row is
there, so it holds 10,000 at most.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import Min, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_http_methods

from consultants import sheets
from enquiries.admin.queue import Queue, QueueForm
from enquiries.encryption import EncryptedTextField
from enquiries.models import Attempt, Enquiry, Export
from enquiries.models.queries import EnquiryQuerySet
from enquiries.patience import each_in_time
from procedures.counting import counted, in_words

logger = logging.getLogger(__name__)

CSV = "text/csv; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHOWN = 20
MOST_IN_A_WORKBOOK = 10_000
TOO_MANY = f"For Excel, narrow the list first: {MOST_IN_A_WORKBOOK:,} requests at most. Or export as CSV, which Excel opens too."
BROKEN_OFF = "This file is not whole: the database went away. Export it again."
# Not so much as read, so nothing of it can come into a file.
STAYS_HERE = [field.name for field in Enquiry._meta.concrete_fields if isinstance(field, EncryptedTextField)]

COLUMNS: dict[str, Callable[[Enquiry], str]] = {
    "Reference": lambda enquiry: enquiry.reference_in_groups,
    "Kind": lambda enquiry: enquiry.get_kind_display(),
    "Hospital": lambda enquiry: enquiry.hospital.name,
    "Name": lambda enquiry: enquiry.name,
    "Phone": lambda enquiry: enquiry.phone_spaced,
    "Email": lambda enquiry: enquiry.email,
    "Received": lambda enquiry: _at(enquiry.created_at),
    "Promised by": lambda enquiry: _at(enquiry.due_at),
    "First tried": lambda enquiry: _at(enquiry.first_at),  # type: ignore[attr-defined]
    "Finished": lambda enquiry: _at(enquiry.handled_at),
    "Outcome": lambda enquiry: enquiry.get_outcome_display() if enquiry.outcome else "Open",
}


class ExportForm(forms.Form):
    """Why, and as what."""

    reason = forms.CharField(
        min_length=10,
        max_length=500,
        error_messages={
            "required": "Say why you need this file.",
            "min_length": "Say a little more on why you need this file.",
        },
    )
    kind = forms.ChoiceField(
        choices=[("xlsx", "Excel"), ("csv", "CSV")],
        error_messages={
            "required": "Press one of the two buttons.",
            "invalid_choice": "Press one of the two buttons.",
        },
    )

    def __init__(self, data: Any, rows: EnquiryQuerySet) -> None:
        super().__init__(data)
        self.rows = rows

    def clean_kind(self) -> str:
        """As what, if it can hold so many."""
        kind: str = self.cleaned_data["kind"]
        if kind == "xlsx" and self.found > MOST_IN_A_WORKBOOK:
            raise ValidationError(TOO_MANY)
        return kind

    @cached_property
    def found(self) -> int:
        """How many there are, counted no further than one more than a workbook may hold."""
        return counted(rows=self.rows.order_by()[: MOST_IN_A_WORKBOOK + 1])["rows"]

    @property
    def count_in_words(self) -> str:
        """How many there are, as it is read."""
        return in_words(self.found, MOST_IN_A_WORKBOOK)

    @property
    def too_many(self) -> str:
        """What to do where a workbook cannot hold them."""
        return TOO_MANY if self.found > MOST_IN_A_WORKBOOK else ""


class Exporting(Queue):
    """For those who oversee a hospital's team, of their own hospitals."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.export))
        return [path("export/", view, name="enquiries_enquiry_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The requests that the queue shows with the same choices, once a reason is given."""
        self.must_be_allowed(request, "oversee")
        narrowed = QueueForm(request.user, request.GET)  # type: ignore[arg-type]
        form = ExportForm(request.POST or None, narrowed.rows())
        if form.is_valid():
            export = Export.objects.create(by=request.user, requests=0, **form.cleaned_data)  # type: ignore[misc]
            return _file(export, form.rows)
        return self.desk_page(
            request,
            "export",
            title="Export requests",
            form=form,
            narrowed=narrowed,
            earlier=Export.objects.seen_by(request.user).select_related("by")[:MOST_SHOWN],  # type: ignore[arg-type]
            said_at_top=[error for errors in form.errors.values() for error in errors],
        )


def _file(export: Export, rows: EnquiryQuerySet) -> HttpResponseBase:
    """The file. Each part of it is on record before that part leaves."""
    table = _table(export.take(rows.defer(*STAYS_HERE).annotate(first_at=_first_at())))
    name = f"requests-{timezone.localdate():%Y-%m-%d}.{export.kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if export.kind == "xlsx":
        every_row = (row for part in table for row in part)
        return HttpResponse(sheets.xlsx(every_row, "Requests"), content_type=WORKBOOK, headers=headers)
    return StreamingHttpResponse(_csv(table), content_type=CSV, headers=headers)


def _table(parts: Iterator[list[Enquiry]]) -> Iterator[list[list[str]]]:
    yield [list(COLUMNS)]
    for part in parts:
        yield [[text(enquiry) for text in COLUMNS.values()] for enquiry in part]


def _csv(table: Iterator[list[list[str]]]) -> Iterator[bytes]:
    """A part at a time. The server ends a file that broke off like any other, so its last line says so.

    Nothing is raised after that line: of a compressed file, it would be lost with what is not yet compressed.
    """
    yield sheets.BYTE_ORDER_MARK.encode()
    try:
        for part in each_in_time(table):
            yield sheets.csv_part(part).encode()
    except DatabaseError:
        logger.exception("An export broke off: the database went away.")
        yield sheets.csv_part([[BROKEN_OFF]]).encode()


def _first_at() -> Subquery:
    of_each = Attempt.objects.filter(enquiry=OuterRef("pk")).order_by().values("enquiry")
    return Subquery(of_each.annotate(first_at=Min("made_at")).values("first_at"))


def _at(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
