"""Procedures and where they are offered."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest

from procedures.admin.history import HistoryAdmin
from procedures.admin.together import TogetherAdmin
from procedures.gate import Finding
from procedures.missing import OF_OFFERING, as_findings
from procedures.models import Offering, Procedure


@admin.register(Procedure)
class ProcedureAdmin(HistoryAdmin, TogetherAdmin):
    """A treatment, test or scan. What its page says is in its editions."""

    list_display = ["name", "kind", "summary", "owner", "deputy"]
    list_filter = ["kind", ("owner", admin.EmptyFieldListFilter)]
    list_select_related = ["owner", "deputy"]
    search_fields = ["name", "aliases"]
    ordering = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    def view_on_site(self, obj: Procedure) -> str | None:
        """Its page, once there is one."""
        return obj.get_absolute_url() if Procedure.objects.published().filter(pk=obj.pk).exists() else None

    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "summary", "aliases"]}),
        ("Who keeps its page right", {"fields": ["owner", "deputy"]}),
    ]

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in ("owner", "deputy"):
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Offering)
class OfferingAdmin(HistoryAdmin, TogetherAdmin):
    """A procedure at a hospital, with its guide price."""

    list_display = ["procedure", "hospital", "guide_price", "price_valid_until_date", "confirmed_on"]
    list_filter = ["hospital", "procedure__kind"]
    list_select_related = ["procedure", "hospital"]
    search_fields = ["procedure__name", "hospital__name"]

    def view_on_site(self, obj: Offering) -> str:
        """Where readers find the price."""
        return obj.hospital.get_absolute_url()

    def findings_of(self, obj: Offering) -> list[Finding]:
        found = as_findings(obj, OF_OFFERING, "Ask the hospital, and write here what they say.")
        at = {"has_current_price": "guide_price"}
        return [replace(one, field=at.get(one.field, one.field)) for one in found]
