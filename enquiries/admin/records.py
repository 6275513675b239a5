"""On the desk: who read what, receipts, what the outbox holds, and the fence around mail."""

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from enquiries import references
from enquiries.models import Deletion, MailFence, OutgoingMail, Reading
from enquiries.models.fence import lift_fence, may_mail_leave
from enquiries.models.staff import hospitals_of
from procedures.admin.actions import Deed, press
from procedures.admin.columns import moment
from procedures.admin.filters import is_set
from procedures.admin.keys import row_key
from procedures.admin.lists import CalmList
from procedures.models import Hospital


class FoundByReference(CalmList):
    """Finds rows by a reference or a part of it, however it is typed, and says so when no reference can read like that.

    Nobody is found by name or number here, since a search stands in the address.
    """

    search_help_text = "A reference or part of it, such as 7F3 K92."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        reference = references.as_stored(search_term)
        if len(reference) == references.LENGTH and not references.is_well_formed(reference):
            self.message_user(
                request,
                "Ask them to read it again: a character of that reference was mistyped or misheard.",
                messages.WARNING,
            )
        return super().get_search_results(request, queryset, reference)


class LookedAtOnly(CalmList):
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AtOwnHospital(admin.SimpleListFilter):
    """Of those that the person sees. Asked of the hospitals, since the record is long."""

    title = "hospital"
    parameter_name = "hospital"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = Hospital.objects.all() if _sees_all(request) else hospitals_of(_person(request))
        return [(str(key), name) for key, name in seen.order_by("short_name").values_list("pk", "short_name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if (key := row_key(self.value() or "")) is None:
            raise IncorrectLookupParameters
        return queryset.filter(hospital=key)


@admin.register(Reading)
class ReadingAdmin(LookedAtOnly, FoundByReference):
    """Who saw a request: search for its reference. Managers see their own hospitals, administrators all."""

    list_display = ["at", "who", "deed", "hospital", "how_many"]
    list_filter = ["at", "deed", AtOwnHospital]
    search_fields = ["references"]
    search_help_text = "The whole reference of a request, such as 7F3 K92."
    ordering = ["-at", "-pk"]
    sortable_by = ["at"]
    list_select_related = ["user", "hospital"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reading]:
        rows: Any = super().get_queryset(request)
        return rows if _sees_all(request) else rows.seen_by(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Only the whole reference finds: the record is asked about one request at a time."""
        _, may_repeat = super().get_search_results(request, queryset.none(), search_term)
        reference = references.as_stored(search_term)
        return (queryset.filter(references__contains=[reference]) if reference else queryset), may_repeat

    @admin.display(description="who")
    def who(self, reading: Reading) -> str:
        person = reading.user
        return (person.get_full_name() or person.get_username()) if person else "A command on the server"

    @admin.display(description="requests")
    def how_many(self, reading: Reading) -> int:
        return len(reading.references)


@admin.register(Deletion)
class DeletionAdmin(LookedAtOnly):
    """Receipts of what has been deleted."""

    list_display = ["at", "cause", "which", "what_went", "reason"]
    list_filter = ["at", "cause"]
    ordering = ["-at", "-pk"]
    sortable_by = ["at"]

    @admin.display(description="request")
    def which(self, deletion: Deletion) -> str:
        return references.in_groups(deletion.reference) or "Not named"

    @admin.display(description="what went")
    def what_went(self, deletion: Deletion) -> str:
        """How many of each kind of row: “1 enquiry, 2 notes”."""
        return ", ".join(_counted(label, count) for label, count in deletion.counts.items() if count)


TRY_AGAIN = Deed(
    action="try_again",
    title="Try these mails again?",
    says="They are tried from now on, for another seven days. See first to what kept them: an address, or the mail server.",
    button="Yes, try them again",
    done="to be tried again",
    left={
        "sent already": Q(sent_at__isnull=False),
        "still being tried": Q(sent_at=None, held_at=None),
    },
)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(LookedAtOnly, FoundByReference):
    """What has left, what waits, and what waits for a person. The one deed: to try held mail again."""

    list_display = ["reference_header", "purpose", "created_at", "state", "attempts", "last_problem"]
    list_filter = [
        is_set("held_at", "waits for a person", no="No", yes="Yes"),
        is_set("sent_at", "sent", no="Not yet", yes="Sent"),
        "purpose",
    ]
    search_fields = ["enquiry__reference__contains"]
    list_select_related = ["enquiry"]
    ordering = ["-created_at", "-pk"]
    sortable_by = ["created_at"]
    actions = ["try_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        return OutgoingMail.objects.seen_by(_person(request))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the person may have held mail tried again."""
        return request.user.has_perm("enquiries.retry_outgoingmail")

    @admin.display(description="state")
    def state(self, mail: OutgoingMail) -> str:
        if mail.sent_at:
            return f"Sent {moment(mail.sent_at)}"
        if mail.held_at:
            return f"Waits for a person since {moment(mail.held_at)}"
        return f"To be sent, next try {moment(mail.due_at)}"

    @admin.action(description="Try again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> TemplateResponse | None:
        """Mail among these that waits for a person is tried for another seven days."""

        def do(mails: list[OutgoingMail]) -> None:
            OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails]).try_again()

        return press(self, request, queryset, TRY_AGAIN, do)


@admin.register(MailFence)
class MailFenceAdmin(CalmList):
    """Whether mail leaves from this copy of the database, and the button that lets it."""

    list_display = ["__str__", "may_leave", "lifted_at", "lifted_by"]
    fields = ["may_leave", "how_many_wait", "lifted_at", "lifted_by"]
    readonly_fields = ["may_leave", "how_many_wait", "lifted_at", "lifted_by"]
    change_form_template = "enquiries/admin/mail_fence.html"

    def get_object(self, *args: Any, **kwargs: Any) -> MailFence:
        """The one row, also where it was lost: the button must be there."""
        return super().get_object(*args, **kwargs) or MailFence(pk=1)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MailFence | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: MailFence, form: Any, change: bool) -> None:
        """The one thing the page's button does."""
        lift_fence(_person(request))

    @admin.display(description="may mail leave?")
    def may_leave(self, fence: MailFence) -> str:
        return "Yes" if may_mail_leave() else "No"

    @admin.display(description="mails that wait")
    def how_many_wait(self, fence: MailFence) -> int:
        return OutgoingMail.objects.unsent().count()


def _counted(label: str, count: int) -> str:
    try:
        named = apps.get_model(label)._meta
    except LookupError:  # a kind of row that the site has no more
        return f"{count:,} {label}"
    return f"{count:,} {named.verbose_name if count == 1 else named.verbose_name_plural}"


def _sees_all(request: HttpRequest) -> bool:
    """Whether the person sees the record of every hospital."""
    return request.user.has_perm("enquiries.change_teammember")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the desk lets nobody else in
    return request.user
