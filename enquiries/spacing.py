"""When to try again after a call that reached nobody, and when to stop: the one place that says so."""

from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from enquiries.models.desk import GRACE
from enquiries.models.policy import ServicePolicy
from enquiries.promises import CallHours
from procedures.models import Hospital


def next_try_at(hospital: Hospital, tries: int) -> datetime | None:
    """When to ring next after so many tries; nothing when those were all.

    The tries are spread evenly over the working days, so that they fall at different times of day. Of a hospital whose
    hours nobody knows we only know that somebody is ringing just now, so the next try is at the same time tomorrow.
    A try too near to closing to be made before it counts as overdue is put off until the next opening.
    """
    policy = ServicePolicy.objects.current()
    if tries >= policy.tries:
        return None
    now, hours = timezone.now(), CallHours(hospital)
    days = islice(hours.days(timezone.localdate(now)), policy.try_days)
    working = sum((ends - begins for day in days for begins, ends in hours.on(day)), timedelta())
    within_hours = hours.after(now, working / policy.tries) if working else None
    if within_hours is None:
        return now + timedelta(days=1)
    late_at = within_hours + GRACE
    opens_at = hours.after(late_at, timedelta())
    return within_hours if opens_at in (late_at, None) else opens_at
