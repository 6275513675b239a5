"""Picking rows from many: each in full words, or by what it shows."""

from typing import Any

from django import forms
from django.forms.widgets import RadioSelect, Script
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString


class Pick(RadioSelect):
    """Boxes to tick, those that are ticked first. With JavaScript, words typed above them leave only what holds them."""

    class Media:
        js = [Script("js/staff/pick.js", type="module")]

    # What the group is called, of the things it holds.
    called = "Choose one of the {}"
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
        return format_html(
            '<div class="pick" role="group" aria-label="{}" data-pick="{}"{}>{}</div>',
            self.called.format(self.things),
            self.things,
            format_html(' aria-describedby="{}"', self.described_by) if self.described_by else "",
            boxes,
        )


class PickMany(Pick, forms.CheckboxSelectMultiple):
    """As many as they like."""

    called = "Choose {}"


class PickPicture(Pick):
    """One picture, each beside its words."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        picture = getattr(value, "instance", None)
        shown = render_to_string("staff/thumbnail.html", {"picture": picture, "label": label})
        option: dict[str, Any] = super().create_option(
            name, value, shown if picture else label, *args, **kwargs
        )
        return option
