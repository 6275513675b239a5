"""What the directory looks through: a row for each practice of a listed consultant, written by the database alone.

The triggers stand in the migration that made the table. They write a row anew with every change to what it is made of.
"""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from consultants.models.consultants import Consultant
from consultants.models.practices import Practice
from procedures.models import Hospital
from procedures.models.vectors import Lexemes


class DirectoryEntryQuerySet(models.QuerySet["DirectoryEntry"]):
    """Which entries."""

    def shown(self) -> Self:
        """Entries whose practice has not lapsed."""
        return self.filter(Q(lapses_date=None) | Q(lapses_date__gt=timezone.localdate()))

    def having(self, **facts: Any) -> Self:
        """Entries with each of the facts: `having(hospital=7, language="Welsh")`."""
        wanted = [facet(kind, value) for kind, value in facts.items()]
        return self.filter(facets__contains=wanted) if wanted else self

    def saying(self, lexemes: str, procedures: list[int]) -> Self:
        """Entries that say what is asked for, or whose practice does one of the procedures."""
        said = Q(words=Lexemes(lexemes))
        if procedures:
            said |= Q(facets__overlap=[facet("procedure", pk) for pk in procedures])
        return self.filter(said)


def facet(kind: str, value: object) -> str:
    """How an entry holds one fact that readers may ask for: “language:Welsh”."""
    return f"{kind}:{value}"


class DirectoryEntry(models.Model):
    """A practice of a listed consultant, as the directory looks for it."""

    practice = models.OneToOneField(
        Practice, primary_key=True, on_delete=models.CASCADE, related_name="entry"
    )
    consultant = models.ForeignKey(Consultant, on_delete=models.CASCADE, related_name="+")
    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="+", db_index=False)
    sort_key = models.TextField(db_collation="C")
    name = models.TextField()
    words = SearchVectorField()
    facets = ArrayField(models.TextField(), blank=True)
    lapses_date = models.DateField(null=True, blank=True)

    objects = DirectoryEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_key"], name="directory_in_order"),
            models.Index(fields=["hospital", "sort_key"], name="directory_at_hospital"),
            GinIndex(fields=["words"], name="directory_by_words"),
            GinIndex(fields=["facets"], name="directory_by_facets"),
        ]

    def __str__(self) -> str:
        return f"{self.sort_key} at {self.hospital_id}"
