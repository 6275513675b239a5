"""What the checks found, said at the field that it concerns; and how the text of a field reads."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from procedures.admin.picking import Pick
from procedures.gate import Finding
from procedures.readability import Reading

# Where the form calls a field otherwise than the row does.
CALLED = {"figures": "shown_figures"}


def at_fields(
    form: forms.BaseForm, findings: Iterable[Finding]
) -> tuple[list[Finding], list[forms.BoundField]]:
    """Let each field say what was found in it, under its help. Gives what concerns none of them, and the fields that say something."""
    left, by_field = [], dict[str, list[Finding]]()
    for found in findings:
        name = CALLED.get(found.field, found.field)
        if name in form.fields:
            by_field.setdefault(name, []).append(found)
        else:
            left.append(found)
    for name, several in by_field.items():
        field, found_id = form.fields[name], f"id_{form.add_prefix(name)}_found"
        said = render_to_string("admin/procedures/_findings.html", {"findings": several, "named": False})
        form[name].help_text = field.help_text = format_html(
            '{}<div id="{}">{}</div>', field.help_text, found_id, said
        )
        if isinstance(field.widget, Pick):
            field.widget.described_by = f"id_{form.add_prefix(name)}_helptext"
    return left, [form[name] for name in form.fields if name in by_field]


def measured(form: Any) -> None:
    """Let each long text say how it reads as it stands in its box, and where to ask while it is being typed."""
    for name, field in form.fields.items():
        if isinstance(field.widget, forms.Textarea):
            said = Reading.of(str(form[name].value() or "")).said
            field.widget.attrs["data-reading-age"] = reverse("admin:reading_age")
            form[name].help_text = field.help_text = format_html(
                '{}<p class="counter" data-counter>{}</p>', field.help_text, said
            )
