"""Add made-up consultants and requests, to try the site with many of them."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from kyphoplasty_site import demo, demo_requests


class Command(BaseCommand):
    """Refused wherever PUBLIC_URL is set: nobody made up may stand before patients."""

    help = (
        "Adds made-up consultants at made-up hospitals, and made-up requests in every state, to a development copy. None has a GMC number. "
        "Says how far it has come. One JSON line: how many of each. Refused where PUBLIC_URL is set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--consultants", type=int, default=0, metavar="N", help="How many consultants to add."
        )
        parser.add_argument("--enquiries", type=int, default=0, metavar="N", help="How many requests to add.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PUBLIC_URL:
            raise CommandError(
                "PUBLIC_URL is set, so this is a site for the public. Made-up people have no place there."
            )
        if min(options["consultants"], options["enquiries"]) < 0:
            raise CommandError("Say how many to add: 0 or more.")
        added = {
            "consultants": self.added("consultants", demo.add_consultants, options["consultants"]),
            "enquiries": self.added("requests", demo_requests.add_enquiries, options["enquiries"]),
        }
        if any(added.values()):
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self.stdout.write(json.dumps(added))

    def added(self, what: str, add: Callable[[int], Iterator[int]], how_many: int) -> int:
        """Add them, and tell of every step of a long way."""
        done = 0
        for done in add(how_many) if how_many else ():
            if done % demo.BATCH == 0:
                self.stderr.write(f"{done} of {how_many} {what}", str)
        return done
