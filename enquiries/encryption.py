"""What a patient wrote, unreadable in the database, its log and its backups without the keys."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, models
from psycopg2 import sql

BATCH = 500


@lru_cache
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """Writes with the newest key of FIELD_KEYS, the first; reads with any of them."""
    return _ring(tuple(settings.FIELD_KEYS))


class EncryptedTextField(models.TextField):
    """Text encrypted as it is stored. It cannot be searched, and asking for that is an error; empty stays empty."""

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return keyring().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        return keyring().decrypt(value).decode() if value else value

    def get_lookup(self, lookup_name: str) -> None:
        return None

    def get_transform(self, lookup_name: str) -> None:
        return None


class Rotation:
    """One column brought under the newest key. It reads and writes what is stored, past the field."""

    def __init__(self, model: type[models.Model], field: EncryptedTextField) -> None:
        self.table, self.column = model._meta.db_table, field.column
        self.key = model._meta.pk.column

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"

    def run(self) -> Iterator[int]:
        """Encrypt again what an older key encrypts, and yield how many after each batch."""
        for batch in self._batches():
            yield sum(self._rotate(pk, stored) for pk, stored in batch if standing(stored) == "old")

    def values(self) -> Iterator[str]:
        """All that is stored encrypted."""
        return (stored for batch in self._batches() for _, stored in batch)

    def left(self) -> tuple[int, int]:
        """How many values an older key still holds, and how many no key opens."""
        found = [standing(stored) for stored in self.values()]
        return found.count("old"), found.count("lost")

    def _rotate(self, pk: Any, stored: str) -> int:
        """What somebody has changed meanwhile is under the newest key already, and is left as it is."""
        renewed = keyring().rotate(stored).decode()
        with connection.cursor() as cursor:
            cursor.execute(
                self._named("UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"),
                [renewed, pk, stored],
            )
            return cursor.rowcount

    def _batches(self) -> Iterator[list[tuple[Any, str]]]:
        last = None
        while batch := self._after(last):
            yield batch
            last = batch[-1][0]

    def _after(self, last: Any) -> list[tuple[Any, str]]:
        held = "SELECT {key}, {column} FROM {table} WHERE {column} <> ''"
        after = " AND {key} > %s" if last is not None else ""
        with connection.cursor() as cursor:
            cursor.execute(
                self._named(f"{held}{after} ORDER BY {{key}} LIMIT %s"),
                [*([last] if last is not None else []), BATCH],
            )
            return list(cursor.fetchall())

    def _named(self, statement: str) -> sql.Composed:
        table, column, key = map(sql.Identifier, (self.table, self.column, self.key))
        return sql.SQL(statement).format(table=table, column=column, key=key)


def standing(stored: str) -> str:
    """Whether the newest key opens it, an older one does, or none."""
    for told, ring in (("new", _ring(tuple(settings.FIELD_KEYS[:1]))), ("old", keyring())):
        try:
            ring.decrypt(stored)
        except InvalidToken:
            continue
        return told
    return "lost"
