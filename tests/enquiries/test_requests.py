"""Which requests are whose, and in what order they wait."""

from typing import Any

import pytest
from django.utils import timezone

from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db


def test_team_sees_the_requests_to_its_own_hospital(hospital: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    ours = factories.stored_enquiry(hospital)
    factories.stored_enquiry(oak_hill)
    robin = factories.person()
    factories.team_member(robin, hospital)

    assert list(Enquiry.objects.seen_by(robin)) == [ours]


def test_person_in_no_team_sees_no_request(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    assert not Enquiry.objects.seen_by(factories.person()).exists()


def test_superuser_sees_every_request(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    assert Enquiry.objects.seen_by(factories.person(is_superuser=True)).exists()


def test_first_to_handle_a_request_is_kept(hospital: Hospital) -> None:
    robin, wren = factories.person("robin"), factories.person("wren")
    enquiry = factories.stored_enquiry(hospital)

    assert enquiry.mark_handled(by=robin)
    assert not enquiry.mark_handled(by=wren)

    enquiry.refresh_from_db()
    assert enquiry.handled_by == robin


def test_reference_that_is_taken_is_minted_again(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = factories.stored_enquiry(hospital).reference
    minted = iter([taken, taken, "7F3K924XP"])
    monkeypatch.setattr("enquiries.references.mint", lambda: next(minted))

    assert factories.stored_enquiry(hospital).reference == "7F3K924XP"


def test_hash_of_answers_tells_any_two_answers_apart(hospital: Hospital) -> None:
    one = factories.enquiry(hospital)

    assert one.hash_of_answers() == factories.enquiry(hospital).hash_of_answers()
    others: list[dict[str, Any]] = [
        {"name": "Jo"},
        {"needs": "bsl"},
        {"may_leave_message": True},
        {"call_from_at": timezone.now()},
    ]
    for changes in others:
        assert factories.enquiry(hospital, **changes).hash_of_answers() != one.hash_of_answers()


def test_hash_of_answers_cannot_be_worked_out_without_our_key(hospital: Hospital, settings: object) -> None:
    ours = factories.enquiry(hospital).hash_of_answers()

    settings.SECRET_KEY = "another key"  # type: ignore[attr-defined]

    assert factories.enquiry(hospital).hash_of_answers() != ours


def test_every_answer_counts_in_the_hash() -> None:
    kept = {field.attname for field in Enquiry._meta.concrete_fields}
    ours = {
        "id",
        "reference",
        "token",
        "submission_id",
        "content_hash",
        "follows_id",
        "created_at",
        "handled_at",
        "handled_by_id",
        "withdrawn_at",
        # What we gave or promised for them.
        "call_place",
        "due_at",
        "keep_days",
        "questions_version",
        "questions_hash",
        "outcome",
        "opened_at",
        "owner_id",
        "claimed_until",
        "tries",
        "next_try_at",
        "ring_by_at",
        "duplicate_of_id",
        "suspected_at",
        "suspected_because",
        "legal_hold_at",
        "legal_hold_by_id",
        "legal_hold_reason",
        # Follow from the answers, or say when they were given.
        "phone_in_full",
        "consent_version",
        "consent_text",
        "consented_at",
    }

    assert set(Enquiry.ANSWERS) == kept - ours
