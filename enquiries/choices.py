"""The rows that the forms offer to choose from, and what they ask patients to agree to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeVar

from django.core.validators import slug_re

from consultants.models import Consultant
from enquiries.models.consent import ConsentWording
from procedures.models import Hospital, Procedure

Row = TypeVar("Row", Hospital, Procedure, Consultant)
# As many as a list to choose from can hold. Beyond that, the directory is the way to find one.
MOST_CONSULTANTS = 50


@dataclass(frozen=True)
class Choices:
    """Rows by their slug, read once however many forms a page has."""

    hospital: dict[str, Hospital]
    procedure: dict[str, Procedure]
    consultant: dict[str, Consultant]
    consent: ConsentWording

    @classmethod
    def read(cls, *asked_about: str | None) -> Self:
        """In four queries. Consultants asked about, by their slugs, can always be chosen, at the price of one more."""
        return cls(
            hospital=_by_slug(Hospital.objects.all()),
            procedure=_by_slug(Procedure.objects.published().alphabetical()),
            consultant=_by_slug(_consultants(asked_about)),
            consent=ConsentWording.objects.beside_forms().current(),
        )


def _consultants(asked_about: Iterable[str | None]) -> list[Consultant]:
    """Everybody listed while a list can hold them, and who was asked about, though they be one of thousands or lapsed."""
    some = Consultant.objects.practising().values("pk")[: MOST_CONSULTANTS + 1]
    listed = list(Consultant.objects.filter(pk__in=some).by_surname())
    offered = listed if len(listed) <= MOST_CONSULTANTS else []
    missing = {slug for slug in asked_about if slug and slug_re.match(slug)} - {row.slug for row in offered}
    if missing:
        offered += Consultant.objects.with_profile().filter(slug__in=missing).by_surname()
    return offered


def _by_slug(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.slug: row for row in rows}
