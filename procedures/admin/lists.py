"""Lists of rows: quick however long they are, in order whatever is typed into their address or posted to them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import BadRequest, FieldError
from django.core.paginator import Page, Paginator
from django.db.models import BinaryField, GeneratedField, JSONField, Model
from django.db.models.constants import LOOKUP_SEP
from django.db.models.sql import Query
from django.http import HttpRequest
from django.shortcuts import redirect

from procedures.admin.keys import row_key
from procedures.admin.refusals import Refusals

# Up to so many rows a list is read as it stands, without looking for the keys of a page first.
SHORT = 500
# Of rows that one press does something with. What cannot be read before it is done is done in parts.
MOST_AT_ONCE = 500
# What an address may ask of a field, and no more: a pattern of somebody's own would be tried on every row.
PLAIN = frozenset({"exact", "in", "isnull", "isempty", "gt", "gte", "lt", "lte", "year", "month", "day"})
# What holds more than one value, or none that a person could type.
NOT_ASKED_FOR = (ArrayField, BinaryField, GeneratedField, JSONField)


class LongPaginator(Paginator):
    """Pages of a list that may be very long: first the keys of a page, read from the nearer end, and then its rows."""

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        if self.count <= SHORT:
            return super().page(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        rows: Any = self.object_list
        keys = rows.values_list("pk", flat=True)
        if start > self.count // 2:
            keys = keys.reverse()[self.count - end : self.count - start]
        else:
            keys = keys[start:end]
        return Page(rows.filter(pk__in=list(keys)), number, self)


class CalmList(Refusals):
    """Django's own list counts twice, and turns some odd values into an error of ours: a zero byte, a year of twenty digits."""

    paginator = LongPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_prefetch_related: list[Any] = []

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return _is_plain(self.model, lookup) and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list as it is asked for; what the database cannot be asked, as Django answers any wrong filter."""
        try:
            changelist = super().get_changelist_instance(request)
        except (ValueError, OverflowError, IndexError) as odd:
            raise IncorrectLookupParameters from odd
        rows = changelist.result_list if changelist.result_count else changelist.result_list.none()
        changelist.result_list = rows.prefetch_related(*self.list_prefetch_related)
        return changelist

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any) -> Any:
        if None in map(row_key, request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("The rows that are ticked have numbers.")
        if (
            request.POST.get("select_across", "0") != "0"
            and queryset[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE
        ):
            said = f"Those are more than {MOST_AT_ONCE:,} rows. Nothing was done. Narrow the list, or tick the rows."
            self.message_user(request, said, messages.ERROR)
            return redirect(request.get_full_path())
        return super().response_action(request, queryset, *args)


def _is_plain(model: type[Model], lookup: str) -> bool:
    """Whether it asks one value of a field, in one of the plain ways. What names no field is for the list's own filters."""
    try:
        _, field, _, asked = Query(model).names_to_path(lookup.split(LOOKUP_SEP), model._meta)
    except FieldError:
        return True
    return PLAIN.issuperset(asked) and not isinstance(field, NOT_ASKED_FOR)
