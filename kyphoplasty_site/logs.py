"""What a log line may not hold: the address of a private page, the key of a mailed link, or a value that somebody typed."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from http.client import responses
from types import TracebackType

from django.http import HttpRequest

PRIVATE = re.compile(r"/(requests|preview|confirm|accounts/password/reset/key/[^/\s?]+)/[^/\s?]+")
# A part of a path as our own addresses are spelt. Another may be a name, an email or a number, typed or pasted there.
OURS = re.compile(r"(?!(?:\D*\d){7})[a-z0-9._-]{0,60}")
# Which request this thread answers, or answered last: Django tells of a failed one once every middleware is done.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def said(record: logging.LogRecord) -> str:
    """What a record says. Of a request only its answer and its path: Django would quote headers, and Referer has a query."""
    request, status = getattr(record, "request", None), getattr(record, "status_code", None)
    if not isinstance(request, HttpRequest) or status is None:
        return record.getMessage()
    path = "/".join(part if OURS.fullmatch(part) else "…" for part in request.path.split("/"))
    return f"{responses.get(status, status)}: {path}"


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
