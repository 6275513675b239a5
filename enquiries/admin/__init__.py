"""The enquiry team's desk: the queue, the screen to work from, the manager's page, the teams, what is set, and the records."""

from enquiries.admin.mail_texts import MailTextAdmin
from enquiries.admin.policy import ConsentWordingAdmin, ServicePolicyAdmin
from enquiries.admin.records import DeletionAdmin, MailFenceAdmin, OutgoingMailAdmin, ReadingAdmin
from enquiries.admin.requests import EnquiryAdmin
from enquiries.admin.teams import CallWindowAdmin, TeamMemberAdmin

__all__ = [
    "CallWindowAdmin",
    "ConsentWordingAdmin",
    "DeletionAdmin",
    "EnquiryAdmin",
    "MailFenceAdmin",
    "MailTextAdmin",
    "OutgoingMailAdmin",
    "ReadingAdmin",
    "ServicePolicyAdmin",
    "TeamMemberAdmin",
]
