"""Practices: a consultant at a hospital."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from consultants.admin.confirming import Unconfirming, confirm, confirm_page
from consultants.admin.filters import who_is_called
from consultants.models import Practice
from procedures.admin.columns import how_sure
from procedures.admin.filters import Confirmation
from procedures.admin.history import HistoryAdmin
from procedures.admin.putting_back import CONFIRMATIONS
from procedures.admin.together import TogetherAdmin


@admin.register(Practice)
class PracticeAdmin(Unconfirming, HistoryAdmin, TogetherAdmin):
    """A consultant at a hospital, and who says so."""

    list_display = ["consultant", "hospital", "clinic_days", how_sure, "named_in"]
    list_filter = ["hospital", Confirmation]
    list_select_related = ["consultant", "hospital"]
    autocomplete_fields = ["consultant", "hospital", "procedures", "named_source"]
    search_fields = ["consultant__given_name", "consultant__family_name"]
    search_help_text = "A consultant’s name or part of it."
    ordering = ["consultant__family_name", "consultant__given_name", "pk"]
    sortable_by = ["consultant", how_sure]  # type: ignore[list-item]
    actions = ["confirm_today"]
    not_put_back = CONFIRMATIONS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Practice], search_term: str
    ) -> tuple[QuerySet[Practice], bool]:
        return queryset.filter(who_is_called(search_term, "consultant__")), False

    def view_on_site(self, obj: Practice) -> str | None:
        """The profile that tells of it, where readers may open it."""
        return obj.consultant.get_absolute_url() if obj.consultant.is_listed else None

    @admin.action(description="Confirm today", permissions=["change"])
    def confirm_today(self, request: HttpRequest, queryset: QuerySet[Practice]) -> HttpResponseBase | None:
        """First a page that lists them and says what it means; then do it."""
        if request.POST.get("confirmed"):
            return confirm(self, request, queryset)
        return confirm_page(self, request, queryset)
