"""The worker: sends what waits in the outbox, and deletes requests whose time is over, for as long as it runs."""

import json
import logging
import signal
import time
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection

from enquiries.mail import send_due
from enquiries.models import Enquiry
from enquiries.models.outbox import worker_was_here

logger = logging.getLogger(__name__)
PAUSE = 2.0
PURGE_EVERY = 3600.0


class Command(BaseCommand):
    """Any number may run at once: each takes mail that no other has."""

    purge_due_at = 0.0
    help = "Sends waiting mail and deletes requests past their time, until told to stop. One JSON line at the end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, then stop.")

    def handle(self, *args: Any, **options: Any) -> str:
        stop = Event()
        if options["once"]:
            stop.set()
        else:
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            signal.signal(signal.SIGINT, lambda *_: stop.set())
        sent = self.round(once=options["once"])
        while not stop.is_set():
            stop.wait(PAUSE)
            sent += self.round()
        return json.dumps({"sent": sent})

    def round(self, *, once: bool = False) -> int:
        """Send all that is due. With the database away, wait for it, unless there is only this one round."""
        try:
            worker_was_here()
            if time.monotonic() >= self.purge_due_at:
                Enquiry.objects.past_keeping().delete()
                self.purge_due_at = time.monotonic() + PURGE_EVERY
            sent = 0
            while batch := send_due():
                sent += batch
        except Error as error:
            if once:
                raise
            logger.warning("The database is away (%s).", type(error).__name__)
            connection.close()
            return 0
        return sent
