"""Serve the whole site: database, web server and mail worker, as `make serve` does. Or the web server alone."""

import hashlib
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from kyphoplasty_site import localdb, supervisor
from kyphoplasty_site.error_pages import write_error_pages


class Command(BaseCommand):
    help = "Serve the whole site: database, web server and mail worker. PORT and BIND choose where."
    requires_system_checks: list[str] = []  # migrate, below, runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only",
            choices=["web"],
            help="Serve pages alone, from a database that is ready. Only pages that are drawn again when lost are written.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["only"]:
                supervisor.serve_web()
            supervisor.serve(settings.DATA_DIR, prepare)
        except (supervisor.Refusal, localdb.Failure) as reason:
            raise CommandError(str(reason)) from reason


def prepare() -> None:
    """Bring the database, the seed content and the static files up to date."""
    supervisor.say("Preparing the database, the content and the static files.")
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()  # first: the pages that the seed publishes are kept with the names of the files they show
    write_error_pages()
    call_command("seed_content", stdout=StringIO())
    connections.close_all()


def collect_static() -> None:
    """Collect and compress the static files when any of them is not what it was the last time."""
    stamp = Path(settings.DATA_DIR) / "static.stamp"
    fingerprint = static_fingerprint()
    is_collected = (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
    if is_collected and stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
