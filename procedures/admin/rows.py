"""Rows that another row's page shows with it: added and chosen without a script as with one."""

import re
from contextlib import suppress
from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, ManyToManyField
from django.forms import IntegerField, ModelChoiceField, ModelMultipleChoiceField
from django.forms.utils import ErrorDict, ErrorList
from django.forms.widgets import ChoiceWidget
from django.http import HttpRequest

# The button that asks for one more row, and not to save. Its value is the prefix of the rows.
ADD = "_add_row"
# More rows than this are found by typing alone: a list of them all would be read by nobody.
MOST_CHOICES = 500


class Unread:
    """A form that is only shown once more: what was typed in it is kept, and not looked at yet."""

    def full_clean(self) -> None:
        self._errors, self.cleaned_data = ErrorDict(), dict[str, Any]()

    def is_valid(self) -> bool:
        return False


class AddingRows(admin.ModelAdmin):
    """A page on which a button adds an empty row: it comes back with all that was typed, and nothing is saved."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (Unread, form), {}) if ADD in request.POST else form

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """However many a form says that it sends, no more rows are drawn than came. Django would draw two thousand."""
        given: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        total = f"{prefix}-TOTAL_FORMS"
        with suppress(ValidationError):  # what is no number Django refuses
            said = IntegerField().clean(request.POST.get(total))
            came = {found[1] for key in request.POST if (found := re.match(rf"{prefix}-(\d+)-", key))}
            given["data"][total] = str(min(said, len(came)) + (request.POST.get(ADD) == prefix))
        return given

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        for formset in formsets if ADD in request.POST else []:
            for row in formset.forms:
                row._errors, row.cleaned_data = ErrorDict(), {}
            formset._errors, formset._non_form_errors = [{} for _ in formset.forms], ErrorList()
            if formset.prefix == request.POST[ADD] and formset.extra_forms:
                _begin(formset.extra_forms[-1])
        return formsets, inlines


def _begin(row: Any) -> None:
    """As a row that nobody has typed in yet begins, with the focus in its first box."""
    row.is_bound = False
    widget: Any = row.visible_fields()[0].field.widget
    getattr(widget, "widget", widget).attrs["autofocus"] = (
        True  # within the links that Django puts around some
    )


class AllAtFirst(ChoiceWidget):
    """A box that finds as you type, and holds all there is for people without JavaScript, where that is few enough."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What there is, or None where it is too much: once for all rows of a page, since the copies of a widget share it.
        self.read: list[list[Any] | None] = []

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        choices: Any = self.choices
        if not self.read:
            rows = list(choices.queryset[: MOST_CHOICES + 1])
            self.read.append([*map(choices.choice, rows)] if len(rows) <= MOST_CHOICES else None)
        if self.read[0] is None:
            return super().optgroups(name, value, attrs)
        nothing = [] if choices.field.empty_label is None else [("", choices.field.empty_label)]
        whole = copy(self)
        whole.choices = [*nothing, *self.read[0]]
        return ChoiceWidget.optgroups(whole, name, value, attrs)


class FindOne(AllAtFirst, AutocompleteSelect):
    """One of many."""


class FindMany(AllAtFirst, AutocompleteSelectMultiple):
    """Several of many."""


class FindsAsTyped(BaseModelAdmin):
    """Boxes that find as you type hold all there is as well."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", FindOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", FindMany(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)
