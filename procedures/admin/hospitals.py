"""Hospitals, with their hours and closures."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format

from procedures.admin.columns import how_sure
from procedures.admin.filters import Confirmation
from procedures.admin.history import HistoryAdmin, Trail, named, permission_to_see
from procedures.admin.putting_back import CONFIRMATIONS
from procedures.admin.together import TogetherAdmin, TogetherInline
from procedures.gate import Finding
from procedures.missing import OF_HOSPITAL, as_findings
from procedures.models import Closure, Hospital, Offering, OpeningHours


class OpeningHoursInline(TogetherInline, admin.TabularInline):
    model = OpeningHours
    extra = 0


class ClosureInline(TogetherInline, admin.TabularInline):
    model = Closure
    extra = 0


class OfferingInline(TogetherInline, admin.TabularInline):
    model = Offering
    extra = 0
    not_put_back = CONFIRMATIONS


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
    not_put_back = CONFIRMATIONS
    inlines = [OpeningHoursInline, ClosureInline, OfferingInline]

    def findings_of(self, obj: Hospital) -> list[Finding]:
        return as_findings(obj, OF_HOSPITAL, "Ask the hospital, and write here what they say.")

    def trails(self, request: HttpRequest, obj: Hospital) -> list[Trail]:
        """Of the hospital, of when its phone is answered, and of what it offers."""
        of_pages = [
            Trail(Closure.history.filter(hospital_id=obj.pk), _closure),
            Trail(OpeningHours.history.filter(hospital_id=obj.pk), _hours),
            Trail(Offering.history.filter(hospital_id=obj.pk), _offering),
        ]
        seen = [trail for trail in of_pages if request.user.has_perm(permission_to_see(trail.model))]
        return [*super().trails(request, obj), *seen]


def _closure(record: Any) -> str:
    return f"Closure on {date_format(record.closed_on, 'j F Y')}"


def _hours(record: Any) -> str:
    return f"Opening hours on {record.get_weekday_display()}"


def _offering(record: Any) -> str:
    return f"Offering of {named(record, 'procedure')}"
