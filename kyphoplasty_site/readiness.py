"""What /readyz tells: of each part one word, `ok` or what is amiss with it, and the figures behind it.

A request needs more than a database that answers: a connection, room on the disk, tables that nobody has locked. So
each is tried, on a new connection, and within a few seconds. That costs the database something, and anybody may ask: so
one asks at a time, and what was told holds for a second.
"""

from datetime import timedelta
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

from django.db import Error, OperationalError, connection
from django.utils import timezone

from enquiries.models import OutgoingMail
from enquiries.models.fence import may_mail_leave
from enquiries.patience import ANY_WORD, Watch
from procedures.clocks import TOO_FAR_APART

# The worker comes round every two seconds, and mail leaves at once where nothing is in its way.
LATE_AFTER = 30
HOLDS_FOR = 1.0
# More than machines that keep time differ by, and less than any rule of ours reckons with.
CLOCKS_AGREE = timedelta(seconds=5)

# A list larger than the memory it may have is written to the disk: a megabyte, which leaves with the answer. The tables
# are locked as storing a request locks them, and the lock is given back when the connection is closed.
TRY = """
    BEGIN;
    SET LOCAL lock_timeout = '1s';
    SET LOCAL work_mem = '64kB';
    LOCK TABLE enquiries_enquiry, enquiries_outgoingmail IN ROW EXCLUSIVE MODE;
    SELECT clock_timestamp(), current_setting('synchronous_standby_names') <> '' AND NOT EXISTS (
        SELECT FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'
    ) FROM (SELECT count(*) FROM generate_series(1, 50000)) AS room
"""
AMISS = {"55P03": "locked", "53100": "disk is full", "53300": "no connection is left"}
# Who is refused a connection is told so in words alone.
NONE_LEFT = ("too many clients", "connection slots", "too many connections")


class Readiness:
    """What this process told last, and when."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.told_at = -inf
        self.looking = Lock()

    def now(self) -> dict[str, Any]:
        """Each part in a word. While somebody looks, the others are told what was told last, if that was lately."""
        if self.looking.acquire(blocking=monotonic() - self.told_at > LATE_AFTER):
            try:
                if monotonic() - self.told_at > HOLDS_FOR:
                    self.told, self.told_at = _look(), monotonic()
            finally:
                self.looking.release()
        return self.told


readiness = Readiness()


def _look() -> dict[str, Any]:
    """`database` alone stands there where a request cannot be stored."""
    try:
        theirs = tried()
        off = timezone.now() - theirs
        facts = {"may_mail_leave": may_mail_leave(), **OutgoingMail.objects.health()}
        is_refused = OutgoingMail.objects.is_refused()
    except Error as error:
        return {"database": _amiss(error)}
    if abs(off).total_seconds() > TOO_FAR_APART:
        return {"database": "at another time"}
    seen = facts["worker_seen_seconds"]
    return {
        "database": "ok",
        "mail": _mail(facts, is_refused=is_refused),
        "worker": "ok" if seen is not None and seen <= LATE_AFTER else "away",
        "clock": "ok" if abs(off) <= CLOCKS_AGREE else "wrong",
        **facts,
    }


def is_clock_right() -> bool:
    """Whether our clock agrees with the database's. What goes by age is left alone while it does not."""
    return abs(clock_is_off_by()) <= CLOCKS_AGREE


def clock_is_off_by() -> timedelta:
    """Our clock, less the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        off: timedelta = timezone.now() - cursor.fetchone()[0]
    return off


class StandbyAway(Error):
    """Nothing counts as stored until a standby has it too, and there is none."""


def tried() -> Any:
    """What time the database has, once all that a request needs was had. Raises django.db.Error where it was not."""
    fresh = connection.copy()
    try:
        with Watch(fresh, ANY_WORD), fresh.cursor() as cursor:
            cursor.execute(TRY)
            now, waits_for_ever = cursor.fetchone()
    finally:
        fresh.close()
    if waits_for_ever:
        raise StandbyAway
    return now


def _amiss(error: Error) -> str:
    if isinstance(error, StandbyAway):
        return "its standby is away"
    code = getattr(error.__cause__, "pgcode", None)
    is_refused = isinstance(error, OperationalError) and any(words in str(error) for words in NONE_LEFT)
    return AMISS["53300"] if is_refused else AMISS.get(str(code), "away")


def _mail(facts: dict[str, Any], *, is_refused: bool) -> str:
    if not facts["may_mail_leave"]:
        return "may not leave"
    if is_refused:
        return "server does not take it"
    if (facts["oldest_unsent_seconds"] or 0) > LATE_AFTER:
        return "late"
    return "waits for a person" if facts["held_mails"] else "ok"
