"""The enquiry team's desk: the queue, the screen to work from, the manager's page, the teams, and the records."""

from enquiries.admin.records import DeletionAdmin, MailFenceAdmin, OutgoingMailAdmin, ReadingAdmin
from enquiries.admin.requests import EnquiryAdmin
from enquiries.admin.teams import CallWindowAdmin, TeamMemberAdmin

__all__ = [
    "CallWindowAdmin",
    "DeletionAdmin",
    "EnquiryAdmin",
    "MailFenceAdmin",
    "OutgoingMailAdmin",
    "ReadingAdmin",
    "TeamMemberAdmin",
]
