"""The queue: whom to ring next, what waits, and finding a person who rings in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from enquiries import finding, ringing
from enquiries.models import Enquiry
from enquiries.models.attempts import Ending
from enquiries.models.queries import EnquiryQuerySet
from enquiries.models.reading import Reading, record
from enquiries.models.staff import colleagues_at, hospital_keys, hospitals_of
from procedures.admin.lists import LongPaginator
from procedures.models import Hospital

PAGE = 50
# What is not to be rung next.
FINISHED = {"not_reached", "withdrawn", "spam", "finished", "leaving", "law"}
TODAY = {"today", "rung", "in_time"}
IN_ORDER = {"", "overdue", "unread", "held"}
NOTHING_TO_RING = "Nobody waits for a call just now."
IN_NO_TEAM = (
    "You are in no hospital’s team yet, so you see no requests. Ask an administrator to put you in one."
)
TO_BE_CHECKED = " Requests that look like spam, to be checked: {}."


class QueueForm(forms.Form):
    """Narrows the queue. It is a GET form: nothing in it says who a patient is."""

    STATES = {
        "": "To be rung",
        "overdue": "Overdue",
        "unread": "Not taken yet",
        "held": "Somebody is busy with them",
        "tried": "To be tried again",
        "suspected": "Looks like spam, to be checked",
        "not_reached": "Could not reach",
        "withdrawn": "Withdrawn by the patient",
        "spam": "Spam",
        "finished": "Finished",
        "leaving": "Deleted within a day",
        "law": "Kept for the law",
        "today": "Came in today",
        "rung": "Rung today",
        "in_time": "First rung today, by when we promised",
    }
    AGES = {
        "": "Any time",
        "1": "More than a day ago",
        "3": "More than 3 days ago",
        "7": "More than a week ago",
    }

    hospital = forms.TypedChoiceField(required=False, empty_value=None)
    state = forms.ChoiceField(choices=list(STATES.items()), required=False)
    owner = forms.ChoiceField(label="With", required=False)
    age = forms.ChoiceField(label="Came in", choices=list(AGES.items()), required=False)

    def __init__(self, user: User, data: Any) -> None:
        super().__init__(data)
        self.user = user
        self.hospitals = {str(one.pk): one for one in hospitals_of(user)}
        self.fields["hospital"].coerce = self.hospitals.__getitem__  # type: ignore[attr-defined]
        self.fields["hospital"].choices = [  # type: ignore[attr-defined]
            ("", "All of yours"),
            *((key, str(hospital)) for key, hospital in self.hospitals.items()),
        ]
        colleagues = colleagues_at(self.hospitals.values()).exclude(pk=user.pk or 0)
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", "Anybody"),
            ("me", "Me"),
            ("nobody", "Nobody"),
            *((str(one.pk), one.get_full_name() or one.get_username()) for one in colleagues),
        ]

    @property
    def asked_of(self) -> list[Hospital]:
        """The hospital that was asked for; else all of theirs."""
        hospital = self.cleaned_data.get("hospital") if self.is_valid() else None
        return [hospital] if hospital else [*self.hospitals.values()]

    def seen(self) -> EnquiryQuerySet:
        """All that the person may see, of the hospital that was asked for."""
        hospitals = self.asked_of
        if self.user.is_superuser and len(hospitals) == len(self.hospitals):
            return Enquiry.objects.all()
        return Enquiry.objects.filter(hospital__in=hospitals)

    @property
    def counted_as(self) -> str:
        """Which of the counts tells how many rows these are; empty where none does."""
        asked = self.cleaned_data if self.is_valid() else {}
        if asked.get("owner") or asked.get("age"):
            return ""
        return asked.get("state") or "open"

    @property
    def are_in_order(self) -> bool:
        """Whether the rows stand in the order of the calls."""
        asked = self.cleaned_data if self.is_valid() else {}
        return asked.get("state", "") in IN_ORDER

    def rows(self) -> EnquiryQuerySet:
        """What was asked for, the next call first; of what is finished, the latest first."""
        seen = self.seen()
        asked = self.cleaned_data if self.is_valid() else {}
        states: dict[str, Callable[[], EnquiryQuerySet]] = {
            "overdue": lambda: seen.overdue().in_order(),
            "unread": lambda: seen.unread().in_order(),
            "held": lambda: seen.held().in_order(),
            "tried": lambda: seen.tried().order_by("next_try_at", "pk"),
            "suspected": lambda: seen.suspected(),
            "not_reached": lambda: seen.filter(outcome=Ending.NOT_REACHED).order_by("-handled_at", "-pk"),
            "withdrawn": lambda: seen.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-pk"),
            "spam": lambda: seen.filter(outcome=Ending.SPAM).order_by("-handled_at", "-pk"),
            "finished": lambda: seen.exclude(handled_at=None).order_by("-handled_at", "-pk"),
            "leaving": lambda: seen.leaving_soon().order_by("handled_at", "pk"),
            "law": lambda: seen.exclude(legal_hold_at=None).order_by("-created_at", "-pk"),
            "today": lambda: seen.came_in_today().order_by("-created_at", "-pk"),
            "rung": lambda: seen.rung_today().order_by("-created_at", "-pk"),
            "in_time": lambda: seen.rung_in_time_today().order_by("-created_at", "-pk"),
        }
        rows = states.get(asked.get("state", ""), lambda: seen.open().in_order())()
        held = Enquiry.objects.held()
        if asked.get("owner") == "nobody":
            rows = rows.exclude(pk__in=held)
        elif owner := asked.get("owner"):
            rows = rows.filter(pk__in=held.filter(owner=self.user.pk if owner == "me" else owner))
        if asked.get("age"):
            rows = rows.filter(created_at__lt=timezone.now() - timedelta(days=int(asked["age"])))
        return rows.select_related("hospital", "owner")


class CallPaginator(LongPaginator):
    """Pages of calls, the next one first."""

    is_sorted_when_found = False

    def keys(self, start: int, end: int, *, is_from_end: bool = False) -> list[int]:
        calls: Any = self.object_list
        return calls.keys_in_order(start, end, is_from_end=is_from_end)


class Queue(admin.ModelAdmin):
    """The list of requests is the queue."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("take-next/", view(require_POST(self.take_next)), name="enquiries_enquiry_take_next"),
            path("find/", view(require_POST(self.find)), name="enquiries_enquiry_find"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue, with what each person needs first, and nothing that says who they are."""
        self.must_be_allowed(request, "view")
        form = QueueForm(request.user, request.GET)  # type: ignore[arg-type]
        if not form.hospitals:
            self.message_user(request, IN_NO_TEAM, messages.WARNING)
        counts = form.seen().counts()
        pages = (CallPaginator if form.are_in_order else LongPaginator)(form.rows(), PAGE)
        if form.counted_as in counts:
            pages.found = counts[form.counted_as]
        page = pages.get_page(request.GET.get("page"))
        record(request.user, Reading.Deed.LISTED, page.object_list)  # type: ignore[arg-type]
        is_open = request.GET.get("state") not in FINISHED | TODAY
        context = {"form": form, "page": page, "counts": counts, "is_open": is_open}
        return self.desk_page(request, "queue", title="Calls to make", **context)

    def take_next(self, request: HttpRequest) -> HttpResponse:
        """On to the next call."""
        self.must_be_allowed(request, "change")
        return self.go_on(request)

    def go_on(self, request: HttpRequest) -> HttpResponse:
        """To the next call, which is now this person's; to the queue where there is none."""
        enquiry = ringing.take_next(request.user)  # type: ignore[arg-type]
        if enquiry:
            return redirect("admin:enquiries_enquiry_change", enquiry.pk)
        if hospitals_of(request.user).exists():  # type: ignore[arg-type]
            suspected = Enquiry.objects.seen_by(request.user).suspected().count()  # type: ignore[arg-type]
            to_be_checked = TO_BE_CHECKED.format(suspected) if suspected else ""
            self.message_user(request, NOTHING_TO_RING + to_be_checked, messages.SUCCESS)
        return redirect("admin:enquiries_enquiry_changelist")

    def find(self, request: HttpRequest) -> HttpResponse:
        """Requests by a name, a phone number, an email address or a reference. What was typed is kept nowhere."""
        self.must_be_allowed(request, "view")
        words = request.POST.get("words", "").replace("\0", "").strip()
        own = Enquiry.objects.filter(hospital__in=hospital_keys(request.user))  # type: ignore[arg-type]
        seen = own.select_related("hospital", "owner")
        found = list(finding.find(words, seen)) if words else []
        record(request.user, Reading.Deed.SEARCHED, found)  # type: ignore[arg-type]
        return self.desk_page(
            request, "found", title="Find a person", words=words, found=found, most=finding.MOST
        )

    def must_be_allowed(self, request: HttpRequest, deed: str) -> None:
        """Raises PermissionDenied."""
        if not request.user.has_perm(f"enquiries.{deed}_enquiry"):
            raise PermissionDenied

    def desk_page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """A page in the desk's own frame."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"enquiries/admin/{template}.html", frame | context)
