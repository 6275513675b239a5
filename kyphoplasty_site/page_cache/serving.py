"""Stands before Django: answers readers from the pages that are kept, and asks Django for everything else."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

from django.conf import settings
from django.http import FileResponse
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from kyphoplasty_site.error_pages import too_busy
from kyphoplasty_site.metrics import KEPT_PAGES
from kyphoplasty_site.page_cache import DRAWN_AT_ONCE
from kyphoplasty_site.page_cache.content import Content
from kyphoplasty_site.page_cache.pages import Answer, Headers, Page, Pages, alone_on_this_machine
from kyphoplasty_site.page_cache.warming import Warmer
from procedures.clocks import clocks
from procedures.remembering import memory

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

# The pages that are kept, and what in their query makes another page of them, which is not kept. All else in a query is
# what advertisers and mail programs add, and changes nothing.
KEPT: dict[str, frozenset[str]] = {
    "home": frozenset(),
    "privacy": frozenset(),
    "accessibility": frozenset(),
    "robots": frozenset(),
    "sitemap": frozenset(),
    "sitemap_part": frozenset({"p"}),
    "procedures:procedure_list": frozenset({"q", "kind", "hospital"}),
    "procedures:procedure_detail": frozenset(),
    "procedures:change_list": frozenset({"on"}),
    "procedures:edition_detail": frozenset(),
    "procedures:visit_sheet": frozenset(),
    "procedures:for_your_gp": frozenset(),
    "procedures:leaflet_find": frozenset({"code"}),
    "procedures:hospital_list": frozenset(),
    "procedures:hospital_detail": frozenset(),
    "procedures:glossary": frozenset(),
    "consultants:consultant_list": frozenset(
        {"q", "hospital", "procedure", "specialty", "language", "gender", "after", "before", "last"}
    ),
    "consultants:consultant_detail": frozenset(),
}
# For caches between us and the reader. Browsers ask each time, and are told in a few bytes that nothing changed.
FRESH = "public, max-age=0, s-maxage=1, stale-while-revalidate=1, stale-if-error=86400"
OF_BEFORE = "public, max-age=0, s-maxage=0, stale-if-error=86400"
NEAR = 3.0  # seconds before its moment from which no cache may keep a page
PATIENCE = 1.0  # seconds that one reader waits for another’s page to be drawn
# Seconds, while all who may ask Django are busy, until it is asked whether the database is away.
LOOK_AGAIN = 0.2
ASKED_OF_ONE = {
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_RANGE",
    "HTTP_COOKIE",
}
SAID_ANEW = {"x-request-id", "content-length", "content-encoding", "etag", "vary", "cache-control"}
# Django would decode with whatever codec a sender names, such as “hex”, before any of our code. Every page of ours is UTF-8.
CHARSET = re.compile(r";\s*charset\s*\*?\s*=[^;]*", re.IGNORECASE)
OF_A_BODY = {"Content-Length", "Content-Encoding", "Content-Type"}
GONE = ("301", "302", "404", "410")


class Streamed:
    """An answer that Django still reads from the database while it leaves. Its place is free once the server closes it."""

    def __init__(self, answer: Any, place: ExitStack) -> None:
        place.callback(answer.close)
        self.answer, self.close = answer, place.close  # which does nothing the second time

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)


class CachedPages:
    """A WSGI application in front of another. Only what anybody may read is kept: without a cookie, and by name in KEPT.

    One that warms draws what nobody has read yet, from its first page on.
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], content: Content, *, warms: bool = False
    ) -> None:
        self.django, self.content, self.pages = application, content, Pages()
        memory.generation = self.content.generation
        public = urlsplit(settings.PUBLIC_URL)
        self.hosts = {public.netloc, public.hostname} if settings.PUBLIC_URL else _development_hosts()
        self.scheme = public.scheme if settings.IS_HTTPS else ""
        self.staff_cookie = f"{settings.SESSION_COOKIE_NAME}="
        self.locks = [Lock() for _ in range(64)]
        self.free = BoundedSemaphore(DRAWN_AT_ONCE)
        self.warmer = Warmer(self, content) if warms else None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_a_readers(environ):
            return self._asked(environ, start_response)
        name = f"{environ['HTTP_HOST']} {environ['PATH_INFO']}"
        page = self._standing_page(name)
        if page is None:
            reads = _what_it_reads(environ["PATH_INFO"])
            if reads is None or _asks_for(environ, reads):
                return self._asked(environ, start_response)
            found = self._drawn(name, environ, reads)
            if not isinstance(found, Page):
                return self._said(found, environ, start_response)
            page = found
        elif _asks_for(environ, page.reads):
            return self._asked(environ, start_response)
        return self._send(page, environ, start_response)

    def _is_a_readers(self, environ: Environ) -> bool:
        """Whether it comes from anybody: a plain GET, to a name of ours, by nobody who has signed in."""
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and environ.get("HTTP_HOST") in self.hosts
            and self.staff_cookie not in environ.get("HTTP_COOKIE", "")
            and "HTTP_AUTHORIZATION" not in environ
            and (not self.scheme or environ.get("HTTP_X_FORWARDED_PROTO") == self.scheme)
        )

    def _standing_page(self, name: str) -> Page | None:
        """What is kept and may be sent as it is.

        With the database away nobody can know, and the last good copy is far better for a reader than none: the one on
        disk, which may be a neighbour's and later than ours.
        """
        standing = self.content.standing
        if self.content.is_away:
            return self.pages.on_disk(name) or self.pages.at_hand(name)
        page = self.pages.at_hand(name)
        return page if page and page.generation == standing.generation and standing.holds else None

    def _holds(self, page: Page) -> bool:
        """Whether it says what the content said when it was last looked at."""
        standing = self.content.standing
        return page.generation == standing.generation and standing.holds

    def _drawn(self, name: str, environ: Environ, reads: frozenset[str]) -> Page | Answer:
        """The page as a neighbour kept it, else as Django draws it; or what Django says instead, which is not kept.

        An address that has a page no more keeps what is said of that, or the old page would come back with the next outage.
        What was drawn by a wrong clock is shown to nobody: nginx may have a better copy.
        """
        if self.warmer and not self.warmer.ident:
            with suppress(RuntimeError):  # another thread has just started it
                self.warmer.start()
        with self._alone(name):
            page = self._standing_page(name)
            standing = self.content.standing
            page = page or self.pages.on_disk(name)
            if page and self._holds(page):
                return page
            was_right = not clocks.are_apart
            status, headers, content = answer = self._whole_answer(environ)
            if clocks.are_apart or not was_right:
                return page or too_busy()
            if page and status.startswith("503"):
                return page
            is_gone = page is not None and status.startswith(GONE)
            if not standing.holds or not (is_gone or _may_be_kept(status, headers)):
                return answer
            kept = [(key, value) for key, value in headers if key.lower() not in SAID_ANEW]
            page = Page.drawn(standing.generation, (status, kept, content), reads)
            self.pages.keep(name, page)
            return page

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """While nobody else on this machine draws the page. After a while it goes on regardless: drawn twice harms nobody."""
        number = crc32(name.encode()) % len(self.locks)
        is_mine = self.locks[number].acquire(timeout=PATIENCE)
        try:
            with alone_on_this_machine(str(number), PATIENCE):
                yield
        finally:
            if is_mine:
                self.locks[number].release()

    def _asked(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """What Django says. Some threads never ask it, so that a database that hangs does not silence the kept pages."""
        self.content.begin()
        if not self._may_ask(environ):
            return self._said(too_busy(), environ, start_response)
        with ExitStack() as place:
            place.callback(self.free.release)
            kind = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
            answer = self.django(environ | {"CONTENT_TYPE": kind}, start_response)
            asks_on = getattr(answer, "streaming", False) and not isinstance(answer, FileResponse)
            return Streamed(answer, place.pop_all()) if asks_on else answer

    def _may_ask(self, environ: Environ) -> bool:
        """Once somebody else is done. With the database away only who sends something waits: Django keeps what they typed."""
        while not self.free.acquire(timeout=LOOK_AGAIN):
            if self.content.is_away and environ["REQUEST_METHOD"] != "POST":
                return False
        return True

    def _whole_answer(self, environ: Environ) -> Answer:
        """The whole page, plain, as anybody is told it."""
        said: list[Any] = []

        def start_response(status: str, headers: Headers, *_: Any) -> Callable[[bytes], None]:
            said[:] = [status, headers]
            return lambda _: None

        plain = {key: value for key, value in environ.items() if key not in ASKED_OF_ONE}
        body = self._asked(plain | {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}, start_response)
        try:
            content = b"".join(body)
        finally:
            if close := getattr(body, "close", None):
                close()
        return said[0], said[1], content

    def _send(self, page: Page, environ: Environ, start_response: StartResponse) -> list[bytes]:
        KEPT_PAGES.inc()
        body = page.body(environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers = [*page.headers, *body.headers, ("Vary", "Accept-Encoding"), *self._how_long(page)]
        if page.status.startswith("200") and _has(environ.get("HTTP_IF_NONE_MATCH"), body.etag):
            start_response("304 Not Modified", [pair for pair in headers if pair[0] not in OF_A_BODY])
            return []
        start_response(page.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.content]

    def _how_long(self, page: Page) -> Headers:
        """How long others may keep it. nginx may, to the end of the second in which the content was last looked at."""
        is_fresh = self._holds(page) and not self.content.is_away
        if is_fresh and self.content.standing.until - time.time() > NEAR:
            return [("Cache-Control", FRESH), ("X-Accel-Expires", f"@{int(self.content.seen_at)}")]
        return [("Cache-Control", OF_BEFORE)]

    def _said(self, answer: Answer, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """What was said in place of a page. nginx keeps that it is gone, in place of the page that it had."""
        status, headers, content = answer
        if status.startswith(GONE) and not self.content.is_away:
            headers = [*headers, ("X-Accel-Expires", f"@{int(self.content.seen_at)}")]
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


def _development_hosts() -> set[str]:
    return {f"{host}{port}" for host in settings.ALLOWED_HOSTS for port in ("", f":{settings.PORT}")}


def _what_it_reads(path: str) -> frozenset[str] | None:
    """What in its query makes another page of it; None for an address whose pages are not kept.

    Nor are they under another spelling of an address, such as editions/01/: there are more of those than we could keep.
    """
    try:
        match = resolve(path)
        is_as_we_write_it = reverse(match.view_name, args=match.args, kwargs=match.kwargs) == path
    except (Resolver404, NoReverseMatch):
        return None
    return KEPT.get(match.view_name) if is_as_we_write_it else None


def _asks_for(environ: Environ, reads: frozenset[str]) -> bool:
    """Whether its query asks for another page than the plain one."""
    query = environ.get("QUERY_STRING", "")
    return bool(query and reads) and any(key in reads for key, _ in parse_qsl(query, keep_blank_values=True))


def _may_be_kept(status: str, headers: Headers) -> bool:
    """A page found, the same for everybody: it sets no cookie, and nothing in it says that it is private."""
    said = {key.lower(): value.lower() for key, value in headers}
    is_private = any(word in said.get("cache-control", "") for word in ("private", "no-store", "no-cache"))
    varies = {part.strip() for part in said.get("vary", "").split(",")} - {"", "accept-encoding"}
    return status.startswith("200") and "set-cookie" not in said and not is_private and not varies


def _has(asked: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names it (RFC 9110, section 13.1.2)."""
    if not asked:
        return False
    return asked.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
