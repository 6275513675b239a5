"""Change the database's tables while people use them."""

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations import Migration
from psycopg2.errors import LockNotAvailable

PATIENCE = "500ms"  # that a change waits for a table, since everybody who comes later waits behind it
PAUSE = 2.0  # seconds until it is tried again
TRIES = 60
ALONE = int.from_bytes(b"migrate", "big")  # the advisory lock of whoever changes the tables
# Of our own tables, and that nobody is making at this moment.
HALF_MADE = """
    SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
    AND indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)
"""


class Command(migrate.Command):
    """Django's own, save that nobody waits for long.

    A change that does not get its table at once gives up its place in the queue, lets others through, and is tried again.
    What was migrated before stays; of the migration that gave up nothing does, since it is one transaction. One that is
    none makes or drops an index beside the readers, and waits for as long as it takes. Was it broken off, its index is in
    nobody's way but of no use, and is dropped before it is made again. Two machines that start at once take turns, and the
    second finds everything done. It asks for its turn again and again: a session that waited within the database would
    hold up the making of an index, which waits for all who ask anything.
    """

    help = (
        f"{migrate.Command.help} Waits half a second for each table and tries again, {TRIES} times, so that the site can be "
        "used meanwhile. One that runs on another machine is waited for as often. Exit code 1 if a table was never free, or the "
        "other never ended: then start it again later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pause", type=float, default=PAUSE, help=f"Seconds between tries ({PAUSE:g}).")
        parser.add_argument(
            "--tries", type=int, default=TRIES, help=f"How often a table is tried for ({TRIES})."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pause, tries = options.pop("pause"), options.pop("tries")
        if options["plan"] or options["check_unapplied"]:  # which only look
            super().handle(*args, **options)
            return
        self.database = connections[options["database"]]
        self._take_turn(pause, tries)
        try:
            self._until_done(pause, tries, *args, **options)
        finally:
            self._wait_for_tables("DEFAULT")
            self._asked(f"SELECT pg_advisory_unlock({ALONE})")

    def _take_turn(self, pause: float, tries: int) -> None:
        for number in range(1, tries + 1):
            if self._asked(f"SELECT pg_try_advisory_lock({ALONE})"):
                return
            if number == 1:
                self.stderr.write("Another migrate changes this database. Waiting until it has ended.")
            if number < tries:
                time.sleep(pause)
        raise CommandError(
            f"Another migrate was at work at each of {tries} tries. Start this again when it has ended. A machine that was "
            "lost in the midst of it has a session left in pg_stat_activity: end that with pg_terminate_backend."
        )

    def _asked(self, question: str) -> bool:
        with self.database.cursor() as cursor:
            cursor.execute(question)
            return bool(cursor.fetchone()[0])

    def _until_done(self, pause: float, tries: int, *args: Any, **options: Any) -> None:
        for number in range(1, tries + 1):
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
            if number < tries:
                self.stderr.write(
                    f"Somebody uses a table that has to change. Trying again ({number} of {tries - 1})."
                )
                time.sleep(pause)
        raise CommandError(
            f"A table that has to change was in use at each of {tries} tries. The migrations before it are done, and the site "
            "works as it did. Start this again when fewer people are at work."
        )

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        if migration and action in ("apply_start", "unapply_start"):
            self._wait_for_tables(f"'{PATIENCE}'" if migration.atomic else "0")
            if not migration.atomic:
                self._drop_half_made_indexes()
        super().migration_progress_callback(action, migration, fake)

    def _wait_for_tables(self, at_most: str) -> None:
        with self.database.cursor() as cursor:
            cursor.execute(f"SET lock_timeout TO {at_most}")

    def _drop_half_made_indexes(self) -> None:
        with self.database.cursor() as cursor:
            cursor.execute(HALF_MADE)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
