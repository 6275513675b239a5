"""The enquiry team's desk: who asked, what they need, and whether it has been dealt with."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from enquiries.models import CallWindow, Enquiry, OutgoingMail, TeamMember


@admin.register(Enquiry)
class EnquiryAdmin(admin.ModelAdmin):
    """Requests are read here and marked as handled. What a patient sent cannot be changed, nor anything added for them.

    Only the requests of the hospitals whose team a person is in; an administrator sees all. Nobody is found by name or
    number here, since a search stands in the address.
    """

    list_display = ["reference_in_groups", "kind", "hospital", "created_at", "is_handled"]
    list_filter = [
        ("handled_at", admin.EmptyFieldListFilter),
        "kind",
        ("hospital", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["reference"]
    search_help_text = "Part of a reference, such as 7F3 K92."
    date_hierarchy = "created_at"
    ordering = ["handled_at", "created_at"]
    list_select_related = ["hospital"]
    view_on_site = False
    actions = ["mark_handled"]
    change_form_template = "enquiries/admin/change_form.html"
    fieldsets = [
        (
            None,
            {"fields": ["reference_in_groups", "kind", "hospital", "created_at", "handled_at", "handled_by"]},
        ),
        ("First, how to talk with them", {"fields": ["communication_needs", "leave_a_message", "best_time"]}),
        ("Who", {"fields": ["name", "phone_spaced", "phone", "email", "patient_name", "relationship"]}),
        ("What they ask", {"fields": ["question", "aim", "procedure", "consultant", "payment"]}),
        ("What they agreed to", {"fields": ["consent_text", "consent_version", "consented_at", "follows"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enquiry]:
        return super().get_queryset(request).seen_by(request.user)  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Enquiry | None = None) -> list[str]:
        return [name for _, options in self.fieldsets for name in options["fields"]]  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Enquiry | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Enquiry, form: Any, change: bool) -> None:
        """The one thing the page's button does."""
        obj.mark_handled(by=request.user)  # type: ignore[arg-type]

    @admin.action(description="Mark as handled", permissions=["change"])
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[Enquiry]) -> None:
        """Mark each as handled by this person, and say how many."""
        waiting = queryset.filter(handled_at=None)
        for enquiry in waiting:
            enquiry.mark_handled(by=request.user)  # type: ignore[arg-type]
            self.log_change(request, enquiry, "Marked as handled.")
        self.message_user(request, "Marked as handled.")

    @admin.display(description="handled", boolean=True)
    def is_handled(self, enquiry: Enquiry) -> bool:
        return enquiry.is_handled

    @admin.display(description="reference", ordering="reference")
    def reference_in_groups(self, enquiry: Enquiry) -> str:
        return enquiry.reference_in_groups

    @admin.display(description="phone")
    def phone_spaced(self, enquiry: Enquiry) -> str:
        return enquiry.phone_spaced

    @admin.display(description="best time")
    def best_time(self, enquiry: Enquiry) -> str:
        return enquiry.best_time if enquiry.is_call_back else ""

    @admin.display(description="may we leave a message?")
    def leave_a_message(self, enquiry: Enquiry) -> str:
        return "Yes" if enquiry.may_leave_message else "No. Do not leave a message"

    @admin.display(description="help to communicate")
    def communication_needs(self, enquiry: Enquiry) -> str:
        return ", ".join(enquiry.communication_needs) or "None given"


@admin.register(CallWindow)
class CallWindowAdmin(admin.ModelAdmin):
    """When each hospital's team rings people back."""

    list_display = ["hospital", "weekday", "starts_at", "ends_at", "places", "confirmed_on"]
    list_display_links = ["weekday"]
    list_editable = ["places", "confirmed_on"]
    list_filter = ["hospital", "weekday", ("confirmed_on", admin.EmptyFieldListFilter)]
    ordering = ["hospital__position", "weekday", "starts_at"]


@admin.register(TeamMember)
class TeamMemberAdmin(admin.ModelAdmin):
    """Who answers for which hospital."""

    list_display = ["user", "hospital"]
    list_filter = ["hospital"]
    list_select_related = ["user", "hospital"]
    autocomplete_fields = ["user"]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
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
