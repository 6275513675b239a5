"""Hospitals, with their hours and closures."""

from django.contrib import admin
from django.http import HttpRequest

from procedures.admin.columns import how_sure
from procedures.admin.filters import Confirmation
from procedures.admin.history import HistoryAdmin, Trail, named
from procedures.admin.together import Together, TogetherAdmin
from procedures.models import Closure, Hospital, Offering, OpeningHours


class OpeningHoursInline(Together, admin.TabularInline):
    model = OpeningHours
    extra = 0


class ClosureInline(Together, admin.TabularInline):
    model = Closure
    extra = 0


class OfferingInline(Together, admin.TabularInline):
    model = Offering
    extra = 0


@admin.register(Hospital)
class HospitalAdmin(HistoryAdmin, TogetherAdmin):
    """A hospital's record. What is left empty is not shown to patients."""

    list_display = ["name", "town", "phone", "self_pay_phone", how_sure]
    list_filter = [Confirmation]
    search_fields = ["name", "town"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "short_name", "slug", "provider", "position"]}),
        (
            "Where it is",
            {"fields": ["street", "town", "county", "postcode", "directions", "parking", "access"]},
        ),
        ("How to reach it", {"fields": ["phone", "self_pay_phone", "bank_holidays", "enquiries_email"]}),
        ("Who says so", {"fields": ["confirmed_on"]}),
    ]
    inlines = [OpeningHoursInline, ClosureInline, OfferingInline]

    def trails(self, request: HttpRequest, obj: Hospital) -> list[Trail]:
        """Of the hospital, and of what it offers."""
        found = super().trails(request, obj)
        if request.user.has_perm("procedures.view_offering"):
            offerings = Offering.history.filter(hospital_id=obj.pk)
            found.append(Trail(offerings, lambda record: f"Offering of {named(record, 'procedure')}"))
        return found
