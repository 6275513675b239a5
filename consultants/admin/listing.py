"""Showing several consultants in the public directory, or taking them out of it."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from consultants.models import Consultant
from procedures.admin.actions import Deed, press

LIST = Deed(
    action="list_them",
    title="Show these consultants in the public directory?",
    says="Patients can open their pages from now on, and find them in lists where a hospital’s facts have not lapsed.",
    button="Yes, show them",
    done="shown in the directory",
    left={
        "merged into another record": Q(merged_into__isnull=False),
        "in the directory already": Q(is_listed=True),
    },
)
UNLIST = Deed(
    action="unlist_them",
    title="Take these consultants out of the public directory?",
    says="Patients no longer find them, and their pages are gone. The link in a mail to their secretary opens nothing any more."
    " Nothing is deleted: you can show them again.",
    button="Yes, take them out",
    done="taken out of the directory",
    left={"not in the directory": Q(is_listed=False)},
)


class Listing(admin.ModelAdmin):
    """Both presses, each with a page that names those it would change."""

    @admin.action(description="Show in the public directory", permissions=["change"])
    def list_them(self, request: HttpRequest, queryset: QuerySet[Consultant]) -> TemplateResponse | None:
        return press(self, request, queryset, LIST, lambda rows: self._set(request, rows, is_listed=True))

    @admin.action(description="Take out of the public directory", permissions=["change"])
    def unlist_them(self, request: HttpRequest, queryset: QuerySet[Consultant]) -> TemplateResponse | None:
        return press(self, request, queryset, UNLIST, lambda rows: self._set(request, rows, is_listed=False))

    def _set(self, request: HttpRequest, consultants: list[Consultant], *, is_listed: bool) -> None:
        said = "Shown in the public directory." if is_listed else "Taken out of the public directory."
        for consultant in consultants:
            consultant.is_listed = is_listed
            consultant._change_reason = said  # type: ignore[attr-defined]
            consultant.save(update_fields=["is_listed"])
            self.log_change(request, consultant, said)
