"""The way of an edition over the staff desk, from draft to draft, and its history."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern

from procedures import publishing, standing
from procedures.admin.comparison import Comparison
from procedures.admin.deeds import DO, READ
from procedures.admin.desk import Desk
from procedures.admin.keys import row_key
from procedures.admin.publication import PublishingAndWithdrawing
from procedures.admin.sign_off import SigningOff
from procedures.models import Edition

LATEST_DEEDS = 6


class EditionWorkflow(PublishingAndWithdrawing, SigningOff):
    """What can be done with an edition: started again, compared, sent, signed off, published, withdrawn, deleted."""

    actions = None

    def get_urls(self) -> list[URLPattern]:
        return [
            self.deed("start_draft", self.start_draft, DO),
            self.deed("compare", self.compare, READ),
            self.deed("send", self.send, DO),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        is_current = ExpressionWrapper(
            Q(pk__in=Edition.objects.current().values("pk")), output_field=BooleanField()
        )
        return super().get_queryset(request).annotate(is_current=is_current)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the sign-off of each edition that the list shows."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        given = publishing.live_sign_offs(changelist.result_list)
        for edition in changelist.result_list:
            edition.given = given[edition.pk]
        return changelist

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        edition = self.get_object(request, unquote(object_id))
        workflow = Desk(edition, request, self._history(edition)) if edition else None
        return super().change_view(
            request, object_id, form_url, {"workflow": workflow} | (extra_context or {})
        )

    def _history(self, edition: Edition) -> QuerySet[LogEntry]:
        """What was done to it, the latest first."""
        kind = ContentType.objects.get_for_model(Edition)
        entries = LogEntry.objects.filter(content_type=kind, object_id=str(edition.pk))
        return entries.select_related("user").order_by("-action_time")[:LATEST_DEEDS]

    @admin.display(description="how it stands")
    def standing(self, edition: Edition) -> str:
        shown: Any = edition
        return standing.in_words(edition, is_current=shown.is_current, given=shown.given)

    @admin.display(description="sign-off")
    def signed_off(self, edition: Edition) -> str:
        shown: Any = edition
        return standing.sign_off_in_words(edition, shown.given)

    def start_draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new draft with all that this edition says."""
        edition = self.asked_for(request, pk, "add_edition")
        try:
            draft = publishing.start_draft(edition)
        except publishing.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect("admin:procedures_edition_change", pk)
        self.log_addition(request, draft, f"Started from edition {edition.number}.")
        self.message_user(request, f"This is your draft, edition {draft.number}. Readers see none of it yet.")
        return redirect("admin:procedures_edition_change", draft.pk)

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This edition beside another of the same page, word by word; at first with the one it was made from."""
        edition = self.asked_for(request, pk, "view_edition")
        others = edition.procedure.editions.exclude(pk=pk).select_related("procedure")
        asked = request.GET.get("with", "")
        chosen = others.filter(pk=(row_key(asked) if asked else edition.started_from_id) or 0).first()
        if asked and not chosen:
            raise Http404
        other = chosen or others.first()
        pair = sorted([edition, other], key=lambda one: one.number) if other else []
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/compare.html",
            "Compare two editions",
            others=others,
            other=other,
            comparison=Comparison.of(*pair) if pair else None,
        )

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put the draft before the reviewers."""
        edition = self.asked_for(request, pk, "change_edition")
        done = "Sent for sign-off. A reviewer now reads it."
        return self.do(request, edition, lambda: publishing.send_for_sign_off(edition), done)
