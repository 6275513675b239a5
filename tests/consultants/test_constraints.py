"""What the database refuses about consultants, and the words with which staff are told."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

from consultants.models import Consultant, Practice, ProcedureCount
from tests import factories

pytestmark = pytest.mark.django_db


def consultant(gmc_number: str) -> Consultant:
    return Consultant(given_name="Bo", family_name="Marsh", slug="bo-marsh", gmc_number=gmc_number)


def of_no_known_gender() -> Consultant:
    return Consultant(given_name="Bo", family_name="Marsh", slug="bo-marsh", gender="unsaid")


def priced(**fees: Any) -> Consultant:
    return Consultant(given_name="Bo", family_name="Marsh", slug="bo-marsh", **fees)


def merged_and_listed() -> Consultant:
    return Consultant(
        given_name="Bo", family_name="Marsh", slug="bo-marsh", merged_into=factories.consultant()
    )


def count_again() -> ProcedureCount:
    facts: dict[str, Any] = {
        "consultant": factories.consultant(),
        "procedure": factories.procedure(),
        "done": 12,
        "until_date": date(2026, 3, 31),
        "source": factories.source(),
    }
    ProcedureCount.objects.create(**facts)
    return ProcedureCount(**facts)


def gmc_number_again() -> Consultant:
    factories.consultant(gmc_number="1234567")
    return consultant("1234567")


def practice_again() -> Practice:
    first = factories.practice(factories.consultant(), factories.hospital())
    return Practice(consultant=first.consultant, hospital=first.hospital, named_in=2016)


def nobody_stands_behind_it() -> Practice:
    return Practice(consultant=factories.consultant(), hospital=factories.hospital())


TOO_LITTLE = "A fee is more than £0. Leave it empty where none is known."
Broken = Callable[[], models.Model]
BROKEN: list[tuple[str, str, Broken]] = [
    ("gmc_number_has_seven_digits", "A GMC number has seven digits.", lambda: consultant("123456")),
    ("gmc_number_has_seven_digits", "A GMC number has seven digits.", lambda: consultant("C123456")),
    ("gender_is_as_given_or_absent", "Value 'unsaid' is not a valid choice.", of_no_known_gender),
    ("gmc_number_stands_once", "Another consultant already has that GMC number.", gmc_number_again),
    (
        "merged_consultant_is_not_listed",
        "This record was merged into another, so it cannot be listed.",
        merged_and_listed,
    ),
    ("consultation_fees_are_more_than_nothing", TOO_LITTLE, lambda: priced(first_fee=0)),
    ("consultation_fees_are_more_than_nothing", TOO_LITTLE, lambda: priced(follow_up_fee=0)),
    (
        "procedure_count_stands_once",
        "There is a number for this procedure and year already.",
        count_again,
    ),
    ("practice_stands_once", "This consultant is already listed at that hospital.", practice_again),
    (
        "practice_says_who_stands_behind_it",
        "Say when it was confirmed, or in which year the hospital named them.",
        nobody_stands_behind_it,
    ),
]
each_broken = pytest.mark.parametrize(
    ("name", "message", "broken"), BROKEN, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(BROKEN)]
)


@each_broken
def test_database_refuses_by_name(name: str, message: str, broken: Broken) -> None:
    row = broken()

    with pytest.raises(IntegrityError, match=f'constraint "{name}"'):
        row.save()


@each_broken
def test_staff_are_told_in_words(name: str, message: str, broken: Broken) -> None:
    row = broken()

    with pytest.raises(ValidationError) as refused:
        row.full_clean()

    assert message in refused.value.messages


def test_every_constraint_is_tried() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("consultants").get_models()
        for constraint in model._meta.constraints
    }

    assert declared == {name for name, _, _ in BROKEN}


def test_consultants_without_a_gmc_number_do_not_clash() -> None:
    factories.consultant()

    consultant("").full_clean()
