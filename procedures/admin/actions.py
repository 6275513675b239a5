"""What one press does with many rows: said before it is done, with what is left and why, and told afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_ngettext
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

NAMED = 20


@dataclass(frozen=True)
class Deed:
    """Something that may be done to several rows of a list at once."""

    action: str  # its name in the list's menu
    title: str
    says: str  # what it means for those it is done to
    button: str
    done: str  # as in “3 tasks marked as done”
    left: dict[str, Q]  # why rows are left as they are, and which


@dataclass(frozen=True)
class Part:
    """Rows that the same happens to: how many, and the first of them by name."""

    why: str
    count: int
    named: list[str]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.named)


def press(
    desk: admin.ModelAdmin,
    request: HttpRequest,
    ticked: QuerySet[Any],
    deed: Deed,
    do: Callable[[list[Any]], None],
) -> TemplateResponse | None:
    """First a page that says what would happen to which rows; pressed there, it is done and told."""
    keys = list(ticked.order_by().values_list("pk", flat=True))
    rows = desk.get_queryset(request).filter(pk__in=keys).order_by(*desk.get_ordering(request))
    if not request.POST.get("confirmed"):
        return _ask(desk, request, rows, deed)
    with transaction.atomic():
        locked = desk.model._base_manager.filter(pk__in=keys).select_for_update(of=("self",))
        list(locked.order_by("pk").values_list("pk"))
        left = list(_left(rows, deed))
        going = list(_going(rows, deed))
        do(going)
    told = [f"{_counted(desk, len(going))} {deed.done}."]
    told += [f"{part.count:,} {'was' if part.count == 1 else 'were'} left: {part.why}." for part in left]
    desk.message_user(request, " ".join(told), messages.SUCCESS if going else messages.WARNING)
    return None


def _ask(desk: admin.ModelAdmin, request: HttpRequest, rows: QuerySet[Any], deed: Deed) -> TemplateResponse:
    going = _part("", _going(rows, deed))
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": deed.title,
        "deed": deed,
        "going": going,
        "how_many": _counted(desk, going.count),
        "left": list(_left(rows, deed)),
        "keys": list(_going(rows, deed).values_list("pk", flat=True)),
        "checkbox": ACTION_CHECKBOX_NAME,
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/press.html", context)


def _going(rows: QuerySet[Any], deed: Deed) -> QuerySet[Any]:
    for which in deed.left.values():
        rows = rows.exclude(which)
    return rows


def _left(rows: QuerySet[Any], deed: Deed) -> Iterator[Part]:
    """Each row once, for the first reason that holds."""
    for why, which in deed.left.items():
        part = _part(why, rows.filter(which))
        if part.count:
            yield part
        rows = rows.exclude(which)


def _part(why: str, rows: QuerySet[Any]) -> Part:
    return Part(why, rows.count(), [str(row) for row in rows[:NAMED]])


def _counted(desk: admin.ModelAdmin, count: int) -> str:
    return f"{count:,} {model_ngettext(desk.opts, count)}"
