"""Editions: what the staff desk shows of one. Its parts are written in drafts.py, previews.py and workflow.py."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from procedures.admin.drafts import DraftEditing
from procedures.admin.filters import Answers
from procedures.admin.previews import Previews
from procedures.admin.workflow import EditionWorkflow
from procedures.models import Edition


class State(Answers):
    """Where an edition stands between its writers and its readers."""

    title = "how it stands"
    parameter_name = "state"

    def answers(self) -> dict[str, tuple[str, Q]]:
        now = timezone.now()
        coming = Q(published_at__gt=now, withdrawn_at=None)
        return {
            "draft": ("Drafts", Q(published_at=None, sent_at=None)),
            "waiting": ("Waiting for sign-off", Q(published_at=None, sent_at__isnull=False)),
            "coming": ("Set for later", coming),
            "current": ("Readers see them", Q(pk__in=Edition.objects.current().values("pk"))),
            "withdrawn": ("Withdrawn", ~Q(withdrawn_at=None)),
        }


@admin.register(Edition)
class EditionAdmin(DraftEditing, Previews, EditionWorkflow):
    """One complete version of what a procedure's page says: written as a draft, then kept for ever."""

    list_display = ["__str__", "standing", "signed_off", "published_at"]
    list_filter = [State, "procedure"]
    list_select_related = ["procedure"]
    search_fields = ["procedure__name"]

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        """Saved; and put before the reviewers too, where that was pressed."""
        saved = super().response_change(request, obj)
        return self.send(request, obj.pk) if "_send" in request.POST else saved
