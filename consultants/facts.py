"""The facts that a secretary is asked about, as plain values: what we hold, what it is called, how it is written back.

A fact's key is the consultant's field, such as `role`, or the practice and its field, such as `at12-clinic_days`.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from consultants.models import Consultant, Practice
from procedures.models import Procedure

Facts = dict[str, Any]

ABOUT = {
    "role": "Role",
    "specialties": "Specialties",
    "languages": "Languages besides English",
    "nhs_base": "NHS hospital",
    "profile_url": "Link to the full profile",
    "insurers": "Insurers that recognise them",
    "first_fee": "Guide fee, first consultation (£)",
    "follow_up_fee": "Guide fee, follow-up (£)",
    "secretary_name": "Secretary’s name",
    "secretary_phone": "Secretary’s phone",
    "secretary_email": "Secretary’s email",
}
# On the page too and confirmed with the rest, but not corrected by a form: a secretary rings us.
SHOWN = {
    "name": "Name",
    "post_nominals": "Letters after the name",
    "gmc_number": "GMC number",
    "gender": "Gender, for readers who ask for a woman or a man",
    "about": "In their own words",
    "interests": "Declared interests",
}
# What readers look for most, where nobody gave it.
MISSED = {"gmc_number": "No GMC number", "profile_url": "No link to a full profile"}
FEES = {"first_fee", "follow_up_fee"}
# About a person who is not in the directory: kept no longer than it takes to decide on it.
PERSONAL = {"secretary_name", "secretary_phone", "secretary_email"}
THERE = {
    "hospital": "Hospital",
    "procedures": "Done there",
    "clinic_days": "Clinic days",
    "has_left": "No longer works at this hospital",
}


def with_facts(consultants: Iterable[Any]) -> Any:
    """The consultants with all that `held` reads, in three queries however many there are."""
    practices = Practice.objects.select_related("hospital").prefetch_related(
        Prefetch("procedures", Procedure.objects.order_by("name"))
    )
    return consultants.prefetch_related(Prefetch("practices", practices))  # type: ignore[attr-defined]


def held(consultant: Consultant) -> Facts:
    """What we hold of a consultant, at each hospital and of themselves."""
    facts: Facts = {}
    for practice in consultant.practices.all():
        facts |= {
            key_of(practice.pk, "hospital"): practice.hospital.name,
            key_of(practice.pk, "procedures"): sorted(done.slug for done in practice.procedures.all()),
            key_of(practice.pk, "clinic_days"): practice.clinic_days,
            key_of(practice.pk, "has_left"): False,
        }
    return facts | {name: plain(getattr(consultant, name)) for name in ABOUT | SHOWN}


def plain(value: Any) -> Any:
    """A value as it is kept in JSON. A fee of whole pounds is written without pence."""
    if isinstance(value, Decimal):
        return f"{value:.2f}".removesuffix(".00")
    return "" if value is None else value


def key_of(practice: int, name: str) -> str:
    """The key of a fact about a practice."""
    return f"at{practice}-{name}"


def place_of(key: str) -> int | None:
    """The practice that a fact is about; None for one about the consultant."""
    place, dash, _ = key.partition("-")
    return int(place.removeprefix("at")) if dash else None


def name_of(key: str) -> str:
    """The field that a fact stands in."""
    return key.rpartition("-")[2]


def label_of(key: str) -> str:
    """What a fact is called."""
    return (ABOUT | SHOWN)[key] if place_of(key) is None else THERE[name_of(key)]


def in_words(key: str, value: Any, procedures: dict[str, str]) -> str:
    """A fact as a person reads it; `procedures` are their names by slug."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name_of(key) == "procedures":
        return ", ".join(sorted(procedures.get(slug, slug) for slug in value))
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def write_back(consultant: Consultant, accepted: Facts) -> None:
    """Put new values in the place of those we hold. Who has left a hospital is no longer listed there."""
    about = {key: value for key, value in accepted.items() if place_of(key) is None}
    for name, value in about.items():
        setattr(consultant, name, Decimal(value) if name in FEES and value else value or _nothing(name))
    if about:
        consultant.save(update_fields=list(about))
    for practice in consultant.practices.all():
        here = {name_of(key): value for key, value in accepted.items() if place_of(key) == practice.pk}
        if here.pop("has_left", False):
            practice.delete()
            continue
        if "procedures" in here:
            practice.procedures.set(Procedure.objects.filter(slug__in=here["procedures"]))
        if "clinic_days" in here:
            practice.clinic_days = here["clinic_days"]
            practice.save(update_fields=["clinic_days"])


def _nothing(name: str) -> Any:
    """How an empty answer is kept."""
    if name in FEES:
        return None
    return [] if name in ("specialties", "languages", "insurers") else ""


def news(before: Facts, now: Facts) -> list[tuple[str, str, str, str]]:
    """What is held now and was not before: where, the fact, as it was and as it is, for people to read."""
    names = dict(Procedure.objects.values_list("slug", "name"))
    both = before | now
    return [
        (
            place_in_words(key, both),
            label_of(key),
            in_words(key, before.get(key, ""), names),
            in_words(key, now.get(key, ""), names),
        )
        for key in both
        if before.get(key) != now.get(key)
    ]


def place_in_words(key: str, facts: Facts) -> str:
    """The hospital that a fact is about; empty for one about the consultant."""
    place = place_of(key)
    return "" if place is None else facts.get(key_of(place, "hospital"), "A hospital listed no longer")
