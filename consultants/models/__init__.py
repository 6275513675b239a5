"""Who can do it, and where."""

from consultants.models.consultants import Consultant, ConsultantQuerySet
from consultants.models.practices import Practice, ProcedureCount, Standing

__all__ = ["Consultant", "ConsultantQuerySet", "Practice", "ProcedureCount", "Standing"]
