"""Readers of the site as the web server serves it: kept pages before Django."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import Error, close_old_connections, connection

from kyphoplasty_site.page_cache.content import Content
from kyphoplasty_site.page_cache.serving import CachedPages


class InStep(Content):
    """Looks when it is told to, in the test's own transaction, and not in a thread."""

    def _look_now(self) -> None:
        connection.check_constraints()  # what waits for the end of the transaction happens now
        try:
            self.look()
        except Error:
            connection.close()

    def _compare(self, theirs: datetime, asked_at: float) -> None:
        """Nothing: a test that moves our clock moves the database's with it."""


@dataclass
class Answer:
    """What a reader was sent."""

    status: str
    headers: dict[str, str]
    content: bytes


@dataclass
class Server:
    """One process of the web server, and how often it asked Django."""

    content: Content = field(default_factory=InStep)
    drawn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        django = get_wsgi_application()

        def counted(environ: dict[str, Any], start_response: Any) -> Any:
            self.drawn.append(environ["PATH_INFO"])
            return django(environ, start_response)

        self.application = CachedPages(counted, self.content)

    def look(self) -> None:
        """What its thread does twenty times a second."""
        self.content._look_now()

    def get(self, address: str, method: str = "GET", **headers: Any) -> Answer:
        path, _, query = address.partition("?")
        environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method}
        environ |= {"HTTP_HOST": "127.0.0.1"} | headers
        setup_testing_defaults(environ)
        said: list[Any] = []
        with connection_left_open():
            body = self.application(environ, lambda *answer: said.extend(answer))
            content = b"".join(body)
            if close := getattr(body, "close", None):
                close()
        return Answer(said[0], {key.lower(): value for key, value in said[1]}, content)


@contextmanager
def connection_left_open() -> Iterator[None]:
    """A test's transaction outlives its requests, as it does with Django's own test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@contextmanager
def without_the_database(closed_port: int) -> Iterator[None]:
    """Every connection is cut, and where the database was nobody listens."""
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    where, before = connection.settings_dict, dict(connection.settings_dict)
    connection.ensure_connection()
    where.update(HOST="127.0.0.1", PORT=closed_port)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        connection.close()
        yield
    finally:
        connection.close()
        where.update(before)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """An empty disk before and after."""
    caches["pages"].clear()
    yield
    caches["pages"].clear()
