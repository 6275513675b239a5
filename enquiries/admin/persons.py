"""What the law lets a person ask of us: a copy of what we hold about them, and that we delete it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from consultants.admin.records import note
from enquiries import phones
from enquiries.admin.queue import Queue
from enquiries.disclosing import Held
from enquiries.erasure import KeptForTheLaw, erase, foretold
from enquiries.models import Enquiry, Export
from enquiries.models.queries import EnquiryQuerySet
from enquiries.models.reading import Reading, record
from enquiries.persons import Person
from enquiries.references import in_groups

NOBODY = "Give a phone number or an email address, or both."


class PersonForm(forms.Form):
    """Whom it is about, by what they gave us. It comes by POST, so nothing of it stands in an address."""

    phone = forms.CharField(label="Their phone number", max_length=40, required=False)
    email = forms.EmailField(
        label="Their email",
        required=False,
        error_messages={"invalid": "Check the email. It needs an @ and a dot, as in name@example.org."},
    )

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return phones.in_full(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not any(given.values()):
            raise forms.ValidationError(NOBODY)
        return given

    def requests(self, user: User) -> EnquiryQuerySet:
        """What they sent to the hospitals whose team the person is in, by either; the earliest first."""
        theirs = Enquiry.objects.none()
        for name, value in self.cleaned_data.items():
            if value:
                theirs = theirs | Person(**{name: value}).requests
        return Enquiry.objects.seen_by(user).filter(pk__in=theirs.values("pk")).order_by("created_at", "pk")


class CopyForm(forms.Form):
    """Why a copy is handed out."""

    reason = forms.CharField(
        min_length=10,
        max_length=500,
        error_messages={
            "required": "Say how you know that it is them.",
            "min_length": "Say a little more on how you know that it is them.",
        },
    )


class AboutAPerson(Queue):
    """For those who oversee a hospital's team, of their own hospitals."""

    def get_urls(self) -> list[URLPattern]:
        def view(deed: Any) -> Any:
            return self.admin_site.admin_view(deed)

        look = require_http_methods(["GET", "HEAD", "POST"])(self.held)
        return [
            path("what-we-hold/", view(look), name="enquiries_enquiry_held"),
            path("what-we-hold/copy/", view(require_POST(self.copy)), name="enquiries_enquiry_copy"),
            path("what-we-hold/erase/", view(require_POST(self.erase)), name="enquiries_enquiry_erase"),
            *super().get_urls(),
        ]

    def held(self, request: HttpRequest) -> HttpResponse:
        """Find a person's requests, and say what can be done about them."""
        self.must_be_allowed(request, "oversee")
        person = PersonForm(request.POST or None)
        found = self._found(request, person, Reading.Deed.SEARCHED)
        return self._held_page(request, person, found, CopyForm())

    def copy(self, request: HttpRequest) -> HttpResponse:
        """All that we hold about them as a page to read or print, once somebody says how they know who asks."""
        self.must_be_allowed(request, "oversee")
        person, form = PersonForm(request.POST), CopyForm(request.POST)
        with transaction.atomic():
            found = self._found(
                request, person, Reading.Deed.EXPORTED if form.is_valid() else Reading.Deed.SEARCHED
            )
            if not (found and form.is_valid()):
                return self._held_page(request, person, found, form)
            export = Export.objects.create(
                by=request.user, kind="html", requests=len(found), **form.cleaned_data
            )  # type: ignore[misc]
            export.hospitals.set({enquiry.hospital for enquiry in found})
        context = {"held": [Held.of(enquiry) for enquiry in found], "made_at": timezone.now()}
        headers = {"Content-Disposition": f'attachment; filename="what-we-hold-{timezone.localdate()}.html"'}
        return HttpResponse(render_to_string("enquiries/admin/held_copy.html", context), headers=headers)

    def erase(self, request: HttpRequest) -> HttpResponse:
        """First say what would go and what stays; then delete exactly that, and leave receipts."""
        self.must_be_allowed(request, "oversee")
        person = PersonForm(request.POST)
        found = self._found(request, person, Reading.Deed.SEARCHED)
        if not found:
            return self._held_page(request, person, found, CopyForm())
        if "confirmed" in request.POST:
            shown = set(request.POST.getlist("reference"))
            return self._erase(request, [enquiry for enquiry in found if enquiry.reference in shown])
        going, kept = foretold(found)
        record(request.user, Reading.Deed.LISTED, [*going, *kept])  # type: ignore[arg-type]
        return self.desk_page(
            request,
            "erase",
            title="Delete what we hold",
            person=person,
            found=found,
            going=going,
            kept=kept,
        )

    def _erase(self, request: HttpRequest, found: list[Enquiry]) -> HttpResponse:
        """The receipts are named by their references, which say nothing about anybody."""
        receipts, kept = [], 0
        for enquiry in found:
            try:
                receipts += [receipt.reference for receipt in erase(enquiry)]
            except KeptForTheLaw:
                kept += 1
        if receipts:
            note(request, Enquiry, f"Deleted because somebody asked: {len(receipts)}")
            said = f"Deleted, and a receipt kept of each: {', '.join(map(in_groups, receipts))}."
            self.message_user(request, said, messages.SUCCESS)
        if kept:
            self.message_user(request, f"Kept for the law, so not deleted: {kept}.", messages.WARNING)
        if not (receipts or kept):
            self.message_user(request, "There was nothing left to delete.", messages.WARNING)
        return redirect("admin:enquiries_enquiry_held")

    def _found(self, request: HttpRequest, person: PersonForm, deed: Reading.Deed) -> list[Enquiry]:
        """Their requests, which are put on record as seen."""
        if not person.is_valid():
            return []
        found = list(person.requests(request.user).select_related("hospital", "owner"))  # type: ignore[arg-type]
        record(request.user, deed, found)  # type: ignore[arg-type]
        return found

    def _held_page(
        self, request: HttpRequest, person: PersonForm, found: list[Enquiry], form: CopyForm
    ) -> HttpResponse:
        wrong = [error for one in (person, form) for errors in one.errors.values() for error in errors]
        return self.desk_page(
            request,
            "held",
            title="What we hold about a person",
            person=person,
            has_looked=person.is_bound and person.is_valid(),
            found=found,
            form=form,
            said_at_top=wrong,
        )
