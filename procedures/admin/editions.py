"""Editions: what the staff desk shows of one. Its parts are written in drafts.py, previews.py and workflow.py."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from procedures.admin.drafts import DraftEditing
from procedures.admin.previews import Previews
from procedures.admin.workflow import EditionWorkflow
from procedures.models import Edition


@admin.register(Edition)
class EditionAdmin(DraftEditing, Previews, EditionWorkflow):
    """One complete version of what a procedure's page says: written as a draft, then kept for ever."""

    list_display = ["__str__", "standing", "signed_off"]
    list_filter = ["procedure"]
    list_select_related = ["procedure"]
    search_fields = ["procedure__name"]
    date_hierarchy = "published_at"

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """Saved; and put before the reviewers too, where that was pressed."""
        saved = super().response_change(request, obj)
        return self.send(request, obj.pk) if "_send" in request.POST else saved
