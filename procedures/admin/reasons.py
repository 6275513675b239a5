"""Why something was changed: asked beside the change, and kept in its history."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.http import HttpRequest

LONGEST = 100  # as the history keeps it
WHY = "A few words for your colleagues, who read them in the history. You may leave it empty."
WHY_CLINICAL = "Say what made you change it, such as “The study was corrected.” Colleagues and reviewers read it in the history."


class Reason(forms.CharField):
    """Says something of a change and is none itself."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class Reasoned(admin.ModelAdmin):
    """A row whose form asks why it is changed. The answer goes with all that is saved with it, its inline rows included."""

    why_help = WHY

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As listed; of a row that stands already, and for those who may save, with the question at the end."""
        fieldsets = [
            (title, options | {"fields": [name for name in options["fields"] if name != "why"]})
            for title, options in super().get_fieldsets(request, obj)
        ]
        if obj and self.has_change_permission(request, obj):
            fieldsets.append(("Why", {"fields": ["why"]}))
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        asked = Reason(
            label="Reason for the change",
            required=False,
            max_length=LONGEST,
            widget=AdminTextInputWidget,
            help_text=self.why_help,
        )
        form: Any = kwargs.pop("form", self.form)
        asking = type(form.__name__, (form,), {"why": asked}) if obj else form
        return super().get_form(request, obj, change, form=asking, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._change_reason = form.cleaned_data.get("why") or None
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.forms:
            row.instance._change_reason = form.cleaned_data.get("why") or None
        super().save_formset(request, form, formset, change)
