"""What a log line may not hold: the address of a private page, the key of a mailed link, or a value that somebody typed."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from http import HTTPMethod
from http.client import responses
from types import TracebackType

from django.http import HttpRequest
from django.urls import Resolver404, resolve

PRIVATE = re.compile(r"/(requests|preview|confirm|accounts/password/reset/key/[^/\s?]+)/[^/\s?]+")
# Why Django refused, as far as the words are Django's own: some of its reasons go on with what a header holds.
WHY = re.compile(
    rf"(?:{'|'.join(HTTPMethod)})\Z"
    r"|CSRF (?:cookie|token) [A-Za-z' -]+\.\Z"
    r"|Referer checking failed - (?:no Referer|Referer is (?:malformed|insecure while host is secure))\.\Z"
    r"|(?:Origin|Referer) checking failed"
)
# What a route leaves to whoever asks, by its name.
LEFT_OPEN = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")
# Which request this thread answers, or answered last: Django tells of a failed one once every middleware is done.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def said(record: logging.LogRecord) -> str:
    """What a record says. Of a request only its answer, why, and where: Django would quote headers, and Referer has a query."""
    request, status = getattr(record, "request", None), getattr(record, "status_code", None)
    if not isinstance(request, HttpRequest) or status is None:
        return record.getMessage()
    first = record.args[0] if isinstance(record.args, tuple) and record.args else ""
    why = WHY.match(str(first))
    return f"{responses.get(status, status)}{f' ({why[0]})' if why else ''}: {where(request)}"


def where(request: HttpRequest) -> str:
    """The address as our urls have it, `…` where they have none.

    What they leave open may be a name or a phone number, typed or pasted there. At the desk a number is that of a row.
    """
    try:
        found = resolve(request.path_info)
    except Resolver404:
        return "…"

    def told(part: re.Match[str]) -> str:
        given = str(found.kwargs.get(part[1] or part[2]))
        return given if found.namespace == "admin" and given.isdecimal() else "…"

    route = LEFT_OPEN.sub(told, found.route).translate({ord("^"): None, ord("$"): None})
    return f"/{route}" if found.url_name else "…"


class PrivateFormatter(logging.Formatter):
    """Write `/requests/…` for a private page, and of an error its kind and place but never its message.

    PostgreSQL's messages quote the row that it refused.
    """

    def format(self, record: logging.LogRecord) -> str:
        told = copy(record)
        told.msg, told.args, told.exc_text = said(record), None, None  # which another formatter may have left
        return PRIVATE.sub(r"/\1/…", super().format(told))

    def formatException(  # noqa: N802
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, where = ei
        return "".join([*traceback.format_tb(where), kind.__name__ if kind else ""])


class JsonFormatter(PrivateFormatter):
    """The same as one line of JSON, for machines that collect what many machines say."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said(record),
            "request": request_id.get(),
            "error": self.formatException(record.exc_info) if record.exc_info else "",
        }
        told = {name: PRIVATE.sub(r"/\1/…", value) for name, value in line.items() if value}
        return json.dumps(told, ensure_ascii=False)
