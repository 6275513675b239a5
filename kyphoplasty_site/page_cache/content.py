"""How the published content stands: its version, and the next moment at which pages read differently by themselves.

The database moves the version with every change (`ContentVersion`), so a process need only look. Each looks twenty times a
second, which costs next to nothing, needs no second channel, and finds by itself what it missed while it was cut off.
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Condition, Event, Thread

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.models.functions import Now
from django.utils import timezone

from enquiries.patience import ANY_WORD, Watch
from kyphoplasty_site.metrics import WRONG_LOOKS
from kyphoplasty_site.models import ContentVersion, SiteSettings
from procedures.clocks import clocks
from procedures.models import Edition

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.05
TRUSTED_FOR = 1.0  # seconds that what was seen last is taken to hold
FIRST_LOOK = 3.0  # seconds that readers wait for it: a little longer than a connection to one server may take


@dataclass(frozen=True)
class Standing:
    """What was seen. Pages of the same generation, read before `until`, read the same."""

    version: str
    generation: str
    until: float  # seconds since 1970

    @property
    def holds(self) -> bool:
        """Whether its moment is still to come."""
        return time.time() < self.until


class Content:
    """Looks after how the content stands, in a thread of its own, from the first time that somebody asks."""

    def __init__(self) -> None:
        self.release = _release()
        self._standing = Standing("", "", 0.0)
        self._seen_at = -TRUSTED_FOR
        self.seen_at = 0.0  # the same moment by the clock, in seconds since 1970
        self._looked = Condition()
        self._has_looked = False  # or was waited for long enough
        self._asked = Event()
        self._thread: Thread | None = None
        self._is_over = False

    @property
    def is_away(self) -> bool:
        """Whether nobody can know how the content stands: the database has said nothing for so long, or our clock is wrong."""
        is_silent = self._has_looked and time.monotonic() - self._seen_at > TRUSTED_FOR
        return is_silent or clocks.are_apart

    @property
    def standing(self) -> Standing:
        """How it stood when it was last looked at, which is looked at again when its moment has passed."""
        standing = self._standing
        if not standing.holds and not self.is_away:
            self._look_now()
            standing = self._standing
        return standing

    def generation(self) -> str:
        """What may be remembered now was made for this; empty while nobody can know how the content stands."""
        standing = self.standing
        return standing.generation if standing.holds and not self.is_away else ""

    def begin(self) -> None:
        """Look for the first time, or wait for whoever does: by then the clocks were compared."""
        if not self._has_looked:
            self._look_now()

    def _look_now(self) -> None:
        with self._looked:
            if self._thread is None:
                clocks.is_compared = True
                self._thread = Thread(target=self._keep_looking, name="content", daemon=True)
                self._thread.start()
            else:
                self._asked.set()
            if not self._looked.wait(FIRST_LOOK):
                self._note_look()

    def close(self) -> None:
        """Stop looking."""
        if self._thread:
            self._is_over = True
            self._asked.set()
            self._thread.join()

    def _keep_looking(self) -> None:
        with Watch(connections[DEFAULT_DB_ALIAS], ANY_WORD) as watch:
            while not self._is_over:
                watch.silent = 0.0  # each look is an answer of its own
                try:
                    if connection.connection is None:
                        _connect()
                    self.look()
                except Error:
                    connection.close()
                except Exception:  # it must go on looking, or every reader is left with what is kept
                    logger.exception("The content's version cannot be read.")
                    connection.close()
                with self._looked:
                    self._note_look()
                self._asked.wait(LOOK_EVERY)
                self._asked.clear()
        connection.close()

    def _note_look(self) -> None:
        self._has_looked = True
        self._looked.notify_all()

    def look(self) -> None:
        """Read the version, and after a change also the next moment. Raises django.db.Error while the database is away.

        By a clock that is wrong no moment is reckoned: what was seen before stands until it is right again.
        """
        began, clock = time.monotonic(), time.time()
        version, theirs = ContentVersion.objects.values_list("version", Now()).get()
        self._compare(theirs, began)
        if clocks.are_apart:
            WRONG_LOOKS.inc()
            return
        standing = self._standing
        was_set_back = clock < self.seen_at
        if str(version) != standing.version or not standing.holds or was_set_back:
            until = next_moment().timestamp()
            standing = Standing(str(version), f"{version} {until} {self.release}", until)
        if not clocks.are_apart:  # still
            self._standing, self._seen_at, self.seen_at = standing, began, min(clock, time.time())

    def _compare(self, theirs: datetime, asked_at: float) -> None:
        clocks.note(theirs.timestamp(), asked_at)


def _connect() -> None:
    """So that no look waits for a lock, not even in the server when ours was given up here."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")


def next_moment() -> datetime:
    """When a page next reads differently though nobody changes anything.

    By the day: reviews that fall due, prices and confirmations that lapse, days on which a phone is not answered. By the
    minute: editions set for later, and the notice.
    """
    coming = [Edition.objects.next_publication(), SiteSettings.objects.next_turn_of_notice()]
    return min([midnight(), *(moment for moment in coming if moment)])


def midnight() -> datetime:
    """When the day ends in London."""
    today = timezone.localdate()
    return timezone.make_aware(datetime.combine(today + timedelta(days=1), datetime.min.time()))


def _release() -> str:
    """The code, words, templates, static files and settings that pages are drawn with, as a fingerprint."""
    seen = hashlib.sha256(f"{settings.SITE_URL} {settings.FALLBACK_PHONE}".encode())
    root = Path(settings.BASE_DIR)
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    apps = ("kyphoplasty_site", "procedures", "consultants", "enquiries")
    code = [path for app in apps for kind in ("*.py", "*.toml") for path in (root / app).rglob(kind)]
    for path in sorted([*code, *(root / "templates").rglob("*.*"), root / "requirements.txt", manifest]):
        if path.exists():
            seen.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    return seen.hexdigest()[:16]
