"""The desk's pages about facts to confirm: what is due, whom to ask, and secretaries' corrections to decide on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consultants import answers
from consultants.confirm_form import sealed, unsealed
from consultants.facts import Facts, held, in_words, label_of, place_in_words
from consultants.models import Consultant, Practice, Reconfirmation
from consultants.models.practices import CHECK_AFTER, HIDE_AFTER, REMIND_AFTER
from consultants.models.reconfirmations import UNDECIDED
from procedures.models import Procedure

MOST_ROWS = 50
READ, ASK_THEN_DO, DO = ["GET", "HEAD"], ["GET", "HEAD", "POST"], ["POST"]


@dataclass(frozen=True)
class Group:
    """Practices that wait for the same thing: the first of them, and how many there are."""

    heading: str
    hint: str
    practices: list[Practice]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.practices)


@dataclass(frozen=True)
class Correction:
    """A fact that a secretary corrected, side by side with what stands now."""

    place: str
    label: str
    was: str
    now: str
    proposed: str
    field: BoundField | None
    is_changed: bool


class DecisionForm(forms.Form):
    """Accept or refuse, correction by correction. One whose fact has changed since is not chosen beforehand."""

    def __init__(self, question: Reconfirmation, now: Facts, data: Any = None) -> None:
        super().__init__(data)
        self.question, self.now = question, now
        for key in now:
            if key in question.corrections:
                self.fields[key] = forms.ChoiceField(
                    label=label_of(key),
                    choices=[("accept", "Accept"), ("refuse", "Refuse")],
                    initial="accept" if now[key] == question.corrections[key][0] else None,
                    widget=forms.RadioSelect,
                    error_messages={"required": "Choose “Accept” or “Refuse”."},
                )

    @property
    def accepted(self) -> set[str]:
        """The facts whose corrections were accepted."""
        return {key for key, choice in self.cleaned_data.items() if choice == "accept"}

    @property
    def corrections(self) -> list[Correction]:
        """Each correction with what stands now, for people to read."""
        names = dict(Procedure.objects.values_list("slug", "name"))
        return [
            Correction(
                place_in_words(key, self.now),
                label_of(key),
                in_words(key, was, names),
                in_words(key, self.now.get(key, ""), names),
                in_words(key, proposed, names),
                self[key] if key in self.fields else None,
                is_changed=self.now.get(key) != was,
            )
            for key, (was, proposed) in self.in_order()
        ]

    def in_order(self) -> list[tuple[str, list[Any]]]:
        """As the secretary saw them; those of a hospital that is listed no longer come last."""
        order = {key: place for place, key in enumerate(self.now)}
        return sorted(self.question.corrections.items(), key=lambda pair: order.get(pair[0], len(order)))


class FactsDesk(AdminSite):
    """What is due to be confirmed, and what came back."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        def page(view: Callable[..., HttpResponse], methods: list[str]) -> Any:
            return self.admin_view(require_http_methods(methods)(view))

        facts = "facts-to-confirm/"
        return [
            path(facts, page(self.facts_to_confirm, READ), name="facts_to_confirm"),
            path(f"{facts}<int:pk>/ask/", page(self.ask_secretary, DO), name="ask_secretary"),
            path(
                f"{facts}questions/<int:pk>/take-back/",
                page(self.take_back_question, DO),
                name="take_back_question",
            ),
            path(f"{facts}questions/<int:pk>/", page(self.corrections, ASK_THEN_DO), name="corrections"),
            *super().get_urls(),
        ]

    def facts_to_confirm(self, request: HttpRequest) -> TemplateResponse:
        """What is due, what lapses soon, what has lapsed, what nobody ever confirmed, and what came back."""
        _must_have(request, "change")
        practices = _practices()
        nobody_to_ask = Practice.objects.due().filter(consultant__secretary_email="")
        context = {
            **self.each_context(request),
            "title": "Facts to confirm",
            "undecided": Reconfirmation.objects.undecided().select_related("consultant"),
            "not_sent": Reconfirmation.objects.not_sent()
            .filter(consultant__is_listed=True)
            .select_related("consultant")
            .order_by("asked_at")[:MOST_ROWS],
            "open": Reconfirmation.objects.unanswered()
            .filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), consultant__is_listed=True)
            .select_related("consultant")
            .order_by("asked_at")[:MOST_ROWS],
            "groups": [group for group in _groups(practices) if group.total],
            "without_address": nobody_to_ask.order_by().aggregate(n=Count("consultant", distinct=True))["n"],
        }
        return TemplateResponse(request, "staff/facts_to_confirm.html", context)

    def ask_secretary(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask now. The mail leaves with the worker's next round."""
        _must_have(request, "add")
        with transaction.atomic():
            consultant = get_object_or_404(Consultant.objects.select_for_update(), pk=pk)
            why_not = _why_not_ask(consultant)
            if why_not:
                self._say(request, why_not, messages.ERROR)
            else:
                Reconfirmation.objects.ask(consultant, by=request.user)  # type: ignore[arg-type]
                _note(request, consultant, "Asked the secretary to confirm the facts.")
                self._say(request, f"The secretary of {consultant} is asked. The mail leaves in a moment.")
        return redirect("admin:facts_to_confirm")

    def take_back_question(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The link opens nothing any more."""
        _must_have(request, "change")
        question = get_object_or_404(Reconfirmation.objects.select_related("consultant"), pk=pk)
        if question.take_back():
            _note(request, question.consultant, "Took back the link sent to the secretary.")
            self._say(request, f"The link about {question.consultant} opens nothing any more.")
        else:
            self._say(request, "That link was answered or taken back before.", messages.WARNING)
        return redirect("admin:facts_to_confirm")

    def corrections(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A secretary's corrections, side by side with what stands now, to accept or refuse one by one."""
        _must_have(request, "change")
        with transaction.atomic():
            get_object_or_404(Reconfirmation.objects.undecided(), pk=pk)
            question = answers.locked(pk)
            now = held(question.consultant)
            form = DecisionForm(question, now, request.POST if request.method == "POST" else None)
            is_old = form.is_bound and unsealed(request.POST.get("seen", "")) != now
            if form.is_bound and not is_old and form.is_valid():
                return self._decided(request, question, form)
        context = {
            **self.each_context(request),
            "title": f"Corrections from the secretary of {question.consultant}",
            "question": question,
            "form": form,
            "seen": sealed(now),
            "is_old": is_old,
        }
        return TemplateResponse(request, "staff/corrections.html", context)

    def _decided(self, request: HttpRequest, question: Reconfirmation, form: DecisionForm) -> HttpResponse:
        labels = {
            verb: [
                " at ".join(filter(None, [label_of(key), place_in_words(key, form.now)]))
                for key, _ in form.in_order()
                if (key in form.accepted) == is_taken
            ]
            for verb, is_taken in (("Accepted", True), ("Refused", False))
        }
        confirmed = answers.decide(question, form.accepted, by=request.user)  # type: ignore[arg-type]
        said = [f"{verb}: {', '.join(names)}." for verb, names in labels.items() if names]
        where = ", ".join(practice.hospital.name for practice in confirmed)
        said.append(f"Confirmed at: {where}." if where else "Nothing was confirmed by that.")
        _note(request, question.consultant, "Decided on the secretary’s corrections. " + " ".join(said))
        self._say(request, f"{question.consultant}. " + " ".join(said))
        return redirect("admin:facts_to_confirm")

    def _say(self, request: HttpRequest, what: str, level: int = messages.SUCCESS) -> None:
        messages.add_message(request, level, what)


def _must_have(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied."""
    if not request.user.has_perm(f"consultants.{permission}_reconfirmation"):
        raise PermissionDenied


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


def _note(request: HttpRequest, consultant: Consultant, what: str) -> None:
    """Write it into the history of the consultant's record."""
    LogEntry.objects.log_actions(
        request.user.pk or 0, Consultant.objects.filter(pk=consultant.pk), CHANGE, what, single_object=True
    )


def _practices() -> QuerySet[Practice, Practice]:
    """The practices of listed consultants, each with what its secretary was asked and nobody has settled."""
    unsettled = Reconfirmation.objects.filter(Q(answered_at=None, revoked_at=None) | UNDECIDED)
    return (
        Practice.objects.filter(consultant__is_listed=True)
        .select_related("consultant", "hospital")
        .prefetch_related(
            Prefetch("consultant__reconfirmations", unsettled.order_by("-asked_at"), to_attr="unsettled")
        )
        .order_by(F("confirmed_on").asc(nulls_first=True), "consultant__family_name", "pk")
    )


def _groups(practices: QuerySet[Practice, Practice]) -> list[Group]:
    today = timezone.localdate()
    check, remind, hide = (today - after for after in (CHECK_AFTER, REMIND_AFTER, HIDE_AFTER))
    parts = [
        (
            "Lapsing within 14 days",
            "Unless somebody confirms them in time, patients no longer find them in lists.",
            Q(confirmed_on__lte=remind, confirmed_on__gt=hide),
        ),
        (
            "Lapsed",
            "Last confirmed a year ago or more. Patients do not find them in lists.",
            Q(confirmed_on__lte=hide),
        ),
        (
            "Due",
            "Last confirmed 180 days ago or more. Patients are told to ring and check.",
            Q(confirmed_on__lte=check, confirmed_on__gt=remind),
        ),
        (
            "Never confirmed",
            "Named by a hospital. Nothing is stated as current. Their secretaries are asked only by your press.",
            Q(confirmed_on=None),
        ),
    ]
    found = [(heading, hint, practices.filter(which)) for heading, hint, which in parts]
    return [Group(heading, hint, list(rows[:MOST_ROWS]), rows.count()) for heading, hint, rows in found]
