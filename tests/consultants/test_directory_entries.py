"""The database keeps the directory's entries itself, whoever changes what they are made of and however."""

from datetime import date, timedelta

import pytest
from django.db import connection

from consultants.models import Consultant, DirectoryEntry, Practice
from procedures.models import Hospital, Procedure, SearchWord
from procedures.models.confirmations import HIDE_AFTER
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    """Confirmed, so that all of it is a reason to be found."""
    ada = factories.consultant(
        given_name="Ada Zoë", family_name="O’Quill-Marsh", languages=["Welsh"], specialties=["Pain"]
    )
    return factories.practice(ada, factories.hospital(), factories.procedure(), confirmed_on=date(2026, 9, 1))


def entry() -> DirectoryEntry:
    return DirectoryEntry.objects.get()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_entry_holds_every_way_to_write_a_name(practice: Practice) -> None:
    words = entry().words

    for word in ("ada", "zoe", "oquill", "o", "quill", "marsh", "oquillmarsh", "a", "z", "az"):
        assert f"'{word}'" in words
    assert entry().name == "ada zoe oquill marsh"
    assert entry().sort_key == f"oquill marsh ada zoe {practice.consultant_id}"


def test_entry_holds_what_readers_may_choose(practice: Practice) -> None:
    procedure = Procedure.objects.get()

    assert entry().facets == [
        f"hospital:{practice.hospital_id}",
        f"procedure:{procedure.pk}",
        "language:Welsh",
        "specialty:Pain",
    ]


def test_entry_holds_of_what_nobody_confirmed_only_what_they_were_named_for(practice: Practice) -> None:
    Practice.objects.update(confirmed_on=None, named_in=2016)

    assert entry().facets == [f"hospital:{practice.hospital_id}", f"procedure:{Procedure.objects.get().pk}"]
    assert "'spinal'" in entry().words
    assert "'pain'" not in entry().words


def test_names_are_noted_for_spelling(practice: Practice) -> None:
    assert {"oquill", "zoe", "marsh"} <= set(SearchWord.objects.values_list("word", flat=True))


CHANGES = [
    ("UPDATE consultants_consultant SET family_name = 'Rook'", "name", "ada zoe rook"),
    ("UPDATE procedures_hospital SET name = 'Wychwood'", "words", "wychwood"),
    ("UPDATE consultants_consultant SET specialties = '{Spines}'", "facets", "specialty:Spines"),
    ("UPDATE consultants_consultant SET gender = 'female'", "facets", "gender:female"),
    ("UPDATE consultants_practice SET confirmed_on = '2026-05-03'", "lapses_date", "2027-05-03"),
]


@pytest.mark.parametrize(("change", "column", "told"), CHANGES)
def test_entry_follows_every_change_even_by_sql(
    practice: Practice, change: str, column: str, told: str
) -> None:
    run(change)

    assert told in str(getattr(entry(), column))


def test_entry_follows_the_procedures_of_a_practice(practice: Practice) -> None:
    practice.procedures.clear()

    assert entry().facets == [f"hospital:{practice.hospital_id}", "language:Welsh", "specialty:Pain"]


def test_entry_follows_one_procedure_put_in_place_of_another(practice: Practice) -> None:
    scan = factories.procedure(name="MRI scan", slug="mri")

    Practice.procedures.through.objects.update(procedure=scan)

    assert f"procedure:{scan.pk}" in entry().facets


def test_entries_follow_a_procedure_from_one_practice_to_another(practice: Practice) -> None:
    procedure = f"procedure:{Procedure.objects.get().pk}"
    other = factories.practice(practice.consultant, factories.hospital(name="Ash Hospital", slug="ash"))

    Practice.procedures.through.objects.update(practice=other)

    assert [procedure in each.facets for each in DirectoryEntry.objects.order_by("pk")] == [False, True]


def test_entry_is_left_alone_where_its_hospital_changes_in_what_it_does_not_say(practice: Practice) -> None:
    DirectoryEntry.objects.update(name="")

    Hospital.objects.update(parking="Behind the house.")

    assert entry().name == ""


def test_entry_follows_a_practice_to_another_hospital(practice: Practice) -> None:
    Practice.objects.update(hospital=factories.hospital(name="Ash Hospital", slug="ash"))

    assert entry().hospital == Hospital.objects.get(slug="ash")


def test_entry_goes_and_comes_with_the_listing(practice: Practice) -> None:
    Consultant.objects.update(is_listed=False)
    hidden = DirectoryEntry.objects.count()
    Consultant.objects.update(is_listed=True)

    assert (hidden, entry().practice) == (0, practice)


def test_entry_goes_with_its_practice(practice: Practice) -> None:
    practice.delete()

    assert not DirectoryEntry.objects.exists()
    run("SET CONSTRAINTS ALL IMMEDIATE")


def test_entry_goes_with_its_consultant(practice: Practice) -> None:
    practice.consultant.delete()

    assert not DirectoryEntry.objects.exists()
    run("SET CONSTRAINTS ALL IMMEDIATE")


def test_entry_lapses_on_the_day_that_the_practice_does(practice: Practice) -> None:
    Practice.objects.update(confirmed_on=date(2026, 1, 31))

    assert entry().lapses_date == date(2026, 1, 31) + HIDE_AFTER
    assert timedelta(days=365) == HIDE_AFTER
