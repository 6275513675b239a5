"""Sign-off on the staff desk: who may give one, reading what is signed, sending back, taking back."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils import timezone

from procedures import gate, publishing
from procedures.admin.comparison import Comparison, marked_lines
from procedures.admin.deeds import ASK_THEN_DO, DO, EditionDeeds
from procedures.admin.filters import asked
from procedures.admin.history import HistoryAdmin
from procedures.copies import clinical_hash
from procedures.fields import DayInput
from procedures.models import Edition, EditionEditor, Reviewer, SignOff

MAY_SIGN, NO_LONGER = "May sign off", "No longer signs off"


def in_a_year() -> date:
    """The usual next review."""
    today = timezone.localdate()
    return date(today.year + 1, today.month, min(today.day, 28) if today.month == 2 else today.day)


class SignOffForm(forms.Form):
    """What a reviewer says with a sign-off, and the fingerprint of the text that they were shown."""

    next_review_on = forms.DateField(
        label="Next review due",
        initial=in_a_year,
        widget=DayInput,
        help_text="When a clinician should read it again.",
    )
    has_read_it = forms.BooleanField(
        label="I have read all of it", error_messages={"required": "Tick this once you have read all of it."}
    )
    seen_hash = forms.CharField(widget=forms.HiddenInput)

    def clean_next_review_on(self) -> date:
        day: date = self.cleaned_data["next_review_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("Choose a day after today for the next review.")
        return day


class SendBackForm(forms.Form):
    """What has to change before the reviewer can sign."""

    note = forms.CharField(
        label="What should the editors change?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        error_messages={"required": "Say what should change."},
    )


class SigningOff(EditionDeeds):
    """The pages on which a reviewer answers."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.deed("sign_off", self.sign_off, ASK_THEN_DO),
            self.deed("send_back", self.send_back, DO),
            self.deed("take_back", self.take_back, ASK_THEN_DO, "<int:sign_off_pk>/"),
            *super().get_urls(),
        ]

    def sign_off(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All of the text as readers will meet it, what is clinical in it, and the form to approve it."""
        edition = self.asked_for(request, pk, "add_signoff")
        form = SignOffForm(request.POST or None, initial={"seen_hash": clinical_hash(edition)})
        if request.method == "POST" and form.is_valid():
            reviewer = _reviewer(request)
            if reviewer is None:
                raise PermissionDenied
            given = form.cleaned_data
            return self.do(
                request,
                edition,
                lambda: publishing.sign_off(edition, reviewer, given["seen_hash"], given["next_review_on"]),
                f"Signed off by {reviewer}. The next review is due on {given['next_review_on']:%-d %B %Y}.",
            )
        return self._sign_off_page(request, edition, form, SendBackForm())

    def send_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the draft back to its editors with a note."""
        edition = self.asked_for(request, pk, "add_signoff")
        form = SendBackForm(request.POST)
        if not form.is_valid():
            signing = SignOffForm(initial={"seen_hash": clinical_hash(edition)})
            return self._sign_off_page(request, edition, signing, form)
        if _reviewer(request) is None:
            raise PermissionDenied
        note = form.cleaned_data["note"]
        return self.do(
            request,
            edition,
            lambda: publishing.send_back(edition, note),
            f"Sent back to its editors: “{note}”",
        )

    def take_back(self, request: HttpRequest, pk: int, sign_off_pk: int) -> HttpResponse:
        """Ask, then take back a sign-off: its own reviewer, or an administrator."""
        edition = self.asked_for(request, pk, "view_signoff")
        given = get_object_or_404(SignOff.objects.live(), pk=sign_off_pk, procedure=edition.procedure)
        if not may_take_back(request, given):
            raise PermissionDenied
        if request.method == "POST":
            done = f"The sign-off by {given} was taken back."
            return self.do(request, edition, lambda: publishing.take_back(given), done)
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/take_back.html",
            "Take back a sign-off",
            given=given,
            stands_on_it=_published_on(given),
        )

    def _sign_off_page(
        self, request: HttpRequest, edition: Edition, form: SignOffForm, back: SendBackForm
    ) -> HttpResponse:
        current = Edition.objects.current().filter(procedure=edition.procedure_id).first()
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/sign_off.html",
            f"Read and sign off {edition}",
            form=form,
            send_back_form=back,
            why_not=why_not_sign(request, edition),
            stopping=[found for found in gate.findings(edition) if found.is_blocking]
            if edition.is_draft
            else [],
            lines=marked_lines(edition),
            comparison=Comparison.of(current, edition) if current and current != edition else None,
        )


def _reviewer(request: HttpRequest) -> Reviewer | None:
    """The person's own reviewer record, if they have one and may still sign."""
    return Reviewer.objects.filter(user=request.user.pk, is_active=True).first()


def why_not_sign(request: HttpRequest, edition: Edition) -> str:
    """Why this person cannot sign this edition now, in a sentence; empty when they can."""
    if _reviewer(request) is None:
        return "Your account is not set up to sign off. Ask an administrator to add you as a reviewer."
    if EditionEditor.objects.filter(edition=edition, user=request.user.pk).exists():
        return "You changed something in this edition, so somebody else must sign it off."
    if edition.is_draft and not edition.sent_at:
        return "Its editors have not sent it for sign-off yet."
    if edition.withdrawn_at:
        return "This edition was withdrawn."
    return ""


def may_take_back(request: HttpRequest, given: SignOff) -> bool:
    """Whether it is the person's own, or the person is an administrator."""
    return given.reviewer.user_id == request.user.pk or request.user.has_perm("procedures.change_signoff")


def _published_on(given: SignOff) -> list[Edition]:
    """The editions that readers see or will see by grace of the sign-off."""
    standing = Edition.objects.standing().filter(procedure=given.procedure_id, published_at__isnull=False)
    return list(standing.filter(clinical_hash=given.clinical_hash).select_related("procedure"))


class SignOffInline(admin.TabularInline):
    """What the reviewer has signed: a record, to be looked at."""

    model = SignOff
    fields = ("edition", "signed_at", "next_review_on", "revoked_at")
    readonly_fields = fields
    extra = max_num = 0
    can_delete = False
    verbose_name_plural = "What they signed off"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReviewerForm(forms.ModelForm):
    """A reviewer's record. Nobody makes or changes their own."""

    class Meta:
        model = Reviewer
        fields = ["user", "name", "post", "registration", "is_active"]

    asked_by: User

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user == self.asked_by:
            raise forms.ValidationError("Another administrator must make you a reviewer.")
        return user


@admin.register(Reviewer)
class ReviewerAdmin(HistoryAdmin):
    """Clinicians who may sign off. Made and changed by an administrator alone; never deleted."""

    form = ReviewerForm
    list_display = ["name", "post", "user", "may_sign"]
    list_filter = [
        asked(
            "standing",
            "is_active__exact",
            {"1": (MAY_SIGN, Q(is_active=True)), "0": (NO_LONGER, Q(is_active=False))},
        )
    ]
    list_select_related = ["user"]
    search_fields = ["name", "post"]
    inlines = [SignOffInline]

    @admin.display(description="standing", ordering="-is_active")
    def may_sign(self, reviewer: Reviewer) -> str:
        return MAY_SIGN if reviewer.is_active else NO_LONGER

    def get_form(
        self, request: HttpRequest, obj: Reviewer | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.asked_by = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Reviewer | None = None) -> list[str]:
        """What was signed stays with the account that signed it."""
        return ["user"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Reviewer | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Reviewer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.is_active and not obj.user.has_perm("procedures.add_signoff"):
            said = f"{obj.user} also needs the role “Clinical reviewer” to open the sign-off page."
            self.message_user(request, said, messages.WARNING)
