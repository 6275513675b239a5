"""When each page is to be read again by a clinician, and who is reminded of it."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from procedures import mail
from procedures.models import Edition, ReviewReminder, Task

logger = logging.getLogger(__name__)

# Days before the review is due on which its keepers are reminded; once it is overdue, every week.
BEFORE = (90, 60, 30)
WEEK = 7


@dataclass(frozen=True)
class Review:
    """The next review of a page: of the edition that readers see."""

    edition: Edition
    due_on: date | None
    tasks: int
    draft: Edition | None

    @property
    def days_left(self) -> int | None:
        """Days until it is due; below nothing once it is overdue."""
        return (self.due_on - timezone.localdate()).days if self.due_on else None

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed."""
        return self.days_left is not None and self.days_left < 0

    @property
    def days_over(self) -> int:
        """How many days ago it was due."""
        return max(0, -(self.days_left or 0))

    @property
    def is_due_soon(self) -> bool:
        """Whether it is due within the time of the reminders."""
        return self.days_left is not None and 0 <= self.days_left <= max(BEFORE)

    @property
    def reminder(self) -> int | None:
        """The reminder whose day has come last: 90, 60 or 30 days before; then 0, -7, -14 and so on. None before the first."""
        left = self.days_left
        if left is None or left > max(BEFORE):
            return None
        if left > 0:
            return min(days for days in BEFORE if days >= left)
        return -(-left // WEEK) * WEEK


def reviews() -> list[Review]:
    """The next review of every page, the most overdue first and those without a date last."""
    current = Edition.objects.current().select_related("procedure__owner", "procedure__deputy")
    open_tasks = Task.objects.open().order_by().values_list("edition__procedure")
    tasks: dict[int, int] = dict(open_tasks.annotate(n=Count("pk")))
    drafts = {draft.procedure_id: draft for draft in Edition.objects.drafts().select_related("procedure")}
    found = [
        Review(one, one.next_review_on, tasks.get(one.procedure_id, 0), drafts.get(one.procedure_id))
        for one in current
    ]
    return sorted(found, key=lambda review: (review.due_on or date.max, review.edition.procedure.name))


@dataclass
class Reminded:
    """What became of the reminders that were due."""

    sent: int = 0
    without_keeper: int = 0
    failed: int = 0


def remind() -> Reminded:
    """Send each reminder whose day has come, once. Those missed meanwhile are not sent after it."""
    came = Reminded()
    for review in reviews():
        if review.reminder is None or _is_sent(review):
            continue
        procedure = review.edition.procedure
        if not (keepers := list(mail.addresses([procedure.owner, procedure.deputy]))):
            came.without_keeper += 1
            continue
        try:
            came.sent += _send_once(review, keepers)
        except Exception as error:
            came.failed += 1
            logger.warning("The reminder of %s was not sent (%s).", review.edition, type(error).__name__)
    return came


def _of(review: Review) -> dict[str, Any]:
    """What tells one reminder from every other."""
    return {
        "procedure": review.edition.procedure,
        "due_on": review.due_on,
        "days_before": review.reminder,
    }


def _is_sent(review: Review) -> bool:
    return ReviewReminder.objects.filter(**_of(review)).exists()


def _send_once(review: Review, keepers: list[str]) -> bool:
    """Written down and sent together: what could not be sent is not written down, and is tried again.

    Of two workers the second waits at the row for the first, and then finds it done.
    """
    with transaction.atomic():
        _, is_new = ReviewReminder.objects.get_or_create(**_of(review))
        if is_new:
            message(review, keepers).send()
    return is_new


def message(review: Review, keepers: list[str]) -> EmailMessage:
    """The reminder as it leaves: one mail to owner and deputy, with the same Message-ID however often it is tried."""
    edition = review.edition
    is_due = "Overdue since" if review.is_overdue else "Due on"
    subject = f"{is_due} {review.due_on:%-d %B %Y}: the review of {edition.procedure}"
    fixed = f"review-{edition.procedure_id}-{review.due_on:%Y%m%d}-{review.reminder}"
    return mail.about(edition, keepers, subject, "review", fixed, review=review)
