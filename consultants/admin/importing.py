"""Importing a spreadsheet: choose a file, see what it would do row by row, and then let it do exactly that."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from consultants.admin.confirming import warn_of
from consultants.admin.records import note, recorded
from consultants.columns import COLUMNS
from consultants.importing import NotImported, carry_out
from consultants.plan import Plan
from consultants.planning import Planner
from consultants.sheets import MOST_ROWS, Line, Sheet, Unreadable, read

HOLDS_FOR = 2 * 60 * 60  # seconds
# Beside what else the form of the preview has.
MOST_CARRIED = settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 64 * 1024
TOO_MUCH = "This file holds more than can be imported at once. Split it into two files, and import one after the other."
TOO_OLD = "This preview is more than two hours old, or not yours. Choose the file again."


class SheetForm(forms.Form):
    """The file to import."""

    sheet = forms.FileField(
        label="Excel workbook (.xlsx) or CSV file",
        help_text=f"10 MB and {MOST_ROWS:,} rows at most.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty. Start from an export: it has the columns that we read.",
        },
    )


class Importing(admin.ModelAdmin):
    """Nothing is written before somebody has seen what would change, and only when no row has an error.

    The page of the preview carries the rows with it, signed for this person: there is nothing to store or to clear up.
    """

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.import_sheet))
        return [path("import/", view, name="consultants_consultant_import"), *super().get_urls()]

    def import_sheet(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the file, show what it would do, or do it."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
        try:
            if "preview" in request.POST:
                return self._carry_out(request)
            if form.is_valid():
                sheet = read(form.cleaned_data["sheet"])
                return self._preview(request, sheet, form.cleaned_data["sheet"].name)
        except Unreadable as error:
            form.add_error("sheet", str(error))
        return self._ask(request, form)

    def _ask(self, request: HttpRequest, form: SheetForm) -> TemplateResponse:
        context = {
            "form": form,
            "title": "Import consultants and practices",
            "columns": COLUMNS,
            "recorded": recorded(self.model),
            "said_at_top": form.errors.get("sheet", []),
        }
        return self._page(request, "import", context)

    def _preview(self, request: HttpRequest, sheet: Sheet, name: str, said: str = "") -> TemplateResponse:
        """What it would do now."""
        plan = Planner.plan(sheet)
        context = {
            "title": f"What {name} would change",
            "plan": plan,
            "note": sheet.note,
            "said_at_top": [said] if said else [],
            "preview": _signed(request, sheet, plan, name) if plan.is_ready else "",
        }
        return self._page(request, "import_preview", context)

    def _carry_out(self, request: HttpRequest) -> HttpResponseBase:
        try:
            sheet, seen, name = _unsigned(request)
        except signing.BadSignature:
            self.message_user(request, TOO_OLD, messages.ERROR)
            return redirect("admin:consultants_consultant_import")
        try:
            plan = carry_out(sheet, seen, f"Imported from {name}")
        except NotImported as refusal:
            return self._preview(request, sheet, name, f"{refusal} Below is what the file would do now.")
        counts = plan.counts
        done = f"Imported {len(plan.outcomes):,} rows from {name}"
        note(request, self.model, done, f"{counts['new']} new, {counts['changed']} changed")
        self.message_user(
            request, f"{done}: {counts['new']} new, {counts['changed']} changed.", messages.SUCCESS
        )
        warn_of(request, plan.unconfirmed)
        return redirect("admin:consultants_consultant_changelist")

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/consultants/{template}.html", frame | context)


def _signed(request: HttpRequest, sheet: Sheet, plan: Plan, name: str) -> str:
    """The rows and what they would do, as the page carries them: nobody can alter them on the way.

    Raises Unreadable where no form could send as much back.
    """
    carried = signing.dumps([asdict(sheet), plan.gist, name[:80]], salt=_salt(request), compress=True)
    if len(carried) > MOST_CARRIED:
        raise Unreadable(TOO_MUCH)
    return carried


def _unsigned(request: HttpRequest) -> tuple[Sheet, list[Any], str]:
    """As they were.

    Raises BadSignature when they are too old, altered, or somebody else's.
    """
    told, seen, name = signing.loads(request.POST["preview"], salt=_salt(request), max_age=HOLDS_FOR)
    lines = [Line(line["number"], line["cells"]) for line in told["lines"]]
    return Sheet(told["header"], lines, told["note"]), seen, name


def _salt(request: HttpRequest) -> str:
    return f"import of a sheet by {request.user.pk}"
