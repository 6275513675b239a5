"""The deeds of the team with a request: take it, ring, note what came of it, hand it over, finish it, open it again.

Each is done on a row that its caller has locked, so that nobody is rung twice by mistake.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from enquiries import spacing
from enquiries.models import Attempt, Enquiry, OutgoingMail
from enquiries.models.attempts import ENDS, Ending

# How long a request is one person's unless they finish it. Then it comes back to everybody.
HELD_FOR = timedelta(minutes=30)
HANDED_OVER_FOR = timedelta(hours=4)
MOST_ALIKE = 8
NAMES_ALIKE_FROM = 0.45  # of the groups of three letters
FREE: dict[str, Any] = {"owner": None, "claimed_until": None}


class Refused(Exception):
    """The deed was not done; the message tells the person at the desk why."""


@contextmanager
def locked(requests: QuerySet[Enquiry]) -> Iterator[Enquiry]:
    """The one request, to do deeds with: nobody else changes it meanwhile."""
    with transaction.atomic():
        yield requests.select_related("hospital").select_for_update(of=("self",)).get()


@transaction.atomic
def take_next(by: User) -> Enquiry | None:
    """The request the person is busy with, else the next one that nobody is, and now it is theirs.

    Rows that others are taking at this moment are skipped, so nobody waits and no two people get the same one. The
    person's own row is locked first, so that a double press takes one request and not two.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    seen = Enquiry.objects.seen_by(by)
    if busy_with := seen.held().filter(owner=by).in_order().first():
        return busy_with
    enquiry = seen.to_ring_now().in_order().select_for_update(skip_locked=True, of=("self",)).first()
    if enquiry:
        take(enquiry, by)
    return enquiry


def take(enquiry: Enquiry, by: User) -> None:
    """From now on it is this person's to ring, for a while. Raises Refused."""
    _must_be_free_for(enquiry, by)
    _set(enquiry, owner=by, claimed_until=timezone.now() + HELD_FOR)


def hand_over(enquiry: Enquiry, to: User, by: User) -> None:
    """Give it to a named colleague. Raises Refused."""
    _must_be_free_for(enquiry, by)
    _set(enquiry, owner=to, claimed_until=timezone.now() + HANDED_OVER_FOR)


def release(enquiry: Enquiry, by: User) -> None:
    """Give it back to everybody. Raises Refused."""
    _must_be_with(enquiry, by)
    _set(enquiry, **FREE)


def ring_later(enquiry: Enquiry, at: datetime, by: User) -> None:
    """They asked to be rung at that time. Raises Refused."""
    _must_be_with(enquiry, by)
    if at <= timezone.now():
        raise Refused("Choose a time to ring that is still to come.")
    _set(enquiry, next_try_at=at, **FREE)


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
    """It has been dealt with, or we have tried all we can. Raises Refused."""
    _must_be_free_for(enquiry, by)
    if ending == Ending.NOT_REACHED and enquiry.email:
        OutgoingMail.objects.queue(enquiry, OutgoingMail.Purpose.MISSED)
    enquiry.mark_handled(by, ending)


def clear_suspicion(enquiry: Enquiry) -> None:
    """It is a request like any other from now on, and its mail leaves. Raises Refused."""
    if not enquiry.clear_suspicion():
        raise Refused("Nobody takes this request for spam any more.")


def join(enquiry: Enquiry, other: Enquiry, by: User) -> None:
    """The other, of the same person, is finished as a part of this one. Raises Refused."""
    _must_be_free_for(other, by)
    if enquiry.pk == other.pk or enquiry.hospital_id != other.hospital_id or enquiry.duplicate_of_id:
        raise Refused("These two cannot be joined.")
    _set(other, duplicate_of=enquiry)
    other.mark_handled(by, Ending.DUPLICATE)


def reopen(enquiry: Enquiry) -> None:
    """It is to be rung again from now on, as often as a new one. Raises Refused."""
    if enquiry.is_open:
        raise Refused("This request is open already.")
    _set(
        enquiry,
        handled_at=None,
        handled_by=None,
        withdrawn_at=None,
        outcome="",
        duplicate_of=None,
        tries=0,
        next_try_at=timezone.now(),
    )


def possible_duplicates(enquiry: Enquiry) -> QuerySet[Enquiry]:
    """Requests to the same hospital that may be the same person's: by phone, by email, or by a name much like it."""
    same = Q(alike__gte=NAMES_ALIKE_FROM)
    if enquiry.phone_in_full:
        same |= Q(phone_in_full=enquiry.phone_in_full)
    if enquiry.email:
        same |= Q(email__iexact=enquiry.email)
    others = Enquiry.objects.filter(hospital=enquiry.hospital_id).exclude(pk=enquiry.pk)
    alike = others.annotate(alike=TrigramSimilarity("name", enquiry.name)).filter(same)
    return alike.order_by("-created_at")[:MOST_ALIKE]


def _set(enquiry: Enquiry, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(enquiry, name, value)
    enquiry.save(update_fields=facts)


def _must_be_free_for(enquiry: Enquiry, by: User) -> None:
    """Raises Refused where it is finished, or somebody else is busy with it."""
    if not enquiry.is_open:
        raise Refused("This request is finished. Open it again first.")
    if enquiry.is_held and enquiry.owner != by:
        raise Refused(f"{enquiry.owner_name} is busy with this request.")


def _must_be_with(enquiry: Enquiry, by: User) -> None:
    """Raises Refused. After the time-out it still is theirs, while nobody else has taken it."""
    if enquiry.owner != by:
        raise Refused("This request is not with you, or you have noted this call already.")
