"""Two records of one person become one: what would move, what differs, and then doing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations, islice
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from consultants.columns import OF_CONSULTANT, OF_PRACTICE
from consultants.models import Consultant, DirectoryEntry, Practice, Reconfirmation
from procedures.models import Procedure

FACTS = [column for column in OF_CONSULTANT if column.name not in ("slug", "gmc_number")]
PHOTOGRAPH = ("photograph", "photograph_widths")
# The first goes with the practice; the database itself writes the second anew; questions stay with whom they were about.
KEPT_BY_THEMSELVES = (Practice.procedures.through, DirectoryEntry, Reconfirmation)
MOST_PAIRS = 50
SAME_NAME = "The same family name and first letter"
ALIKE = "Names nearly alike, at the same hospital"
ALIKE_FROM = 0.5  # of the groups of three letters


class NotMerged(Exception):
    """The two were not merged; the message says why."""


@dataclass(frozen=True)
class Choice:
    """A fact in which the two records differ."""

    name: str
    label: str
    kept: str
    other: str

    @property
    def prefers_other(self) -> bool:
        """Whether the record that stays says nothing, so that the other's word is the better guess."""
        return not self.kept


@dataclass(frozen=True)
class Joined:
    """A practice of the other record, and what becomes of it.

    Of two at one hospital the one confirmed later stays, with its facts alone: what it does not say, nobody confirmed
    with it. Where nobody confirmed either, all that was named stays, and who named it last.
    """

    practice: Practice
    twin: Practice | None

    @property
    def stays(self) -> Practice:
        """The one whose word counts; of two alike, the one of the record that stays."""
        return max(filter(None, (self.twin, self.practice)), key=_behind_it)

    @property
    def goes(self) -> Practice | None:
        """The other one, if there are two."""
        return self.twin if self.stays is self.practice else self.practice

    @property
    def is_united(self) -> bool:
        """Whether both say something, since nobody confirmed either."""
        return self.twin is not None and self.stays.confirmed_on is None

    @property
    def procedures(self) -> list[Procedure]:
        """What is done there then."""
        named = [self.stays, self.goes] if self.is_united else [self.stays]
        return sorted({done for practice in named if practice for done in practice.procedures.all()}, key=str)

    @property
    def clinic_days(self) -> str:
        """On which days then."""
        return self.stays.clinic_days or (self.goes.clinic_days if self.is_united and self.goes else "")


@dataclass
class Merger:
    """One record that stays, and another of the same person that leads to it from then on."""

    kept: Consultant
    other: Consultant

    @property
    def why_not(self) -> str:
        """Why these two cannot be merged, in a sentence; nothing when they can."""
        if self.kept == self.other:
            return "This is one record, not two."
        if merged := next((one for one in (self.kept, self.other) if one.merged_into_id), None):
            return f"{merged} was merged into another record before."
        if self.kept.gmc_number and self.other.gmc_number:
            return (
                "Each has a GMC number of its own, so these are two people."
                " If one of the numbers is wrong, correct it first."
            )
        waiting = Reconfirmation.objects.undecided().filter(consultant__in=[self.kept, self.other])
        if question := waiting.select_related("consultant").first():
            return (
                f"Corrections from the secretary of {question.consultant} wait for a decision."
                " Decide on them first."
            )
        return ""

    @property
    def open_question(self) -> Reconfirmation | None:
        """What the other record's secretary was asked and has not answered: nobody is to answer it any more."""
        return Reconfirmation.objects.unanswered().filter(consultant=self.other).first()

    @property
    def choices(self) -> list[Choice]:
        """Facts to choose between."""
        found = [
            Choice(column.name, column.label, column.text(self.kept), column.text(self.other))
            for column in FACTS
            if column.text(self.kept) != column.text(self.other)
        ]
        if self.other.photograph and self.other.photograph != self.kept.photograph:
            here = "A photograph" if self.kept.photograph else ""
            found.append(Choice("photograph", "Photograph", here, "Another photograph"))
        return found

    @property
    def practices(self) -> list[Joined]:
        """Each practice of the other record, with the one at the same hospital that the kept record has."""
        ours = {practice.hospital_id: practice for practice in _practices(self.kept)}
        return [Joined(practice, ours.get(practice.hospital_id)) for practice in _practices(self.other)]

    @property
    def gist(self) -> list[Any]:
        """What was seen of the two, to be compared with what stands when it is done."""
        return [
            [column.text(one) for column in OF_CONSULTANT]
            + [
                [practice.pk, *(column.text(practice) for column in OF_PRACTICE)]
                for practice in _practices(one)
            ]
            for one in (self.kept, self.other)
        ]

    @property
    def moving(self) -> list[tuple[str, int]]:
        """What else points to the other record, by its name on the desk, and how many."""
        counted = [
            (str(relation.related_model._meta.verbose_name_plural), _pointing(relation, self.other).count())
            for relation in _relations(Consultant)
            if relation.related_model is not Practice
        ]
        return [(name, count) for name, count in counted if count]

    def carry_out(self, take_other: set[str]) -> None:
        """Merge them, with the other record's word on the facts named. All of it or nothing.

        Raises NotMerged.
        """
        try:
            with transaction.atomic():
                if self.why_not:
                    raise NotMerged(self.why_not)
                for joined in self.practices:
                    self._join(joined)
                Reconfirmation.objects.unanswered().filter(consultant=self.other).update(
                    revoked_at=timezone.now()
                )
                _point_to(Consultant, self.other, self.kept)
                self._take_facts(take_other)
        except IntegrityError as error:
            raise NotMerged(
                "Both records have a row about the same thing, such as numbers for one procedure and year."
                " Delete the wrong one, and merge them then."
            ) from error

    def _join(self, joined: Joined) -> None:
        """Move the practice, or let one stand for the two at the same hospital."""
        stays, goes = joined.stays, joined.goes
        procedures, clinic_days = joined.procedures, joined.clinic_days
        if goes:
            _point_to(Practice, goes, stays)
            goes._change_reason = f"Merged into {self.kept.slug}"[:100]
            goes.delete()
        stays.consultant, stays.clinic_days = self.kept, clinic_days
        stays._change_reason = f"Merged from {self.other.slug}"[:100]
        stays.save()
        stays.procedures.set(procedures)

    def _take_facts(self, take_other: set[str]) -> None:
        """The other record goes first: its GMC number may stand only once."""
        taken = {
            name: getattr(self.other, name)
            for choice in self.choices
            if choice.name in take_other
            for name in (PHOTOGRAPH if choice.name == "photograph" else (choice.name,))
        }
        if self.other.gmc_number:
            taken["gmc_number"] = self.other.gmc_number
        self.other.gmc_number, self.other.is_listed, self.other.merged_into = "", False, self.kept
        self.other._change_reason = f"Merged into {self.kept.slug}"[:100]  # type: ignore[attr-defined]
        self.other.save()
        for name, fact in taken.items():
            setattr(self.kept, name, fact)
        self.kept._change_reason = f"Merged with {self.other.slug}"[:100]  # type: ignore[attr-defined]
        self.kept.save()


def merger(kept: int, other: int) -> Merger | None:
    """The two records, if both exist. Inside a transaction they and their practices are locked for it."""
    found = Consultant.objects.select_related("merged_into").filter(pk__in=[kept, other]).order_by("pk")
    if connection.in_atomic_block:
        found = found.select_for_update(of=("self",))
    rows = {row.pk: row for row in found}
    if connection.in_atomic_block:
        list(Practice.objects.select_for_update().filter(consultant__in=rows))
    return Merger(rows[kept], rows[other]) if {kept, other} <= set(rows) else None


def likely_pairs() -> list[tuple[Consultant, Consultant, str]]:
    """Records that may be of one person: the same family name and first letter, or names nearly alike at one hospital.

    Two records that each have a GMC number are of two people.
    """
    found = dict(islice(_likely(), MOST_PAIRS))
    rows = Consultant.objects.prefetch_related("practices__hospital").in_bulk(
        {key for pair in found for key in pair}
    )
    return [(rows[one], rows[two], why) for (one, two), why in found.items()]


def _likely() -> Iterator[tuple[tuple[int, int], str]]:
    """Only names that begin alike are compared, so that it stays quick in a long list."""
    facts = ("pk", "given_name", "family_name", "gmc_number", "practices__hospital")
    everybody = Consultant.objects.filter(merged_into=None).order_by("pk").values_list(*facts)
    groups: dict[tuple[Any, ...], dict[int, tuple[str, bool]]] = {}
    for key, given, family, number, hospital in everybody:
        given, family = given.lower(), family.lower()
        person = (f"{given} {family}", bool(number))
        groups.setdefault((SAME_NAME, given[:1], family), {})[key] = person
        if hospital:
            groups.setdefault((ALIKE, given[:1], family[:1], hospital), {})[key] = person
    for (why, *_), people in groups.items():
        for (one, (name, has_number)), (two, (other_name, other_has)) in combinations(people.items(), 2):
            is_alike = why == SAME_NAME or _likeness(name, other_name) > ALIKE_FROM
            if is_alike and not (has_number and other_has):
                yield (one, two), why


def _likeness(one: str, two: str) -> float:
    """How many of their groups of three letters two names share, from 0 to 1."""
    ours, theirs = ({f"  {name} "[n : n + 3] for n in range(len(name) + 1)} for name in (one, two))
    return len(ours & theirs) / len(ours | theirs)


def _behind_it(practice: Practice) -> tuple[date, int, bool]:
    """How good a word stands behind a practice: when it was confirmed, or else in which year it was named, and where."""
    named_in = practice.named_in or 0
    return practice.confirmed_on or date.min, named_in, practice.named_source_id is not None


def _practices(consultant: Consultant) -> list[Practice]:
    return list(
        consultant.practices.select_related("hospital", "named_source").prefetch_related("procedures")
    )


def _relations(model: type[models.Model]) -> Iterator[Any]:
    """Every foreign key that leads to the model, of whatever app. The history says what was, so it stays as it is."""
    for relation in model._meta.get_fields(include_hidden=True):
        leads_here = relation.one_to_many or relation.one_to_one
        is_history = hasattr(relation.related_model, "history_id")
        if leads_here and not is_history and relation.related_model not in KEPT_BY_THEMSELVES:
            yield relation


def _pointing(relation: Any, row: models.Model) -> Any:
    return relation.related_model._base_manager.filter(**{relation.field.name: row})


def _point_to(model: type[models.Model], row: models.Model, instead: models.Model) -> None:
    """Let every row that points to one point to the other."""
    for relation in _relations(model):
        _pointing(relation, row).update(**{relation.field.name: instead})
