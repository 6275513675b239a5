"""The worker: sends what waits in the outbox, deletes requests whose time is over, tells managers what is
overdue, reminds of reviews, asks secretaries, makes leaflets and forgets old sign-ins.
"""

import json
import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from consultants import reconfirming
from enquiries.erasure import purge
from enquiries.mail import send_due
from enquiries.models import Enquiry, OutgoingMail
from enquiries.models.fence import may_mail_leave
from enquiries.models.outbox import worker_was_here
from enquiries.outages import is_database_away
from kyphoplasty_site import metrics
from kyphoplasty_site.accounts import sessions
from kyphoplasty_site.accounts.attempts import forget_old_tries
from kyphoplasty_site.readiness import is_clock_right
from procedures.leaflets import Press
from procedures.reviews import remind

logger = logging.getLogger(__name__)
PAUSE = 2.0
HOUR = 3600.0


class Command(BaseCommand):
    """Any number may run at once: each takes mail that no other has."""

    help = (
        "Sends waiting mail, deletes requests past their time, reminds of reviews, asks secretaries and"
        " makes leaflets, until told to stop."
        " One JSON line at the end."
    )
    sent = 0
    hourly_due_at = 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, then stop.")

    def handle(self, *args: Any, **options: Any) -> str:
        if options["once"]:
            worker_was_here()
            is_right = is_clock_right()
            if is_right:
                tell_managers()
            if may_mail_leave():
                self.send()
                if is_right:
                    remind()
                    reconfirming.ask_to_reconfirm()
            if is_right:
                purge()
                forget_old_tries()
                sessions.forget_old()
        else:
            self.work()
        return json.dumps({"sent": self.sent})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.press = Press()
        self.is_told = False

    def work(self) -> None:
        """Round after round, until told to stop."""
        stop = Event()
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: stop.set())
        _try("Serving the figures", metrics.serve_waiting)
        while not stop.is_set():
            self.round()
            stop.wait(PAUSE)

    def round(self) -> None:
        """Send all that is due; once an hour, delete what is past its time, remind and ask. None failing stops another.

        A leaflet takes seconds, so one is made at a time: mail waits for no more than that. In a copy of the database
        that nobody has let mail leave from, none of the mail leaves, and the rest goes on. What goes by the hour goes by
        age too, so it waits until our clock is right.
        """
        is_due = time.monotonic() >= self.hourly_due_at
        is_hourly = is_due and bool(_try("Comparing the clocks", is_clock_right))
        if is_hourly:
            self.hourly_due_at = time.monotonic() + HOUR
        elif is_due and not self.is_told:
            logger.warning(
                "The clock is not the database's. Nothing is deleted, held or told by age until they agree."
            )
        self.is_told = is_due and not is_hourly
        _try("Saying that it is here", worker_was_here)
        if is_hourly:
            _try("Telling managers what is overdue", tell_managers)
        if _try("Asking whether mail may leave", may_mail_leave):
            _try("Sending mail", self.send)
            if is_hourly:
                _try("Reminding of reviews", remind)
                _try("Asking what is due", reconfirming.ask_due)
            _try("Sending what secretaries are asked", reconfirming.send_waiting)
        if is_hourly:
            _try("Deleting old requests", purge)
            _try("Forgetting old sign-ins", forget_old_tries)
            _try("Forgetting old sessions", sessions.forget_old)
        _try("Making a leaflet", self.press.make_one)

    def send(self) -> None:
        """Send all that is due, the oldest first. By a clock that is wrong, nothing has been tried for too long."""
        if is_clock_right():
            OutgoingMail.objects.hold_what_took_too_long()
        while batch := send_due():
            self.sent += batch


def tell_managers() -> None:
    """Of calls that are overdue, also where they look like spam and nobody has said that they are."""
    OutgoingMail.objects.tell_managers(Enquiry.objects.past_due())


def _try(what: str, deed: Callable[[], object]) -> object:
    """Whatever goes wrong is logged, and the worker goes on. A connection that is lost is opened anew next time."""
    try:
        return deed()
    except Exception as error:
        if is_database_away(error):
            logger.warning("The database is away (%s). %s failed.", type(error).__name__, what)
            connection.close()
            return None
        logger.exception("%s failed (%s). It will be tried again.", what, type(error).__name__)
    return None
