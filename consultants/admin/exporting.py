"""The directory as a spreadsheet: those whom the list shows now, as CSV or for Excel."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consultants import columns, sheets
from consultants.admin.records import note, recorded
from consultants.models import Consultant, Practice

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Exporting(admin.ModelAdmin):
    """A page that says how much would be exported, with a button for each kind of file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.export))
        return [path("export/", view, name="consultants_consultant_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Those whom the list shows with the same question in its address. A wrong question leads back to the list."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect(reverse("admin:consultants_consultant_changelist") + f"?{ERROR_FLAG}=1")
        consultants = Consultant.objects.filter(pk__in=shown.values("pk")).order_by(
            "family_name", "given_name", "pk"
        )
        rows = _count(consultants)
        kind = request.POST.get("kind")
        too_many = rows > sheets.MOST_ROWS
        if kind == "csv" or (kind == "xlsx" and not too_many):
            note(request, self.model, f"Exported {rows:,} rows as {kind.upper()}", request.GET.urlencode())
            return _file(columns.rows(consultants), kind)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Export consultants and practices",
            "people": consultants.count(),
            "rows": rows,
            "too_many": too_many,
            "most_rows": sheets.MOST_ROWS,
            "is_narrowed": bool(request.GET),
            "recorded": recorded(self.model),
        }
        return TemplateResponse(request, "admin/consultants/export.html", context)


def _count(consultants: QuerySet[Consultant]) -> int:
    """How many rows they make: one for each practice, and one for each person without."""
    return (
        Practice.objects.filter(consultant__in=consultants).count()
        + consultants.filter(practices=None).count()
    )


def _file(rows: Any, kind: str) -> HttpResponseBase:
    name = f"consultants-{timezone.localdate():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if kind == "xlsx":
        return HttpResponse(sheets.xlsx(rows, "Consultants"), content_type=WORKBOOK, headers=headers)
    lines = (line.encode() for line in sheets.csv_lines(rows))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
