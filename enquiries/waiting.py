"""What of the enquiries' records waits for a person: the front of the desk shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse

from enquiries.models import Enquiry, OutgoingMail
from enquiries.models.fence import may_mail_leave


@dataclass(frozen=True)
class Waiting:
    """Something on the desk that waits for a person, and where to see to it."""

    what: str
    url: str
    is_urgent: bool = False


def waiting_for(user: User) -> Iterator[Waiting]:
    """What this person may see to: the fence, held mail, the pile of likely spam, and what leaves within a day."""
    if user.has_perm("enquiries.change_mailfence") and not may_mail_leave():
        button = reverse("admin:enquiries_mailfence_change", args=[1])
        yield Waiting("No mail leaves: this looks like a copy of the database", button, is_urgent=True)
    own = Enquiry.objects.seen_by(user)
    if user.has_perm("enquiries.retry_outgoingmail"):
        held = OutgoingMail.objects.seen_by(user).held().count()
        if held:
            yield Waiting(
                f"Mail that could not be sent: {held}", _list("outgoingmail") + "?held_at__isempty=0"
            )
    if user.has_perm("enquiries.change_enquiry"):
        if suspected := own.suspected().count():
            yield Waiting(
                f"Looks like spam, to be checked: {suspected}", _list("enquiry") + "?state=suspected"
            )
        if leaving := own.leaving_soon().count():
            yield Waiting(f"Deleted within a day: {leaving}", _list("enquiry") + "?state=leaving")


def _list(model: str) -> str:
    return reverse(f"admin:enquiries_{model}_changelist")
