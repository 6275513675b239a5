"""What staff ask of the lists of consultants and practices."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest

from consultants.models import Practice
from procedures.admin.filters import Confirmation, asked
from procedures.admin.keys import row_key
from procedures.admin.lists import first_words
from procedures.models import Hospital, Procedure

SHORT = 2  # letters: too few to be looked for inside a word


class AnyPractice(Confirmation):
    """How long ago somebody confirmed any of their practices."""

    def answers(self) -> dict[str, tuple[str, Q]]:
        practices = Practice.objects.filter(consultant=OuterRef("pk"))
        return {
            value: (words, Q(Exists(practices.filter(which))))
            for value, (words, which) in super().answers().items()
        }


Directory = asked(
    "public directory",
    "directory",
    {
        "listed": ("Listed", Q(is_listed=True)),
        "unlisted": ("Not listed", Q(is_listed=False, merged_into=None)),
        "merged": ("Merged into another record", ~Q(merged_into=None)),
    },
)

Missing = asked(
    "what is missing",
    "missing",
    {
        "practice": ("A hospital", ~Q(Exists(Practice.objects.filter(consultant=OuterRef("pk"))))),
        "gmc": ("GMC number", Q(gmc_number="")),
        "email": ("Secretary’s email", Q(secretary_email="")),
        "photograph": ("Photograph", Q(photograph="")),
    },
)


class OfPractices(admin.SimpleListFilter):
    """Whose practices have to do with one row of another kind. Chosen by its key."""

    choice: type[Model]
    called: str  # the field of that row by which staff know it

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = self.choice._default_manager.order_by(self.called).values_list("pk", self.called)
        return [(str(key), called) for key, called in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if (key := row_key(self.value() or "")) is None:
            raise IncorrectLookupParameters
        return queryset.filter(_has(**{self.parameter_name or "": key}))


class AtHospital(OfPractices):
    title, parameter_name, choice, called = "hospital", "hospital", Hospital, "short_name"


class Doing(OfPractices):
    title, parameter_name, choice, called = "procedure", "procedures", Procedure, "name"


def _has(**facts: object) -> Q:
    return Q(Exists(Practice.objects.filter(consultant=OuterRef("pk"), **facts)))


def who_is_called(words: str, who: str = "") -> Q:
    """Whose names have every word in them; a letter or two only at the beginning. A number is a GMC number."""
    found = Q()
    for word in first_words(words).split():
        how = "istartswith" if len(word) <= SHORT else "icontains"
        names = (f"{who}given_name__{how}", f"{who}family_name__{how}")
        found &= Q(*((name, word) for name in names), (f"{who}gmc_number", word), _connector=Q.OR)
    return found
