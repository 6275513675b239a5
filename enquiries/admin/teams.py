"""When each hospital's team rings people back, and who is in it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest

from enquiries.models import CallWindow, Enquiry, TeamMember
from enquiries.models.staff import hospitals_of
from procedures.admin.filters import Confirmation
from procedures.admin.lists import CalmList
from procedures.admin.rows import FindsAsTyped


class OfOwnHospitals(FindsAsTyped, CalmList):
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


class RowForm(ModelForm):
    """A row of a list with boxes in it: each box is named by its column and its row, and needs no hint."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.help_text = ""
            row = f", {self.instance}" if self.instance.pk else ""
            field.widget.attrs["aria-label"] = f"{field.label}{row}"


@admin.register(CallWindow)
class CallWindowAdmin(OfOwnHospitals):
    """When each hospital's team rings people back."""

    list_display = ["hospital", "weekday", "starts_at", "ends_at", "places", "confirmed_on"]
    list_display_links = ["weekday"]
    list_editable = ["places", "confirmed_on"]
    list_filter = [
        ("hospital", admin.RelatedOnlyFieldListFilter),
        "weekday",
        Confirmation,
    ]
    list_select_related = ["hospital"]
    ordering = ["hospital__position", "weekday", "starts_at", "pk"]

    def save_model(self, request: HttpRequest, obj: CallWindow, form: ModelForm, change: bool) -> None:
        if change:
            self._say_who_is_booked(request, CallWindow.objects.get(pk=obj.pk))
        super().save_model(request, obj, form, change)
        if not obj.hospital.opening_hours.exists():
            said = f"{obj.hospital} has no opening hours, so what we promise counts its call windows alone: with few of them, people wait long. Ask for its hours to be added."
            self.message_user(request, said, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: CallWindow) -> None:
        self._say_who_is_booked(request, obj)
        super().delete_model(request, obj)

    def _say_who_is_booked(self, request: HttpRequest, window: CallWindow) -> None:
        """What changes in a window breaks no promise, so somebody must still ring then."""
        if booked := Enquiry.objects.booked_into(window).count():
            people = "1 person is" if booked == 1 else f"{booked} people are"
            said = f"{window}: {people} booked into it, and still wait for our call then."
            self.message_user(request, said, messages.WARNING)

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, form=RowForm, **kwargs)


@admin.register(TeamMember)
class TeamMemberAdmin(OfOwnHospitals):
    """Who answers for which hospital. Whoever manages the teams sees all of them; others see their own."""

    list_display = ["who", "user", "hospital"]
    list_filter = [("hospital", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "hospital"]
    autocomplete_fields = ["user"]
    search_fields = ["user__username", "user__first_name", "user__last_name"]
    ordering = ["user__first_name", "user__last_name", "user__username", "hospital__position", "pk"]

    @admin.display(description="who", ordering="user__first_name")
    def who(self, member: TeamMember) -> str:
        return member.user.get_full_name() or member.user.get_username()

    def sees_every_hospital(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
