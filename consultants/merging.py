"""Two records of one person become one: what would move, what differs, and then doing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from consultants.columns import OF_CONSULTANT, OF_PRACTICE
from consultants.models import Consultant, DirectoryEntry, Practice

FACTS = [column for column in OF_CONSULTANT if column.name != "slug"]
PHOTOGRAPH = ("photograph", "photograph_widths")
# They go with the practice: the first as it is moved, the second as the database itself writes it anew.
KEPT_BY_THEMSELVES = (Practice.procedures.through, DirectoryEntry)
MOST_PAIRS = 50
SAME_NAME = "The same family name and first letter"
ALIKE = "Names nearly alike, at the same hospital"
ALIKE_FROM = 0.5  # of the groups of three letters


class Refused(Exception):
    """The two were not merged; the message says why."""


@dataclass(frozen=True)
class Difference:
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
    """A practice of the other record, and what becomes of it."""

    practice: Practice
    twin: Practice | None

    @property
    def leading(self) -> Practice:
        """Of two at one hospital, the one confirmed later; if neither was later, the one that stays."""
        twin = self.twin or self.practice
        theirs, ours = self.practice.confirmed_on, twin.confirmed_on
        return self.practice if theirs and (ours is None or theirs > ours) else twin

    @property
    def trailing(self) -> Practice | None:
        return self.twin if self.leading is self.practice else self.practice

    @property
    def procedures(self) -> list[Any]:
        """All that either record names."""
        both = [*self.practice.procedures.all(), *(self.twin.procedures.all() if self.twin else [])]
        return sorted(set(both), key=str)

    def fact(self, name: str) -> Any:
        """The leading one's word; the other's where it has none."""
        trailing = self.trailing
        return getattr(self.leading, name) or (getattr(trailing, name) if trailing else None)

    @property
    def clinic_days(self) -> str:
        return self.fact("clinic_days") or ""

    @property
    def confirmed_on(self) -> Any:
        return self.fact("confirmed_on")


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
        return ""

    @property
    def differences(self) -> list[Difference]:
        """Facts to choose between."""
        found = [
            Difference(column.name, column.label, column.text(self.kept), column.text(self.other))
            for column in FACTS
            if column.text(self.kept) != column.text(self.other)
        ]
        if self.other.photograph and self.other.photograph != self.kept.photograph:
            here = "A photograph" if self.kept.photograph else ""
            found.append(Difference("photograph", "Photograph", here, "Another photograph"))
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

        Raises Refused.
        """
        try:
            with transaction.atomic():
                if self.why_not:
                    raise Refused(self.why_not)
                for joined in self.practices:
                    self._join(joined)
                _point_to(Consultant, self.other, self.kept)
                self._take_facts(take_other)
        except DatabaseError as error:
            raise Refused(
                "Both records have a row about the same thing, such as numbers for one procedure and year."
                " Delete the wrong one, and merge them then."
            ) from error

    def _join(self, joined: Joined) -> None:
        """Move the practice, or unite it with the one that stands at the same hospital."""
        reason, twin = f"Merged from {self.other.slug}"[:100], joined.twin
        procedures = joined.procedures
        facts = {
            name: joined.fact(name) for name in ("clinic_days", "confirmed_on", "named_in", "named_source")
        }
        stays = twin or joined.practice
        stays.consultant = self.kept
        for name, fact in facts.items():
            setattr(stays, name, fact or ("" if name == "clinic_days" else None))
        stays._change_reason = reason
        stays.save()
        if twin:
            twin.procedures.add(*procedures)
            _point_to(Practice, joined.practice, twin)
            joined.practice._change_reason = f"Merged into {self.kept.slug}"[:100]
            joined.practice.delete()

    def _take_facts(self, take_other: set[str]) -> None:
        """The other record goes first: its GMC number may stand only once."""
        taken = {
            name: getattr(self.other, name)
            for difference in self.differences
            if difference.name in take_other
            for name in (PHOTOGRAPH if difference.name == "photograph" else (difference.name,))
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
    """The two records, if both exist. Inside a transaction they are locked for it."""
    found = Consultant.objects.select_related("merged_into")
    if connection.in_atomic_block:
        found = found.select_for_update(of=("self",))
    rows = {row.pk: row for row in found.filter(pk__in=[kept, other]).order_by("pk")}
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
