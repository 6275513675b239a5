"""How long a patient waits for a database that does not answer: less than three seconds, then an honest page.

A database that is down refuses at once. One that hangs, or a network that swallows what is sent, says nothing at all,
and the driver would wait for ever: so the connection is shut from outside, and reads as closed by the other side.
"""

import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
from os import dup
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any, ClassVar, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg2 import Error as DriverError
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE

from enquiries.outages import is_database_away
from procedures.clocks import clocks

Part = TypeVar("Part")

# Seconds of silence. A connection kept from an earlier page gets the shorter time for its first word, since a new one
# is tried after it, and that may take the two seconds of connect_timeout.
FIRST_WORD = 0.7
ANY_WORD = 1.6
# Staff may wait longer, who ask for what takes long, such as a copy of a whole history.
DESK_WAITS = 30.0
LOOK_EVERY = 0.1
REMEMBERED_FOR = 60.0  # seconds that silence is feared again, where nobody has asked since


@contextmanager
def patience() -> Iterator[None]:
    """Whatever is asked of the database in here is answered in time, or raises OperationalError.

    So does all that is asked by a clock that is wrong: what we stored would be overdue at once, or not due for a year.
    """
    clocks.require()
    database = connections[DEFAULT_DB_ALIAS]
    with Watch(database) as watch:
        database.close_if_health_check_failed()
        database.ensure_connection()
        watch.longest = ANY_WORD
        yield


class Silent(OperationalError):
    """The database did not answer in time, as somebody has noted already."""


class Turns:
    """Who may ask, of those that ask the same. After an answer that did not come in time one tries at a time, and the
    others are told so at once. If each waited, those who wait would hold every thread, and readers would wait behind them.
    For the same reason those that ask something else are in doubt from then on, until one of them has been answered.
    """

    one_of_all = Lock()  # whatever they ask: who waits holds a thread
    newly_silent_at: ClassVar[float] = -inf  # when a kind fell silent that had been answered before

    def __init__(self, trying: Any = one_of_all) -> None:
        self.trying = trying
        self.silent_at = self.answered_at = -inf

    @property
    def is_silent(self) -> bool:
        """Whether the last answer did not come, lately."""
        return self._is_feared(self.silent_at)

    @property
    def is_in_doubt(self) -> bool:
        """Whether an answer may not come: the last did not, or that of another kind."""
        return self._is_feared(max(self.silent_at, self.newly_silent_at))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Silent, an OperationalError, where an answer did not come in time, and where that is to be feared and
        somebody tries already. What the database refuses is an answer, too.
        """
        is_trying = self.is_in_doubt
        if is_trying and not self.trying.acquire(blocking=False):
            raise Silent("Somebody tries already.")
        began = monotonic()
        try:
            yield
            self._note_answer(began)
        except Exception as error:
            if not is_database_away(error):
                self._note_answer(began)
            elif not isinstance(error, Silent) and monotonic() - began > FIRST_WORD - LOOK_EVERY:
                self._note_silence()  # a watch may shut a connection so much sooner
                raise Silent("No answer came in time.") from error
            raise
        finally:
            if is_trying:
                self.trying.release()

    def _is_feared(self, silent_at: float) -> bool:
        return silent_at > max(self.answered_at, monotonic() - REMEMBERED_FOR)

    def _note_answer(self, began: float) -> None:
        self.answered_at = max(self.answered_at, began)

    def _note_silence(self) -> None:
        was_silent, self.silent_at = self.is_silent, monotonic()
        if not was_silent:
            Turns.newly_silent_at = self.silent_at


# By what is asked: a page that needs less than another may well be answered.
turns: defaultdict[str, Turns] = defaultdict(Turns)
# Of those who come as far as storing. A redirect, or a form with a mistake, says nothing of that.
storing = Turns(Lock())


def each_in_time(parts: Iterator[Part]) -> Iterator[Part]:
    """Each part of a long answer has its own time, so that the whole may take as long as it needs."""
    while True:
        with Watch(connections[DEFAULT_DB_ALIAS], DESK_WAITS):
            part = next(parts, None)
        if part is None:
            return
        yield part


class Watch:
    """Looks every moment whether a connection waits for its answer, and shuts one that has waited too long.

    Only that is counted, not what we ourselves take. A connection still being made has its own time-out. One thread looks
    after all connections of a process, and ends once there are none.
    """

    watches: ClassVar[set["Watch"]] = set()
    watcher: ClassVar[Thread | None] = None
    changing: ClassVar[Any] = Lock()

    def __init__(self, database: Any, longest: float = FIRST_WORD) -> None:
        self.database, self.longest, self.silent = database, longest, 0.0

    def __enter__(self) -> "Watch":
        with Watch.changing:
            if Watch.watcher is None or not Watch.watcher.is_alive():  # as in a process that was forked
                Watch.watcher = Thread(target=_keep_watching, name="patience", daemon=True)
                Watch.watcher.start()
            Watch.watches.add(self)
        return self

    def __exit__(self, *args: object) -> None:
        with Watch.changing:
            Watch.watches.remove(self)

    def look(self) -> None:
        """Look once more, after LOOK_EVERY or, the first time, less."""
        self.silent = self.silent + LOOK_EVERY if self._is_waiting() else 0.0
        if self.silent >= self.longest:
            self._shut()
            self.silent = 0.0  # the next to wait is another connection

    def _is_waiting(self) -> bool:
        with suppress(AttributeError, DriverError):  # none yet, or closed already
            return bool(self.database.connection.get_transaction_status() == TRANSACTION_STATUS_ACTIVE)
        return False

    def _shut(self) -> None:
        with (
            suppress(OSError, AttributeError, DriverError),
            socket.socket(fileno=dup(self.database.connection.fileno())) as silent,
        ):
            silent.shutdown(socket.SHUT_RDWR)


def _keep_watching() -> None:
    while True:
        sleep(LOOK_EVERY)
        with Watch.changing:
            if not Watch.watches:
                Watch.watcher = None
                return
            for watch in Watch.watches:  # no look waits for anything
                watch.look()
