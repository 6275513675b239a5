"""Practices: a consultant at a hospital."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from consultants.admin.confirming import CONFIRMATIONS, Unconfirming, confirm, confirm_page
from consultants.models import Practice
from procedures.admin.history import HistoryAdmin
from procedures.admin.together import TogetherAdmin


@admin.register(Practice)
class PracticeAdmin(Unconfirming, HistoryAdmin, TogetherAdmin):
    """A consultant at a hospital, and who says so."""

    list_display = ["consultant", "hospital", "confirmed_on", "named_in"]
    list_filter = ["hospital", ("confirmed_on", admin.EmptyFieldListFilter)]
    list_select_related = ["consultant", "hospital"]
    autocomplete_fields = ["consultant", "hospital", "procedures", "named_source"]
    search_fields = ["consultant__family_name", "hospital__name"]
    actions = ["confirm_today"]
    not_put_back = CONFIRMATIONS

    def view_on_site(self, obj: Practice) -> str | None:
        """The profile that tells of it, where readers may open it."""
        return obj.consultant.get_absolute_url() if obj.consultant.is_listed else None

    @admin.action(description="Confirm today", permissions=["change"])
    def confirm_today(self, request: HttpRequest, queryset: QuerySet[Practice]) -> HttpResponseBase | None:
        """First a page that lists them and says what it means; then do it."""
        if request.POST.get("confirmed"):
            return confirm(self, request, queryset)
        return confirm_page(self, request, queryset)
