"""Counting no further than anybody reads, so that a list of a million rows is opened as quickly as one of a thousand."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from psycopg2 import sql

MOST_COUNTED = 5_000


def counted(**lists: QuerySet[Any]) -> dict[str, int]:
    """How many rows there are in each list, in one query. One more than the most stands for any number above.

    A list that is sliced is counted no further than its slice.
    """
    asked: list[sql.Composable] = []
    values: list[Any] = []
    for rows in lists.values():
        part = rows if rows.query.is_sliced else rows.order_by()[: MOST_COUNTED + 1]
        try:
            written, params = part.values("pk").query.sql_with_params()
        except EmptyResultSet:
            written, params = "SELECT WHERE FALSE", ()
        asked.append(sql.SQL("(SELECT COUNT(*) FROM ({}) AS rows)").format(sql.SQL(written)))
        values += params
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(asked)), values)
        return dict(zip(lists, cursor.fetchone(), strict=True))


def in_words(count: int, most: int = MOST_COUNTED) -> str:
    """A count as it is read: “4,876”, or “more than 5,000”."""
    return f"{count:,}" if count <= most else f"more than {most:,}"
