"""Facts to confirm, on the staff desk: what is due, whom to ask, and whose answer is still out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet, Value, prefetch_related_objects
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
from consultants.waiting import BY_NAME, Due, due, nobody_to_ask
from procedures.admin.lists import LongPaginator
from procedures.counting import counted, in_words

MOST_ROWS = 20  # in each of six groups


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
        return in_words(self.total, MOST_COUNTED)


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
        asked, rows_of = LongPaginator(_still_out(), MOST_ROWS), _rows_of_groups()
        few = {reason.anchor: rows.order_by()[: MOST_COUNTED + 1] for reason, rows in rows_of}
        counts = counted(asked=_still_out(), without_address=nobody_to_ask(), **few)
        asked.found, without_address, *totals = counts.values()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Facts to confirm",
            "undecided": Reconfirmation.objects.undecided().select_related("consultant"),
            "not_sent": Reconfirmation.objects.not_sent()
            .filter(consultant__is_listed=True)
            .select_related("consultant")
            .order_by("asked_at")[:MOST_ROWS],
            "asked": asked.get_page(request.GET.get("page")),
            "groups": _groups(rows_of, totals),
            "without_address": in_words(without_address, MOST_COUNTED) if without_address else "",
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
    # Few are not listed, and those are quickly found.
    unlisted = Consultant.objects.filter(is_listed=False)
    questions = Reconfirmation.objects.unanswered().filter(opens).exclude(consultant__in=unlisted)
    return questions.select_related("consultant").order_by("asked_at", "pk")


def _rows_of_groups() -> list[tuple[Due, QuerySet[Practice]]]:
    """What waits for the same thing together, the longest waiting first; what was never confirmed by name."""
    listed = Practice.objects.filter(consultant__is_listed=True)
    return [(reason, listed.filter(reason.which).order_by(*reason.order)) for reason in due()]


def _groups(rows_of: list[tuple[Due, QuerySet[Practice]]], totals: list[int]) -> list[Group]:
    """The first of each that has any, read together: the order of one is that of all."""
    first, *others = (rows.values_list("pk", Value(n))[:MOST_ROWS] for n, (_, rows) in enumerate(rows_of))
    group_of = dict(first.union(*others, all=True))
    shown = Practice.objects.filter(pk__in=group_of).select_related("consultant", "hospital")
    practices = list(shown.order_by("confirmed_on", *BY_NAME))
    _with_questions(practices)
    groups = [
        Group(reason, [one for one in practices if group_of[one.pk] == n], totals[n])
        for n, (reason, _) in enumerate(rows_of)
    ]
    return [group for group in groups if group.total]


def _with_questions(practices: list[Practice]) -> None:
    """With what each secretary was asked and nobody has settled."""
    unsettled = Reconfirmation.objects.filter(Q(answered_at=None, revoked_at=None) | UNDECIDED)
    latest = Prefetch("consultant__reconfirmations", unsettled.order_by("-asked_at"), to_attr="unsettled")
    prefetch_related_objects(practices, latest)
