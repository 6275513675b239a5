"""What of the enquiries' records waits for a person: the front of the desk shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from enquiries.models import Enquiry, OutgoingMail
from enquiries.models.fence import may_mail_leave
from enquiries.models.outbox import worker_last_seen
from enquiries.models.queries import EnquiryQuerySet
from enquiries.models.staff import hospitals_of
from procedures.models import Hospital
from procedures.waiting import Waiting

# The worker comes round every few seconds. After this long somebody should look.
STANDS_STILL_AFTER = timedelta(minutes=5)


def calls_waiting(user: User) -> Iterator[Waiting]:
    """For the team: what is overdue, what is theirs, what is to be rung, the pile of likely spam, and what leaves soon."""
    if not user.has_perm("enquiries.view_enquiry"):
        return
    seen = Enquiry.objects.seen_by(user)
    counts = seen.counts()
    yield Waiting("Overdue", _queue("state=overdue"), counts["overdue"], bool(counts["overdue"]))
    yield Waiting("With you now", _queue("owner=me"), seen.held().filter(owner=user).count())
    yield Waiting("To be rung", _queue(), counts["open"])
    yield Waiting("To be tried again", _queue("state=tried"), counts["tried"])
    yield from waiting_for(user, suspected=counts["suspected"])


def waiting_for(user: User, suspected: int | None = None) -> Iterator[Waiting]:
    """What the team must see to before it is gone: the pile of likely spam, and what is deleted within a day."""
    if not user.has_perm("enquiries.change_enquiry"):
        return
    own = Enquiry.objects.seen_by(user)
    pile = own.suspected().count() if suspected is None else suspected
    if pile:
        yield Waiting("Looks like spam, to be checked", _queue("state=suspected"), pile)
    if leaving := own.leaving_soon().count():
        yield Waiting("Deleted within a day", _queue("state=leaving"), leaving)


def mail_waiting(user: User) -> Iterator[Waiting]:
    """For whoever looks after mail: whether it may leave, whether the worker is there, what is held and what waits."""
    if user.has_perm("enquiries.change_mailfence"):
        if not may_mail_leave():
            button = reverse("admin:enquiries_mailfence_change", args=[1])
            yield Waiting("No mail leaves: this looks like a copy of the database", button, is_urgent=True)
        yield _worker()
    if user.has_perm("enquiries.retry_outgoingmail"):
        mail = OutgoingMail.objects.seen_by(user)
        held = mail.held().count()
        yield Waiting("Mail that could not be sent", _mail("held_at__isempty=0"), held, bool(held))
        unsent = _mail("sent_at__isempty=1&held_at__isempty=1")
        yield Waiting("Mail waiting to leave", unsent, mail.unsent().count())
        if oldest := mail.oldest_unsent():
            yield Waiting(f"The oldest mail has waited {timesince(oldest.created_at, depth=1)}")


def _worker() -> Waiting:
    seen_at = worker_last_seen()
    if seen_at and timezone.now() - seen_at < STANDS_STILL_AFTER:
        return Waiting("The worker that sends and deletes is at work")
    since = f"for {timesince(seen_at, depth=1)}" if seen_at else "yet"
    return Waiting(f"The worker has not come round {since}: nothing is sent or deleted", is_urgent=True)


@dataclass(frozen=True)
class Today:
    """What one hospital's team has done today, and what is late."""

    hospital: Hospital
    came_in: int
    rung: int
    in_time: int
    overdue: int


def today(user: User) -> list[Today]:
    """For whoever oversees: today, hospital by hospital, in a query for each number."""
    if not user.has_perm("enquiries.oversee_enquiry"):
        return []
    seen = Enquiry.objects.seen_by(user)
    came_in, rung, in_time, overdue = map(
        _by_hospital, (seen.came_in_today(), seen.rung_today(), seen.rung_in_time_today(), seen.overdue())
    )
    return [
        Today(one, *(found.get(one.pk, 0) for found in (came_in, rung, in_time, overdue)))
        for one in hospitals_of(user)
    ]


def _by_hospital(requests: EnquiryQuerySet) -> dict[int, int]:
    counted: dict[int, int] = dict(requests.order_by().values_list("hospital").annotate(n=Count("pk")))
    return counted


def _queue(asked: str = "") -> str:
    return reverse("admin:enquiries_enquiry_changelist") + (f"?{asked}" if asked else "")


def _mail(asked: str) -> str:
    return f"{reverse('admin:enquiries_outgoingmail_changelist')}?{asked}"
