"""What patients ask of us, who answers, and the mail that leaves."""

from enquiries.models.attempts import Attempt, Export, Note
from enquiries.models.calls import CallWindow
from enquiries.models.outbox import OutgoingMail, WorkerHeartbeat
from enquiries.models.requests import Enquiry
from enquiries.models.staff import TeamMember

__all__ = [
    "Attempt",
    "CallWindow",
    "Enquiry",
    "Export",
    "Note",
    "OutgoingMail",
    "TeamMember",
    "WorkerHeartbeat",
]
