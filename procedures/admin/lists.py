"""Lists of rows: quick however long they are, in order whatever is typed into their address or posted to them."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import BadRequest, FieldError
from django.core.paginator import Page, Paginator
from django.db.models import PROTECT, BinaryField, GeneratedField, JSONField, Model
from django.db.models.constants import LOOKUP_SEP
from django.db.models.sql import Query
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.text import smart_split

from procedures.admin.keys import row_key
from procedures.admin.refusals import Refusals
from procedures.admin.trails import permission_to_see
from procedures.counting import MOST_COUNTED, counted, in_words

# Up to so many rows a whole list is read as it stands, without looking for the keys of a page first.
SHORT = 500
# Up to so many rows that were looked for, the keys of all pages are read at once. Asked for the first few of them, the
# database would look for them one after another in the order of the list, and there may be few among very many.
FOUND_AT_ONCE = 5_000
# Of rows that one press does something with. What cannot be read before it is done is done in parts.
MOST_AT_ONCE = 500
# Of what was typed into the box above a list: more than any title of ours has.
MOST_WORDS = 40
# How Django writes a row that only ties two others together.
HAS_NO_NAME = re.compile(r".+ relationship: \w+ object \(\d+\)")
# What an address may ask of a field, and no more: a pattern of somebody's own would be tried on every row.
PLAIN = frozenset({"exact", "in", "isnull", "isempty", "gt", "gte", "lt", "lte", "year", "month", "day"})
# What holds more than one value, or none that a person could type.
NOT_ASKED_FOR = (ArrayField, BinaryField, GeneratedField, JSONField)


class LongPaginator(Paginator):
    """Pages of a list that may be very long: first the keys of a page, read from the nearer end, and then its rows.

    Of more rows than are counted there are pages of the first and of the last, half of them each. Whoever looks for what
    lies between narrows the list.
    """

    # Whether the order of what was looked for is best made anew, rather than read from an index.
    is_sorted_when_found = True

    @cached_property
    def found(self) -> int:
        """How many rows there are, counted no further than one more than MOST_COUNTED. May be set by who has counted."""
        rows: Any = self.object_list
        return counted(rows=rows)["rows"]

    @property
    def count(self) -> int:
        """How many rows have a page."""
        return min(self.found, MOST_COUNTED)

    @property
    def is_cut(self) -> bool:
        """Whether there are rows between its two halves that no page shows."""
        return self.found > MOST_COUNTED

    @property
    def half(self) -> int:
        """How many of them are read from the beginning; the others from the end."""
        return self.count // 2

    @property
    def in_words(self) -> str:
        """How many rows there are, as it is read."""
        return in_words(self.found, MOST_COUNTED)

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        rows: Any = self.object_list
        if self.count <= self.per_page:
            return Page(rows, number, self)
        if self.count <= SHORT and not rows.query.where:
            return super().page(number)
        if self.found <= FOUND_AT_ONCE and rows.query.where and self.is_sorted_when_found:
            keys = list(rows.values_list("pk", flat=True))[start:end]
        elif start >= self.half:
            keys = self.keys(self.count - end, self.count - start, is_from_end=True)
        else:
            keys = self.keys(start, end)
        return Page(rows.filter(pk__in=keys), number, self)

    def keys(self, start: int, end: int, *, is_from_end: bool = False) -> list[int]:
        """The keys of these rows, counted from the beginning or from the end."""
        rows: Any = self.object_list
        rows = rows.reverse() if is_from_end else rows
        return list(rows.values_list("pk", flat=True)[start:end])


class CalmList(Refusals):
    """Django's own list counts twice, and turns some odd values into an error of ours: a zero byte, a year of twenty digits."""

    paginator = LongPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 25  # as much as is looked through before a list is narrowed
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

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By its first words: each is looked for in every column, and a pasted page would keep the database busy."""
        return super().get_search_results(request, queryset, first_words(search_term))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without the rows that only tie two others together, which have no name.

        Where rows that stay need these, and the person may not see them or there are very many, their kind alone is told.
        """
        if needed_by := [str(kind) for kind in self._needed_by_unseen(objs, request)]:
            return [], {}, set(), needed_by
        goes, *others = super().get_deleted_objects(objs, request)
        return _with_names(goes), *others

    def _needed_by_unseen(self, objs: Any, request: HttpRequest) -> Iterator[Any]:
        for relation in self.model._meta.get_fields(include_hidden=True):
            if getattr(relation, "on_delete", None) is PROTECT:
                needing = relation.related_model
                shown = MOST_AT_ONCE if request.user.has_perm(permission_to_see(needing)) else 0
                rows = needing._base_manager.filter(**{f"{relation.field.name}__in": objs})
                if rows[: shown + 1].count() > shown:
                    yield needing._meta.verbose_name_plural

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


def first_words(typed: str) -> str:
    """What stands in quotes is one of them."""
    return " ".join(islice(smart_split(typed), MOST_WORDS))


def _with_names(goes: list[Any]) -> list[Any]:
    named = [row for row in goes if isinstance(row, list) or not HAS_NO_NAME.fullmatch(str(row))]
    return [_with_names(row) if isinstance(row, list) else row for row in named]


def _is_plain(model: type[Model], lookup: str) -> bool:
    """Whether it asks one value of a field, in one of the plain ways. What names no field is for the list's own filters."""
    try:
        _, field, _, asked = Query(model).names_to_path(lookup.split(LOOKUP_SEP), model._meta)
    except FieldError:
        return True
    return PLAIN.issuperset(asked) and not isinstance(field, NOT_ASKED_FOR)
