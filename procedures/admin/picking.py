"""Picking several rows from many, each in full words."""

from typing import Any

from django import forms
from django.forms.widgets import Script
from django.utils.html import format_html
from django.utils.safestring import SafeString


class PickMany(forms.CheckboxSelectMultiple):
    """Boxes to tick, those that are ticked first. With JavaScript, words typed above them leave only what holds them."""

    class Media:
        js = [Script("js/staff/pick.js", type="module")]

    # The id of what else is to be read out with the group.
    described_by = ""

    def __init__(self, things: str) -> None:
        self.things = things
        super().__init__()

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        return sorted(super().optgroups(name, value, attrs), key=lambda group: not group[1][0]["selected"])

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        boxes = super().render(name, value, attrs, renderer)
        label = f"Choose {self.things}"
        return format_html(
            '<div class="pick" role="group" aria-label="{}" data-pick="{}"{}>{}</div>',
            label,
            self.things,
            format_html(' aria-describedby="{}"', self.described_by) if self.described_by else "",
            boxes,
        )
