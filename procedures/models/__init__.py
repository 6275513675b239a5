"""What is offered, where, and what patients are told."""

from procedures.models.editions import Block, BlockFigure, Edition
from procedures.models.evidence import Figure, GlossaryTerm, Source
from procedures.models.hospitals import Closure, Hospital, OpeningHours
from procedures.models.pictures import Illustration
from procedures.models.procedures import Offering, Procedure
from procedures.models.safety import RedFlagCard

__all__ = [
    "Block",
    "BlockFigure",
    "Closure",
    "Edition",
    "Figure",
    "GlossaryTerm",
    "Hospital",
    "Illustration",
    "Offering",
    "OpeningHours",
    "Procedure",
    "RedFlagCard",
    "Source",
]
