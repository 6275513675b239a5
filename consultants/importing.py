"""Doing exactly what a spreadsheet was shown to do in the directory, all of it or nothing. Nothing is ever deleted."""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from consultants.models import Consultant, Practice
from consultants.plan import Plan
from consultants.planning import Planner
from consultants.sheets import Sheet
from consultants.unconfirming import unconfirming


class NotImported(Exception):
    """Nothing was written; the message says why."""


def carry_out(sheet: Sheet, seen: list[Any], reason: str) -> Plan:
    """Do what was seen, all of it or nothing.

    Nobody else can write to the directory between the last look and the last row; readers and patients notice nothing.

    Raises NotImported when it would no longer do what was seen.
    """
    try:
        with transaction.atomic():
            _let_nobody_else_write()
            plan = Planner.plan(sheet)
            if plan.gist != seen or not plan.is_ready:
                raise NotImported("Somebody changed the directory after you saw this. Nothing was imported.")
            known = [person.consultant.pk for person in plan.people if person.consultant.pk]
            with unconfirming(Consultant.objects.filter(pk__in=known)) as unconfirmed:
                _write(plan, reason)
            plan.unconfirmed = unconfirmed
    except DatabaseError as error:
        raise NotImported(
            "The database refused a row, so nothing was imported. Choose the file again."
        ) from error
    return plan


def _write(plan: Plan, reason: str) -> None:
    for row in _changed(plan):
        row._change_reason = reason[:100]
        row.save()
    for practice, procedures in plan.practices:
        if procedures is not None:
            practice.procedures.set(procedures)


def _changed(plan: Plan) -> Iterator[Any]:
    """People before their practices."""
    for person in plan.people:
        if person.is_changed:
            yield person.consultant
    yield from (practice for practice, _ in plan.practices)


def _let_nobody_else_write() -> None:
    tables: list[type[models.Model]] = [Consultant, Practice, Practice.procedures.through]
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
