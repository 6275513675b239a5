"""The box that rich text is written in."""

import json
from typing import Any

from django import forms
from django.forms.widgets import Script
from django.templatetags.static import static

from procedures.richtext import ALLOWED, RichTextField


class RichTextWidget(forms.Textarea):
    """An editor that can write what richtext.ALLOWED keeps, and nothing more. Without JavaScript, a box with the HTML.

    The editor is django-prose-editor's. Its own start-up needs an import map in the page, and so a nonce in the policy;
    ours is told where the editor lies, so the desk keeps the same strict policy as every other page.
    """

    class Media:
        js = [Script("js/staff/rich-text.js", type="module")]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-rich-text": json.dumps({tag: sorted(attributes) for tag, attributes in ALLOWED.items()}),
            "data-editor": static("django_prose_editor/editor.js"),
            "lang": "en-GB",
        }
        return context


# For an admin whose rows hold rich text.
RICH_TEXT: dict[Any, dict[str, Any]] = {RichTextField: {"widget": RichTextWidget}}
