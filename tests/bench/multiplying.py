"""Very many requests for a bench, in a few minutes: each of those made up one by one is copied by the database, over and over.

A copy has a name, a number and a reference of its own, and all of its times are a little earlier. Its tries, its mail,
who read it and what the log says of it come with it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import connection, transaction
from django.db.models import DateTimeField, Model

from enquiries import references
from enquiries.models import Attempt, Enquiry, OutgoingMail, Reading
from kyphoplasty_site.demo import NAMES, family_name

BATCH = 100_000
COPIED = 20_000  # how many requests are copied, the first ones, in turn
EARLIER_BY = "(random() * interval '3 hours')"


def multiply(how_many: int) -> Iterator[int]:
    """Add so many copies, a batch at a time; yield how many there are after each.

    The indexes that find a part of a word are made anew after the last: to add to them row by row takes most of the time.
    """
    chance = random.Random(Enquiry.objects.count())
    used = set(Enquiry.objects.values_list("reference", flat=True))
    with _indexed_afterwards(Enquiry, Reading):
        for done in range(0, how_many, BATCH):
            batch = min(BATCH, how_many - done)
            with transaction.atomic(), connection.cursor() as cursor:
                # Copies keep what their originals keep. With half a million rows in one transaction, each trigger that ends
                # a part of it looks through all the checks that wait for its end.
                cursor.execute("SET LOCAL session_replication_role = replica")
                _mint(cursor, chance, used, batch)
                for table, found, own in TABLES:
                    cursor.execute(_copied(table, found, own))
            yield done + batch


@contextmanager
def _indexed_afterwards(*models: type[Model]) -> Iterator[None]:
    by_parts = [
        (model, one)
        for model in models
        for one in model._meta.indexes
        if isinstance(one, GinIndex | GistIndex)
    ]
    with connection.schema_editor() as editor:
        for model, index in by_parts:
            editor.remove_index(model, index)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for model, index in by_parts:
                editor.add_index(model, index)


def _mint(cursor: Any, chance: random.Random, used: set[str], how_many: int) -> None:
    """The table of copies to make: of which request each is one, and what is its own."""
    cursor.execute("DROP TABLE IF EXISTS more")
    cursor.execute("CREATE TEMP TABLE more (n serial, reference text, name text, digits text)")
    lines = StringIO()
    for _ in range(how_many):
        while (reference := references.mint()) in used:
            pass
        used.add(reference)
        name = f"{chance.choice(NAMES['given'])} {family_name(chance)}"
        lines.write(f"{reference}\t{name}\t{chance.randrange(1000):03}\n")
    lines.seek(0)
    cursor.copy_expert("COPY more (reference, name, digits) FROM STDIN", lines)
    cursor.execute(
        f"ALTER TABLE more ADD id bigint, ADD of bigint, ADD was text, ADD earlier interval DEFAULT {EARLIER_BY}"
    )
    cursor.execute(
        """
        UPDATE more SET id = nextval(pg_get_serial_sequence('enquiries_enquiry', 'id')), of = one.id, was = one.reference
        FROM (SELECT id, reference, row_number() OVER (ORDER BY id) AS n FROM enquiries_enquiry ORDER BY id LIMIT %s) AS one
        WHERE one.n = 1 + more.n %% (SELECT LEAST(%s, count(*)) FROM enquiries_enquiry)
        """,
        [COPIED, COPIED],
    )
    cursor.execute("ANALYZE more")


# Each kind of row: how it is found by the request it belongs to, and what a copy has of its own.
TABLES: list[tuple[type[Model], str, dict[str, str]]] = [
    (
        Enquiry,
        "one.id = more.of",
        {
            **{"id": "more.id", "reference": "more.reference", "name": "more.name"},
            **{"token": "md5(random()::text) || more.id", "submission_id": "gen_random_uuid()"},
            **{"phone": "'07700 900' || more.digits", "phone_in_full": "'+447700900' || more.digits"},
        },
    ),
    (Attempt, "one.enquiry_id = more.of", {"enquiry_id": "more.id"}),
    (
        OutgoingMail,
        "one.enquiry_id = more.of",
        {"enquiry_id": "more.id", "message_id": "'<' || gen_random_uuid() || '@made-up.invalid>'"},
    ),
    (Reading, '"one"."references" = ARRAY[more.was]::varchar[]', {"references": "ARRAY[more.reference]"}),
    (
        LogEntry,
        "one.object_id = more.of::text AND one.content_type_id ="
        " (SELECT id FROM django_content_type WHERE (app_label, model) = ('enquiries', 'enquiry'))",
        {"object_id": "more.id::text"},
    ),
]


def _copied(model: type[Model], found: str, own: dict[str, str]) -> str:
    """The statement that copies the rows of the requests to be copied."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.generated or (field.primary_key and "id" not in own):
            continue
        column = f'"{field.column}"'
        earlier = " - more.earlier" if isinstance(field, DateTimeField) else ""
        values[column] = own.get(str(field.column), f"one.{column}{earlier}")
    into, chosen = ", ".join(values), ", ".join(values.values())
    return f"INSERT INTO {model._meta.db_table} ({into}) SELECT {chosen} FROM more JOIN {model._meta.db_table} AS one ON {found}"
