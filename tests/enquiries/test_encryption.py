"""What a patient wrote cannot be read in the database without the keys."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from enquiries.encryption import Rotation
from enquiries.models import Enquiry
from enquiries.persons import encrypted_columns
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import is_on_disk, places_on_disk

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
    call_command("migrate", verbosity=0)  # all, since going back took the roles of later migrations with it
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


def rotated(*arguments: str) -> tuple[dict[str, int], int]:
    """What the command prints, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("rotate_keys", *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        code = error.returncode
    printed: dict[str, int] = json.loads(out.getvalue())
    return printed, code


def test_rotation_brings_everything_under_the_newest_key(hospital: Hospital, settings: Any) -> None:
    for name in ("Jo", "Fern", "Wren"):
        factories.stored_enquiry(hospital, name=name, **WRITTEN)
    older, newest = settings.FIELD_KEYS, Fernet.generate_key().decode()
    settings.FIELD_KEYS = [newest, *older]
    everything = 3 * len(WRITTEN)

    assert rotated("--check") == ({"rotated": 0, "under_older_keys": everything, "no_key_opens": 0}, 1)
    assert rotated() == ({"rotated": everything, "under_older_keys": 0, "no_key_opens": 0}, 0)
    assert rotated() == ({"rotated": 0, "under_older_keys": 0, "no_key_opens": 0}, 0)

    settings.FIELD_KEYS = [newest]
    assert {enquiry.relationship for enquiry in Enquiry.objects.all()} == {WRITTEN["relationship"]}


def test_interrupted_rotation_goes_on_where_it_stopped(
    hospital: Hospital, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        factories.stored_enquiry(hospital)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    monkeypatch.setattr("enquiries.encryption.BATCH", 2)
    (column,) = [c for c in encrypted_columns() if c[0] is Enquiry and c[1].name == "question"]
    assert next(Rotation(*column).run()) == 2

    assert rotated() == ({"rotated": 3, "under_older_keys": 0, "no_key_opens": 0}, 0)


def test_rotation_leaves_alone_what_was_changed_meanwhile(hospital: Hospital, settings: Any) -> None:
    enquiry = factories.stored_enquiry(hospital)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    (column,) = [c for c in encrypted_columns() if c[0] is Enquiry and c[1].name == "question"]
    rotation = Rotation(*column)
    ((pk, seen),) = rotation._after(None)
    Enquiry.objects.filter(pk=enquiry.pk).update(question="Changed meanwhile")

    assert rotation._rotate(pk, seen) == 0

    enquiry.refresh_from_db()
    assert enquiry.question == "Changed meanwhile"


def test_words_that_no_key_opens_are_told(hospital: Hospital, settings: Any) -> None:
    factories.stored_enquiry(hospital)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    assert rotated() == ({"rotated": 0, "under_older_keys": 0, "no_key_opens": 1}, 1)


@pytest.mark.django_db(transaction=True)
def test_disk_and_dump_hold_no_unencrypted_word(hospital: Hospital, tmp_path: Path) -> None:
    """Not in the data folder, nor in the log of what is written (WAL), nor in a dump. Who they are is there."""
    enquiry = factories.stored_enquiry(
        hospital, **dict.fromkeys(WRITTEN, "zanzibarquartz"), name="Xylophonia Larkspur"
    )
    enquiry.keep_for_the_law(factories.person(), "zanzibarquartz")
    factories.reading(factories.person("wren"), enquiry)
    folder, places = places_on_disk(tmp_path)

    for place in places:
        assert is_on_disk("Xylophonia", place), f"{place} was not read, so nothing is shown."
        assert not is_on_disk("zanzibarquartz", place)
    assert not is_on_disk("zanzibarquartz", folder)
