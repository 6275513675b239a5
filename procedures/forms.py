"""What readers may ask of these pages, all of it in the address."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone

from procedures.history import Stay
from procedures.models import Hospital, Procedure
from procedures.models.procedures import ProcedureQuerySet
from procedures.search import MOST_LETTERS, Question


class TypedText(forms.CharField):
    """Words to search for: whatever was typed is searched for, up to a length nobody needs to pass."""

    def __init__(self, *, longest: int = MOST_LETTERS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\0", "")[: self.longest].strip()


class ProcedureSearchForm(forms.Form):
    """Find a treatment, test or scan. A GET form: every answer is optional and stands in the address."""

    hospital = forms.ModelChoiceField(
        Hospital.objects.all(), to_field_name="slug", required=False, empty_label="Any hospital"
    )
    q = TypedText(label="Treatment, test or scan", required=False)
    kind = forms.ChoiceField(choices=[("", "All"), *Procedure.Kind.choices], required=False)

    question = Question()

    def search(self) -> ProcedureQuerySet:
        """The published procedures that fit, A to Z, with where. An answer that makes no sense narrows nothing.

        Where nothing fits, every spelling is tried. `question` is then what the words were taken for.
        """
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        hospital = asked.get("hospital")
        found = Procedure.objects.published().with_offerings(hospital)
        if hospital:
            found = found.at(hospital)
        if kind := asked.get("kind"):
            found = found.of_kind(kind)
        found = found.alphabetical()
        self.question = Question.understood(asked.get("q", ""))
        if not self.question:
            return found
        exactly = found.matching(self.question.of_all)
        if exactly:
            return exactly
        self.question = self.question.stretched.wide
        return found.matching(self.question.of_all)


class DayForm(forms.Form):
    """A day, to see what stood on a page then. A GET form; `first` is when the page was first public."""

    on = forms.DateField(
        label="Day",
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d %b %Y"],
        error_messages={
            "required": "Choose a day.",
            "invalid": "That is not a day we know. Choose one such as 3 May 2027.",
        },
    )

    def __init__(self, data: Any = None, *, first: datetime) -> None:
        super().__init__(data)
        self.first_date = timezone.localdate(first)

    def clean_on(self) -> date:
        """A day on which the page was already there, and not one to come."""
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError("That day has not come yet. Choose today or an earlier day.")
        if day < self.first_date:
            raise forms.ValidationError(
                f"This page was first shown on {self.first_date:%-d %B %Y}. Choose that day or a later one."
            )
        return day

    def stays_on_the_day(self, stays: Iterable[Stay]) -> list[Stay]:
        """Every edition that readers saw on the day asked for, the first first; none when no day was asked for."""
        if not self.is_valid():
            return []
        found = [stay for stay in stays if stay.touches(self.cleaned_data["on"])]
        return sorted(found, key=lambda stay: stay.since)
