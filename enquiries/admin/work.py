"""The screen to work from: one request, all that the call needs, and a press for whatever came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from enquiries import ringing
from enquiries.admin.queue import Queue
from enquiries.models import Attempt, Enquiry, Note
from enquiries.models.attempts import Ending
from enquiries.models.reading import Reading, record, record_together
from enquiries.models.staff import colleagues_at, hospitals_of
from enquiries.red_flag_words import pieces
from enquiries.ringing import Refused
from procedures.models import RedFlagCard
from procedures.moments import moment


class NoteField(forms.CharField):
    """Counted as the page counts it: a browser sends two characters for the end of a line."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


NOT_HERE = (
    "That request is not here. The patient has erased it, its time was over, or it is for another team."
)


class WorkForm(forms.Form):
    """Whatever can be typed or chosen on the screen. A note is kept with any press."""

    note = NoteField(
        required=False,
        max_length=5000,
        error_messages={"max_length": "Keep the note within 5,000 characters. Nothing was done yet."},
    )
    at = forms.DateTimeField(
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={"invalid": "Choose a day and a time to ring."},
    )
    colleague = forms.ModelChoiceField(User.objects.none(), required=False)
    other = forms.ModelChoiceField(Enquiry.objects.none(), required=False)
    and_stop = forms.BooleanField(required=False)

    def __init__(self, enquiry: Enquiry, *args: Any) -> None:
        super().__init__(*args)
        self.fields["colleague"].queryset = colleagues_at([enquiry.hospital])  # type: ignore[attr-defined]
        self.fields["other"].queryset = Enquiry.objects.filter(  # type: ignore[attr-defined]
            hospital=enquiry.hospital
        ).select_for_update()


@dataclass(frozen=True)
class Press:
    """What was pressed, by whom and with what."""

    enquiry: Enquiry
    by: User
    form: WorkForm

    def given(self, name: str, ask: str) -> Any:
        """What the deed needs. Raises Refused where it is missing."""
        if value := self.form.cleaned_data.get(name):
            return value
        raise Refused(" ".join(map(str, self.form.errors.get(name, []))) or ask)


def _hand_over(press: Press) -> None:
    ringing.hand_over(press.enquiry, press.given("colleague", "Choose a colleague first."), press.by)


def _ring_later(press: Press) -> None:
    at: datetime = press.given("at", "Choose a day and a time to ring.")
    ringing.ring_later(press.enquiry, at, press.by)


def _join(press: Press) -> None:
    ringing.join(press.enquiry, press.given("other", "Choose which request to join."), press.by)


def _note(press: Press) -> None:
    press.given("note", "Write the note first.")


# Each button by its value: what it does, and what the history says of it.
DEEDS: dict[str, tuple[Callable[[Press], None], str]] = {
    "note": (_note, ""),
    "take": (lambda press: ringing.take(press.enquiry, press.by), "Took it."),
    "renew": (lambda press: ringing.take(press.enquiry, press.by), "Still talking."),
    "release": (lambda press: ringing.release(press.enquiry, press.by), "Gave it back."),
    "hand_over": (_hand_over, "Handed it over."),
    "ring_later": (_ring_later, "To be rung at another time, as they asked."),
    "finish": (lambda press: ringing.finish(press.enquiry, Ending.ANSWERED, press.by), "Finished."),
    "spam": (lambda press: ringing.finish(press.enquiry, Ending.SPAM, press.by), "Put with the spam."),
    "not_spam": (lambda press: ringing.clear_suspicion(press.enquiry), "Found not to be spam."),
    "reopen": (lambda press: ringing.reopen(press.enquiry), "Opened again."),
    "join": (_join, "Joined another request to it."),
}
# After these the person goes on to the next call, unless they take a break; after those, back to the list.
GOES_ON = {"ring_later", "finish", *Attempt.Outcome}
GOES_BACK = {"release", "hand_over", "spam"}


@dataclass(frozen=True)
class Event:
    """A line of a request's history."""

    at: datetime
    by: User
    what: str
    is_note: bool = False


class Work(Queue):
    """The page of a request is the screen to work from."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Read it; or do what was pressed and go on."""
        self.must_be_allowed(request, "change" if request.method == "POST" else "view")
        with transaction.atomic():
            rows = self._rows(request)
            enquiry = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
            if enquiry is None:
                self.message_user(request, NOT_HERE, messages.WARNING)
                return redirect("admin:enquiries_enquiry_changelist")
            if request.method == "POST":
                return self._press(request, enquiry)
            return self._page(request, enquiry)

    def _rows(self, request: HttpRequest) -> QuerySet[Enquiry]:
        own = Enquiry.objects.filter(hospital__in=hospitals_of(request.user))  # type: ignore[arg-type]
        seen = own.select_related(
            "hospital", "procedure", "consultant", "owner", "handled_by", "duplicate_of", "follows"
        ).annotate(has_others=Exists(Enquiry.objects.filter(duplicate_of=OuterRef("pk"))))
        return seen.select_for_update(of=("self",)) if request.method == "POST" else seen

    def _press(self, request: HttpRequest, enquiry: Enquiry) -> HttpResponse:
        """Do it, keep the note with it, and say so; or say why not, with all that was typed kept on the page."""
        # The button that joins another request says which.
        deed = request.POST.get("deed", "join" if "other" in request.POST else "")
        form = WorkForm(enquiry, request.POST)
        press = Press(enquiry, request.user, form)  # type: ignore[arg-type]
        try:
            form.is_valid()
            with transaction.atomic():
                self._do(request, press, deed)
        except Refused as refusal:
            return self._page(request, enquiry, said_at_top=[str(refusal)], typed=form)
        if deed == "print":
            return self._print(request, enquiry)
        if deed in GOES_ON and not form.cleaned_data["and_stop"]:
            return self.go_on(request)
        if deed in GOES_ON | GOES_BACK:
            return redirect("admin:enquiries_enquiry_changelist")
        return redirect("admin:enquiries_enquiry_change", enquiry.pk)

    def _do(self, request: HttpRequest, press: Press, deed: str) -> None:
        """Raises Refused."""
        if errors := press.form.errors.get("note"):
            raise Refused(" ".join(map(str, errors)))
        if note := press.form.cleaned_data["note"]:
            Note.objects.create(enquiry=press.enquiry, text=note, by=press.by)
        if deed == "print":
            return
        if deed in Attempt.Outcome:
            ringing.record(press.enquiry, Attempt.Outcome(deed), press.by)
            said = _what_is_next(press.enquiry, Attempt.Outcome(deed))
        elif deed in DEEDS:
            do, said = DEEDS[deed]
            do(press)
            if said:
                self.log_change(request, press.enquiry, said)
        else:
            raise Refused("Press one of the buttons.")
        self.message_user(request, f"{press.enquiry}: {said or 'note kept.'}", messages.SUCCESS)

    def _print(self, request: HttpRequest, enquiry: Enquiry) -> HttpResponse:
        record(request.user, Reading.Deed.PRINTED, [enquiry])  # type: ignore[arg-type]
        return self.desk_page(
            request, "print", title=str(enquiry), enquiry=enquiry, question=pieces(enquiry.question)
        )

    def _page(self, request: HttpRequest, enquiry: Enquiry, **context: Any) -> HttpResponse:
        duplicates = ringing.possible_duplicates(enquiry)
        read = {Reading.Deed.OPENED: [enquiry], Reading.Deed.LISTED: duplicates}
        record_together(request.user, read)  # type: ignore[arg-type]
        question = pieces(enquiry.question)
        is_to_be_answered = enquiry.is_open and not enquiry.suspected_at
        may_change = request.user.has_perm("enquiries.change_enquiry")
        is_mine = is_to_be_answered and enquiry.owner == request.user
        is_with_somebody_else = enquiry.is_held and enquiry.owner != request.user
        return self.desk_page(
            request,
            "work",
            title=str(enquiry),
            enquiry=enquiry,
            is_to_be_answered=is_to_be_answered,
            is_mine=is_mine,
            is_with_somebody_else=is_with_somebody_else,
            may_take=may_change and is_to_be_answered and not (is_mine or is_with_somebody_else),
            may_move=is_to_be_answered and request.user.has_perm("enquiries.oversee_enquiry"),
            question=question,
            has_red_flag_words=any(piece.is_marked for piece in question),
            red_flags=RedFlagCard.objects.filter(level=RedFlagCard.Level.NOW),
            colleagues=colleagues_at([enquiry.hospital]).exclude(pk=request.user.pk or 0),
            duplicates=duplicates,
            may_join=is_to_be_answered and may_change,
            joined=enquiry.duplicates.all() if enquiry.has_others else [],  # type: ignore[attr-defined]
            history=_history(enquiry),
            may_change=may_change,
            may_hold=request.user.has_perm("enquiries.hold_enquiry"),
            sees_readings=request.user.has_perm("enquiries.view_reading"),
            **context,
        )


def _what_is_next(enquiry: Enquiry, outcome: Attempt.Outcome) -> str:
    """What came of the try, and what happens now, in words."""
    if enquiry.next_try_at:
        return f"{outcome.label}. Next try {moment(enquiry.next_try_at)}."
    ending = Ending(enquiry.outcome).label
    return f"{outcome.label}." if outcome.label == ending else f"{outcome.label}. {ending}."


def _history(enquiry: Enquiry) -> list[Event]:
    """Tries, notes and what else was done, the latest first."""
    tries = [
        Event(one.made_at, one.by, one.get_outcome_display()) for one in enquiry.attempts.select_related("by")
    ]
    notes = [
        Event(one.written_at, one.by, one.text, is_note=True) for one in enquiry.notes.select_related("by")
    ]
    logged = [
        Event(one.action_time, one.user, one.get_change_message())
        for one in enquiry.log_entries.select_related("user")
    ]
    return sorted([*tries, *notes, *logged], key=lambda event: event.at, reverse=True)
