"""Who changed what, and when: from what, to what. Read by those who may see the row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from procedures.admin.lists import CalmList
from procedures.moments import in_words

DONE = {"+": "added", "~": "changed", "-": "deleted"}
MOST = 200


@dataclass(frozen=True)
class Trail:
    """What was kept of some rows, and what such a row is called."""

    records: QuerySet[Any]
    called: Callable[[Any], str] = lambda record: "This record"


@dataclass(frozen=True)
class FromTo:
    """One fact, before and after, in words."""

    label: str
    was: str
    now: str


@dataclass(frozen=True)
class Entry:
    """What somebody did at one moment to one row."""

    at: datetime
    who: str
    what: str
    why: str
    changes: list[FromTo]


class HistoryAdmin(CalmList):
    """A row whose history says from what to what. Stands on Django's own history page, under its own permissions."""

    object_history_template = "admin/procedures/history.html"

    def trails(self, request: HttpRequest, obj: Any) -> list[Trail]:
        """Whose history belongs on the page of the row."""
        return [Trail(type(obj).history.filter(**{obj._meta.pk.attname: obj.pk}))]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            trails = self.trails(request, response.context_data["object"])
            found = [entry for trail in trails for entry in entries(trail)]
            response.context_data["entries"] = sorted(found, key=lambda entry: entry.at, reverse=True)[:MOST]
        return response


def entries(trail: Trail) -> Iterator[Entry]:
    """What happened to each row, moment by moment. A record in which nothing differs is left out, unless it says why."""
    before: dict[Any, dict[str, str]] = {}
    for record in trail.records.select_related("history_user").order_by("history_date", "history_id"):
        now = facts(record)
        was = before.get(record.id, dict.fromkeys(now, ""))
        before[record.id] = now
        changes = [FromTo(name, was[name], now[name]) for name in now if was[name] != now[name]]
        why = record.history_change_reason or ""
        if record.history_type == "-" or changes or why:
            what = f"{trail.called(record)}: {DONE[record.history_type]}"
            yield Entry(record.history_date, _who(record.history_user), what, why, changes)


def facts(record: Any) -> dict[str, str]:
    """What a record says, in words, by the names that the desk uses."""
    found = {}
    for field in [*record.tracked_fields, *record._history_m2m_fields]:
        if field.primary_key:
            continue
        name = str(field.verbose_name)
        found[name[:1].upper() + name[1:]] = _in_words(record, field)
    return found


def _in_words(record: Any, field: Any) -> str:
    if field.many_to_many:
        target = field.m2m_reverse_field_name()
        return ", ".join(sorted(str(getattr(one, target)) for one in getattr(record, field.name).all()))
    if field.is_relation:
        return named(record, field.name)
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    value = getattr(record, field.attname)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def named(record: Any, relation: str) -> str:
    """What the record points to, though it may be gone."""
    field = record._meta.get_field(relation)
    key = getattr(record, field.attname)
    if key is None:
        return ""
    try:
        found: Model = getattr(record, relation)
    except ObjectDoesNotExist:
        return f"{field.related_model._meta.verbose_name} {key}, since deleted"
    return str(found)


def _who(user: Any) -> str:
    return (user.get_full_name() or user.get_username()) if user else "Nobody signed in"
