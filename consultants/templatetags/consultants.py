"""Who does it, for the pages of any app."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from django import template

from consultants.models import Practice
from consultants.models.practices import Few
from procedures.models import Hospital, Offering, Procedure

register = template.Library()

# How many hospitals stand under one procedure before the reader is led to its own page, which has them all.
HOSPITALS = 5


@dataclass(frozen=True)
class Line:
    """A line of the finder's table: a procedure where it is offered, and who does it there; or who is on our list for it where nobody says that it is."""

    procedure: Procedure
    offering: Offering | None = None
    few: Few | None = None
    is_first: bool = True
    more_hospitals: int = 0

    @property
    def initial(self) -> str:
        """The letter of the A to Z it stands under."""
        return self.procedure.initial


@register.simple_tag
def finder_lines(procedures: Iterable[Procedure], hospital: Hospital | None = None) -> list[Line]:
    """The finder's table, from procedures with their offerings, or only those of the hospital. In four queries however many."""
    shown = {procedure: procedure.offerings.all()[:HOSPITALS] for procedure in procedures}
    who = Practice.objects.few_by_offering(chain.from_iterable(shown.values()))
    elsewhere = {} if hospital else Practice.objects.few_where_not_offered(shown)
    lines: list[Line] = []
    for procedure, offerings in shown.items():
        hidden = len(procedure.offerings.all()) - len(offerings)
        lines += [
            Line(
                procedure,
                offering,
                who.get(offering.pk),
                is_first=place == 0,
                more_hospitals=hidden if place == len(offerings) - 1 else 0,
            )
            for place, offering in enumerate(offerings)
        ]
        if not offerings or procedure.pk in elsewhere:
            lines.append(Line(procedure, few=elsewhere.get(procedure.pk), is_first=not offerings))
    return lines
