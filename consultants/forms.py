"""The directory's questions, all of them in the address."""

from typing import Any

from django import forms

from consultants.models import Consultant, ConsultantQuerySet
from procedures.models import Hospital, Procedure


def spoken_languages() -> list[tuple[str, str]]:
    """Every language that a listed consultant speaks, as choices."""
    lists = Consultant.objects.listed().values_list("languages", flat=True)
    return [
        ("", "Any language"),
        *((name, name) for name in sorted({name for names in lists for name in names})),
    ]


class ConsultantSearchForm(forms.Form):
    """Find a consultant. A GET form: every answer is optional and stands in the address."""

    q = forms.CharField(label="Name or treatment", required=False, max_length=100)
    hospital = forms.ModelChoiceField(
        Hospital.objects.all(), to_field_name="slug", required=False, empty_label="Any hospital"
    )
    procedure = forms.ModelChoiceField(
        Procedure.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="Any treatment",
    )
    language = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["procedure"].queryset = Procedure.objects.published().alphabetical()
        fields["language"].choices = spoken_languages()

    def search(self) -> ConsultantQuerySet:
        """The listed consultants who fit, by surname. An answer that makes no sense narrows nothing."""
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        found = Consultant.objects.listed().matching(asked.get("q", ""))
        if hospital := asked.get("hospital"):
            found = found.at(hospital)
        if procedure := asked.get("procedure"):
            found = found.offering(procedure)
        if language := asked.get("language"):
            found = found.speaking(language)
        return found.with_practices()

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What narrows the list now, in words, with the name of the question."""
        asked: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        return [(name, str(answer)) for name, answer in asked.items() if answer]
