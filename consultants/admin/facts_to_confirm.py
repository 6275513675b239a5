"""Facts to confirm, on the staff desk: what is due, whom to ask, and whose answer is still out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from consultants.admin.corrections import must_have
from consultants.models import Consultant, Practice, Reconfirmation
from consultants.models.practices import MOST_COUNTED
from consultants.models.reconfirmations import UNDECIDED
from consultants.waiting import Due, due, nobody_to_ask

MOST_ROWS = 50


@dataclass(frozen=True)
class Group:
    """Practices that wait for the same thing: the first of them, and how many there are."""

    reason: Due
    practices: list[Practice]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.practices)

    @property
    def how_many(self) -> str:
        """The total in words; counted no further than anybody reads."""
        return _in_words(self.total)


class FactsToConfirm(admin.ModelAdmin):
    """What is due to be confirmed, and whom to ask."""

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponse], method: Any) -> URLPattern:
            return path(route, self.admin_site.admin_view(method(view)), name=view.__name__)

        return [
            page("facts-to-confirm/", self.facts_to_confirm, require_safe),
            page("<int:pk>/ask-secretary/", self.ask_secretary, require_POST),
            page("questions/<int:pk>/take-back/", self.take_back_question, require_POST),
            *super().get_urls(),
        ]

    def facts_to_confirm(self, request: HttpRequest) -> TemplateResponse:
        """What is due, what lapses soon, what has lapsed, what nobody ever confirmed, and what came back."""
        must_have(request, "change")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Facts to confirm",
            "undecided": Reconfirmation.objects.undecided().select_related("consultant"),
            "not_sent": Reconfirmation.objects.not_sent()
            .filter(consultant__is_listed=True)
            .select_related("consultant")
            .order_by("asked_at")[:MOST_ROWS],
            "asked": Paginator(_still_out(), MOST_ROWS).get_page(request.GET.get("page")),
            "groups": [group for group in _groups() if group.total],
            "without_address": _in_words(without_address) if (without_address := nobody_to_ask()) else "",
        }
        return TemplateResponse(request, "admin/consultants/facts_to_confirm.html", context)

    def ask_secretary(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask now. The mail leaves with the worker's next round."""
        must_have(request, "add")
        with transaction.atomic():
            consultant = get_object_or_404(Consultant.objects.select_for_update(), pk=pk)
            why_not = _why_not_ask(consultant)
            if why_not:
                self.message_user(request, why_not, messages.ERROR)
            else:
                Reconfirmation.objects.ask(consultant, by=request.user)  # type: ignore[arg-type]
                self.log_change(request, consultant, "Asked the secretary to confirm the facts.")
                self.message_user(
                    request, f"The secretary of {consultant} is asked. The mail leaves in a moment."
                )
        return redirect("admin:facts_to_confirm")

    def take_back_question(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The link opens nothing any more."""
        must_have(request, "change")
        question = get_object_or_404(Reconfirmation.objects.select_related("consultant"), pk=pk)
        if question.take_back():
            self.log_change(request, question.consultant, "Took back the link sent to the secretary.")
            self.message_user(request, f"The link about {question.consultant} opens nothing any more.")
        else:
            self.message_user(request, "That link was answered or taken back before.", messages.WARNING)
        return redirect("admin:facts_to_confirm")


def _why_not_ask(consultant: Consultant) -> str:
    """What stands in the way of asking now, in words; empty when nothing does."""
    if not consultant.is_listed:
        return f"{consultant} is not in the public directory, so there is nothing to confirm."
    if not consultant.secretary_email:
        return f"We have no email address of the secretary of {consultant}. Add one to their record first."
    questions = Reconfirmation.objects.filter(consultant=consultant)
    if questions.undecided().exists():
        return f"Corrections from the secretary of {consultant} wait for a decision. Decide on them first."
    if questions.unanswered().filter(sent_at=None).exists():
        return f"The mail to the secretary of {consultant} is about to leave."
    return ""


def _still_out() -> QuerySet[Reconfirmation]:
    """Questions whose link opens, or will when its mail has left: the oldest first."""
    opens = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    questions = Reconfirmation.objects.unanswered().filter(opens, consultant__is_listed=True)
    return questions.select_related("consultant").order_by("asked_at", "pk")


def _groups() -> list[Group]:
    """What waits for the same thing together, the longest waiting first; what was never confirmed by name."""
    listed = Practice.objects.filter(consultant__is_listed=True).select_related("consultant", "hospital")
    groups = [_waiting(reason, listed.filter(reason.which).order_by(*reason.order)) for reason in due()]
    _with_questions([practice for group in groups for practice in group.practices])
    return groups


def _waiting(reason: Due, rows: QuerySet[Practice]) -> Group:
    """The first of them; counted only where there are more."""
    shown = list(rows[:MOST_ROWS])
    total = len(shown) if len(shown) < MOST_ROWS else rows.order_by()[: MOST_COUNTED + 1].count()
    return Group(reason, shown, total)


def _with_questions(practices: list[Practice]) -> None:
    """With what each secretary was asked and nobody has settled."""
    unsettled = Reconfirmation.objects.filter(Q(answered_at=None, revoked_at=None) | UNDECIDED)
    latest = Prefetch("consultant__reconfirmations", unsettled.order_by("-asked_at"), to_attr="unsettled")
    prefetch_related_objects(practices, latest)


def _in_words(total: int) -> str:
    return f"{total:,}" if total <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"
