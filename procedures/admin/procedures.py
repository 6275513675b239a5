"""Procedures and where they are offered."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ForeignKey, OuterRef, Q, QuerySet, Subquery
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone

from procedures.admin.columns import day, how_sure
from procedures.admin.filters import Answers, Confirmation, is_set
from procedures.admin.history import HistoryAdmin
from procedures.admin.putting_back import CONFIRMATIONS
from procedures.admin.together import TogetherAdmin
from procedures.gate import Finding
from procedures.missing import OF_OFFERING, as_findings
from procedures.models import Edition, Offering, Procedure


class Price(Answers):
    """Whether readers are shown a price."""

    title = "price"
    parameter_name = "price"

    def answers(self) -> dict[str, tuple[str, Q]]:
        today = timezone.localdate()
        return {
            "holds": ("Holds", Q(price_valid_until_date__gte=today)),
            "ran_out": ("Ran out", Q(price_valid_until_date__lt=today)),
            "none": ("No price", Q(price_valid_until_date=None)),
        }


@admin.register(Procedure)
class ProcedureAdmin(HistoryAdmin, TogetherAdmin):
    """A treatment, test or scan. What its page says is in its editions."""

    list_display = ["name", "kind", "page", "owner", "deputy"]
    list_filter = ["kind", is_set("owner", "who keeps its page right", no="Nobody yet", yes="Somebody")]
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Procedure]:
        current = Edition.objects.published().filter(procedure=OuterRef("pk"))
        latest = Subquery(current.order_by("-published_at", "-number").values("number")[:1])
        return super().get_queryset(request).annotate(current_number=latest)

    @admin.display(description="page")
    def page(self, procedure: Procedure) -> str:
        number = procedure.current_number  # type: ignore[attr-defined]
        return f"Readers see edition {number}" if number else "None published"

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in ("owner", "deputy"):
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Offering)
class OfferingAdmin(HistoryAdmin, TogetherAdmin):
    """A procedure at a hospital, with its guide price."""

    not_put_back = CONFIRMATIONS
    list_display = ["procedure", "hospital", "guide_price", "price", how_sure]
    list_filter = ["hospital", "procedure", Price, Confirmation]
    list_select_related = ["procedure", "hospital"]
    search_fields = ["procedure__name", "hospital__name"]

    @admin.display(description="price holds", ordering="price_valid_until_date")
    def price(self, offering: Offering) -> str:
        if offering.price_valid_until_date is None:
            return "No price"
        until = day(offering.price_valid_until_date)
        return f"Until {until}" if offering.has_current_price else f"Ran out {until}"

    def view_on_site(self, obj: Offering) -> str:
        """Where readers find the price."""
        return obj.hospital.get_absolute_url()

    def findings_of(self, obj: Offering) -> list[Finding]:
        found = as_findings(obj, OF_OFFERING, "Ask the hospital, and write here what they say.")
        at = {"has_current_price": "guide_price"}
        return [replace(one, field=at.get(one.field, one.field)) for one in found]
