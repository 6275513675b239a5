"""The enquiry team's desk: who asked, what they need, and whether it has been dealt with."""

from typing import Any

from django.contrib import admin
from django.db.models import F, ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from enquiries.models import CallWindow, Enquiry, TeamMember
from enquiries.models.staff import hospitals_of
from enquiries.records_desk import FoundByReference, OnRecord, PileFilter


@admin.register(Enquiry)
class EnquiryAdmin(OnRecord, FoundByReference):
    """Requests are read here and marked as handled. What a patient sent cannot be changed, nor anything added for them.

    Only the requests of the hospitals whose team a person is in; a superuser sees all.
    """

    list_display = ["reference_in_groups", "kind", "hospital", "created_at", "is_handled"]
    list_filter = [
        PileFilter,
        ("handled_at", admin.EmptyFieldListFilter),
        "kind",
        ("hospital", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["reference"]
    date_hierarchy = "created_at"
    # What waits comes first, the longest waiting at the top; then what was handled, the latest first.
    ordering = [F("handled_at").desc(nulls_first=True), "created_at"]
    list_select_related = ["hospital"]
    view_on_site = False
    actions = ["mark_handled", "clear_suspicion"]
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
        """Mark each as handled by this person, and say how many. What somebody else has handled stays theirs."""
        handled = [enquiry for enquiry in queryset if enquiry.mark_handled(by=request.user)]  # type: ignore[arg-type]
        for enquiry in handled:
            self.log_change(request, enquiry, "Marked as handled.")
        self.message_user(request, f"Requests marked as handled: {len(handled)}.")

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


class OfOwnHospitals(admin.ModelAdmin):
    """Rows of one hospital each. A person sees, sets and may choose those of the hospitals whose team they are in."""

    def sees_every_hospital(self, request: HttpRequest) -> bool:
        """Whether the person may go beyond their own hospitals here."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows if self.sees_every_hospital(request) else rows.seen_by(request.user)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "hospital" and not self.sees_every_hospital(request):
            kwargs["queryset"] = hospitals_of(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(CallWindow)
class CallWindowAdmin(OfOwnHospitals):
    """When each hospital's team rings people back."""

    list_display = ["hospital", "weekday", "starts_at", "ends_at", "places", "confirmed_on"]
    list_display_links = ["weekday"]
    list_editable = ["places", "confirmed_on"]
    list_filter = [
        ("hospital", admin.RelatedOnlyFieldListFilter),
        "weekday",
        ("confirmed_on", admin.EmptyFieldListFilter),
    ]
    ordering = ["hospital__position", "weekday", "starts_at"]


@admin.register(TeamMember)
class TeamMemberAdmin(OfOwnHospitals):
    """Who answers for which hospital. Whoever manages the teams sees all of them; others see their own."""

    list_display = ["user", "hospital"]
    list_filter = [("hospital", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "hospital"]
    autocomplete_fields = ["user"]

    def sees_every_hospital(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
