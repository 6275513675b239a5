"""Who can do it, and where."""

from consultants.models.consultants import Consultant, ConsultantQuerySet
from consultants.models.practices import Practice, ProcedureCount, Standing
from consultants.models.reconfirmations import Reconfirmation

__all__ = [
    "Consultant",
    "ConsultantQuerySet",
    "Practice",
    "ProcedureCount",
    "Reconfirmation",
    "Standing",
]
