"""The staff desk's pages about consultants: one module a subject."""

from consultants.admin.consultants import ConsultantAdmin, PracticeInline, ProcedureCountInline
from consultants.admin.practices import PracticeAdmin

__all__ = ["ConsultantAdmin", "PracticeAdmin", "PracticeInline", "ProcedureCountInline"]
