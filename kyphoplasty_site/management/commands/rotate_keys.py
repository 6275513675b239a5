"""Bring what is encrypted under the newest key, so that older keys can be taken out of FIELD_KEYS."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyphoplasty_site.keys import encrypted_places


class Command(BaseCommand):
    """Works a batch at a time while the site runs. Interrupted, it goes on where it stopped."""

    help = (
        "Encrypts again, with the newest key of FIELD_KEYS, whatever an older key still encrypts, and says how far it has come. "
        "One JSON line: how many values were encrypted again, how many an older key still holds, and how many no key opens. "
        "Exit code 1 while any such is left: only at 0 may older keys be removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Only count what is left, and change nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rotations = encrypted_places()
        rotated = 0
        for rotation in () if options["check"] else rotations:
            for done in rotation.run():
                rotated += done
                self.stderr.write(f"{rotation}: {rotated} encrypted again", str)
        old, lost = (sum(counts) for counts in zip(*(rotation.left() for rotation in rotations), strict=True))
        self.stdout.write(json.dumps({"rotated": rotated, "under_older_keys": old, "no_key_opens": lost}))
        if old or lost:
            raise CommandError("Keep the older keys: something still needs them.")
