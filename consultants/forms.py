"""The directory's questions, all of them in the address."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.db.models import F, Func, TextField
from django.urls import reverse

from consultants.directory import Asked, Place
from consultants.models import Consultant
from procedures.forms import TypedText
from procedures.models import Hospital, Procedure

CHOICES_KEPT_SECONDS = 300


def said_of_anybody(column: str) -> list[str]:
    """Every language, specialty or gender of a listed consultant. It reads them all, so the answer is kept for five minutes."""

    def read() -> list[str]:
        is_list = isinstance(Consultant._meta.get_field(column), ArrayField)
        each = Func(F(column), function="unnest", output_field=TextField()) if is_list else F(column)
        found = Consultant.objects.with_profile().annotate(said=each).values_list("said", flat=True)
        return sorted(filter(None, found.distinct()))

    kept: list[str] = cache.get_or_set(f"consultants.{column}", read, CHOICES_KEPT_SECONDS) or []
    return kept


class ConsultantSearchForm(forms.Form):
    """Find a consultant. A GET form: every answer is optional and stands in the address. What makes no sense narrows nothing."""

    q = TypedText(label="Name or treatment", required=False)
    hospital = forms.ChoiceField(required=False)
    procedure = forms.ChoiceField(label="Treatment, test or scan", required=False)
    specialty = forms.ChoiceField(required=False)
    language = forms.ChoiceField(required=False)
    gender = forms.ChoiceField(required=False)
    after = TypedText(required=False)
    before = TypedText(required=False)
    last = forms.BooleanField(required=False)

    FOLDED = ("specialty", "language", "gender")
    WISHES = ("hospital", "procedure", "specialty", "language", "gender")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hospitals = {hospital.slug: hospital for hospital in Hospital.objects.only("slug", "name")}
        procedures = Procedure.objects.published().alphabetical().only("slug", "name")
        self.procedures = {procedure.slug: procedure for procedure in procedures}
        said: dict[str, tuple[str, list[tuple[str, str]]]] = {
            "hospital": ("hospital", [(slug, hospital.name) for slug, hospital in self.hospitals.items()]),
            "procedure": (
                "treatment",
                [(slug, procedure.name) for slug, procedure in self.procedures.items()],
            ),
            "specialty": ("specialty", [(one, one) for one in said_of_anybody("specialties")]),
            "language": ("language", [(one, one) for one in said_of_anybody("languages")]),
            "gender": ("gender", [(one, Consultant.Gender(one).label) for one in said_of_anybody("gender")]),
        }
        fields: dict[str, Any] = self.fields
        for name, (called, choices) in said.items():
            fields[name].choices = [("", f"Any {called}"), *choices]

    @property
    def asked(self) -> Asked:
        """What is asked of the directory."""
        self.is_valid()
        given: dict[str, str] = {name: self.cleaned_data.get(name, "") for name in ("q", *self.WISHES)}
        return Asked(
            q=given["q"],
            hospital=self.hospitals.get(given["hospital"]),
            procedure=self.procedures.get(given["procedure"]),
            specialty=given["specialty"],
            language=given["language"],
            gender=given["gender"],
        )

    @property
    def more_asked(self) -> bool:
        """Whether any of the questions is answered that stand folded away."""
        return any(getattr(self.asked, name) for name in self.FOLDED)

    @property
    def offers_more(self) -> bool:
        """Whether there is anything to choose in the questions that stand folded away."""
        return any(len(getattr(self.fields[name], "choices")) > 1 for name in self.FOLDED)  # noqa: B009 - its stubs

    @property
    def place(self) -> Place:
        """Which page is asked for."""
        self.is_valid()
        return Place(
            self.cleaned_data.get("after", ""),
            self.cleaned_data.get("before", ""),
            self.cleaned_data.get("last", False),
        )

    def address(self, without: str = "", **place: str) -> str:
        """The address of the same question, without one of its answers, or at another place in the list."""
        given = {
            name: getattr(value, "slug", value) for name, value in vars(self.asked).items() if name != without
        }
        query = urlencode({name: value for name, value in given.items() if value} | place)
        return reverse("consultants:consultant_list") + (f"?{query}" if query else "")
