"""By when we promise to ring: one truth for what the patient is told and for the service clock."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from procedures.working_hours import WorkingHours

if TYPE_CHECKING:
    from enquiries.models import Enquiry


class CallHours(WorkingHours):
    """When a hospital's team rings people: its opening hours or, where nobody gave those, its call windows."""

    @cached_property
    def _hours(self) -> Any:
        windows = self.hospital.call_windows.offered().order_by("weekday", "starts_at")
        return super()._hours or [(window.weekday, (window.starts_at, window.ends_at)) for window in windows]


# Hours when the hospital answers its phone, counted from when the request came in.
SOON = timedelta(hours=4)
# Where nobody has said when the hospital answers its phone.
WITHOUT_HOURS = timedelta(days=1)


def due_at(enquiry: "Enquiry") -> datetime:
    """When the first call is due."""
    within_hours = CallHours(enquiry.hospital).after(enquiry.created_at, SOON)
    return within_hours or enquiry.created_at + WITHOUT_HOURS
