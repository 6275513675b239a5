"""Two people at one row: nobody overwrites, or deletes, what a colleague saved since the page was opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, UniqueConstraint
from django.forms.models import BaseInlineFormSet, _get_foreign_key
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from procedures.admin.findings import at_fields, measured
from procedures.admin.keys import row_key
from procedures.admin.lists import CalmList
from procedures.admin.rich_text import RichTextWidget
from procedures.admin.rows import AddingRows, FindsAsTyped
from procedures.admin.users import users_of
from procedures.fingerprints import fingerprint, plain
from procedures.gate import Finding
from procedures.moments import in_words, time_of_day
from procedures.richtext import in_lines

# What a form carries unseen: the fingerprints of what it showed.
CARRIED = frozenset({"opened", "seen"})


@dataclass(frozen=True)
class Difference:
    """A field in which the two texts differ, as lines to be read side by side."""

    label: str
    theirs: str
    mine: str


class TogetherForm(forms.ModelForm):
    """A form that carries the fingerprint of what it showed, and refuses to save over anything else.

    The admin locks the row before the form reads it, so that what it compares with is what stands. After a refusal the
    form carries the new fingerprint: everything typed is still there, the differences are shown, and saving once more is a decision.
    """

    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare()
        self.stands = self.saved_values()
        self.fingerprint = fingerprint(self.stands)
        self.initial["opened"] = self.fingerprint
        self.differences: list[Difference] = []

    def prepare(self) -> None:
        """Settle which fields there are, before the row is compared by them."""

    @cached_property
    def changed_data(self) -> list[str]:
        """What the person changed, as the log tells it: nothing that the form carries unseen to compare."""
        return [name for name in super().changed_data if name not in CARRIED]

    def saved_values(self) -> dict[str, Any]:
        """What the row says in the fields of this form."""
        if not self.instance.pk:
            return {}
        return {name: self.initial.get(name) for name in self.fields if name != "opened"}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.instance.pk and given.get("opened") != self.fingerprint:
            again: Any = self.data.copy()  # type: ignore[attr-defined]
            again[self.add_prefix("opened")] = self.fingerprint
            self.data = again
            self.differences = list(self._differences(given))
            if self.differences:
                given["DELETE"] = False  # a row among others is not deleted unread either
                self.add_error(
                    None, f"{self.who_saved()} Your text is still here and nothing of it is saved yet."
                )
        elif not self.instance.pk and "id" in self.errors:
            self.add_error(
                None, "A colleague deleted a row of this page since you opened it. Open it anew to go on."
            )
        return given

    def _differences(self, given: dict[str, Any]) -> Iterator[Difference]:
        for name, theirs in self.stands.items():
            field = self.fields[name]
            mine = given.get(name, self.data.get(self.add_prefix(name)))
            if mine == theirs:
                continue  # such as a file that nobody chose anew
            if field.has_changed(theirs, field.prepare_value(mine) if mine is not None else None):
                label = f"{self.instance}: {field.label}" if self.prefix else str(field.label or name)
                yield Difference(label, _shown(field, theirs), _shown(field, mine))

    def who_saved(self) -> str:
        """Who saved it last, and when, in a sentence."""
        return who_saved(self.instance)


class Together(FindsAsTyped):
    """Rows that two people may have open at once. Where the fields are listed, `opened` goes with them unasked."""

    form: Any = TogetherForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As listed, with the fingerprint for those who may save."""
        (title, options), *others = super().get_fieldsets(request, obj)
        may_save = obj is None or self.has_change_permission(request, obj)
        fields = [name for name in options["fields"] if name != "opened"]
        return [(title, options | {"fields": [*fields, "opened"] if may_save else fields}), *others]


class ApartRows(BaseInlineFormSet):
    """Rows of one page, of which two that say the same are refused in the words of the rule that they break."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        measured(form)

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        asked = {*unique_check, self.fk.name}
        for rule in self.get_queryset().model._meta.constraints:
            if isinstance(rule, UniqueConstraint) and {*rule.fields} == asked:
                return str(rule.violation_error_message)
        return super().get_unique_error_message(unique_check)

    def get_form_error(self) -> str:
        return "Another row above says this already. Change one of the two, or delete it."


class TogetherInline(Together):
    """Rows that another row's page shows with it."""

    formset: Any = ApartRows


class TogetherAdmin(Together, AddingRows, CalmList):
    """A row on a page of its own, and those that its page shows with it."""

    change_form_template = "admin/procedures/together_change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Lock the row before the form reads it, so that what is compared with is what stands."""
        with transaction.atomic():
            if request.method == "POST":
                self.lock(request, self.get_object(request, unquote(object_id)) if object_id else None)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def lock(self, request: HttpRequest, obj: Any) -> None:
        """Let nobody else save it, or a row of its page, until this is saved. Of a new row there is nothing to lock."""
        if obj:
            self.model._base_manager.select_for_update().filter(pk=obj.pk).first()
            for inline in self.get_inline_instances(request, obj):
                rows = inline.get_queryset(request).select_for_update(of=("self",))
                list(rows.filter(**{_get_foreign_key(self.model, inline.model).name: obj}))

    def findings_of(self, obj: Any) -> list[Finding]:
        """What the checks find in the row, with what was typed just now where that was refused."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        form = context["adminform"].form
        measured(form)
        found = context.pop("findings", None) or self.findings_of(form.instance)
        context["findings"], context["found_at"] = at_fields(form, found)
        context["users"] = list(users_of(form.instance, self, request)) if form.instance.pk else []
        rows = [row for shown in context["inline_admin_formsets"] for row in shown.formset.forms]
        context["differences"] = [found for one in (form, *rows) for found in getattr(one, "differences", [])]
        refused = [row for row in rows if getattr(row, "differences", []) or "id" in row.errors]
        stale = [said for row in refused for said in row.non_field_errors()]
        if said := list(dict.fromkeys([*form.non_field_errors(), *stale])):
            context |= {"said_at_top": said, "errors": []}  # in their own words, and not a second time
        return super().render_change_form(request, context, *args, **kwargs)


def who_saved(row: Model) -> str:
    """Who saved the row last, and when, in a sentence."""
    history: Any = getattr(row, "history", None)
    record = history.select_related("history_user").first() if history else None
    if record:
        return _who_and_when(record.history_user, record.history_date, record.history_change_reason or "")
    kind = ContentType.objects.get_for_model(row)
    entry = (
        LogEntry.objects.filter(content_type=kind, object_id=str(row.pk))
        .select_related("user")
        .order_by("-action_time", "-pk")
        .first()
    )
    if entry is None:
        return "Somebody saved this since you opened it."
    return _who_and_when(entry.user, entry.action_time)


def _who_and_when(user: User | None, at: datetime, why: str = "") -> str:
    name, saved_at = (
        (user.get_full_name() or user.get_username()) if user else "Somebody",
        timezone.localtime(at),
    )
    reason = f" {why.rstrip('.')}." if why else ""
    return f"{name} saved this at {time_of_day(at)} on {saved_at:%-d %B}, after you had opened it.{reason}"


def _key(chosen: Any) -> int:
    """The key of a row that was chosen; of what is no row, one that no row has."""
    return row_key(plain(chosen)) or 0


def _shown(field: forms.Field, value: Any) -> str:
    """A value as words: of a choice its label, of rich text its lines."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        asked = value if isinstance(value, list | tuple | set) or hasattr(value, "model") else [value]
        rows = field.queryset.filter(pk__in=[_key(one) for one in asked or []])  # type: ignore[union-attr]
        return "\n".join(sorted(field.label_from_instance(row) for row in rows)) or "None"
    if isinstance(field, forms.ModelChoiceField):
        chosen = field.queryset.filter(pk=_key(value)).first() if value else None  # type: ignore[union-attr]
        return field.label_from_instance(chosen) if chosen else "None"
    if isinstance(field, forms.BooleanField):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return in_words(value)
    words = str(field.prepare_value(value) or "")
    return (in_lines(words) if isinstance(field.widget, RichTextWidget) else words) or "Nothing"
