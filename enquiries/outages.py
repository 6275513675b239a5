"""Telling a database that is away from one that refuses what it was asked."""

from django.db import DatabaseError, InterfaceError, OperationalError

# What a standby answers to a write, and so does a server that was the first one until a moment ago.
READ_ONLY = "25006"


def is_database_away(error: BaseException | None) -> bool:
    """Whether pressing again later may help.

    A server that stops in the midst of an answer leaves an error of no kind at all, a bare DatabaseError. What it refuses
    has a kind: IntegrityError, DataError and so on.
    """
    is_standby = getattr(getattr(error, "__cause__", None), "pgcode", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError or is_standby
