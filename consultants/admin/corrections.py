"""A secretary's corrections on the staff desk: side by side with what stands, to accept or refuse one by one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from consultants import answers
from consultants.admin.confirming import warn_of
from consultants.confirm_form import sealed, unsealed
from consultants.facts import Facts, held, in_words, label_of, place_in_words
from consultants.models import Consultant, Reconfirmation
from consultants.unconfirming import unconfirming
from procedures.models import Procedure


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
    """Accept or refuse, correction by correction. Nothing is chosen beforehand."""

    def __init__(self, question: Reconfirmation, now: Facts, data: Any = None) -> None:
        super().__init__(data)
        self.question, self.now = question, now
        for key in now:
            if key in question.corrections:
                self.fields[key] = forms.ChoiceField(
                    label=label_of(key),
                    choices=[("accept", "Accept"), ("refuse", "Refuse")],
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


class Corrections(admin.ModelAdmin):
    """The page on which staff decide on what a secretary corrected."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.corrections))
        return [path("corrections/<int:pk>/", view, name="corrections"), *super().get_urls()]

    def corrections(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A secretary's corrections, side by side with what stands now, to accept or refuse one by one."""
        must_have(request, "change")
        with transaction.atomic():
            get_object_or_404(Reconfirmation.objects.undecided(), pk=pk)
            question = answers.locked(pk)
            now = held(question.consultant)
            form = DecisionForm(question, now, request.POST if request.method == "POST" else None)
            is_old = form.is_bound and unsealed(request.POST.get("seen", "")) != now
            if form.is_bound and not is_old and form.is_valid():
                return self._decided(request, question, form)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Corrections from the secretary of {question.consultant}",
            "question": question,
            "form": form,
            "seen": sealed(now),
            "is_old": is_old,
        }
        return TemplateResponse(request, "admin/consultants/corrections.html", context)

    def _decided(self, request: HttpRequest, question: Reconfirmation, form: DecisionForm) -> HttpResponse:
        labels = {
            verb: [
                " at ".join(filter(None, [label_of(key), place_in_words(key, form.now)]))
                for key, _ in form.in_order()
                if (key in form.accepted) == is_taken
            ]
            for verb, is_taken in (("Accepted", True), ("Refused", False))
        }
        with unconfirming(Consultant.objects.filter(pk=question.consultant_id)) as unconfirmed:
            confirmed = answers.decide(question, form.accepted, by=request.user)  # type: ignore[arg-type]
        said = [f"{verb}: {', '.join(names)}." for verb, names in labels.items() if names]
        where = ", ".join(practice.hospital.name for practice in confirmed)
        said.append(f"Confirmed at: {where}." if where else "Nothing was confirmed by that.")
        self.log_change(
            request, question.consultant, "Decided on the secretary’s corrections. " + " ".join(said)
        )
        self.message_user(request, f"{question.consultant}. " + " ".join(said))
        warn_of(request, unconfirmed)
        return redirect("admin:facts_to_confirm")


def must_have(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied."""
    if not request.user.has_perm(f"consultants.{permission}_reconfirmation"):
        raise PermissionDenied
