"""Tables are changed while people use them: nobody waits for long, and what cannot be changed now is tried again."""

import time
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from threading import Event, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection

from kyphoplasty_site.management.commands.migrate import ALONE

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "kyphoplasty_site_backup"  # the migration after 0010 made it, so going back to 0010 must have it to itself
BEFORE = ("kyphoplasty_site", "0010_version_of_the_content")
# Seconds at most: half of one for the change to give up, the rest for a busy machine. If it did not give up, they would
# wait for ever, since the long read ends only once it has.
READERS_WAIT = 5.0


@pytest.fixture
def somebody_reads() -> Iterator[Any]:
    """A session in the midst of a long read of the table, which is over when it is closed."""
    other: Any = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"BEGIN; SELECT count(*) FROM {TABLE}")
    yield other
    other.close()
    call_command("migrate", verbosity=0)


class Watched(StringIO):
    """Does something once the third line is written to it."""

    def __init__(self, then: Any) -> None:
        super().__init__()
        self.then = then

    def write(self, words: str) -> int:
        written = super().write(words)
        if self.getvalue().count("Trying again") == 3 and self.then:
            self.then = self.then()
        return written


def is_there() -> bool:
    return TABLE in connection.introspection.table_names()


def test_change_of_a_table_in_use_holds_up_no_reader_and_is_made_once_it_is_free(somebody_reads: Any) -> None:
    waits: list[float] = []
    is_over = Event()

    def read_on() -> None:
        with (
            connection.copy().cursor() as cursor,
            suppress(ProgrammingError),
        ):  # raised once the table is gone
            while not is_over.is_set():
                began = time.monotonic()
                cursor.execute(f"SELECT count(*) FROM {TABLE}")
                waits.append(time.monotonic() - began)
        cursor.connection.close()

    others = Thread(target=read_on)
    said = Watched(somebody_reads.close)
    others.start()
    try:
        call_command("migrate", *BEFORE, verbosity=0, pause=0.1, stderr=said)
    finally:
        is_over.set()
        others.join()

    assert not is_there()
    assert said.getvalue().count("Trying again") == 3
    assert 0.4 < max(waits) < READERS_WAIT


def test_change_of_a_table_that_is_never_free_says_so_and_leaves_everything_as_it_was(
    somebody_reads: Any,
) -> None:
    with pytest.raises(CommandError, match="in use at each of 2 tries"):
        call_command("migrate", *BEFORE, verbosity=0, pause=0.0, tries=2, stderr=StringIO())

    assert is_there()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_index_that_was_left_half_made_is_dropped_before_it_is_made_again() -> None:
    half_made = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE twice AS SELECT 1 AS number FROM generate_series(1, 2)")
        with suppress(IntegrityError):
            cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY twice_by_number ON twice (number)")
        cursor.execute(half_made)
        assert cursor.fetchone() == (1,)

        call_command("migrate", "enquiries", "0011_how_we_knew_who_asked_to_be_erased", verbosity=0)

        cursor.execute(half_made)
        assert cursor.fetchone() == (0,)
        cursor.execute("DROP TABLE twice")
    call_command("migrate", verbosity=0)


def test_two_machines_that_start_at_once_change_the_tables_one_after_the_other(somebody_reads: Any) -> None:
    """The first waits for a table, and the second for the first."""
    said = StringIO()

    def second() -> None:
        try:
            call_command("migrate", *BEFORE, verbosity=0, pause=0.05, tries=600, stderr=said)
        finally:
            connection.close()

    other = Thread(target=second, daemon=True)

    def meanwhile() -> None:
        other.start()
        until = time.monotonic() + 30
        while "Another migrate" not in said.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
        somebody_reads.close()

    call_command("migrate", *BEFORE, verbosity=0, pause=0.1, stderr=Watched(meanwhile))
    other.join(30)

    assert not other.is_alive()
    assert not is_there()
    assert said.getvalue().count("\n") == 1


def test_migrate_of_a_machine_that_was_lost_is_not_waited_for_for_ever() -> None:
    other: Any = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({ALONE})")
    try:
        with pytest.raises(CommandError, match="at each of 2 tries"):
            call_command("migrate", verbosity=0, pause=0.0, tries=2, stderr=StringIO())
        call_command("migrate", check_unapplied=True, verbosity=0)  # which only looks
    finally:
        other.close()
    call_command("migrate", verbosity=0)
