"""People and hospitals that are plainly made up, to try the site with many of them. Never for a site that patients use."""

import random
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from consultants.models import Consultant, Practice
from enquiries.models import ConsentWording, Enquiry
from procedures.models import Hospital, Offering, Procedure

SEED = 20261125
BATCH = 2000
PEOPLE_PER_HOSPITAL = 1000
NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
TITLES = {
    "female": ("Miss", "Ms", "Mrs", "Dr", "Professor"),
    "male": ("Mr", "Dr", "Professor"),
    "": ("Dr", "Professor"),
}


def add_consultants(how_many: int) -> Iterator[int]:
    """Add so many made-up consultants with their practices, a batch at a time; yield how many there are after each.

    None has a GMC number. Some are lapsed, some were only named, and some are not listed.
    """
    chance = random.Random(SEED + Consultant.objects.count())  # noqa: S311 - made up, not secret
    hospitals = _hospitals(max(2, how_many // PEOPLE_PER_HOSPITAL))
    procedures = list(Procedure.objects.published())
    first = _next_number()
    people = (_consultant(chance, number) for number in range(first, first + how_many))
    done = 0
    while batch := list(islice(people, BATCH)):
        with transaction.atomic():
            Consultant.objects.bulk_create(batch)
            practices = [practice for person in batch for practice in _practices(chance, person, hospitals)]
            Practice.objects.bulk_create(practices)
            through = Practice.procedures.through
            through.objects.bulk_create(
                through(practice_id=practice.pk, procedure_id=procedure.pk)
                for practice in practices
                for procedure in chance.sample(procedures, min(len(procedures), chance.randint(1, 4)))
            )
        done += len(batch)
        yield done


def _next_number() -> int:
    """One more than the highest in use, whoever was deleted since."""
    slugs = Consultant.objects.filter(slug__regex=r"^made-up-[0-9]+$").values_list("slug", flat=True)
    return max((int(slug.rpartition("-")[2]) for slug in slugs.iterator()), default=-1) + 1


def _hospitals(how_many: int) -> list[Hospital]:
    names = [f"{first}{last}" for last in NAMES["last"] for first in NAMES["first"]][:how_many]
    Hospital.objects.bulk_create(
        [
            Hospital(
                name=f"{name} Made-up Hospital",
                short_name=name,
                slug=f"made-up-{slugify(name)}",
                town=name,
                position=1000,
            )
            for name in names
        ],
        ignore_conflicts=True,
    )
    hospitals = list(Hospital.objects.filter(slug__startswith="made-up-").order_by("pk")[:how_many])
    offered = [
        Offering(hospital=hospital, procedure=procedure)
        for hospital in hospitals
        for procedure in Procedure.objects.published()
    ]
    Offering.objects.bulk_create(offered, ignore_conflicts=True)
    return hospitals


def _consultant(chance: random.Random, number: int) -> Consultant:
    gender = chance.choice(["female", "male", "female", "male", ""])
    family = _family(chance)
    if chance.random() < 0.1:
        family += f"-{_family(chance)}"
    return Consultant(
        title=chance.choice(TITLES[gender]),
        given_name=chance.choice(NAMES["given"]),
        family_name=family,
        slug=f"made-up-{number}",
        role="Made-up consultant",
        about="This person is made up, to try the site with.",
        gender=gender,
        specialties=chance.sample(NAMES["specialties"], chance.randint(1, 2)),
        languages=chance.sample(NAMES["languages"], chance.choice([0, 0, 0, 1, 1, 2])),
        is_listed=chance.random() > 0.02,
    )


def _family(chance: random.Random) -> str:
    return chance.choice(NAMES["first"]) + chance.choice(NAMES["last"])


def _practices(chance: random.Random, person: Consultant, hospitals: list[Hospital]) -> Iterator[Practice]:
    for hospital in chance.sample(hospitals, chance.choice([1, 1, 1, 2])):
        confirmed = chance.random() < 0.85
        age = timedelta(days=chance.randint(0, 400))
        yield Practice(
            consultant=person,
            hospital=hospital,
            clinic_days=chance.choice(["Mondays", "Tuesday mornings", "Thursdays", ""]),
            confirmed_on=timezone.localdate() - age if confirmed else None,
            named_in=None if confirmed else chance.randint(2016, 2026),
        )


def add_enquiries(how_many: int) -> Iterator[int]:
    """Add so many made-up requests to the made-up hospitals; yield how many there are after each.

    The phone numbers are the regulator's own, kept out of use for stories, and nobody has an email address, so no mail leaves.
    """
    chance = random.Random(SEED + Enquiry.objects.count())  # noqa: S311 - made up, not secret
    hospitals, wording = _hospitals(2), ConsentWording.objects.current()
    for number in range(1, how_many + 1):
        digits = f"{chance.randrange(1000):03}"
        facts: dict[str, Any] = {
            "kind": chance.choice(list(Enquiry.Kind)),
            "name": f"{chance.choice(NAMES['given'])} {_family(chance)}",
            "phone": f"07700 900{digits}",
            "phone_in_full": f"+447700900{digits}",
            "question": f"This is a made-up question, number {number}.",
        }
        enquiry = Enquiry(submission_id=uuid4(), hospital=chance.choice(hospitals), **facts)
        enquiry.agree_to(wording)
        Enquiry.objects.submit(enquiry)
        yield number
