"""Finding one person by a phone number or an email address, however it is spelt, wherever it stands."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from django.apps import apps
from django.contrib.contenttypes.fields import GenericRelation
from django.db import connection, models
from django.db.models import Q
from psycopg2 import sql

from enquiries import phones
from enquiries.encryption import EncryptedTextField
from enquiries.models import Enquiry

# What people put between digits. The first 0 of a number at home is left off abroad, so it is not looked for.
BETWEEN_DIGITS = r"[\s().-]"


@dataclass(frozen=True)
class Person:
    """Who asks, by what they gave us: a phone number, in full, or an email address."""

    phone: str = ""
    email: str = ""

    @classmethod
    def named(cls, typed: str) -> Self:
        """As somebody typed them; a ValidationError says what is wrong with a number."""
        return cls(email=typed.strip()) if "@" in typed else cls(phone=phones.in_full(typed))

    @property
    def requests(self) -> models.QuerySet[Enquiry]:
        """Their requests, whether the number was typed at home's way or abroad's, and the address in any case."""
        is_theirs = Q(email__iexact=self.email) if self.email else Q(phone_in_full=self.phone)
        return Enquiry.objects.filter(is_theirs).order_by("created_at", "pk")

    def elsewhere(self, apart_from: Iterable[Enquiry]) -> dict[str, int]:
        """How many other rows name them, by table; of what is encrypted, by table and column.

        These are for a person to look at: a neighbour's question that gives their number is not theirs to erase.
        """
        theirs = [enquiry.pk for enquiry in apart_from]
        return {place: count for place, count in self._places(theirs) if count}

    def _places(self, theirs: list[int]) -> Iterator[tuple[str, int]]:
        for table in sorted(connection.introspection.table_names()):
            yield table, self._rows_that_name_them(table, theirs)
        for model, field in encrypted_columns():
            rows = model._default_manager.exclude(_belongs_to(model, theirs))
            texts = rows.values_list(field.name, flat=True).iterator()
            yield f"{model._meta.db_table}.{field.name}", sum(self._is_in(text or "") for text in texts)

    def _rows_that_name_them(self, table: str, theirs: list[int]) -> int:
        bare = sql.SQL("regexp_replace(row::text, {}, '', 'g')").format(sql.Literal(BETWEEN_DIGITS))
        text = sql.SQL("row::text") if self.email else bare
        apart = "AND row.id <> ALL(%s)" if table == Enquiry._meta.db_table else ""
        asked = sql.SQL("SELECT count(*) FROM {} AS row WHERE position(lower(%s) IN lower({})) > 0 {}")
        with connection.cursor() as cursor:
            cursor.execute(
                asked.format(sql.Identifier(table), text, sql.SQL(apart)),
                [self._needle, *([theirs] if apart else [])],
            )
            return int(cursor.fetchone()[0])

    def _is_in(self, text: str) -> bool:
        spelt = text if self.email else re.sub(BETWEEN_DIGITS, "", text)
        return self._needle.lower() in spelt.lower()

    @property
    def _needle(self) -> str:
        return self.email or str(phones.read(self.phone).national_number)


def _belongs_to(model: type[models.Model], requests: list[int]) -> Q:
    """Rows that are one of these requests, or belong to one."""
    if model is Enquiry:
        return Q(pk__in=requests)
    links = [field.name for field in model._meta.concrete_fields if field.related_model is Enquiry]
    return Q(*((f"{link}__in", requests) for link in links), _connector=Q.OR) if links else Q(pk__in=[])


def encrypted_columns() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Every column that the keys of FIELD_KEYS open, of every table."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def belonging() -> dict[str, type[models.Model]]:
    """The names of all rows that belong to a request, and of which model they are."""
    related = [one for one in Enquiry._meta.related_objects if one.on_delete is models.CASCADE]
    generic = [field for field in Enquiry._meta.private_fields if isinstance(field, GenericRelation)]
    rows: dict[str | None, Any] = {one.get_accessor_name(): one.related_model for one in related}
    rows |= {field.name: field.related_model for field in generic}
    return {name: rows[name] for name in sorted(filter(None, rows))}


def all_that_is_named() -> Iterator[str]:
    """What everything_about looks up, for prefetch_related: of many requests it is read together."""
    tables: dict[str, type[models.Model]] = {"": Enquiry, **belonging()}
    for name, model in tables.items():
        for field in model._meta.concrete_fields:
            if field.is_relation and not (name and field.related_model is Enquiry):
                yield f"{name}__{field.name}" if name else field.name
    yield from belonging()


def everything_about(enquiry: Enquiry) -> dict[str, Any]:
    """A request with all rows that belong to it, in the words of the database, save for the key of its private page."""
    return _columns(enquiry) | {
        name: [_columns(row) for row in getattr(enquiry, name).all()] for name in belonging()
    }


def _columns(row: models.Model) -> dict[str, Any]:
    return {
        field.name: str(getattr(row, field.name)) if field.is_relation else getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name != "token"
    }
