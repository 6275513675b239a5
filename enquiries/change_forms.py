"""What a patient may change of a request: the number to ring, and when."""

from django import forms
from django.http import QueryDict

from enquiries import phones
from enquiries.fields import CallTimeField, PhoneField
from enquiries.promises import Slot
from procedures.working_hours import Stretch


class PhoneForm(forms.Form):
    """Another number to ring."""

    phone = PhoneField(
        label="Your new phone number",
        help_text="Mobile or home. Spaces are fine.",
        error_messages={"required": "Enter a phone number, so that we can ring you."},
    )

    @property
    def phone_in_full(self) -> str:
        """The number with its country code."""
        return phones.in_full(self.cleaned_data["phone"])

    @property
    def phone_spaced(self) -> str:
        """The number in groups that a person can check."""
        return phones.spaced(self.phone_in_full)


class TimeForm(forms.Form):
    """Another time to be rung."""

    call_time = CallTimeField(widget=forms.Select({"class": "input"}))

    def __init__(self, data: QueryDict | None = None, *, held: Slot | None) -> None:
        super().__init__(data, initial={"call_time": held.key} if held else None)
        self.held = held

    def offer(self, free: dict[str, Slot]) -> None:
        """Set the times to choose from: the one they hold, and those that are free."""
        held = {self.held.key: self.held} if self.held else {}
        self.fields["call_time"].offer((free | held).values())  # type: ignore[attr-defined]

    def say_time_is_taken(self) -> None:
        """It went while it was being chosen. The one they hold stays chosen."""
        self.data = {"call_time": self.held.key if self.held else CallTimeField.SOON}
        self.add_error("call_time", CallTimeField.TAKEN)

    @property
    def stretch(self) -> Stretch | None:
        """When to ring; nothing for as soon as we can."""
        return CallTimeField.stretch(self.cleaned_data["call_time"])
