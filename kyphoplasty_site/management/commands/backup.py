"""Make a backup: the database, pictures and films in one sealed file."""

import json
import time
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from kyphoplasty_site.backups import make_backup, told
from kyphoplasty_site.management.plainly import failing_plainly


class Command(BaseCommand):
    """The site goes on meanwhile: the backup shows the moment at which it began."""

    help = (
        "Writes the database, pictures and films into one file, sealed with BACKUP_KEY, reads it again and notes that it was made. "
        "The file is readable to its owner alone, and its name ends in .unfinished until it is whole. "
        "One JSON line: the file, the moment it shows, how many rows and files are in it, and how many stored values each key "
        "of FIELD_KEYS opens, by the key’s fingerprint. Exit code 1 where there is no backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            type=Path,
            required=True,
            metavar="FOLDER",
            help="An existing folder to write the file into.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with failing_plainly():
            path, manifest = make_backup(options["to"], say=partial(self.stderr.write, style_func=str))
        seconds = round(time.monotonic() - began, 1)
        facts = {"file": str(path), "bytes": path.stat().st_size, **told(manifest), "seconds": seconds}
        self.stdout.write(json.dumps(facts))
