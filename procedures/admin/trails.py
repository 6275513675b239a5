"""What was kept of rows as they changed, read as entries: who, when, why, and from what to what."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import Exists, FileField, Model, OuterRef, Q, QuerySet, Value

from procedures import moments
from procedures.comparing import Change, changes
from procedures.richtext import RichTextField, in_lines

NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
DONE = {"+": "added", "~": "changed", "-": "deleted"}
PER_PAGE = 50
# A value of up to this many letters is told as from what to what; of a longer one, which words changed.
SHORT = 60


@dataclass(frozen=True)
class Trail:
    """What was kept of some rows, and what such a row is called."""

    records: QuerySet[Any]
    called: Callable[[Any], str] = lambda record: "This record"

    @property
    def model(self) -> Any:
        """Whose rows they are."""
        return self.records.model.instance_type

    @property
    def key(self) -> str:
        """Under which name a record keeps the key of its row."""
        return str(self.model._meta.pk.attname)

    def whole(self) -> QuerySet[Any]:
        """The records with all that is told of them, in a fixed number of queries."""
        kept: Any = self.records.model
        relations = [one.name for one in kept.tracked_fields if one.is_relation]
        several = [
            f"{_kept_in(kept, one)}__{one.m2m_reverse_field_name()}" for one in kept._history_m2m_fields
        ]
        return self.records.select_related("history_user", *relations).prefetch_related(*several)


@dataclass(frozen=True)
class FromTo:
    """One fact, before and after, in words."""

    label: str
    was: str
    now: str

    @property
    def rewordings(self) -> list[Change]:
        """Of a long text that stays in part: the lines that changed, word by word."""
        if max(len(self.was), len(self.now)) <= SHORT or not (self.was and self.now):
            return []
        before, after = ([("", line) for line in text.splitlines() if line] for text in (self.was, self.now))
        found = changes(before, after)
        is_new = len(before) == len(after) == len(found) / 2 and all(
            one.is_new or one.is_gone for one in found
        )
        return [] if is_new else found


@dataclass(frozen=True)
class Entry:
    """What somebody did at one moment to one row."""

    at: datetime
    who: str
    what: str
    why: str
    changes: list[FromTo]
    record: Any


def page_of(trails: Sequence[Trail], number: Any) -> Page:
    """One page of what happened to rows of all the trails, the latest first. A record in which nothing differs is left out."""
    moments = [
        trail.records.order_by()
        .annotate(trail=Value(place))
        .values_list("history_date", "history_id", "trail")
        for place, trail in enumerate(trails)
    ]
    every = moments[0].union(*moments[1:], all=True).order_by("-history_date", "-history_id")
    page = Paginator(every, PER_PAGE).get_page(number)
    keys = list(page.object_list)
    found = [
        entry
        for place, trail in enumerate(trails)
        for entry in entries(trail, [key for _, key, of in keys if of == place])
    ]
    page.object_list = sorted(found, key=lambda entry: (entry.at, entry.record.pk), reverse=True)
    return page


def entries(trail: Trail, keys: Iterable[int]) -> Iterator[Entry]:
    """What happened in these records. One in which nothing differs is left out, unless it says why."""
    later = trail.records.model._default_manager.filter(**{trail.key: OuterRef(trail.key)}).filter(
        Q(history_date__gt=OuterRef("history_date"))
        | Q(history_date=OuterRef("history_date"), history_id__gt=OuterRef("history_id"))
    )
    chosen = trail.whole().filter(pk__in=list(keys))
    records = list(chosen.annotate(is_latest=~Exists(later)).order_by("history_date", "history_id"))
    before = _before(trail, records)
    for record in records:
        key = getattr(record, trail.key)
        now = facts(record)
        was = facts(before[key]) if key in before else dict.fromkeys(now, "")
        before[key] = record
        differs = [FromTo(name, was[name], now[name]) for name in now if was[name] != now[name]]
        why = (record.history_change_reason or "").rstrip(".")
        if record.history_type == "-" or differs or why:
            what = f"{trail.called(record)}: {DONE[record.history_type]}"
            who = _who(record.history_user)
            yield Entry(record.history_date, who, what, why, differs, record)


def _before(trail: Trail, records: list[Any]) -> dict[Any, Any]:
    """The record just before the first of these, for each row that has one."""
    asked = Q(pk__in=[])
    first: dict[Any, Any] = {}
    for record in records:
        first.setdefault(getattr(record, trail.key), record)
    for key, record in first.items():
        earlier = Q(history_date__lt=record.history_date) | Q(
            history_date=record.history_date, history_id__lt=record.history_id
        )
        asked |= Q(**{trail.key: key}) & earlier
    latest_first = (trail.key, "-history_date", "-history_id")
    found = trail.whole().filter(asked).order_by(*latest_first).distinct(trail.key)
    return {getattr(record, trail.key): record for record in found}


def permission_to_see(model: type[Model]) -> str:
    """What somebody needs to see rows of the model."""
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def facts(row: Any) -> dict[str, str]:
    """What a record says, or a row says now, in words, by the names that the desk uses."""
    kept = [one for one in kept_fields(row) if not one.primary_key]
    return {label_of(one): printable(in_words(row, one)) for one in kept}


def kept_fields(row: Any) -> list[Any]:
    """The fields of which the history keeps what they were."""
    record = row if hasattr(row, "tracked_fields") else type(row).history.model
    return [*record.tracked_fields, *record._history_m2m_fields]


def label_of(one: Any) -> str:
    """What the desk calls the field."""
    name = str(one.verbose_name)
    return name[:1].upper() + name[1:]


def in_words(row: Any, one: Any) -> str:
    """What a record says in one field, or a row says now."""
    if one.many_to_many:
        return ", ".join(sorted(_several(row, one)))
    if one.is_relation:
        return named(row, one.name)
    if one.choices:
        return str(getattr(row, f"get_{one.name}_display")())
    value = getattr(row, one.attname)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return moments.in_words(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(one, FileField):
        return f"A file ({PurePath(str(value)).stem[:8]})" if value else ""
    if isinstance(one, RichTextField):
        return in_lines(value or "")
    return str(value) if value not in (None, "") else _where_empty(row, one)


def printable(text: str) -> str:
    """Signs that no page may hold, as a mark where each stood: a row may be older than the rule that refuses them."""
    return NOT_PRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _where_empty(row: Any, one: Any) -> str:
    """What an empty field stands for, where its model says: words that follow the code while nobody has changed them."""
    stands_for = getattr(getattr(row, "instance_type", type(row)), "stands_for_empty", None)
    return str(stands_for(row, one.name)) if stands_for else ""


def keys_of_several(record: Any, one: Any) -> list[Any]:
    """The keys of the rows that a record points to."""
    target = f"{one.m2m_reverse_field_name()}_id"
    return [getattr(each, target) for each in getattr(record, _kept_in(type(record), one)).all()]


def _several(row: Any, one: Any) -> list[str]:
    if not hasattr(row, "tracked_fields"):
        return [str(each) for each in getattr(row, one.name).all()]
    kept = getattr(row, _kept_in(type(row), one)).all()
    return [named(each, one.m2m_reverse_field_name()) for each in kept]


def _kept_in(kept: Any, one: Any) -> str:
    """Under which name a record keeps the several rows that it points to."""
    return f"{getattr(kept, one.name).model._meta.model_name}_set"


def named(row: Any, relation: str) -> str:
    """What the row points to, though it may be gone."""
    one = row._meta.get_field(relation)
    key = getattr(row, one.attname)
    if key is None:
        return ""
    try:
        found = getattr(row, relation)
    except ObjectDoesNotExist:
        found = None
    return f"{one.related_model._meta.verbose_name} {key}, since deleted" if found is None else str(found)


def _who(user: Any) -> str:
    return (
        (user.get_full_name() or user.get_username()) if user else "An account since deleted, or the system"
    )
