"""Putting a row back to how it was: shown first, then saved through the row's own form, as if somebody had typed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import FileField
from django.forms.models import InlineForeignKeyField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from procedures.admin.lists import CalmList
from procedures.admin.trails import FromTo, Trail, in_words, kept_fields, keys_of_several, label_of
from procedures.fingerprints import fingerprint

# What a form holds and does not ask for, or cannot send: the row that another belongs to, and files.
NOT_ASKED = (InlineForeignKeyField, forms.FileField)
# Given for what the record said that day, what stands about it included: put back alone it would vouch for others.
CONFIRMATIONS = frozenset({"confirmed_on"})


@dataclass
class Typed:
    """A row's page as it would be sent: its form and the rows it shows with it, with one of them as it was."""

    form: Any
    formsets: list[Any]
    # The form of the row that is put back, and that row as it stands; none where it is gone.
    of: Any
    row: Any
    record: Any

    def fields(self, stay: frozenset[str]) -> list[Any]:
        """What is put back: what the form asks for. A file is never lost and never put back: the form cannot send it."""
        return [
            one
            for one in kept_fields(self.record)
            if one.name in self.of.fields and one.name not in stay
            if not one.primary_key and not isinstance(self.of.fields[one.name], NOT_ASKED)
        ]

    @property
    def has_other_file(self) -> bool:
        """Whether the row shows another file now than it did then."""
        files = [one for one in kept_fields(self.record) if isinstance(one, FileField)] if self.row else []
        return any(str(getattr(self.record, one.name)) != str(getattr(self.row, one.name)) for one in files)

    @property
    def stands_elsewhere(self) -> bool:
        """Whether the row is no longer of this page, and yet not gone."""
        key = getattr(self.record, self.record.instance_type._meta.pk.attname)
        return self.row is None and self.record.instance_type._base_manager.filter(pk=key).exists()

    def changes(self, stay: frozenset[str]) -> list[FromTo]:
        """From what to what."""
        found = [
            FromTo(label_of(one), in_words(self.row, one) if self.row else "", in_words(self.record, one))
            for one in self.fields(stay)
        ]
        return [one for one in found if one.was != one.now]

    def sent(self, stay: frozenset[str], why: str) -> QueryDict:
        """What a browser would send, with the reason."""
        for one in self.fields(stay):
            self.of.initial[one.name] = _value(self.record, one)
        sent = QueryDict(mutable=True)
        rows = [row for formset in self.formsets for row in (formset.management_form, *formset.forms)]
        for form in (self.form, *rows):
            for bound in form:
                for name, values in _as_sent(bound):
                    sent.setlist(name, values)
        sent["why"] = why
        return sent


class PuttingBack(CalmList):
    """A row that can be put back to how it was at any moment of its history, by whoever may change it."""

    # What is true of a day only, and so is not put back with the rest.
    not_put_back: frozenset[str] = frozenset()
    # Whether the words of a row are about its file, and so wrong beside another one.
    words_tell_of_file = False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.put_back))
        return [
            path(
                "<path:object_id>/history/<slug:of>/<int:number>/put-back/",
                view,
                name=f"{self.opts.app_label}_{self.opts.model_name}_put_back",
            ),
            *super().get_urls(),
        ]

    def trails(self, request: HttpRequest, obj: Any) -> list[Trail]:
        """Whose history belongs on the page of the row."""
        return [Trail(type(obj).history.filter(**{obj._meta.pk.attname: obj.pk}))]

    def may_put_back(self, request: HttpRequest, obj: Any, trail: Trail) -> bool:
        """Whether this person may change such rows on this page."""
        desk = self._desk_of(request, obj, trail)
        may_add = desk is self or (desk and desk.has_add_permission(request, obj))
        return bool(
            self.has_change_permission(request, obj) and may_add and desk.has_change_permission(request, obj)
        )

    def put_back(self, request: HttpRequest, object_id: str, of: str, number: int) -> HttpResponse:
        """First what would change; then save it through the form, which refuses what it refuses anybody."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        trail = next((one for one in self.trails(request, obj) if one.model._meta.model_name == of), None)
        record = trail and trail.whole().filter(pk=number).first()
        if trail is None or record is None:
            raise Http404
        if not self.may_put_back(request, obj, trail):
            raise PermissionDenied
        typed = self._typed(request, obj, trail, record)
        stay: frozenset[str] = getattr(self._desk_of(request, obj, trail), "not_put_back", frozenset())
        why_not = self._why_not(typed)
        changes = [] if why_not else typed.changes(stay)
        seen = fingerprint({one.label: [one.was, one.now] for one in changes})
        if request.method == "POST" and changes and request.POST.get("seen") == seen:
            return self._save(request, object_id, typed.sent(stay, _reason(record)))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Put this back?",
            "object": obj,
            "what": trail.called(record),
            "record": record,
            "changes": changes,
            "why_not": why_not,
            "is_gone": typed.row is None,
            "seen": seen,
            "said_at_top": ["Somebody changed it since. Read once more what would change."]
            if request.method == "POST" and changes
            else [],
            "history": self._address_of("history", object_id),
        }
        return TemplateResponse(request, "admin/procedures/put_back.html", context)

    def _save(self, request: HttpRequest, object_id: str, sent: QueryDict) -> HttpResponse:
        request.POST = sent  # type: ignore[assignment]
        response = self.change_view(request, object_id, form_url=self._address_of("change", object_id))
        if isinstance(response, HttpResponseRedirectBase):
            return redirect(self._address_of("history", object_id))
        if getattr(response, "context_data", {}).get("asked_at_top"):
            return response
        said = "It cannot be put back just so: read below why. Nothing is saved yet. You can put it right and save."
        messages.error(request, said)
        return response

    def _why_not(self, typed: Typed) -> str:
        """Why it is not offered at all; empty where it is."""
        if typed.stands_elsewhere:
            return "It is not gone: it was moved, and stands on another page now. Change it there."
        if self.words_tell_of_file and typed.has_other_file:
            return "Its words were about another file than the one that is shown now. Upload that file again, with its words."
        return ""

    def _address_of(self, page: str, object_id: str) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[unquote(object_id)]
        )

    def _desk_of(self, request: HttpRequest, obj: Any, trail: Trail) -> Any:
        """Who keeps such rows on this page: this admin, or one of its inlines."""
        desks = (self, *self.get_inline_instances(request, obj))
        return next((one for one in desks if one.model is trail.model), None)

    def _typed(self, request: HttpRequest, obj: Any, trail: Trail, record: Any) -> Typed:
        form: Any = self.get_form(request, obj, change=True)(instance=obj)
        of: Any = form
        row: Any = obj
        formsets: list[Any] = []
        prefixes: dict[str, int] = {}
        for FormSet, inline in self.get_formsets_with_inlines(request, obj):  # noqa: N806 - Django’s own name
            prefix = FormSet.get_default_prefix()
            prefixes[prefix] = prefixes.get(prefix, 0) + 1
            if prefixes[prefix] != 1 or not prefix:
                prefix = f"{prefix}-{prefixes[prefix]}"
            formset: Any = FormSet(instance=obj, prefix=prefix, queryset=inline.get_queryset(request))
            formset.extra = 0
            if inline.model is trail.model:
                key = getattr(record, trail.key)
                stands = formset.get_queryset().filter(pk=key).exists()
                formset.extra = 0 if stands else 1
                of = next(
                    (one for one in formset.forms if one.instance.pk == (key if stands else None)), None
                )
                row = of.instance if stands else None
            formsets.append(formset)
        return Typed(form, formsets, of, row, record)


def _reason(record: Any) -> str:
    return f"Put back to how it was on {timezone.localtime(record.history_date):%-d %B %Y at %H:%M}"


def _value(record: Any, one: Any) -> Any:
    """What a record says, as a form holds it."""
    return keys_of_several(record, one) if one.many_to_many else getattr(record, one.attname)


def _as_sent(bound: forms.BoundField) -> Iterator[tuple[str, list[str]]]:
    """What a browser sends of a field as it stands."""
    value: Any = bound.value()
    widget: Any = bound.field.widget
    while hasattr(widget, "widget"):
        widget = widget.widget
    if isinstance(widget, forms.CheckboxInput):
        yield bound.html_name, ["on"] if value else []
    elif hasattr(widget, "decompress"):
        for suffix, part, of in zip(
            widget.widgets_names, widget.decompress(value), widget.widgets, strict=True
        ):
            yield bound.html_name + suffix, [str(of.format_value(part) or "")]
    elif not isinstance(bound.field, forms.FileField):
        shown = widget.format_value(value)
        yield bound.html_name, list(shown) if isinstance(shown, list | tuple) else [str(shown or "")]
