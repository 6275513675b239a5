"""What stands on a row, of whatever app: found by the relations that lead to it, and shown to those who may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

MOST_COUNTED = 1000


@dataclass(frozen=True)
class Users:
    """Rows of one kind that stand on a row: what they are called, how many there are, and the list of them."""

    name: str
    count: str
    address: str


def users_of(row: Model, desk: admin.ModelAdmin, request: HttpRequest) -> Iterator[Users]:
    """Each kind of row on the desk that leads here, as far as this person may see it. What an inline shows is not said twice."""
    shown = {inline.model for inline in desk.get_inline_instances(request, row)}
    relations: Any = row._meta.get_fields(include_hidden=True)
    for relation in relations:
        is_used = relation.auto_created and not relation.concrete and relation.is_relation
        theirs = is_used and desk.admin_site._registry.get(relation.related_model)
        if not theirs or relation.related_model in shown or not theirs.has_view_permission(request):
            continue
        name = relation.field.name
        found = theirs.get_queryset(request).filter(**{name: row.pk}).order_by()
        count = found[: MOST_COUNTED + 1].count()
        if count:
            yield Users(_name(relation, count), _counted(count), _list(theirs, f"{name}__id__exact={row.pk}"))


def _name(relation: Any, count: int) -> str:
    called = relation.related_model._meta
    return str(called.verbose_name if count == 1 else called.verbose_name_plural)


def _counted(count: int) -> str:
    return f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


def _list(desk: Any, narrowed: str) -> str:
    """Its list, narrowed to these; nothing where the list is a page of ours, which narrows in its own way."""
    if type(desk).changelist_view is not admin.ModelAdmin.changelist_view:
        return ""
    opts = desk.opts
    return f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?{narrowed}"
