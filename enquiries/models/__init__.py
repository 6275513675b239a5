"""What patients ask of us, who answers, the mail that leaves, and the record of who read and what was deleted."""

from enquiries.models.attempts import Attempt, Export, Note
from enquiries.models.calls import CallWindow
from enquiries.models.consent import ConsentWording
from enquiries.models.deletions import Deletion
from enquiries.models.fence import MailFence
from enquiries.models.mail_texts import MailText
from enquiries.models.outbox import OutgoingMail, WorkerHeartbeat
from enquiries.models.policy import ServicePolicy
from enquiries.models.reading import Reading
from enquiries.models.requests import Enquiry
from enquiries.models.staff import TeamMember

__all__ = [
    "Attempt",
    "CallWindow",
    "ConsentWording",
    "Deletion",
    "Enquiry",
    "Export",
    "MailFence",
    "MailText",
    "Note",
    "OutgoingMail",
    "Reading",
    "ServicePolicy",
    "TeamMember",
    "WorkerHeartbeat",
]
