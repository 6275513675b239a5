"""What the forms offer to choose from: rows, and times to be rung."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Self, TypeVar

from django.utils.text import capfirst

from consultants.models import Consultant
from enquiries.models import CallWindow
from enquiries.models.requests import in_words
from procedures.models import Hospital, Procedure

Row = TypeVar("Row", Hospital, Procedure, Consultant)
Times = tuple[time, time]
SOON = "soon"


@dataclass(frozen=True)
class Choices:
    """Rows by their slug and call windows, read once however many forms a page has."""

    hospital: dict[str, Hospital]
    procedure: dict[str, Procedure]
    consultant: dict[str, Consultant]
    windows: list[CallWindow]

    @classmethod
    def read(cls) -> Self:
        """In four queries."""
        return cls(
            hospital=_by_slug(Hospital.objects.all()),
            procedure=_by_slug(Procedure.objects.published().alphabetical()),
            consultant=_by_slug(Consultant.objects.listed()),
            windows=list(CallWindow.objects.offered().order_by("starts_at", "ends_at")),
        )

    def times(self, hospital: Hospital | None = None) -> dict[str, Times]:
        """The times of day when the hospital, or any of them, rings people, by what stands for them in the form."""
        return {
            f"{window.starts_at:%H:%M}-{window.ends_at:%H:%M}": (window.starts_at, window.ends_at)
            for window in self.windows
            if hospital is None or window.hospital_id == hospital.pk
        }

    def best_times(self) -> list[tuple[str, str]]:
        """“As soon as you can”, then each time of day."""
        return [
            (SOON, "As soon as you can"),
            *((key, capfirst(in_words(*times))) for key, times in self.times().items()),
        ]


def _by_slug(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.slug: row for row in rows}
