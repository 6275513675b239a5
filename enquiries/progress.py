"""What has happened to a request, and what is set to happen, as its private page tells it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from enquiries import promises
from enquiries.models import Enquiry
from enquiries.models.attempts import Ending


@dataclass(frozen=True)
class Step:
    """Something that has happened to a request, or is about to, as its private page tells it."""

    class What(models.TextChoices):
        RECEIVED = "received"
        LOOKED_AT = "looked_at"
        NO_ANSWER = "no_answer"
        NEXT_TRY = "next_try"
        NOT_REACHED = "not_reached"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"

    what: What
    at: datetime

    @property
    def when(self) -> str:
        """“Thursday 3 December, 10.40am”."""
        return f"{promises.day_in_words(self.at)}, {promises.clock_in_words(self.at)}"


def steps(enquiry: Enquiry) -> list[Step]:
    """The first first."""
    happened = [
        (Step.What.RECEIVED, enquiry.created_at),
        (Step.What.LOOKED_AT, enquiry.opened_at),
        *((Step.What.NO_ANSWER, attempt.made_at) for attempt in enquiry.attempts.in_vain()),
        (Step.What.NEXT_TRY, enquiry.next_try_at if enquiry.next_try_in_words else None),
        (Step.What.WITHDRAWN, enquiry.withdrawn_at),
        (
            Step.What.NOT_REACHED if enquiry.outcome == Ending.NOT_REACHED else Step.What.ANSWERED,
            enquiry.handled_at,
        ),
    ]
    return sorted((Step(what, at) for what, at in happened if at), key=lambda step: step.at)
