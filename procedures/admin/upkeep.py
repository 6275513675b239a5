"""Tasks: what has changed under an edition, for somebody to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from procedures.admin.actions import Deed, press
from procedures.admin.columns import day
from procedures.admin.filters import is_set
from procedures.admin.lists import CalmList
from procedures.models import Task

MARK_DONE = Deed(
    action="mark_done",
    title="Mark these tasks as done?",
    says="Each is noted as done by you, now. It cannot be undone.",
    button="Yes, mark them as done",
    done="marked as done",
    left={"done already": Q(done_at__isnull=False)},
)


@admin.register(Task)
class TaskAdmin(CalmList):
    """Open ones first. They are made by what happens, and marked as done by a person or by the next publication."""

    list_display = ["what", "edition_link", "created_at", "state"]
    list_filter = [is_set("done_at", "state", no="To do", yes="Done"), "edition__procedure"]
    list_select_related = ["edition__procedure", "done_by"]
    search_fields = ["what"]
    ordering = [F("done_at").desc(nulls_first=True), "created_at"]
    readonly_fields = ["what", "edition_link", "created_at", "done_at", "done_by"]
    fields = ("what", "edition_link", "created_at", "done_at", "done_by")
    actions = ["mark_done"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        """Without all that the editions say."""
        kept = [f"edition__{name}" for name in ("html", "lines", "copies")]
        return super().get_queryset(request).defer(*kept)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Task, form: Any, change: bool) -> None:
        """The one thing the page's button does."""
        obj.mark_done(by=request.user)  # type: ignore[arg-type]

    @admin.action(description="Mark as done", permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Task]) -> TemplateResponse | None:
        """Mark each as done by this person. What was done stays as it was."""

        def do(tasks: list[Task]) -> None:
            for task in tasks:
                task.mark_done(by=request.user)  # type: ignore[arg-type]
                self.log_change(request, task, "Marked as done.")

        return press(self, request, queryset, MARK_DONE, do)

    @admin.display(description="state", ordering="done_at")
    def state(self, task: Task) -> str:
        if task.done_at is None:
            return "To do"
        return (
            f"Done {day(timezone.localdate(task.done_at))} by {task.done_by.get_full_name() or task.done_by}"  # type: ignore[union-attr]
        )

    @admin.display(description="edition")
    def edition_link(self, task: Task) -> str:
        page = reverse("admin:procedures_edition_change", args=[task.edition_id])
        return format_html('<a href="{}">{}</a>', page, task.edition)
