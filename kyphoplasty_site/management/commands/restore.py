"""Restore a backup into an empty database, or only look whether it could be."""

import json
import time
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from kyphoplasty_site.backups import read_backup, restore_backup, told, what_is_next
from kyphoplasty_site.management.plainly import failing_plainly


class Command(BaseCommand):
    """No mail leaves from what it restores until a person lets it."""

    help = (
        "Restores a backup into the empty database of DATABASE_URL, and its pictures and films into the media store. "
        "The whole file is read first: where a byte of it was changed, a key of FIELD_KEYS is missing or the database is not "
        "empty, nothing is written. Every file is compared with the backup before the database is loaded, and every table "
        "after. No mail leaves until a person lifts the fence. One JSON line: the moment it shows, how many rows and files it "
        "has, and what a person has to do next. Exit code 1 where it was not restored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="The file that the command backup wrote.")
        parser.add_argument(
            "--check",
            action="store_true",
            help="Only read the whole file and tell what is in it; write nothing.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with failing_plainly():
            if options["check"]:
                facts = told(read_backup(options["file"]))
            else:
                manifest = restore_backup(options["file"], say=partial(self.stderr.write, style_func=str))
                facts = told(manifest) | {"may_mail_leave": False, "next": what_is_next(manifest)}
        self.stdout.write(
            json.dumps(facts | {"seconds": round(time.monotonic() - began, 1)}, ensure_ascii=False)
        )
