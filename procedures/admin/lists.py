"""Lists of rows that answer in order whatever is typed into their address or posted to them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from procedures.admin.keys import row_key


class CalmList(admin.ModelAdmin):
    """Django's own list turns some odd values into an error of ours: a zero byte, a year of twenty digits, a row “abc”."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list as it is asked for; what the database cannot be asked, as Django answers any wrong filter."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as odd:
            raise IncorrectLookupParameters from odd

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any) -> Any:
        if None in map(row_key, request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("The rows that are ticked have numbers.")
        return super().response_action(request, queryset, *args)
