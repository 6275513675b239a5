"""The columns of the directory as a spreadsheet: a row for each practice, the facts of the consultant repeated."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from consultants.models import Consultant, ConsultantQuerySet, Practice
from consultants.reading import one_line, pounds, several
from procedures.models import Hospital, Procedure, Source

CONSULTANT = [
    *("slug", "title", "given_name", "family_name", "post_nominals", "role", "gmc_number", "gender"),
    *("specialties", "languages", "nhs_base", "secretary_name", "secretary_phone", "secretary_email"),
    *("insurers", "first_fee", "follow_up_fee", "about", "interests", "profile_url", "is_listed"),
]
PRACTICE = ["hospital", "procedures", "clinic_days", "confirmed_on", "named_in", "named_source"]
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NOT_ONE_LINE = "This holds a line break, or another character that nobody sees. Write it in one line."
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y")


@dataclass(frozen=True)
class Column:
    """A fact as a column: what it is called, how it reads in a cell, and what a cell means."""

    field: Any
    is_of_practice: bool

    @property
    def name(self) -> str:
        return str(self.field.name)

    @property
    def label(self) -> str:
        """As the desk calls it."""
        given = str(self.field.verbose_name)
        return given[:1].upper() + given[1:]

    def text(self, row: models.Model) -> str:
        """The fact as it stands in a cell."""
        if self.field.many_to_many:
            return "; ".join(sorted(one.slug for one in getattr(row, self.name).all())) if row.pk else ""
        return as_cell(getattr(row, self.name))

    def meaning(self, cell: str, known: "Known") -> Any:
        """What the cell says, as the field takes it.

        Raises ValidationError, which says how to put it right.
        """
        if not isinstance(self.field, models.TextField):
            if CONTROL.search(cell.strip()):
                raise ValidationError(NOT_ONE_LINE)
            cell = one_line(cell)
        return READERS.get(self.name, partial(_plain, self.field))(cell.strip(), known)


@dataclass(frozen=True)
class Known:
    """What a cell may name, by the name it has there."""

    hospitals: dict[str, Hospital]
    procedures: dict[str, Procedure]
    sources: dict[str, Source]

    @classmethod
    def today(cls) -> "Known":
        return cls(
            {hospital.slug: hospital for hospital in Hospital.objects.all()},
            {procedure.slug: procedure for procedure in Procedure.objects.all()},
            {source.key: source for source in Source.objects.all()},
        )


def as_cell(value: Any) -> str:
    """A value as a cell says it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(as_cell(one) for one in value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Hospital | Procedure):
        return value.slug
    if isinstance(value, Source):
        return value.key
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def rows(consultants: ConsultantQuerySet) -> Iterator[list[str]]:
    """The names of the columns, then a row for each practice; one row for a consultant who has none."""
    yield [column.label for column in COLUMNS]
    practices = models.Prefetch(
        "practices",
        Practice.objects.select_related("hospital", "named_source").prefetch_related("procedures"),
    )
    for consultant in consultants.prefetch_related(practices).iterator(chunk_size=500):
        facts = [column.text(consultant) for column in OF_CONSULTANT]
        for practice in consultant.practices.all() or [None]:
            yield facts + [column.text(practice) if practice else "" for column in OF_PRACTICE]


def _plain(field: Any, cell: str, known: Known) -> Any:
    """What a field of one word or sentence takes."""
    try:
        return field.clean(cell, None)
    except ValidationError as error:
        raise ValidationError([_sentence(field, one) for one in error.error_list]) from error


def _sentence(field: Any, error: ValidationError) -> str:
    if error.code in ("blank", "null"):
        return "This cannot be empty."
    if error.code == "max_length":
        return f"This is too long. Use at most {field.max_length} letters."
    if isinstance(field, models.SlugField) and error.code == "invalid":
        return "Use small letters, figures and hyphens only, such as ada-quill."
    return " ".join(error.messages)


def _yes_or_no(cell: str, known: Known) -> bool:
    answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if cell.lower() not in answers:
        raise ValidationError("Write yes or no.")
    return answers[cell.lower()]


def _list_of(field: Any, cell: str, known: Known) -> list[str]:
    found, longest = several(cell), field.base_field.max_length
    if too_long := [part for part in found if len(part) > longest]:
        raise ValidationError(
            f"“{too_long[0]}” is too long. Use at most {longest} letters, and part several by semicolons."
        )
    return found


def _fee(cell: str, known: Known) -> Decimal | None:
    return pounds(cell)


def _gender(cell: str, known: Known) -> str:
    if cell.lower() not in ["", *Consultant.Gender.values]:
        raise ValidationError("Write female, male or other, or leave it empty.")
    return cell.lower()


def _day(cell: str, known: Known) -> date | None:
    if not cell:
        return None
    for written in DAYS:
        try:
            day = datetime.strptime(cell, written).date()  # noqa: DTZ007, a day has no time zone
        except ValueError:
            continue
        if day > timezone.localdate():
            raise ValidationError("This day has not come yet.")
        return day
    raise ValidationError("Write the day as 2026-03-31.")


def _year(cell: str, known: Known) -> int | None:
    if not cell:
        return None
    this_year = timezone.localdate().year
    if not (cell.isascii() and cell.isdigit() and 1990 <= int(cell[:5]) <= this_year):
        raise ValidationError(f"Write a year between 1990 and {this_year}.")
    return int(cell)


def _hospital(cell: str, known: Known) -> Hospital | None:
    return _named(cell, known.hospitals, "hospital") if cell else None


def _source(cell: str, known: Known) -> Source | None:
    return _named(cell, known.sources, "source") if cell else None


def _procedures(cell: str, known: Known) -> list[Procedure]:
    return [_named(name, known.procedures, "procedure") for name in dict.fromkeys(several(cell))]


def _named(name: str, among: dict[str, Any], kind: str) -> Any:
    if name not in among:
        names = ", ".join(sorted(among)[:12]) or "none yet"
        raise ValidationError(f"There is no {kind} “{name}”. Write one of these: {names}.")
    return among[name]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


READERS: dict[str, Callable[[str, Known], Any]] = {
    "is_listed": _yes_or_no,
    "gender": _gender,
    "first_fee": _fee,
    "follow_up_fee": _fee,
    "confirmed_on": _day,
    "named_in": _year,
    "hospital": _hospital,
    "named_source": _source,
    "procedures": _procedures,
    **{
        name: partial(_list_of, _field(Consultant, name)) for name in ("specialties", "languages", "insurers")
    },
}
OF_CONSULTANT = [Column(_field(Consultant, name), False) for name in CONSULTANT]
OF_PRACTICE = [Column(_field(Practice, name), True) for name in PRACTICE]
COLUMNS = OF_CONSULTANT + OF_PRACTICE


def called(name: str) -> Column | None:
    """The column of that name, as the desk or the code calls it, in large letters or small."""
    wanted = _folded(name)
    return next(
        (column for column in COLUMNS if wanted in (_folded(column.label), _folded(column.name))), None
    )


def _folded(name: str) -> str:
    return name.strip().lower().replace("’", "'").replace("_", " ")
