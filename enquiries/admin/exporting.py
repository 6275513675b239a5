"""Requests as a spreadsheet, for a reason that is kept. What patients wrote, their needs and the team's notes stay here."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django import forms
from django.db import transaction
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consultants import sheets
from enquiries.admin.queue import Queue, QueueForm
from enquiries.models import Enquiry, Export
from enquiries.models.reading import Reading, record

CSV = "text/csv; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHOWN = 20

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


class Exporting(Queue):
    """For those who oversee a hospital's team, of their own hospitals."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.export))
        return [path("export/", view, name="enquiries_enquiry_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        """The requests that the queue shows with the same choices, once a reason is given."""
        self.must_be_allowed(request, "oversee")
        narrowed = QueueForm(request.user, request.GET)  # type: ignore[arg-type]
        rows = narrowed.rows().annotate(first_at=Min("attempts__made_at"))
        form = ExportForm(request.POST or None)
        if form.is_valid():
            return self._file(request, list(rows), **form.cleaned_data)
        return self.desk_page(
            request,
            "export",
            title="Export requests",
            form=form,
            narrowed=narrowed,
            count=rows.count(),
            earlier=Export.objects.seen_by(request.user).select_related("by")[:MOST_SHOWN],  # type: ignore[arg-type]
            said_at_top=[error for errors in form.errors.values() for error in errors],
        )

    @transaction.atomic
    def _file(self, request: HttpRequest, rows: list[Enquiry], reason: str, kind: str) -> HttpResponse:
        """The file, and on record who took what, and why."""
        record(request.user, Reading.Deed.EXPORTED, rows)  # type: ignore[arg-type]
        export = Export.objects.create(by=request.user, kind=kind, requests=len(rows), reason=reason)  # type: ignore[misc]
        export.hospitals.set({enquiry.hospital for enquiry in rows})
        name = f"requests-{timezone.localdate():%Y-%m-%d}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if kind == "xlsx":
            return HttpResponse(sheets.xlsx(_table(rows), "Requests"), content_type=WORKBOOK, headers=headers)
        return HttpResponse("".join(sheets.csv_lines(_table(rows))), content_type=CSV, headers=headers)


def _table(rows: Iterable[Enquiry]) -> Iterator[list[str]]:
    yield list(COLUMNS)
    yield from ([text(enquiry) for text in COLUMNS.values()] for enquiry in rows)


def _at(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
