"""The deeds of the team with a request: take it, ring, note what came of it, hand it over, finish it, open it again.

Each is done on a row that its caller has locked, so that nobody is rung twice by mistake.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Min, Q, When
from django.utils import timezone

from enquiries import promises, spacing
from enquiries.models import Attempt, Enquiry, OutgoingMail
from enquiries.models.attempts import ENDS, Ending
from enquiries.models.desk import GRACE
from enquiries.models.queries import EnquiryQuerySet
from enquiries.models.requests import NO_PLACE
from enquiries.promises import CallHours
from procedures.models import Hospital

# How long a request is one person's unless they finish it. Then it comes back to everybody.
HELD_FOR = timedelta(minutes=30)
HANDED_OVER_FOR = timedelta(hours=4)
LOOKED_AT = 50
MOST_ALIKE = 8
LATER_WITHIN = timedelta(days=60)
FREE: dict[str, Any] = {"owner": None, "claimed_until": None}


class Refused(Exception):
    """The deed was not done; the message tells the person at the desk why."""


@transaction.atomic
def take_next(by: User) -> Enquiry | None:
    """The request the person is busy with, else the next one that nobody is, and now it is theirs.

    Rows that others are taking at this moment are skipped, so nobody waits and no two people get the same one. The
    person's own row is locked first, so that a double press takes one request and not two.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    seen = Enquiry.objects.seen_by(by)
    if busy_with := seen.held().filter(owner=by).due_to_ring().in_order().first():
        return busy_with
    waiting = seen.to_ring_now()
    # Those that come first, found quickly in a long queue; any, where others take all of these at this moment.
    first = waiting.filter(pk__in=waiting.keys_in_order(0, LOOKED_AT))
    enquiry = _locked(first) or _locked(waiting)
    if enquiry:
        take(enquiry, by)
    return enquiry


def _locked(waiting: EnquiryQuerySet) -> Enquiry | None:
    """The first of these that nobody else is taking."""
    return waiting.in_order().select_for_update(skip_locked=True, of=("self",)).first()


def take(enquiry: Enquiry, by: User) -> None:
    """From now on it is this person's to ring, for a while; once more, for as long again. Raises Refused."""
    _must_be_free_for(enquiry, by)
    now = timezone.now()
    until = max(now + HELD_FOR, enquiry.claimed_until or now)
    _set(enquiry, owner=by, claimed_until=until, opened_at=enquiry.opened_at or now)


def hand_over(enquiry: Enquiry, to: User, by: User) -> None:
    """Give it to a named colleague. Who oversees the team may move what another is busy with. Raises Refused."""
    _must_be_movable_by(enquiry, by)
    _set(enquiry, owner=to, claimed_until=timezone.now() + HANDED_OVER_FOR)


def release(enquiry: Enquiry, by: User) -> None:
    """Give it back to everybody; who oversees the team, also for another. Raises Refused."""
    if not _oversees(by):
        _must_be_with(enquiry, by)
    _must_be_open(enquiry)
    _set(enquiry, **FREE)


def ring_later(enquiry: Enquiry, at: datetime, by: User) -> None:
    """They asked to be rung at that time, which is now what we promise. Raises Refused.

    A promise that was broken before they asked stays on record as broken.
    """
    _must_be_with(enquiry, by)
    _must_be_a_time_to_ring(at, enquiry.hospital)
    first_at = enquiry.attempts.aggregate(at=Min("made_at"))["at"] or timezone.now()
    is_broken = enquiry.due_at is not None and enquiry.due_at < first_at
    promised = {} if is_broken else {"due_at": at + GRACE}
    _set(enquiry, next_try_at=at, **promised, **NO_PLACE, **FREE)


def record(enquiry: Enquiry, outcome: Attempt.Outcome, by: User) -> None:
    """Note what came of a try; set the next one, or finish. Raises Refused.

    After the last try in vain, or where the number is wrong, one mail goes to the patient's address, if we have one.
    """
    _must_be_with(enquiry, by)
    if outcome not in enquiry.outcomes:
        raise Refused("That cannot be: look again at the number, and at whether we may leave a message.")
    Attempt.objects.create(enquiry=enquiry, outcome=outcome, by=by)
    enquiry.tries += 1
    ending = ENDS.get(outcome)
    again_at = None if ending else spacing.next_try_at(enquiry.hospital, enquiry.tries)
    if again_at:
        _set(enquiry, tries=enquiry.tries, next_try_at=again_at, **FREE)
    else:
        finish(enquiry, ending or Ending.NOT_REACHED, by)


def finish(enquiry: Enquiry, ending: Ending, by: User) -> None:
    """It has been dealt with, or we have tried all we can; what looks like spam can only be that. Raises Refused."""
    _must_be_free_for(enquiry, by, may_look_like_spam=ending == Ending.SPAM)
    if ending == Ending.NOT_REACHED and enquiry.email:
        OutgoingMail.objects.queue(enquiry, OutgoingMail.Purpose.MISSED)
    enquiry.mark_handled(by, ending)


def clear_suspicion(enquiry: Enquiry) -> None:
    """It is a request like any other from now on, and its mail leaves. Raises Refused."""
    if not enquiry.clear_suspicion():
        raise Refused("Nobody takes this request for spam any more.")


def join(enquiry: Enquiry, other: Enquiry, by: User) -> None:
    """The other, of the same person, is finished as a part of this one, with its own parts. Raises Refused."""
    _must_be_free_for(other, by)
    if enquiry.pk == other.pk or enquiry.hospital_id != other.hospital_id:
        raise Refused("These two cannot be joined.")
    _must_be_open(enquiry)
    other.duplicates.update(duplicate_of=enquiry)
    _set(other, duplicate_of=enquiry)
    other.mark_handled(by, Ending.DUPLICATE)


def reopen(enquiry: Enquiry) -> None:
    """It is to be rung again from now on, as often as a new one, and nobody takes it for spam. Raises Refused."""
    if enquiry.is_open:
        raise Refused("This request is open already.")
    if enquiry.withdrawn_at:
        raise Refused("They withdrew this request, and we said that we will not contact them.")
    _set(
        enquiry,
        handled_at=None,
        handled_by=None,
        outcome="",
        duplicate_of=None,
        tries=0,
        next_try_at=timezone.now(),
        **NO_PLACE,
    )
    enquiry.clear_suspicion()
    enquiry.mails.filter(purpose=OutgoingMail.Purpose.MISSED, sent_at=None).delete()


def possible_duplicates(enquiry: Enquiry) -> list[Enquiry]:
    """Requests to the same hospital that may be the same person's: by phone or email, then by a name much like it.

    How much is said in the settings to each connection, so that an index finds those names and no others.
    """
    same = Q(phone_in_full=enquiry.phone_in_full) & ~Q(phone_in_full="")
    same |= Q(email__iexact=enquiry.email) & ~Q(email="")
    others = Enquiry.objects.filter(hospital=enquiry.hospital_id).exclude(pk=enquiry.pk)
    alike = others.filter(same | Q(name__trigram_similar=enquiry.name))
    is_same = Case(When(same, then=True), default=False)
    return list(alike.order_by(is_same.desc(), "-created_at")[:MOST_ALIKE])


def _set(enquiry: Enquiry, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(enquiry, name, value)
    enquiry.save(update_fields=facts)


def _must_be_open(enquiry: Enquiry, *, may_look_like_spam: bool = False) -> None:
    """Raises Refused where it is finished, or nobody has said yet that it is no spam."""
    if not enquiry.is_open:
        raise Refused("This request is finished. Open it again first.")
    if enquiry.suspected_at and not may_look_like_spam:
        raise Refused("This request looks like spam. Say first whether it is.")


def _must_be_free_for(enquiry: Enquiry, by: User, *, may_look_like_spam: bool = False) -> None:
    """Raises Refused where it is not open, or somebody else is busy with it."""
    _must_be_open(enquiry, may_look_like_spam=may_look_like_spam)
    if enquiry.is_held and enquiry.owner != by:
        raise Refused(f"{enquiry.owner_name} is busy with this request.")


def _must_be_movable_by(enquiry: Enquiry, by: User) -> None:
    """Raises Refused where it is not open, or another is busy with it and this person does not oversee the team."""
    if _oversees(by):
        _must_be_open(enquiry)
    else:
        _must_be_free_for(enquiry, by)


def _oversees(by: User) -> bool:
    return by.has_perm("enquiries.oversee_enquiry")


def _must_be_with(enquiry: Enquiry, by: User) -> None:
    """Raises Refused. After the time-out it still is theirs, while nobody else has taken it."""
    if enquiry.owner != by:
        raise Refused("This request is not with you, or you have noted this call already.")
    _must_be_open(enquiry)


def _must_be_a_time_to_ring(at: datetime, hospital: Hospital) -> None:
    """Raises Refused where it is past, far off, or outside the hours when the hospital's team rings, if we know them."""
    now = timezone.now()
    if not now < at <= now + LATER_WITHIN:
        raise Refused(f"Choose a time to ring that is still to come, within {LATER_WITHIN.days} days.")
    opens_at = CallHours(hospital).after(at, timedelta())
    if opens_at and opens_at != at:
        next_time = f"{promises.day_in_words(opens_at)}, {promises.clock_in_words(opens_at)}"
        raise Refused(f"Nobody of the team is there then. The next time that somebody is: {next_time}.")
