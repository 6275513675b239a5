"""The worker: sends what waits in the outbox, and deletes requests whose time is over, for as long as it runs."""

import json
import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from enquiries.mail import send_due
from enquiries.models import Enquiry
from enquiries.models.outbox import worker_was_here

logger = logging.getLogger(__name__)
PAUSE = 2.0
PURGE_EVERY = 3600.0


class Command(BaseCommand):
    """Any number may run at once: each takes mail that no other has."""

    help = "Sends waiting mail and deletes requests past their time, until told to stop. One JSON line at the end."
    sent = 0
    purge_due_at = 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, then stop.")

    def handle(self, *args: Any, **options: Any) -> str:
        if options["once"]:
            self.send()
            Enquiry.objects.purge()
        else:
            self.work()
        return json.dumps({"sent": self.sent})

    def work(self) -> None:
        """Round after round, until told to stop."""
        stop = Event()
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: stop.set())
        while not stop.is_set():
            self.round()
            stop.wait(PAUSE)

    def round(self) -> None:
        """Send all that is due; then, once an hour, delete what is past its time. Neither failing stops the other."""
        _try("Sending mail", self.send)
        if time.monotonic() >= self.purge_due_at:
            self.purge_due_at = time.monotonic() + PURGE_EVERY
            _try("Deleting old requests", Enquiry.objects.purge)

    def send(self) -> None:
        """Send all that is due, the oldest first."""
        worker_was_here()
        while batch := send_due():
            self.sent += batch


def _try(what: str, deed: Callable[[], object]) -> None:
    """Whatever goes wrong is logged, and the worker goes on. A connection that is lost is opened anew next time."""
    try:
        deed()
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database is away (%s).", type(error).__name__)
        connection.close()
    except Exception as error:
        logger.exception("%s failed (%s). It will be tried again.", what, type(error).__name__)
