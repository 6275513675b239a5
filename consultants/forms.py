"""The directory's questions, all of them in the address."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.cache import cache
from django.db.models import F, Func, TextField
from django.urls import reverse
from django.utils import timezone

from consultants.directory import Asked, Place
from consultants.models import Consultant, DirectoryEntry
from procedures.forms import TypedText
from procedures.models import Hospital, Procedure
from procedures.remembering import remembered
from procedures.search import MOST_LETTERS

CHOICES_KEPT_SECONDS = 300
LONGEST_KEY = (
    400  # of where a page begins: both names, each of which may be much longer once accents are written out
)


@remembered
def offered() -> tuple[dict[str, Hospital], dict[str, Procedure]]:
    """The hospitals and the procedures to choose from, in order, by their slugs."""
    hospitals = Hospital.objects.only("slug", "name")
    procedures = Procedure.objects.published().alphabetical().only("slug", "name")
    return {row.slug: row for row in hospitals}, {row.slug: row for row in procedures}


def said_of_anybody() -> dict[str, list[str]]:
    """Every specialty, language and gender that a reader may ask for, in order. It reads all entries, so it is kept for five minutes of a day."""

    def read() -> dict[str, list[str]]:
        each = Func(F("facets"), function="unnest", output_field=TextField())
        facts = DirectoryEntry.objects.shown().annotate(fact=each).values_list("fact", flat=True).distinct()
        said: dict[str, list[str]] = {}
        for kind, _, value in (fact.partition(":") for fact in sorted(facts)):
            said.setdefault(kind, []).append(value)
        return said

    key = f"consultants.said.{timezone.localdate()}"  # by which entries lapse
    kept: dict[str, list[str]] = cache.get_or_set(key, read, CHOICES_KEPT_SECONDS) or {}
    return kept


class AnyChoice(forms.ChoiceField):
    """A list to choose from that takes what is not in it too: it may be new, or gone, and then nobody fits."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\0", "")[:MOST_LETTERS].strip()

    def valid_value(self, value: Any) -> bool:
        return True


class ConsultantSearchForm(forms.Form):
    """Find a consultant. A GET form: every answer is optional and stands in the address. What makes no sense narrows nothing."""

    q = TypedText(label="Name or treatment", required=False)
    hospital = forms.ChoiceField(required=False)
    procedure = forms.ChoiceField(label="Treatment, test or scan", required=False)
    specialty = AnyChoice(required=False)
    language = AnyChoice(required=False)
    gender = forms.ChoiceField(required=False)
    after = TypedText(required=False, longest=LONGEST_KEY)
    before = TypedText(required=False, longest=LONGEST_KEY)
    last = forms.BooleanField(required=False)

    FOLDED = ("specialty", "language", "gender")
    WISHES = ("hospital", "procedure", "specialty", "language", "gender")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hospitals, self.procedures = offered()
        of_anybody = said_of_anybody()
        genders = [(one.value, one.label) for one in Consultant.Gender if one in of_anybody.get("gender", [])]
        said: dict[str, tuple[str, list[tuple[str, str]]]] = {
            "hospital": ("hospital", [(slug, hospital.name) for slug, hospital in self.hospitals.items()]),
            "procedure": (
                "treatment",
                [(slug, procedure.name) for slug, procedure in self.procedures.items()],
            ),
            "specialty": ("specialty", [(one, one) for one in of_anybody.get("specialty", [])]),
            "language": ("language", [(one, one) for one in of_anybody.get("language", [])]),
            "gender": ("gender", genders),
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
    def unknown(self) -> list[str]:
        """What was asked for that we do not know, such as a hospital that is gone: “hospital”, “treatment”."""
        called = {"hospital": "hospital", "procedure": "treatment", "gender": "gender"}
        return [word for name, word in called.items() if name in self.errors]

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
