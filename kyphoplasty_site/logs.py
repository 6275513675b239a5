"""What a log line may not hold: the address of a private page, the key of a mailed link, or a value that a patient typed."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

PRIVATE = re.compile(r"/(requests|preview|confirm|accounts/password/reset/key/[^/\s?]+)/[^/\s?]+")
# Which request this thread answers, or answered last: Django tells of a failed one once every middleware is done.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class PrivateFormatter(logging.Formatter):
    """Write `/requests/…` for a private page, and of an error its kind and place but never its message.

    PostgreSQL's messages quote the row that it refused.
    """

    def format(self, record: logging.LogRecord) -> str:
        return PRIVATE.sub(r"/\1/…", super().format(record))

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
            "message": record.getMessage(),
            "request": request_id.get(),
            "error": self.formatException(record.exc_info) if record.exc_info else "",
        }
        said = {name: PRIVATE.sub(r"/\1/…", value) for name, value in line.items() if value}
        return json.dumps(said, ensure_ascii=False)
