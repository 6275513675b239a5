"""Who can do it, and where."""

from consultants.models.consultants import Consultant, ConsultantQuerySet
from consultants.models.directory import DirectoryEntry
from consultants.models.practices import Practice, ProcedureCount
from consultants.models.reconfirmations import Reconfirmation

__all__ = [
    "Consultant",
    "ConsultantQuerySet",
    "DirectoryEntry",
    "Practice",
    "ProcedureCount",
    "Reconfirmation",
]
