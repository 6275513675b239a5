"""The forms of a draft: its own words, and the order of its blocks."""

from contextlib import suppress
from math import isnan
from typing import Any

from django import forms

from procedures.admin.keys import row_key
from procedures.admin.ordering import rearranged, stepped
from procedures.admin.together import TogetherForm
from procedures.models import Block, Edition, Procedure

NONE_LEFT = (
    "Every page has an edition already. To change a page, open its edition in the list and start a draft from it."
    " For a new page, add its procedure first."
)


class EditionForm(TogetherForm):
    """The words of a draft that stand in no block."""

    shown_order = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Edition
        fields = ["lead", "description", "change_summary", "change_reason", "internal_note"]
        widgets = {
            "lead": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "description": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            "change_summary": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            "change_reason": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            "internal_note": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        }
        labels = {"lead": "Opening sentences", "description": "For search engines"}

    def prepare(self) -> None:
        """Know the order that the page showed, apart from the words: either may change without the other."""
        self.order = list(self.instance.blocks.order_by("position").values_list("pk", flat=True))
        self.fields.pop("shown_order")
        self.wanted = self.order

    def clean(self) -> dict[str, Any]:
        """Refuse a new order when a colleague has added, moved or deleted blocks since."""
        listed = map(row_key, self.data.get("shown_order", "").split(","))
        shown = [key for key in listed if key is not None]
        asked = {key: _number(self.data.get(f"place-{key}", "")) for key in shown}
        wanted = stepped(rearranged(shown, asked), self.data.get("_move", ""), self._sections())
        if wanted != shown and shown != self.order:
            raise forms.ValidationError(
                "A colleague has added, moved or deleted blocks since you opened this page. "
                "Below is the order as it stands now. Move yours once more. Your words are still here, and not saved yet."
            )
        self.wanted = wanted if wanted != shown else self.order
        return super().clean()

    def _sections(self) -> set[int]:
        return set(self.instance.blocks.filter(kind=Block.Kind.SECTION).values_list("pk", flat=True))

    @property
    def is_rearranged(self) -> bool:
        """Whether blocks are asked to change places."""
        return self.wanted != self.order


def _number(given: str) -> float | None:
    with suppress(ValueError):
        number = float(given)
        return None if isnan(number) else number
    return None


class NewEditionForm(TogetherForm):
    """The first edition of a page that has none. Every later one is started from an edition that exists."""

    class Meta:
        model = Edition
        fields = ["procedure", "lead", "description"]

        error_messages = {
            "procedure": {
                "invalid_choice": "This page has editions already. Open one of them and start a draft from it."
            }
        }

    def prepare(self) -> None:
        """Offer the pages whose first edition it can be. Where there is none, say what to do instead."""
        procedure: Any = self.fields["procedure"]
        procedure.queryset = Procedure.objects.filter(editions=None)
        if not procedure.queryset.exists():
            procedure.help_text = NONE_LEFT
