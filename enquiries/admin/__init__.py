"""The enquiry team's desk: the queue, the screen to work from, the manager's page, and the teams."""

from enquiries.admin.outbox import OutgoingMailAdmin
from enquiries.admin.requests import EnquiryAdmin
from enquiries.admin.teams import CallWindowAdmin, TeamMemberAdmin

__all__ = ["CallWindowAdmin", "EnquiryAdmin", "OutgoingMailAdmin", "TeamMemberAdmin"]
