"""The page on which a secretary reads the facts we hold, confirms or corrects them."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BoundField
from django.http import QueryDict

from consultants.facts import ABOUT, SHOWN, Facts, key_of, label_of, name_of, place_of, plain
from consultants.reading import one_line, pounds, several
from procedures.models import Procedure
from procedures.models.hospitals import can_be_dialled

SALT = "consultants.confirm"


def sealed(facts: Facts) -> str:
    """The facts that a page shows, for the page to send back: what the answer is an answer to."""
    return signing.dumps(facts, salt=SALT, compress=True)


def unsealed(text: str) -> Facts:
    """The facts that the answer is about; none where the seal is broken."""
    try:
        facts: Facts = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return {}
    return facts


class LineField(forms.CharField):
    """A short answer in one line."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class ItemsField(forms.CharField):
    """Several short answers, parted by commas or semicolons."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return several(self.prepare_value(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))

    def run_validators(self, value: Any) -> None:
        for item in value:
            super().run_validators(item)
            if len(item) > self.longest:
                raise ValidationError(
                    f"Shorten “{item[:20]}…” to {self.longest} letters or fewer. Put a comma between two answers."
                )


class FeeField(forms.CharField):
    """A fee in pounds, as people write it: “£1,250”."""

    def to_python(self, value: Any) -> Any:
        return pounds(str(value or ""))


TOO_LONG = {"max_length": "Shorten this to %(limit_value)d letters or fewer. It has %(show_value)d now."}


def _line(longest: int, **kwargs: Any) -> LineField:
    return LineField(required=False, max_length=longest, error_messages=TOO_LONG, **kwargs)


def _fee() -> FeeField:
    return FeeField(required=False, widget=forms.TextInput({"inputmode": "decimal"}))


# An address is a plain box: what was typed comes back with its error, and HTML lets no url or email box hold a wrong one.
BOXES = (forms.TextInput, forms.TelInput)
COMMAS = "Separate them with commas."
FIELDS: dict[str, Any] = {
    "role": lambda: _line(120, help_text="Such as “Spinal consultant”."),
    "specialties": lambda: ItemsField(required=False, longest=60, help_text=COMMAS),
    "languages": lambda: ItemsField(required=False, longest=40, help_text=COMMAS),
    "nhs_base": lambda: _line(120),
    "profile_url": lambda: forms.URLField(
        required=False,
        max_length=400,
        assume_scheme="https",
        widget=forms.TextInput({"inputmode": "url", "spellcheck": "false"}),
        help_text="Their page on another site.",
        error_messages=TOO_LONG
        | {"invalid": "Write the whole address, such as https://www.example.org/name."},
    ),
    "insurers": lambda: ItemsField(required=False, longest=60, help_text=COMMAS),
    "first_fee": _fee,
    "follow_up_fee": _fee,
    "secretary_name": lambda: _line(120),
    "secretary_phone": lambda: _line(
        30,
        validators=[can_be_dialled],
        widget=forms.TelInput({"inputmode": "tel"}),
        help_text="Patients can ring this number.",
    ),
    "secretary_email": lambda: forms.EmailField(
        required=False,
        widget=forms.TextInput({"inputmode": "email", "spellcheck": "false"}),
        help_text="Only we write to it. Patients never see it.",
        error_messages=TOO_LONG | {"invalid": "Check the email. It should look like name@example.com."},
    ),
}
assert set(FIELDS) == set(ABOUT)  # noqa: S101
PARTS = {
    "About the consultant": ["role", "specialties", "languages", "nhs_base", "profile_url"],
    "Insurers and fees": ["insurers", "first_fee", "follow_up_fee"],
    "The secretary": ["secretary_name", "secretary_phone", "secretary_email"],
}


@dataclass(frozen=True)
class Part:
    """Facts that stand together under a heading."""

    heading: str
    fields: list[BoundField]


class ConfirmForm(forms.Form):
    """The facts that `facts` holds, to be read and corrected. A fact that nobody touched is never objected to."""

    def __init__(self, facts: Facts, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.facts = facts
        self._procedures = _choices(facts)
        for key in facts:
            if name_of(key) != "hospital" and key not in SHOWN:
                self.fields[key] = self._field(key)
                self.initial[key] = _tidied(self.fields[key], facts[key])

    def _field(self, key: str) -> forms.Field:
        field: forms.Field
        if place_of(key) is None:
            field = FIELDS[key]()
        elif name_of(key) == "procedures":
            field = forms.MultipleChoiceField(
                required=False,
                choices=self._procedures,
                widget=forms.CheckboxSelectMultiple,
            )
            field.error_messages["invalid_choice"] = "Choose from the list."
        elif name_of(key) == "clinic_days":
            field = _line(120, help_text="Such as “Monday mornings”.")
        else:
            field = forms.BooleanField(required=False)
        field.label = label_of(key)
        if isinstance(field.widget, BOXES):
            field.widget.attrs |= {"class": "input", "autocomplete": "off"}
        return field

    def clean(self) -> dict[str, Any]:
        for key in set(self.errors) - set(self.changed_data):
            del self.errors[key]
        return self.cleaned_data

    @property
    def corrections(self) -> Facts:
        """Each fact that was changed: as we hold it, and as it should be."""
        given = {key: plain(self.cleaned_data[key]) for key in self.changed_data}
        return {
            key: [self.facts[key], sorted(value) if name_of(key) == "procedures" else value]
            for key, value in given.items()
        }

    @property
    def parts(self) -> list[Part]:
        """The facts in order: at each hospital, then about the consultant."""
        hospitals = {key: name for key, name in self.facts.items() if name_of(key) == "hospital"}
        there = [
            Part(
                name,
                [
                    self[key_of(place_of(key) or 0, fact)]
                    for fact in ("procedures", "clinic_days", "has_left")
                ],
            )
            for key, name in hospitals.items()
        ]
        return there + [Part(heading, [self[name] for name in names]) for heading, names in PARTS.items()]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What else stands on the page, to be read only."""
        return [(label, self.facts[key]) for key, label in SHOWN.items() if self.facts.get(key)]

    def moved_to(self, facts: Facts) -> "ConfirmForm":
        """The same page over newer facts: what was typed stays, what was left alone shows what we hold now."""
        fresh, typed = ConfirmForm(facts), cast(QueryDict, self.data).copy()
        for key in fresh.fields:
            if key not in self.changed_data:
                shown = fresh[key].value() or []
                typed.setlist(key, shown if isinstance(shown, list) else [str(shown)])
        return ConfirmForm(facts, typed)


def _tidied(field: forms.Field, fact: Any) -> Any:
    """A fact as the page would read it from its own box, so that what nobody touched has not changed."""
    try:
        return field.to_python(fact)
    except ValidationError:
        return fact


def _choices(facts: Facts) -> list[tuple[str, str]]:
    """The procedures that readers can be told of, and those that we hold of this consultant."""
    ours = {slug for key, value in facts.items() if name_of(key) == "procedures" for slug in value}
    offered = Procedure.objects.filter(Q(pk__in=Procedure.objects.published()) | Q(slug__in=ours))
    return list(offered.order_by("name").values_list("slug", "name"))
