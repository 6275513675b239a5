"""Ask the secretaries of consultants whose facts are due whether they still hold."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consultants.reconfirming import ask_to_reconfirm


class Command(BaseCommand):
    """The worker does the same every hour; this is for doing it now."""

    help = (
        "Asks each secretary by mail, once, when facts have not been confirmed for 180 days, and again two weeks before"
        " they are listed no longer. One JSON line: how many were asked, had no address, were sent, or failed."
        " Fails if any did."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        came = ask_to_reconfirm()
        self.stdout.write(json.dumps(asdict(came)))
        if came.failed:
            raise CommandError("Some questions were not sent. They are tried again in an hour.")
