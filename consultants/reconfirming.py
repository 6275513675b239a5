"""Asking secretaries whether the facts we hold still hold: on the day they are due, again before they lapse, or at a press."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Case, DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils import timezone

from consultants.models import Consultant, Practice, Reconfirmation
from consultants.models.practices import REMIND_AFTER
from consultants.models.reconfirmations import UNDECIDED
from consultants.reading import one_line
from procedures.models.confirmations import CHECK_AFTER, HIDE_AFTER

logger = logging.getLogger(__name__)

# A secretary is not asked twice within this, however many of the consultant's practices come due one after another.
PEACE = timedelta(days=14)
TRY_AGAIN_AFTER = timedelta(hours=1)


@dataclass
class Asked:
    """What became of the questions that were due."""

    asked: int = 0
    without_address: int = 0
    sent: int = 0
    failed: int = 0


def ask_to_reconfirm() -> Asked:
    """Put each question that is due, once, and send all that wait."""
    came, sent = ask_due(), send_waiting()
    return Asked(came.asked, came.without_address, sent.sent, sent.failed)


def unasked() -> QuerySet[Any, Any]:
    """Consultants some of whose facts have come due, and whose secretary was not asked since. `came_due_on` says when.

    A fact comes due twice: when readers are told to ring and check, and two weeks before it is listed no longer. What
    nobody ever confirmed does not come due: for that, staff press a button.
    """
    today, confirmed = timezone.localdate(), F("practices__confirmed_on")
    came_due = Case(
        When(
            practices__confirmed_on__lte=today - REMIND_AFTER,
            then=Cast(confirmed + REMIND_AFTER, DateField()),
        ),
        default=Cast(confirmed + CHECK_AFTER, DateField()),
    )
    asked = Reconfirmation.objects.filter(consultant=OuterRef("pk"))
    busy = asked.filter(Q(asked_at__gt=timezone.now() - PEACE, revoked_at=None) | UNDECIDED)
    latest = asked.exclude(due_on=None).order_by("-due_on").values("due_on")[:1]
    return (
        Consultant.objects.with_profile()
        .filter(~Exists(busy), practices__confirmed_on__lte=today - CHECK_AFTER)
        .annotate(came_due_on=Max(came_due), asked_for=Subquery(latest))
        .filter(Q(asked_for=None) | Q(asked_for__lt=F("came_due_on")))
    )


def ask_due() -> Asked:
    """Write down each question that is due. Its mail leaves with `send_waiting`."""
    came = Asked()
    for pk, address in unasked().values_list("pk", "secretary_email"):
        if not address:
            came.without_address += 1
            continue
        with transaction.atomic():
            # Of two workers the second finds it locked, or done.
            is_ours = Consultant.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            due_on = unasked().filter(pk=pk).values_list("came_due_on", flat=True).first()
            if is_ours and due_on:
                Reconfirmation.objects.ask(is_ours, due_on=due_on)
                came.asked += 1
    return came


def send_waiting() -> Asked:
    """Send each question that waits. One that cannot be sent keeps no other waiting, and is tried again in an hour."""
    came = Asked()
    for pk in list(Reconfirmation.objects.to_be_sent().values_list("pk", flat=True)):
        try:
            came.sent += _send_once(pk)
        except Exception as error:
            came.failed += 1
            logger.warning("Question %s was not sent (%s).", pk, type(error).__name__)
            next_try_at = timezone.now() + TRY_AGAIN_AFTER
            Reconfirmation.objects.filter(pk=pk).update(next_try_at=next_try_at)
    return came


@transaction.atomic
def _send_once(pk: int) -> bool:
    """Written down and sent together: what could not be sent is not written down as sent."""
    waiting = Reconfirmation.objects.to_be_sent().select_related("consultant")
    question = waiting.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
    if question is None:
        return False
    if question.ended or not _is_still_due(question):
        question.take_back()
        return False
    if not question.consultant.secretary_email:
        raise LookupError("no address")
    question.mark_sent()
    message(question).send()
    return True


def _is_still_due(question: Reconfirmation) -> bool:
    """Whether there is still something to ask. What staff asked for by a press always is."""
    old = Practice.objects.filter(
        consultant=question.consultant, confirmed_on__lte=timezone.localdate() - CHECK_AFTER
    )
    return question.due_on is None or old.exists()


def message(question: Reconfirmation) -> EmailMessage:
    """The question as it leaves: a link and few words, with the same Message-ID however often it is tried."""
    consultant = question.consultant
    practices = list(consultant.practices.select_related("hospital").order_by("hospital__position"))
    context = {
        "consultant": consultant,
        "link": settings.SITE_URL + question.address,
        "question": question,
        "hospitals": [each.hospital for each in practices],
        "asked_by": question.asked_by.get_full_name() if question.asked_by else "",
        "site_url": settings.SITE_URL,
        "lapses_on": _lapses_on(practices),
    }
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    fixed = f"reconfirm-{question.pk}"
    return EmailMessage(
        subject=one_line(f"Please check what patients read about {consultant.name}"),
        body=render_to_string("consultants/mail/reconfirm.txt", context),
        to=[consultant.secretary_email],
        headers={"Message-ID": f"<{fixed}@{domain}>", "X-Reference": fixed},
    )


def _lapses_on(practices: list[Practice]) -> object:
    """The day on which the first of them is listed no longer, where that is near; None where it is not, or is over."""
    today = timezone.localdate()
    soon = [
        each.lapses_on
        for each in practices
        if each.lapses_on and today < each.lapses_on <= today + HIDE_AFTER - REMIND_AFTER
    ]
    return min(soon, default=None)
