"""Filters of lists, in the words of those who ask."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from procedures.models.confirmations import CHECK_AFTER, HIDE_AFTER


class Answers(admin.SimpleListFilter):
    """A question with a few answers, each with the rows that it keeps."""

    def answers(self) -> dict[str, tuple[str, Q]]:
        """By what stands in the address: the words, and which rows."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in self.answers().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() not in self.answers():
            raise IncorrectLookupParameters
        return queryset.filter(self.answers()[self.value() or ""][1])


class Confirmation(Answers):
    """How long ago somebody confirmed it."""

    title = "how sure we are"
    parameter_name = "standing"

    def answers(self) -> dict[str, tuple[str, Q]]:
        today = timezone.localdate()
        check, hide = today - CHECK_AFTER, today - HIDE_AFTER
        return {
            "confirmed": ("Confirmed in the last 6 months", Q(confirmed_on__gt=check)),
            "stale": ("Due: more than 6 months ago", Q(confirmed_on__lte=check, confirmed_on__gt=hide)),
            "lapsed": ("Lapsed: a year ago or more", Q(confirmed_on__lte=hide)),
            "unconfirmed": ("Never confirmed", Q(confirmed_on=None)),
        }


def asked(title: str, parameter: str, given: dict[str, tuple[str, Q]]) -> type[Answers]:
    """A question whose answers stay the same whatever the day."""

    class Asked(Answers):
        def answers(self) -> dict[str, tuple[str, Q]]:
            return given

    Asked.title, Asked.parameter_name = title, parameter
    return Asked


def is_set(field: str, title: str, *, no: str, yes: str) -> type[Answers]:
    """Whether a fact is there, in words, at the address that Django gives such a question."""
    return asked(title, f"{field}__isempty", {"1": (no, Q(**{field: None})), "0": (yes, ~Q(**{field: None}))})
