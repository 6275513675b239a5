"""What was drawn, kept: in the process's memory, and on disk for its neighbours and for the next start.

Nothing on disk matters: lost, it is drawn again. It is there so that a page is drawn once a change and not once a process,
and so that pages stay up when the web server is started again while the database is away.
"""

import fcntl
import gzip
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TextIO

import brotli
from django.conf import settings
from django.core.cache import caches

logger = logging.getLogger(__name__)

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]  # as WSGI has it: the status, the headers and the whole body
MEMORY = 8 * 1024 * 1024  # bytes of bodies, in each process


@dataclass(frozen=True)
class Body:
    """The bytes of a page in one coding, and the headers that go with just these bytes."""

    content: bytes
    etag: str
    headers: Headers

    @classmethod
    def of(cls, content: bytes, coding: str) -> "Body":
        """A strong validator: other bytes have another."""
        etag = f'"{sha256(content).hexdigest()[:20]}"'
        headers = [("ETag", etag), ("Content-Length", str(len(content)))]
        return cls(content, etag, headers + ([("Content-Encoding", coding)] if coding else []))


@dataclass(frozen=True)
class Page:
    """A page as every reader gets it, of which generation it is, and what in a query would make it another page.

    Its status is 200, or says that a page which was kept is gone.
    """

    generation: str
    status: str
    headers: Headers
    brotli: bytes
    gzip: bytes
    reads: frozenset[str] = frozenset()

    @classmethod
    def drawn(cls, generation: str, answer: "Answer", reads: frozenset[str]) -> "Page":
        """The page of these bytes, compressed as well as can be: that is done once, and sent to thousands."""
        status, headers, content = answer
        small, zipped = brotli.compress(content), gzip.compress(content, mtime=0)
        return cls(generation, status, headers, small, zipped, reads)

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, more or less."""
        return len(self.brotli) + len(self.gzip)

    def body(self, accepted: str) -> Body:
        """In the smallest coding that an Accept-Encoding header asks for."""
        coding = best_coding(accepted)
        return self._brotli if coding == "br" else self._gzip if coding == "gzip" else self._plain

    @cached_property
    def _brotli(self) -> Body:
        return Body.of(self.brotli, "br")

    @cached_property
    def _gzip(self) -> Body:
        return Body.of(self.gzip, "gzip")

    @property
    def _plain(self) -> Body:
        return Body.of(gzip.decompress(self.gzip), "")


@lru_cache(maxsize=256)
def best_coding(accepted: str) -> str:
    """“br”, “gzip” or “”, by an Accept-Encoding header (RFC 9110, section 12.5.3). A coding with q=0 is refused."""
    wanted = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        wanted[coding.strip()] = weight.replace(" ", "").rstrip("0.") != "q="
    return next((coding for coding in ("br", "gzip") if wanted.get(coding)), "")


class Pages:
    """Every page that is kept, by its name. The oldest in memory makes room; on disk, Django's file cache sees to that."""

    def __init__(self) -> None:
        self._memory: dict[str, Page] = {}
        self._size = 0
        self._changing = Lock()

    def at_hand(self, name: str) -> Page | None:
        """From memory alone."""
        return self._memory.get(name)

    def on_disk(self, name: str) -> Page | None:
        """As a neighbour, or this process before its last start, left it. What cannot be read was left by other code."""
        try:
            kept = caches["pages"].get(_key(name))
            page = Page(*kept) if kept else None
        except Exception:
            logger.warning("A kept page cannot be read, and is drawn again.")
            return None
        if page:
            self._remember(name, page)
        return page

    def keep(self, name: str, page: Page) -> None:
        """In place of what was kept before. A full disk costs only the copy on it."""
        self._remember(name, page)
        try:
            caches["pages"].set(_key(name), astuple(page), timeout=None)
        except OSError:
            logger.warning("A page cannot be kept on disk.")

    def _remember(self, name: str, page: Page) -> None:
        with self._changing:
            if before := self._memory.pop(name, None):
                self._size -= before.size
            self._memory[name] = page
            self._size += page.size
            while self._size > MEMORY and self._memory:
                oldest = next(iter(self._memory))
                self._size -= self._memory.pop(oldest).size


@contextmanager
def alone_on_this_machine(name: str, patience: float = 0.0) -> Iterator[bool]:
    """Whether no other process has the same name here, after waiting so many seconds for it. One that dies lets go."""
    with ExitStack() as held:
        is_alone = True
        with suppress(OSError):  # nothing can be written there, so there is nothing to share either
            folder = Path(settings.CACHES["pages"]["LOCATION"]) / "locks"
            folder.mkdir(parents=True, exist_ok=True)
            is_alone = _taken(held.enter_context((folder / name).open("w")), patience)
        yield is_alone


def _taken(lock: TextIO, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()
