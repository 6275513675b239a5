"""Reads a spreadsheet row by row against what stands in the directory, and says what it would change. Writes nothing."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify

from consultants.columns import COLUMNS, OF_PRACTICE, Column, Known, as_cell, called
from consultants.models import Consultant, Practice
from consultants.plan import Outcome, Person, Plan
from consultants.sheets import Line, Sheet, Unreadable
from procedures.admin.trails import FromTo

NOBODY_BEHIND_IT = "Say when it was confirmed, or in which year the hospital named them."
KEY = "slug"


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
            outcome.changes.append(FromTo(label(KEY), "", person.consultant.slug))
        self._read_consultant(line, person, outcome)
        outcome.who = person.consultant.name
        self._read_practice(line, person, outcome)
        return outcome

    def _person(self, line: Line) -> Person:
        """Whom the row is about: by their address, or else their GMC number; or somebody new.

        Raises ValidationError, its code the column.
        """
        given = self._cell(line, KEY)
        consultant = self._known(given, self._cell(line, "gmc_number"))
        slug = consultant.slug if consultant else given or self._new_slug(line)
        if slug not in self.people:
            self.people[slug] = Person(consultant or Consultant(slug=slug), line.number)
            if consultant:
                self.people[slug].practices = {one.hospital_id: one for one in consultant.practices.all()}
        return self.people[slug]

    def _known(self, slug: str, number: str) -> Consultant | None:
        """Somebody whom we know. The number counts where there is no address."""
        found = self.by_slug.get(slug) if slug else self.by_number.get(number)
        if found is None and slug and (other := self.by_number.get(number)):
            raise ValidationError(
                f"The GMC number {number} is that of {other}. Their address is {other.slug}: write that here.",
                KEY,
            )
        if found and found.merged_into:
            raise ValidationError(
                f"This record was merged into {found.merged_into}. Write {found.merged_into.slug} here.", KEY
            )
        return found

    def _new_slug(self, line: Line) -> str:
        """An address for somebody new, if it can only be theirs."""
        slug = self._made_slug(line)
        if not slug:
            raise ValidationError(
                "Say whom this row is about: their address, or a GMC number that we know.", KEY
            )
        if other := self.by_slug.get(slug):
            raise ValidationError(
                f"There is {other} already. To change that record, write {slug} here;"
                " for another person of that name, write a new address.",
                KEY,
            )
        return slug

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
        if column.name == "confirmed_on" and row.pk and was and (value is None or as_cell(value) < was):
            outcome.errors.append(
                (column.label, f"It was confirmed on {was} already. Write that day or a later one.")
            )
            return False
        now = "; ".join(sorted(one.slug for one in value)) if column.field.many_to_many else as_cell(value)
        if not column.field.many_to_many:
            setattr(row, column.name, value)
        if now == was and (row.pk or not now):
            return False
        outcome.changes.append(FromTo(column.label, was if row.pk else "", now))
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
            outcome.changes.append(FromTo(label("hospital"), "", practice.hospital.slug))
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
