"""The questions of the forms: what is kept of an answer, and how to put a wrong one right."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.http import QueryDict

from enquiries import phones, promises
from enquiries.models.consent import ConsentWording
from procedures.working_hours import Stretch

# What no keyboard types and no page may hold: control characters save tab and newlines, halves of characters, non-characters.
UNTYPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def tidied(typed: QueryDict) -> QueryDict:
    """All that was typed, without what no keyboard types."""
    tidy = QueryDict(mutable=True)
    for name, answers in typed.lists():
        tidy.setlist(name, [UNTYPED.sub("", answer) for answer in answers])
    return tidy


class TextField(forms.CharField):
    """Text of any length, kept whole. Text that is too long comes back with its length, never cut."""

    def __init__(self, *, longest: int, called: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest, self.called = longest, called

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.longest:
            raise ValidationError(
                f"Shorten {self.called} to {self.longest:,} characters or fewer. It has {len(value):,} now."
            )


class LineField(TextField):
    """Text on one line. Spaces and line ends run together, so nothing typed here can end a mail header."""

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class PhoneField(LineField):
    """A phone number, kept as typed."""

    widget = forms.TelInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=40, called="the phone number", **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "tel", "inputmode": "tel", "class": "input input--short"}

    def validate(self, value: str) -> None:
        super().validate(value)
        if value:
            phones.read(value)


class EmailField(LineField):
    """An email address."""

    widget = forms.EmailInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=254, called="your email", **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        if "@" not in value:
            raise ValidationError("Add an @ sign to your email, such as name@example.com.")
        if value.endswith("@"):
            raise ValidationError("Add the part after the @ sign in your email, such as name@example.com.")
        try:
            validate_email(value)
        except ValidationError as error:
            raise ValidationError("Check your email. It should look like name@example.com.") from error


class RowField(forms.ChoiceField):
    """A row, chosen by its slug from rows that are read once for all the forms of a page."""

    def __init__(self, *, empty_label: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty_label = empty_label
        self.rows: dict[str, Model] = {}

    def offer(self, rows: Mapping[str, Model]) -> None:
        """Set the rows to choose from."""
        self.rows = dict(rows)
        self.choices = [("", self.empty_label), *((slug, str(row)) for slug, row in self.rows.items())]

    def clean(self, value: Any) -> Model | None:
        return self.rows.get(super().clean(value))


class CarriedRowField(RowField):
    """A row that the page carried along unseen. One that is no longer there is left out, since nobody could put it right."""

    widget = forms.HiddenInput

    def valid_value(self, value: Any) -> bool:
        return True


class ConsentBox(forms.CheckboxInput):
    """A box whose value is the version of the words beside it."""

    version = ""

    def format_value(self, value: Any) -> str:
        return self.version

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        return str(data.get(name, ""))


class ConsentField(forms.CharField):
    """The box that must be ticked; its answer is the wording that was agreed to."""

    widget = ConsentBox

    def offer(self, current: ConsentWording) -> None:
        """Set the words beside the box."""
        self.current, self.label = current, current.text
        self.widget.version = current.version

    def clean(self, value: Any) -> ConsentWording:
        """The words that stood on the page; today's, when the page did not say."""
        version = super().clean(value)
        if version == self.current.version:
            return self.current
        return ConsentWording.objects.in_version(version) or self.current


class CallTimeField(forms.ChoiceField):
    """When to ring. Any time of day is taken here: whether it is free is known only once its place is taken."""

    SOON = "soon"
    TAKEN = "That time has just been taken, or has passed. Choose another."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="When shall we call you?",
            help_text="If you choose a time, we keep a place for you. It may be sooner.",
            required=False,
            initial=self.SOON,
            error_messages={"invalid_choice": "Choose a time for our call from the list."},
            **kwargs,
        )

    def offer(self, slots: Iterable[promises.Slot]) -> None:
        """Set the times to choose from."""
        in_order = sorted(slots, key=lambda slot: slot.starts_at)
        self.choices = [(self.SOON, "As soon as you can"), *((slot.key, str(slot)) for slot in in_order)]

    def hold(self, key: str) -> None:
        """One more to choose: a time that is theirs already."""
        if stretch := promises.moments(key):
            self.choices = [*self.choices, (key, str(promises.Slot(*stretch, place=1)))]  # type: ignore[misc]

    @property
    def offers_times(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.choices) > 1  # type: ignore[arg-type]

    def valid_value(self, value: Any) -> bool:
        return value == self.SOON or promises.moments(str(value)) is not None

    def is_free(self, value: str) -> bool:
        """Whether it is one of those that were offered."""
        return super().valid_value(value or self.SOON)

    @staticmethod
    def stretch(value: str) -> Stretch | None:
        """When that is; nothing for as soon as we can."""
        return promises.moments(value or "")
