"""Remind owners and deputies of the reviews that are due."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures.reviews import remind


class Command(BaseCommand):
    """The worker does the same every hour; this is for doing it now."""

    help = (
        "Mails each reminder of a review whose day has come, once: 90, 60 and 30 days before, then weekly."
        " One JSON line: how many were sent, had nobody to go to, or failed. Fails if any did."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        came = remind()
        self.stdout.write(json.dumps(asdict(came)))
        if came.failed:
            raise CommandError("Some reminders were not sent. They are tried again next time.")
