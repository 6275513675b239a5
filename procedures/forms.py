"""The finder's questions, all of them in the address."""

from typing import Any

from django import forms

from procedures.models import Hospital, Procedure
from procedures.models.procedures import ProcedureQuerySet


class ProcedureSearchForm(forms.Form):
    """Find a treatment, test or scan. A GET form: every answer is optional and stands in the address."""

    hospital = forms.ModelChoiceField(
        Hospital.objects.all(), to_field_name="slug", required=False, empty_label="Any hospital"
    )
    q = forms.CharField(label="Treatment, test or scan", required=False, max_length=100)
    kind = forms.ChoiceField(choices=[("", "All"), *Procedure.Kind.choices], required=False)

    def search(self) -> ProcedureQuerySet:
        """The published procedures that fit, A to Z. An answer that makes no sense narrows nothing."""
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        found = Procedure.objects.published().matching(asked.get("q", ""))
        if hospital := asked.get("hospital"):
            found = found.at(hospital)
        if kind := asked.get("kind"):
            found = found.of_kind(kind)
        return found.alphabetical()
