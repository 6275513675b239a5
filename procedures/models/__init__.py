"""What is offered, where, and what patients are told."""

from procedures.models.blocks import Block, BlockFigure, BlockSource
from procedures.models.confirmations import Standing
from procedures.models.editions import Edition, EditionEditor
from procedures.models.evidence import Figure, GlossaryTerm, Source
from procedures.models.hospitals import Closure, Hospital, OpeningHours
from procedures.models.leaflets import Leaflet
from procedures.models.pictures import Illustration, Video
from procedures.models.procedures import Offering, Procedure
from procedures.models.safety import RedFlagCard
from procedures.models.search import Passage, SearchWord, Synonym
from procedures.models.sign_off import Reviewer, SignOff
from procedures.models.upkeep import AvoidedWord, PreviewLink, ReviewReminder, Task

__all__ = [
    "AvoidedWord",
    "Block",
    "BlockFigure",
    "BlockSource",
    "Closure",
    "Edition",
    "EditionEditor",
    "Figure",
    "GlossaryTerm",
    "Hospital",
    "Illustration",
    "Leaflet",
    "Offering",
    "OpeningHours",
    "Passage",
    "PreviewLink",
    "Procedure",
    "RedFlagCard",
    "ReviewReminder",
    "Reviewer",
    "SearchWord",
    "SignOff",
    "Source",
    "Standing",
    "Synonym",
    "Task",
    "Video",
]
