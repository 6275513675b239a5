"""What the law lets a person ask of us: a copy of what we hold about them, and that we delete it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from consultants.admin.records import note
from enquiries import phones
from enquiries.admin.queue import Queue
from enquiries.disclosing import Held
from enquiries.erasure import JoinedSince, KeptForTheLaw, erase, foretold
from enquiries.models import Enquiry, Export
from enquiries.models.queries import EnquiryQuerySet
from enquiries.models.reading import Reading, record
from enquiries.persons import Person
from enquiries.references import in_groups

NOBODY = "Give a phone number or an email address, or both."
NONE_TICKED = "Tick the requests that are theirs."
# More than anybody sends. What is left is shown once these are deleted, and `subject_access` hands out all of it.
MOST = 100


class PersonForm(forms.Form):
    """Whom it is about, by what they gave us. It comes by POST, so nothing of it stands in an address."""

    phone = forms.CharField(label="Their phone number", max_length=40, required=False)
    email = forms.EmailField(
        label="Their email",
        required=False,
        error_messages={"invalid": "Check the email. It needs an @ and a dot, as in name@example.org."},
    )
    name = forms.CharField(label="Their name", max_length=200, required=False)

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return phones.in_full(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not (given["phone"] or given["email"]):
            raise forms.ValidationError(NOBODY)
        return given

    def requests(self, user: User) -> EnquiryQuerySet:
        """What they sent to the hospitals whose team the person is in, by either; the earliest first."""
        theirs = Enquiry.objects.none()
        for given in ("phone", "email"):
            if value := self.cleaned_data[given]:
                theirs = theirs | Person(**{given: value}).requests
        return Enquiry.objects.seen_by(user).filter(pk__in=theirs.values("pk")).order_by("created_at", "pk")

    def of_that_name(self, found: list[Enquiry]) -> list[Enquiry]:
        """Those under the name that was given. Others may share a number or an address: a couple, a care home."""
        name = _plain(self.data.get("name", ""))
        return [enquiry for enquiry in found if name and _plain(enquiry.name) == name]


class KnownForm(forms.Form):
    """Why a copy is handed out, or something deleted."""

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
        found = self._found(request, person)
        return self._held_page(request, person, found, person.of_that_name(found))

    def copy(self, request: HttpRequest) -> HttpResponse:
        """All that we hold of the ticked requests as a page to read or print, once somebody says how they know who asks."""
        self.must_be_allowed(request, "oversee")
        person, form = PersonForm(request.POST), KnownForm(request.POST)
        found = self._found(request, person)
        theirs = _ticked(request, found)
        if not (theirs and form.is_valid()):
            return self._held_page(request, person, found, theirs, form)
        with transaction.atomic():
            record(request.user, Reading.Deed.EXPORTED, theirs)  # type: ignore[arg-type]
            export = Export.objects.create(
                by=request.user, kind="html", requests=len(theirs), **form.cleaned_data
            )  # type: ignore[misc]
            export.hospitals.set({enquiry.hospital for enquiry in theirs})
        context = {"held": Held.of_all(theirs), "made_at": timezone.now()}
        headers = {"Content-Disposition": f'attachment; filename="what-we-hold-{timezone.localdate()}.html"'}
        return HttpResponse(render_to_string("enquiries/admin/held_copy.html", context), headers=headers)

    def erase(self, request: HttpRequest) -> HttpResponse:
        """First say what of the ticked requests would go and what stays; then delete exactly that, and leave receipts."""
        self.must_be_allowed(request, "oversee")
        person, form = PersonForm(request.POST), KnownForm(request.POST)
        found = self._found(request, person)
        theirs = _ticked(request, found)
        if found and form.is_valid() and "confirmed" in request.POST:
            return self._erase(request, theirs, form.cleaned_data["reason"])
        if not (theirs and form.is_valid()):
            return self._held_page(request, person, found, theirs, form)
        going, kept = foretold(theirs)
        record(request.user, Reading.Deed.LISTED, [*going, *kept])  # type: ignore[arg-type]
        return self.desk_page(
            request, "erase", title="Delete what we hold", person=person, form=form, going=going, kept=kept
        )

    def _erase(self, request: HttpRequest, found: list[Enquiry], reason: str) -> HttpResponse:
        """The receipts are named by their references, which say nothing about anybody."""
        receipts, kept, joined = [], 0, 0
        shown = request.POST.getlist("reference")
        for enquiry in found:
            try:
                receipts += [receipt.reference for receipt in erase(enquiry, shown, reason)]
            except KeptForTheLaw:
                kept += 1
            except JoinedSince:
                joined += 1
        if receipts:
            note(request, Enquiry, f"Deleted because somebody asked: {len(receipts)}")
            said = f"Deleted, and a receipt kept of each: {', '.join(map(in_groups, receipts))}."
            self.message_user(request, said, messages.SUCCESS)
        if kept:
            self.message_user(request, f"Kept for the law, so not deleted: {kept}.", messages.WARNING)
        if joined:
            said = f"Another request was joined since, so not deleted: {joined}. Look once more at what would go."
            self.message_user(request, said, messages.WARNING)
        if not (receipts or kept or joined):
            self.message_user(request, "There was nothing left to delete.", messages.WARNING)
        return redirect("admin:enquiries_enquiry_held")

    def _found(self, request: HttpRequest, person: PersonForm) -> list[Enquiry]:
        """What they sent, the earliest first; where it is very much, the latest of it."""
        if not person.is_valid():
            return []
        found = person.requests(request.user).select_related("hospital").reverse()[:MOST]  # type: ignore[arg-type]
        return [*reversed(found)]

    def _held_page(
        self,
        request: HttpRequest,
        person: PersonForm,
        found: list[Enquiry],
        ticked: list[Enquiry],
        form: KnownForm | None = None,
    ) -> HttpResponse:
        """What was found, which is put on record as seen."""
        record(request.user, Reading.Deed.SEARCHED, found)  # type: ignore[arg-type]
        forms = (person, form) if form else (person,)
        wrong = [error for one in forms for errors in one.errors.values() for error in errors]
        is_asked_to_tick = found and not ticked and request.path != reverse("admin:enquiries_enquiry_held")
        return self.desk_page(
            request,
            "held",
            title="What we hold about a person",
            person=person,
            has_looked=person.is_bound and person.is_valid(),
            found=found,
            ticked=ticked,
            most=MOST,
            form=form,
            said_at_top=[*([NONE_TICKED] if is_asked_to_tick else []), *wrong],
        )


def _ticked(request: HttpRequest, found: list[Enquiry]) -> list[Enquiry]:
    """Those whose references were sent; none but what was found."""
    references = set(request.POST.getlist("reference"))
    return [enquiry for enquiry in found if enquiry.reference in references]


def _plain(name: str) -> str:
    """However it was spaced, and in whichever case."""
    return " ".join(name.split()).casefold()
