"""The rows that the forms offer to choose from, and what they ask patients to agree to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from django.core.validators import slug_re

from consultants.models import Consultant
from enquiries.models.consent import ConsentWording
from procedures.models import Hospital, Procedure
from procedures.remembering import remembered

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

    @staticmethod
    def read(*asked_about: str | None) -> "Choices":
        """In four queries, which a web process makes once a change of the content.

        Consultants asked about, by their slugs, can always be chosen, at the price of one more.
        """
        everybody = _for_everybody()
        missing = {slug for slug in asked_about if slug and slug_re.match(slug)} - everybody.consultant.keys()
        if not missing:
            return everybody
        asked = Consultant.objects.with_profile().filter(slug__in=missing).by_surname()
        return replace(everybody, consultant=everybody.consultant | _by_slug(asked))


@remembered
def _for_everybody() -> Choices:
    return Choices(
        hospital=_by_slug(Hospital.objects.all()),
        procedure=_by_slug(Procedure.objects.published().alphabetical()),
        consultant=_by_slug(_consultants()),
        consent=ConsentWording.objects.beside_forms().current(),
    )


def _consultants() -> list[Consultant]:
    """Everybody listed, while a list can hold them."""
    some = Consultant.objects.practising().values("pk")[: MOST_CONSULTANTS + 1]
    listed = list(Consultant.objects.filter(pk__in=some).by_surname())
    return listed if len(listed) <= MOST_CONSULTANTS else []


def _by_slug(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.slug: row for row in rows}
