"""When each hospital's team rings people back, and who is in it."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest

from enquiries.models import CallWindow, TeamMember
from enquiries.models.staff import hospitals_of


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
        ("confirmed_on", admin.EmptyFieldListFilter),
    ]
    ordering = ["hospital__position", "weekday", "starts_at"]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, form=RowForm, **kwargs)


@admin.register(TeamMember)
class TeamMemberAdmin(OfOwnHospitals):
    """Who answers for which hospital. Whoever manages the teams sees all of them; others see their own."""

    list_display = ["user", "hospital"]
    list_filter = [("hospital", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user", "hospital"]
    autocomplete_fields = ["user"]

    def sees_every_hospital(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)
