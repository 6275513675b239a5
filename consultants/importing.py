"""What a spreadsheet would change in the directory, row by row, and then doing exactly that. Nothing is ever deleted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify

from consultants.columns import COLUMNS, OF_PRACTICE, Column, Known, called, in_words
from consultants.models import Consultant, Practice
from consultants.sheets import Line, Sheet, Unreadable

NOBODY_BEHIND_IT = "Say when it was confirmed, or in which year the hospital named them."
KEY = "slug"


class Refused(Exception):
    """Nothing was written; the message says why."""


@dataclass(frozen=True)
class Change:
    """A fact that differs, as cells say it."""

    label: str
    was: str
    now: str


@dataclass
class Outcome:
    """What becomes of one row of the file."""

    number: int
    who: str = ""
    where: str = ""
    is_new: bool = False
    changes: list[Change] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """In one word."""
        if self.errors:
            return "error"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "unchanged"


@dataclass
class Person:
    """A consultant that the file names, with what it has said of them so far."""

    consultant: Consultant
    number: int
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    practices: dict[int, Practice] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    is_changed: bool = False


@dataclass
class Plan:
    """What the whole file would do."""

    outcomes: list[Outcome]
    people: list[Person]
    practices: list[tuple[Practice, list[Any] | None]]

    def of(self, kind: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def errors(self) -> list[Outcome]:
        return self.of("error")

    @property
    def writes(self) -> list[Outcome]:
        """Rows that would change something."""
        return [outcome for outcome in self.outcomes if outcome.kind in ("new", "changed")]

    @property
    def rest(self) -> list[Outcome]:
        return self.of("unchanged")

    @property
    def counts(self) -> dict[str, int]:
        """How many rows come to what."""
        return {kind: len(self.of(kind)) for kind in ("error", "new", "changed", "unchanged")}

    @property
    def is_ready(self) -> bool:
        """Whether it changes something, and no row stands in the way."""
        counts = self.counts
        return not counts["error"] and bool(counts["new"] + counts["changed"])

    @property
    def gist(self) -> list[Any]:
        """What it would do, to be compared with what was seen."""
        return [
            [
                one.number,
                one.kind,
                one.errors,
                [[change.label, change.was, change.now] for change in one.changes],
            ]
            for one in self.outcomes
        ]


class Planner:
    """Reads the rows one after the other against what stands in the directory. Writes nothing."""

    def __init__(self, sheet: Sheet) -> None:
        self.lines = sheet.lines
        self.columns = columns_of(sheet)
        self.known = Known.today()
        self.places = {column.name: place for place, column in self.columns.items()}
        self.people: dict[str, Person] = {}
        self.practices: list[tuple[Practice, list[Any] | None]] = []
        self._load()

    @classmethod
    def plan(cls, sheet: Sheet) -> Plan:
        """What the file would do.

        Raises Unreadable when its columns are not ours.
        """
        planner = cls(sheet)
        outcomes = [planner._outcome(line) for line in planner.lines]
        return Plan(outcomes, list(planner.people.values()), planner.practices)

    def _load(self) -> None:
        """Everybody whom the file names, in a few queries however long it is."""
        slugs = {self._cell(line, KEY) for line in self.lines} | {
            self._made_slug(line) for line in self.lines
        }
        numbers = {self._cell(line, "gmc_number") for line in self.lines} - {""}
        found = (
            Consultant.objects.alias(key=Lower("slug"))
            .filter(Q(key__in=slugs) | Q(gmc_number__in=numbers))
            .select_related("merged_into")
            .prefetch_related(
                models.Prefetch(
                    "practices",
                    Practice.objects.select_related("hospital", "named_source").prefetch_related(
                        "procedures"
                    ),
                )
            )
        )
        self.by_slug = {one.slug.lower(): one for one in found}
        self.by_number = {one.gmc_number: one for one in found if one.gmc_number}
        self.numbers_said: dict[str, str] = {}

    def _cell(self, line: Line, name: str) -> str:
        """What the row says there. An address is the same in large letters and in small."""
        place = self.places.get(name, -1)
        cell = line.cells[place].strip() if 0 <= place < len(line.cells) else ""
        return cell.lower() if name == KEY else cell

    def _made_slug(self, line: Line) -> str:
        """The address of somebody whom the file gives none."""
        name = f"{self._cell(line, 'given_name')} {self._cell(line, 'family_name')}"
        return slugify(name)[:50]

    def _outcome(self, line: Line) -> Outcome:
        outcome = Outcome(line.number)
        for place, wrong in line.wrong.items():
            column = self.columns.get(place)
            outcome.errors.append((column.label if column else f"Column {place + 1}", wrong))
        if any(line.cells[place].strip() for place in range(len(line.cells)) if place not in self.columns):
            outcome.errors.append(("Without a name", "This row has something in a column that has no name."))
        try:
            person = self._person(line)
        except ValidationError as error:
            outcome.who = " ".join(
                filter(None, (self._cell(line, "given_name"), self._cell(line, "family_name")))
            )
            outcome.errors.append((label(error.code or KEY), error.messages[0]))
            return outcome
        outcome.is_new = person.consultant._state.adding and person.number == line.number
        if outcome.is_new and KEY not in self.places:
            outcome.changes.append(Change(label(KEY), "", person.consultant.slug))
        self._read_consultant(line, person, outcome)
        outcome.who = person.consultant.name
        self._read_practice(line, person, outcome)
        return outcome

    def _person(self, line: Line) -> Person:
        """Whom the row is about: by their address, or else their GMC number; or somebody new.

        Raises ValidationError, its code the column.
        """
        slug, number = self._cell(line, KEY), self._cell(line, "gmc_number")
        consultant = self.by_slug.get(slug) if slug else self.by_number.get(number)
        if consultant is None and slug and (other := self.by_number.get(number)):
            raise ValidationError(
                f"The GMC number {number} is that of {other}. Their address is {other.slug}: write that here.",
                KEY,
            )
        if consultant is None and not slug:
            slug = self._made_slug(line)
            if not slug:
                raise ValidationError(
                    "Say whom this row is about: their address, or a GMC number that we know.", KEY
                )
            if (other := self.by_slug.get(slug)) is not None:
                raise ValidationError(
                    f"There is {other} already. To change that record, write {slug} here;"
                    " for another person of that name, write a new address.",
                    KEY,
                )
        if consultant is not None and consultant.merged_into:
            raise ValidationError(
                f"This record was merged into {consultant.merged_into}. Write {consultant.merged_into.slug} here.",
                KEY,
            )
        key = consultant.slug if consultant else slug
        if key not in self.people:
            person = Person(consultant or Consultant(slug=slug), line.number)
            if consultant:
                person.practices = {one.hospital_id: one for one in consultant.practices.all()}
            self.people[key] = person
        return self.people[key]

    def _read_consultant(self, line: Line, person: Person, outcome: Outcome) -> None:
        for place, column in self.columns.items():
            if column.is_of_practice:
                continue
            cell = line.cells[place] if place < len(line.cells) else ""
            if column.name == KEY:
                cell = person.consultant.slug
            number, before = person.said.setdefault(column.name, (line.number, cell.strip()))
            if before != cell.strip():
                outcome.errors.append(
                    (
                        column.label,
                        f"Row {number} says something else of the same person. Write the same in both.",
                    )
                )
            elif number == line.number:
                person.is_changed |= self._put(column, person.consultant, cell, outcome)
        if outcome.is_new:
            self._require_names(person.consultant, outcome)
        self._look_at_number(person, outcome)

    def _put(self, column: Column, row: models.Model, cell: str, outcome: Outcome) -> bool:
        """Take the fact over, and note whether it differs."""
        was = column.text(row) if row.pk or column.name != KEY else ""
        if row.pk and cell == was:
            return False
        try:
            value = column.meaning(cell, self.known)
        except ValidationError as error:
            outcome.errors.append((column.label, " ".join(error.messages)))
            return False
        if column.name == "confirmed_on" and row.pk and was and (value is None or in_words(value) < was):
            outcome.errors.append(
                (column.label, f"It was confirmed on {was} already. Write that day or a later one.")
            )
            return False
        now = "; ".join(sorted(one.slug for one in value)) if column.field.many_to_many else in_words(value)
        if not column.field.many_to_many:
            setattr(row, column.name, value)
        if now == was and (row.pk or not now):
            return False
        outcome.changes.append(Change(column.label, was if row.pk else "", now))
        return True

    def _require_names(self, consultant: Consultant, outcome: Outcome) -> None:
        for name in ("given_name", "family_name"):
            if name not in self.places and not getattr(consultant, name):
                outcome.errors.append((label(name), "A new consultant needs this column."))

    def _look_at_number(self, person: Person, outcome: Outcome) -> None:
        """Refuse a GMC number that is somebody else's, here or in the file."""
        number = person.consultant.gmc_number
        owner = self.by_number.get(number)
        if not number:
            return
        if owner is not None and owner.pk != person.consultant.pk:
            outcome.errors.append((label("gmc_number"), f"{owner} already has that GMC number."))
        elif self.numbers_said.setdefault(number, person.consultant.slug) != person.consultant.slug:
            outcome.errors.append((label("gmc_number"), "Two people of this file have that GMC number."))

    def _read_practice(self, line: Line, person: Person, outcome: Outcome) -> None:
        given = [column for column in OF_PRACTICE if self._cell(line, column.name)]
        if not given:
            return
        if not self._cell(line, "hospital"):
            outcome.errors.append(
                (label("hospital"), "Say which hospital this is about, or leave all that follows empty.")
            )
            return
        try:
            hospital = self._column("hospital").meaning(self._cell(line, "hospital"), self.known)
        except ValidationError as error:
            outcome.errors.append((label("hospital"), error.messages[0]))
            return
        outcome.where = hospital.name
        if hospital.pk in person.rows:
            outcome.errors.append(
                (label("hospital"), f"Row {person.rows[hospital.pk]} is about the same person and hospital.")
            )
            return
        person.rows[hospital.pk] = line.number
        practice = person.practices.get(hospital.pk) or Practice(
            consultant=person.consultant, hospital=hospital
        )
        self._read_facts(line, practice, outcome)

    def _read_facts(self, line: Line, practice: Practice, outcome: Outcome) -> None:
        is_new = practice._state.adding
        if is_new:
            outcome.changes.append(Change(label("hospital"), "", practice.hospital.slug))
        is_changed, procedures = is_new, None
        for place, column in self.columns.items():
            if not column.is_of_practice or column.name == "hospital":
                continue
            cell = line.cells[place] if place < len(line.cells) else ""
            if self._put(column, practice, cell, outcome):
                is_changed = True
                if column.field.many_to_many:
                    procedures = column.meaning(cell, self.known)
        said = {name for name, _ in outcome.errors} & {label("confirmed_on"), label("named_in")}
        if practice.confirmed_on is None and practice.named_in is None and not said:
            outcome.errors.append((label("confirmed_on"), NOBODY_BEHIND_IT))
        if is_changed:
            self.practices.append((practice, procedures))

    def _column(self, name: str) -> Column:
        return next(column for column in COLUMNS if column.name == name)


def label(name: str) -> str:
    """The name of a column, as the desk calls it."""
    return next(column.label for column in COLUMNS if column.name == name)


def columns_of(sheet: Sheet) -> dict[int, Column]:
    """Our columns by their place in the file. A column that is left out is left as it is.

    Raises Unreadable, naming what we do not know.
    """
    found = {place: called(name) for place, name in enumerate(sheet.header) if name}
    if unknown := [sheet.header[place] for place, column in found.items() if column is None]:
        shown = ", ".join(f"“{name[:40]}”" for name in unknown[:8])
        raise Unreadable(
            f"We do not know these columns: {shown}. The first row names the columns, as an export has them."
        )
    columns = {place: column for place, column in found.items() if column}
    names = [column.name for column in columns.values()]
    if twice := [column.label for column in COLUMNS if names.count(column.name) > 1]:
        raise Unreadable(f"The column “{twice[0]}” stands there twice. Leave one out.")
    if not {KEY, "gmc_number"} & set(names):
        raise Unreadable(
            f"A column is missing: “{label(KEY)}” or “{label('gmc_number')}”, to say whom each row is about."
        )
    if not sheet.lines:
        raise Unreadable("This file has the names of the columns, and no row below them.")
    return columns


def carry_out(sheet: Sheet, seen: list[Any], reason: str) -> Plan:
    """Do what was seen, all of it or nothing.

    Nobody else can write to the directory between the last look and the last row; readers and patients notice nothing.

    Raises Refused when it would no longer do what was seen.
    """
    try:
        with transaction.atomic():
            _let_nobody_else_write()
            plan = Planner.plan(sheet)
            if plan.gist != seen or not plan.is_ready:
                raise Refused("Somebody changed the directory after you saw this. Nothing was imported.")
            for row in _changed(plan):
                row._change_reason = reason[:100]
                row.save()
            for practice, procedures in plan.practices:
                if procedures is not None:
                    practice.procedures.set(procedures)
    except DatabaseError as error:
        raise Refused(
            "The database refused a row, so nothing was imported. Choose the file again."
        ) from error
    return plan


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
