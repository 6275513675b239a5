"""Requests that are plainly made up, in every state a team meets, with their tries, mails and read record."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from enquiries import references
from enquiries.models import Attempt, ConsentWording, Enquiry, OutgoingMail, Reading
from enquiries.models.attempts import Ending
from kyphoplasty_site.demo import BATCH, NAMES, SEED, family_name, hospitals
from procedures.models import Hospital

# Of a hundred requests, how many stand how. Those that are finished are young enough to be still here.
STATES = {
    "new": 8,
    "overdue": 4,
    "held": 1,
    "tried": 8,
    "suspected": 3,
    "withdrawn": 6,
    "spam": 5,
    "finished": 65,
}
ENDINGS = [Ending.ANSWERED, Ending.ANSWERED, Ending.BOOKED, Ending.NOT_FOR_US, Ending.NOT_REACHED]


def add_enquiries(how_many: int) -> Iterator[int]:
    """Add so many made-up requests to the made-up hospitals, a batch at a time; yield how many there are after each.

    The phone numbers are the regulator's own, kept out of use for stories, and nobody has an email address. Mail has
    left or is held, so none leaves.
    """
    chance = random.Random(SEED + Enquiry.objects.count())  # noqa: S311 - made up, not secret
    asked_at, colleague, wording = hospitals(2), _colleague(), ConsentWording.objects.current()
    requests = (_request(chance, number, asked_at, colleague, wording) for number in range(1, how_many + 1))
    done = 0
    while batch := list(islice(requests, BATCH)):
        _store(chance, batch, colleague)
        done += len(batch)
        yield done


@transaction.atomic
def _store(chance: random.Random, batch: list[Enquiry], colleague: User) -> None:
    Enquiry.objects.bulk_create(batch)
    Attempt.objects.bulk_create(attempt for one in batch for attempt in _attempts(chance, one, colleague))
    OutgoingMail.objects.bulk_create(mail for one in batch for mail in _mails(chance, one))
    seen = [one for one in batch if one.opened_at]
    Reading.objects.bulk_create(reading for one in seen for reading in _readings(chance, one, colleague))
    kind = ContentType.objects.get_for_model(Enquiry)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=colleague,
            content_type=kind,
            object_id=str(one.pk),
            object_repr=str(one),
            action_flag=CHANGE,
            action_time=one.handled_at,
            change_message="Finished.",
        )
        for one in seen
        if one.handled_at
    )


def _colleague() -> User:
    """Who has answered the made-up requests. Nobody can log in as them."""
    colleague, is_new = User.objects.get_or_create(
        username="made-up-colleague", defaults={"first_name": "Made-up", "last_name": "Colleague"}
    )
    if is_new:
        colleague.set_unusable_password()
        colleague.is_active = False
        colleague.save(update_fields=["password", "is_active"])
    return colleague


def _request(
    chance: random.Random, number: int, asked_at: list[Hospital], colleague: User, wording: ConsentWording
) -> Enquiry:
    state = chance.choices(list(STATES), list(STATES.values()))[0]
    digits = f"{chance.randrange(1000):03}"
    enquiry = Enquiry(
        submission_id=uuid4(),
        reference=references.mint(),
        hospital=chance.choice(asked_at),
        kind=chance.choice(list(Enquiry.Kind)),
        name=f"{chance.choice(NAMES['given'])} {family_name(chance)}",
        phone=f"07700 900{digits}",
        phone_in_full=f"+447700900{digits}",
        question=f"This is a made-up question, number {number}.",
        **_standing(chance, state, colleague),
    )
    enquiry.agree_to(wording)
    enquiry.content_hash = enquiry.hash_of_answers()
    return enquiry


def _standing(chance: random.Random, state: str, colleague: User) -> dict[str, Any]:
    """When it came in, by when it is due, and what has become of it."""
    now = timezone.now()

    def ago(least: float, most: float) -> datetime:
        return now - timedelta(days=chance.uniform(least, most))

    came_in = ago(0, 0.9) if state == "new" else ago(1.1, 6)
    facts: dict[str, Any] = {}
    match state:
        case "held":
            facts = {"owner": colleague, "claimed_until": now + timedelta(minutes=15)}
        case "tried":
            facts = {"tries": chance.randint(1, 3), "next_try_at": ago(-2, 0.2)}
        case "suspected":
            facts = {"suspected_at": came_in, "suspected_because": chance.choice(list(Enquiry.Suspicion))}
        case "withdrawn":
            facts = {"withdrawn_at": ago(0, 85)}
        case "spam" | "finished":
            ending = Ending.SPAM if state == "spam" else chance.choice(ENDINGS)
            ended = ago(0, 13 if state == "spam" else 85)
            facts = {"handled_at": ended, "handled_by": colleague, "outcome": ending}
            facts |= {"tries": 0 if state == "spam" else chance.randint(1, 3)}
    ended_at = facts.get("handled_at") or facts.get("withdrawn_at")
    came_in = ended_at - timedelta(days=chance.uniform(0.1, 2)) if ended_at else came_in
    was_taken = state in ("held", "tried", "spam", "finished")
    due_at = None if state == "withdrawn" else came_in + timedelta(days=1)
    return facts | {"created_at": came_in, "due_at": due_at, "opened_at": came_in if was_taken else None}


def _attempts(chance: random.Random, enquiry: Enquiry, colleague: User) -> Iterator[Attempt]:
    made = partial(Attempt, enquiry=enquiry, by=colleague)
    for number in range(1, enquiry.tries + 1):
        is_last = number == enquiry.tries and enquiry.outcome in (Ending.ANSWERED, Ending.BOOKED)
        spoke = Attempt.Outcome.BOOKED if enquiry.outcome == Ending.BOOKED else Attempt.Outcome.SPOKE
        yield made(
            outcome=spoke if is_last else Attempt.Outcome.NO_ANSWER,
            made_at=enquiry.created_at + timedelta(hours=number + chance.random()),
        )


def _mails(chance: random.Random, enquiry: Enquiry) -> Iterator[OutgoingMail]:
    if enquiry.suspected_at:
        return
    is_held = chance.random() < 0.01
    sent_at = None if is_held else enquiry.created_at + timedelta(seconds=20)
    yield OutgoingMail(
        enquiry=enquiry,
        purpose=OutgoingMail.Purpose.TEAM,
        created_at=enquiry.created_at,
        due_at=enquiry.created_at,
        attempts=1,
        sent_at=sent_at,
        held_at=enquiry.created_at if is_held else None,
        last_problem="There is no address to send it to." if is_held else "",
    )


def _readings(chance: random.Random, enquiry: Enquiry, colleague: User) -> Iterator[Reading]:
    made = partial(Reading, user=colleague, hospital=enquiry.hospital, references=[enquiry.reference])
    for hours, deed in enumerate((Reading.Deed.LISTED, Reading.Deed.OPENED), start=1):
        at = min(enquiry.created_at + timedelta(hours=hours * chance.random()), timezone.now())
        yield made(deed=deed, at=at)
