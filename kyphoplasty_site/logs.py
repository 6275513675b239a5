"""What a log line may not hold: the address of a private page, the key of a mailed link, or a value that a patient typed."""

import logging
import re
import traceback
from types import TracebackType

PRIVATE = re.compile(r"/(requests|preview|confirm|accounts/password/reset/key/[^/\s?]+)/[^/\s?]+")


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
