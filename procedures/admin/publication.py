"""Publishing and withdrawing on the staff desk: each asks, says what readers will see, and then does it."""

from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import from_current_timezone
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone

from procedures import publishing, rendering
from procedures.admin.comparison import Comparison
from procedures.admin.deeds import ASK_THEN_DO, EditionDeeds
from procedures.copies import clinical_hash
from procedures.fields import DayInput, MinuteInput
from procedures.fingerprints import fingerprint
from procedures.models import Edition
from procedures.moments import moment

CHANGED_SINCE = (
    "Somebody changed it after you had opened this page. Nothing is published. Read once more what changes."
)


class PublishForm(forms.Form):
    """When readers shall see it. The page has a button for now, and asks for the day and time of a later minute."""

    NOW, LATER = "now", "later"
    when = forms.ChoiceField(
        choices=[(NOW, "Now"), (LATER, "Later")], widget=forms.HiddenInput, initial=LATER
    )
    day = forms.DateField(required=False, widget=DayInput)
    minute = forms.TimeField(
        label="Time",
        required=False,
        widget=MinuteInput,
        help_text="UK time. Nobody need be here at that minute.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("when") == self.LATER and not self.errors:
            given["at"] = self._moment(given.get("day"), given.get("minute"))
        return given

    def _moment(self, day: Any, minute: Any) -> datetime:
        if not (day and minute):
            raise forms.ValidationError("Give the day and the time.")
        at = from_current_timezone(datetime.combine(day, minute))
        if at <= timezone.now():
            raise forms.ValidationError("Choose a time that is still to come, or publish now.")
        return at


class PublishingAndWithdrawing(EditionDeeds):
    """The pages on which an editor decides what readers see."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.deed("publish", self.publish, ASK_THEN_DO),
            self.deed("withdraw", self.withdraw, ASK_THEN_DO),
            *super().get_urls(),
        ]

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """First ask when, then show what readers will see, then publish."""
        edition = self.asked_for(request, pk, "change_edition")
        form = PublishForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            at = form.cleaned_data.get("at")
            if "confirmed" in request.POST and not self._changed_since(request, edition, at):
                done = f"Set for {moment(at)}, UK time." if at else "Published now."
                by: Any = request.user
                return self.do(request, edition, lambda: publishing.publish(edition, by, at), done)
            return self._publish_page(request, edition, form, at=at, is_asked=at is not None)
        return self._publish_page(request, edition, form, at=None, is_asked=False)

    def _changed_since(self, request: HttpRequest, edition: Edition, at: datetime | None) -> bool:
        """Whether somebody changed it after this person read it. What cannot be published anyway is refused for that."""
        stands = request.POST.get("seen") == _seen(_current(edition), edition)
        return not stands and not _obstacles(edition, at)

    def _publish_page(
        self,
        request: HttpRequest,
        edition: Edition,
        form: PublishForm,
        *,
        at: datetime | None,
        is_asked: bool,
    ) -> HttpResponse:
        current, obstacles = _current(edition), _obstacles(edition, at)
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/publish.html",
            f"Publish {edition}",
            form=form,
            at=at,
            is_asked=is_asked and not obstacles,
            obstacles=obstacles,
            seen=_seen(current, edition),
            said_at_top=[CHANGED_SINCE] if "confirmed" in request.POST and not obstacles else [],
            sign_off=publishing.live_sign_off(edition),
            comparison=Comparison.of(current, edition) if current and current != edition else None,
        )

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what readers will see next, then take the edition away from them."""
        edition = self.asked_for(request, pk, "change_edition")
        if request.method == "POST":
            done = f"Withdrawn. {_then(edition)}".strip()
            return self.do(request, edition, lambda: publishing.withdraw(edition), done)
        following = publishing.next_after(edition)
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/withdraw.html",
            f"Withdraw {edition}",
            is_current=publishing.is_current(edition),
            next_edition=following,
            skipped=_skipped(edition, following),
        )


def _current(edition: Edition) -> Edition | None:
    """What readers of the page see now."""
    return Edition.objects.current().filter(procedure=edition.procedure_id).first()


def _obstacles(edition: Edition, at: datetime | None) -> list[str]:
    return publishing.obstacles(edition, at) if edition.is_draft else ["This edition is published already."]


def _seen(current: Edition | None, edition: Edition) -> str:
    """A few letters that change with anything that readers would meet, and with what they meet now."""
    told = [edition.change_summary, edition.change_reason]
    met = [current and current.pk, clinical_hash(edition), rendering.lines(edition)]
    return fingerprint({"told": told, "met": met})


def _skipped(edition: Edition, following: Edition | None) -> list[Edition]:
    """The editions between what readers see and what they see next: signed off by nobody, they go as well."""
    under = Edition.objects.published().filter(procedure=edition.procedure_id).exclude(pk=edition.pk)
    if following:
        under = under.filter(published_at__gt=following.published_at)
    return list(under.order_by("-number"))


def _then(edition: Edition) -> str:
    """What readers meet once it is withdrawn; empty where that changes nothing for them."""
    if not publishing.is_current(edition):
        return ""
    shown = publishing.next_after(edition)
    return f"Readers now see edition {shown.number}." if shown else "The page is gone."
