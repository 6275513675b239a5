"""What the database refuses about consultants, and the words with which staff are told."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils import timezone

from consultants.models import Consultant, Practice, ProcedureCount, Reconfirmation
from procedures.models import Hospital, Offering
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


def named_in(year: int) -> Practice:
    return Practice(consultant=factories.consultant(), hospital=factories.hospital(), named_in=year)


def question(**facts: Any) -> Reconfirmation:
    """A question that staff asked and sent, whatever else is said of it."""
    now = timezone.now()
    asked = {"consultant": factories.consultant(), "asked_by": factories.person()}
    sent = {"sent_at": now, "digest": "d", "expires_at": now}
    return Reconfirmation(**asked | sent | facts)


def corrected(**facts: Any) -> Reconfirmation:
    """A question that was answered with corrections, whatever else is said of it."""
    answer = {"answered_at": timezone.now(), "outcome": "corrected", "corrections": {"role": ["", "Surgeon"]}}
    return question(**answer | facts)


def asked_again_for_the_day() -> Reconfirmation:
    ada = factories.consultant()
    Reconfirmation.objects.ask(ada, due_on=date(2026, 9, 1)).take_back()
    return Reconfirmation(consultant=ada, due_on=date(2026, 9, 1))


def asked_while_one_is_open() -> Reconfirmation:
    ada = factories.consultant()
    Reconfirmation.objects.ask(ada, due_on=date(2026, 9, 1))
    return Reconfirmation(consultant=ada, due_on=date(2026, 9, 2))


WHY = "Say who asked, or for which day it was due."
LINK = "A question that was sent has a link, and a time when it runs out."
ANSWER = "An answer says when it came, and what it was."
CORRECTS = "Corrections belong to an answer that corrects."
DECISION = "A decision on corrections says when, and by whom."
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
    (
        "question_is_asked_once_for_a_due_date",
        "Their secretary was already asked for that day.",
        asked_again_for_the_day,
    ),
    (
        "one_question_stands_open",
        "Their secretary has not answered the last question yet.",
        asked_while_one_is_open,
    ),
    ("question_is_asked_by_staff_or_on_its_day", WHY, lambda: question(asked_by=None)),
    ("question_is_asked_by_staff_or_on_its_day", WHY, lambda: question(due_on=date(2026, 9, 1))),
    ("question_sent_has_a_link_that_runs_out", LINK, lambda: question(digest=None)),
    ("question_sent_has_a_link_that_runs_out", LINK, lambda: question(expires_at=None)),
    ("answer_says_when_and_what", ANSWER, lambda: question(answered_at=timezone.now())),
    ("answer_says_when_and_what", ANSWER, lambda: question(outcome="confirmed")),
    (
        "answer_says_when_and_what",
        ANSWER,
        lambda: question(
            sent_at=None, digest=None, expires_at=None, outcome="confirmed", answered_at=timezone.now()
        ),
    ),
    ("corrections_stand_in_a_correcting_answer", CORRECTS, lambda: corrected(outcome="confirmed")),
    ("corrections_stand_in_a_correcting_answer", CORRECTS, lambda: corrected(corrections={})),
    ("decision_says_when_and_by_whom", DECISION, lambda: corrected(decided_at=timezone.now())),
    ("decision_says_when_and_by_whom", DECISION, lambda: corrected(decided_by=factories.person("bay"))),
    ("decision_says_when_and_by_whom", DECISION, lambda: corrected(accepted=["role"])),
    ("practice_stands_once", "This consultant is already listed at that hospital.", practice_again),
    (
        "practice_says_who_stands_behind_it",
        "Say when it was confirmed, or in which year the hospital named them.",
        nobody_stands_behind_it,
    ),
    (
        "practice_was_named_in_1990_or_later",
        f"Write a year between 1990 and {timezone.localdate().year}.",
        lambda: named_in(1989),
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


def test_year_to_come_is_refused() -> None:
    this_year = timezone.localdate().year

    with pytest.raises(ValidationError, match=f"Write a year between 1990 and {this_year}."):
        named_in(this_year + 1).full_clean()


@pytest.mark.parametrize("model", [Practice, Hospital, Offering])
def test_day_to_come_is_no_day_of_a_confirmation(model: type[models.Model]) -> None:
    field, today = model._meta.get_field("confirmed_on"), timezone.localdate()

    with pytest.raises(ValidationError, match="has not come yet"):
        field.run_validators(today + timedelta(days=1))  # type: ignore[union-attr]
    field.run_validators(today)  # type: ignore[union-attr]
