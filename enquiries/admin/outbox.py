"""What has left and what waits to leave."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from enquiries import references
from enquiries.models import Enquiry, OutgoingMail


class FoundByReference(admin.ModelAdmin):
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


@admin.register(OutgoingMail)
class OutgoingMailAdmin(FoundByReference):
    """What has left and what waits. To be looked at only: the worker tries until each has gone."""

    list_display = [
        "reference_header",
        "purpose",
        "created_at",
        "attempts",
        "due_at",
        "sent_at",
        "last_problem",
    ]
    list_filter = [("sent_at", admin.EmptyFieldListFilter), "purpose"]
    search_fields = ["enquiry__reference"]
    list_select_related = ["enquiry"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        return super().get_queryset(request).filter(enquiry__in=Enquiry.objects.seen_by(request.user))  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False
