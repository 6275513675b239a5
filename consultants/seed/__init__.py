"""The consultants the hospital named, and nothing more about them than it said."""

from pathlib import Path

from consultants.models import Consultant, Practice
from procedures.models import Hospital, Procedure, Source
from procedures.seed import read


def load() -> None:
    """Write the named consultants into an empty directory. Nobody has confirmed them, so confirmed_on stays empty."""
    for row in read(Path(__file__).parent / "consultants.toml")["consultants"]:
        consultant = Consultant.objects.create(
            title=row["title"],
            given_name=row["given_name"],
            family_name=row["family_name"],
            slug=row["slug"],
            role=row["role"],
        )
        practice = Practice.objects.create(
            consultant=consultant,
            hospital=Hospital.objects.get(slug=row["hospital"]),
            named_in=row["named_in"],
            named_source=Source.objects.get(key=row["source"]),
        )
        practice.procedures.set(Procedure.objects.filter(slug__in=row["procedures"]))
