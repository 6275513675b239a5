"""Procedures and where they are offered."""

from django.contrib import admin

from procedures.models import Offering, Procedure


@admin.register(Procedure)
class ProcedureAdmin(admin.ModelAdmin):
    """A treatment, test or scan. What its page says is in its editions."""

    list_display = ["name", "kind", "summary"]
    list_filter = ["kind"]
    search_fields = ["name", "aliases"]
    ordering = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Offering)
class OfferingAdmin(admin.ModelAdmin):
    """A procedure at a hospital, with its guide price."""

    list_display = ["procedure", "hospital", "guide_price", "price_valid_until_date", "confirmed_on"]
    list_filter = ["hospital", "procedure__kind"]
    list_select_related = ["procedure", "hospital"]
    autocomplete_fields = ["procedure", "hospital"]
    search_fields = ["procedure__name", "hospital__name"]
