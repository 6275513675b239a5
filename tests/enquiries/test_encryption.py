"""What a patient wrote cannot be read in the database without the keys."""

from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection

from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db
WRITTEN = {
    "patient_name": "Fern Larkspur",
    "question": "Could this help my mother? Ünïcode 痛",
    "relationship": "I am her daughter",
    "needs": "bsl",
    "language": "Welsh",
}


def row_in_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT enquiries_enquiry::text FROM enquiries_enquiry")
        return str(cursor.fetchone()[0])


def stored_patient_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT patient_name FROM enquiries_enquiry ORDER BY length(patient_name)")
        return [name for (name,) in cursor.fetchall()]


def test_what_was_written_is_not_in_the_row(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital, **WRITTEN)

    row = row_in_the_database()

    for words in WRITTEN.values():
        assert words not in row
    assert "Jo Larkspur" in row  # who they are can be searched


@pytest.mark.django_db(transaction=True)
def test_names_stored_before_they_were_encrypted_are_encrypted_and_can_be_taken_back(
    hospital: Hospital,
) -> None:
    enquiry = factories.stored_enquiry(hospital, patient_name="Fern Larkspur")
    factories.stored_enquiry(hospital, patient_name="")

    call_command("migrate", "enquiries", "0001_initial", verbosity=0)
    before = stored_patient_names()
    call_command("migrate", "enquiries", verbosity=0)
    after = stored_patient_names()

    assert before == ["", "Fern Larkspur"]
    assert after[0] == ""
    assert "Fern" not in after[1]
    enquiry.refresh_from_db()
    assert enquiry.patient_name == "Fern Larkspur"


def test_what_was_written_is_read_back(hospital: Hospital) -> None:
    enquiry = Enquiry.objects.get(pk=factories.stored_enquiry(hospital, **WRITTEN).pk)

    assert {name: getattr(enquiry, name) for name in WRITTEN} == WRITTEN


def test_nothing_written_stays_empty(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, question="")

    assert Enquiry.objects.values_list("question").get(pk=enquiry.pk) == ("",)


def test_older_keys_still_read_and_the_newest_writes(hospital: Hospital, settings: Any) -> None:
    enquiry = factories.stored_enquiry(hospital, **WRITTEN)
    older, newest = settings.FIELD_KEYS, Fernet.generate_key().decode()

    settings.FIELD_KEYS = [newest, *older]
    enquiry.refresh_from_db()
    assert enquiry.question == WRITTEN["question"]

    enquiry.save()
    settings.FIELD_KEYS = [newest]
    enquiry.refresh_from_db()
    assert enquiry.question == WRITTEN["question"]


def test_without_the_key_nothing_is_read(hospital: Hospital, settings: Any) -> None:
    factories.stored_enquiry(hospital, **WRITTEN)

    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(InvalidToken):
        Enquiry.objects.get()


@pytest.mark.parametrize("lookup", ["question", "question__icontains", "question__gt", "question__isnull"])
def test_what_is_encrypted_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        Enquiry.objects.filter(**{lookup: "mother"}).exists()
