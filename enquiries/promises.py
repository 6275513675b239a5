"""By when we promise to ring: one truth for what the patient is told and for the service clock."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from procedures.working_hours import WorkingHours

if TYPE_CHECKING:
    from enquiries.models import Enquiry

# Hours when the hospital answers its phone, counted from when the request came in.
SOON = timedelta(hours=4)
# Where nobody has said when the hospital answers its phone.
WITHOUT_HOURS = timedelta(days=1)


def due_at(enquiry: "Enquiry") -> datetime:
    """When the first call is due."""
    within_hours = WorkingHours(enquiry.hospital).after(enquiry.created_at, SOON)
    return within_hours or enquiry.created_at + WITHOUT_HOURS
