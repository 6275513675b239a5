"""What the database itself refuses, whoever asks."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, models
from django.utils import timezone

from enquiries.models import CallWindow, Enquiry, OutgoingMail, TeamMember
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db

CALL = ("call_from_at", "call_until_at", "call_place")
NINE, NOON = datetime(2026, 12, 7, 9, tzinfo=UTC), datetime(2026, 12, 7, 12, tzinfo=UTC)
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("request_is_an_enquiry_or_a_call_back", {"kind": "order"}),
    ("request_names_a_person", {"name": ""}),
    ("request_can_be_answered_by_phone_or_email", {"phone": "", "phone_in_full": "", "email": ""}),
    ("call_back_has_a_phone_number", {"kind": "call_back", "phone": "", "phone_in_full": ""}),
    ("phone_is_kept_as_typed_and_in_full", {"phone": "07700 900123", "phone_in_full": ""}),
    ("phone_is_kept_as_typed_and_in_full", {"phone": "", "phone_in_full": "+447700900123"}),
    ("phone_is_kept_as_typed_and_in_full", {"phone": "07700 900123", "phone_in_full": "07700900123"}),
    *(
        ("promised_call_has_a_start_a_later_end_and_a_place", dict(zip(CALL, promised, strict=True)))
        for promised in [
            (NINE, NOON, None),
            (NINE, None, 1),
            (None, NOON, 1),
            (NINE, NINE, 1),
            (NINE, NOON, 0),
            (None, None, 1),
        ]
    ),
    ("questions_are_known_by_version_and_hash", {"questions_version": ""}),
    ("questions_are_known_by_version_and_hash", {"questions_hash": "x" * 64}),
    ("aim_is_one_we_offer", {"aim": "gold"}),
    ("payment_is_one_we_offer", {"payment": "gold"}),
    ("consent_is_kept_with_its_words", {"consent_text": ""}),
    ("consent_is_kept_with_its_words", {"consent_version": ""}),
    ("consent_is_kept_with_its_words", {"consent_hash": "x" * 64}),
    ("handled_says_when_and_by_whom", {"handled_at": timezone.now(), "outcome": "booked"}),
]


@pytest.mark.parametrize(("constraint", "changes"), REFUSED)
def test_request_that_cannot_be_true_is_refused(
    hospital: Hospital, constraint: str, changes: dict[str, Any]
) -> None:
    enquiry = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match=constraint):
        Enquiry.objects.filter(pk=enquiry.pk).update(**changes)


def test_handled_by_somebody_at_no_time_is_refused(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match="handled_says_when_and_by_whom"):
        Enquiry.objects.filter(pk=enquiry.pk).update(handled_by=factories.person())


def test_every_kind_aim_and_payment_of_the_forms_is_allowed(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    offered = {"kind": Enquiry.Kind, "aim": Enquiry.Aim, "payment": Enquiry.Payment}
    for field, choices in offered.items():
        for choice in choices.values:
            assert Enquiry.objects.filter(pk=enquiry.pk).update(**{field: choice}) == 1


def test_same_answers_under_one_id_are_refused_twice(hospital: Hospital) -> None:
    first = factories.stored_enquiry(hospital)
    second = factories.stored_enquiry(hospital, question="Another")

    with pytest.raises(IntegrityError, match="same_answers_sent_twice_are_one_request"):
        Enquiry.objects.filter(pk=second.pk).update(
            submission_id=first.submission_id, content_hash=first.content_hash, follows=first
        )


@pytest.mark.parametrize("column", ["reference", "token"])
def test_reference_and_token_belong_to_one_request(hospital: Hospital, column: str) -> None:
    first = factories.stored_enquiry(hospital)
    second = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match=column):
        Enquiry.objects.filter(pk=second.pk).update(**{column: getattr(first, column)})


def test_rule_holds_in_plain_sql_too(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, kind="call_back")

    with (
        pytest.raises(IntegrityError, match="call_back_has_a_phone_number"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE enquiries_enquiry SET phone = '', phone_in_full = '' WHERE id = %s", [enquiry.pk]
        )


def test_hospital_with_requests_cannot_be_deleted(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    with pytest.raises(models.ProtectedError):
        hospital.delete()


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("call_window_ends_after_it_starts", {"ends_at": "09:00"}),
        ("call_window_is_on_a_weekday", {"weekday": 7}),
        ("call_window_has_a_place", {"places": 0}),
    ],
)
def test_call_window_that_cannot_be_is_refused(
    hospital: Hospital, constraint: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        factories.call_window(hospital, **changes)


def test_place_in_a_call_window_is_given_once(hospital: Hospital) -> None:
    promised = dict(zip(CALL, (NINE, NOON, 1), strict=True))
    first, second = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=first.pk).update(**promised)

    with pytest.raises(IntegrityError, match="place_in_a_call_window_is_given_once"):
        Enquiry.objects.filter(pk=second.pk).update(**promised)


def test_call_window_stands_once(hospital: Hospital) -> None:
    factories.call_window(hospital)

    with pytest.raises(IntegrityError, match="call_window_stands_once"):
        factories.call_window(hospital, ends_at="13:00")


def test_person_is_in_a_team_once(hospital: Hospital) -> None:
    person = factories.person()
    factories.team_member(person, hospital)

    with pytest.raises(IntegrityError, match="team_member_stands_once"):
        factories.team_member(person, hospital)


def test_each_mail_is_due_once(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match="each_mail_is_due_once"):
        OutgoingMail.objects.create(enquiry=enquiry, purpose="team")


def test_mail_without_a_known_purpose_is_refused(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match="mail_has_a_purpose_we_know"):
        OutgoingMail.objects.create(enquiry=enquiry, purpose="advert")


@pytest.mark.parametrize("model", [Enquiry, CallWindow, TeamMember, OutgoingMail])
def test_every_rule_has_a_message_a_person_could_read(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        message = str(constraint.violation_error_message)
        assert message.endswith("."), constraint.name
        assert "Constraint" not in message, constraint.name


def test_rows_say_what_they_are(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, submission_id=uuid4())
    enquiry.reference = "7F3K924XP"

    assert str(enquiry) == "Enquiry 7F3 K92 4XP"
    assert str(OutgoingMail(enquiry=enquiry, purpose="team")) == "7F3K924XP-team"
    assert str(factories.team_member(factories.person(), hospital)) == "robin at Elm Park Hospital"
    window = factories.call_window(hospital)
    window.refresh_from_db()
    assert str(window) == "Elm Park Hospital, Monday 09:00 to 12:00"
