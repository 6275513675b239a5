"""A form that comes back: what is to be put right stands at its top, each line a link to its box."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst


@dataclass(frozen=True)
class ToPutRight:
    """One thing to put right, and the id of the box that it is about."""

    said: str
    box: str = ""


class Refusals(admin.ModelAdmin):
    """A desk on which nobody has to look for what was wrong."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        formsets = [shown.formset for shown in context["inline_admin_formsets"]]
        if form.is_bound:
            for one in (form, *(row for formset in formsets for row in formset.forms)):
                ask_again_for_files(one)
            said = context.get("said_at_top", [])
            context |= {"errors": [], "to_put_right": list(to_put_right(form, formsets, set(said)))}
        return super().render_change_form(request, context, *args, **kwargs)


def ask_again_for_files(form: forms.BaseForm) -> None:
    """Say it at each box whose file the browser has let go of: no page may choose a file for somebody."""
    for name in form.fields:
        file = form.files.get(form.add_prefix(name)) if form.files else None
        if file and name not in form.errors:
            form.add_error(
                name,
                f"Choose “{file.name}” again. The browser lets go of a file when the page comes back unsaved.",
            )


def to_put_right(form: forms.BaseForm, formsets: Iterable[Any], said: set[str]) -> Iterator[ToPutRight]:
    """All of it, in the order of the page, save what is said there already."""
    yield from (ToPutRight(str(error)) for error in form.non_field_errors() if error not in said)
    yield from _at_boxes(form)
    for formset in formsets:
        rows = [row for row in formset.forms if not formset._should_delete_form(row)]
        wrong = next((row for row in rows if row.errors), None)
        yield from (ToPutRight(error, _first_box(wrong)) for error in formset.non_form_errors())
        for row in rows:
            name = f"{capfirst(formset.model._meta.verbose_name)} {formset.forms.index(row) + 1}"
            alone = [error for error in row.non_field_errors() if error not in said]
            yield from (ToPutRight(f"{name}: {error}", _first_box(row)) for error in alone)
            yield from _at_boxes(row, f"{name}, ")


def _at_boxes(form: forms.BaseForm, before: str = "") -> Iterator[ToPutRight]:
    for box in form.visible_fields():
        for error in box.errors:
            yield ToPutRight(f"{before}{capfirst(box.label)}: {error}", _id(box))


def _first_box(form: forms.BaseForm | None) -> str:
    """Where there is one: of what was signed nothing can be typed."""
    return next((_id(box) for box in form.visible_fields()), "") if form else ""


def _id(box: forms.BoundField) -> str:
    """The box itself; of several to tick, the first."""
    return box.id_for_label or f"{box.auto_id}_0"
