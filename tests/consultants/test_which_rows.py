"""Which consultants and practices readers meet, and in which order."""

from datetime import date

import pytest

from consultants.models import Consultant, DirectoryEntry, Practice
from tests import factories

pytestmark = pytest.mark.django_db


def test_listed_consultants_stand_by_surname() -> None:
    hospital = factories.hospital()
    for given, family, listed in [
        ("Cy", "Rook", True),
        ("Bo", "Marsh", True),
        ("Al", "Marsh", True),
        ("Di", "Ash", False),
    ]:
        factories.practice(
            factories.consultant(given_name=given, family_name=family, slug=given, is_listed=listed), hospital
        )

    assert [consultant.name for consultant in Consultant.objects.listed()] == [
        "Miss Al Marsh",
        "Miss Bo Marsh",
        "Miss Cy Rook",
    ]


def test_every_list_stands_in_the_order_of_the_directory() -> None:
    hospital = factories.hospital()
    names = ["Ørsted", "Zuber", "van der Meer", "Ash", "O’Dea", "d’Arcy", "Quill"]
    for name in names:
        factories.practice(factories.consultant(family_name=name, slug=f"of-{names.index(name)}"), hospital)

    by_surname = ["Ash", "d’Arcy", "O’Dea", "Ørsted", "Quill", "van der Meer", "Zuber"]
    assert [practice.consultant.family_name for practice in Practice.objects.listed()] == by_surname
    assert [consultant.family_name for consultant in Consultant.objects.listed()] == by_surname
    entries = DirectoryEntry.objects.order_by("sort_key").select_related("consultant")
    assert [entry.consultant.family_name for entry in entries] == by_surname


def test_practices_of_unlisted_consultants_are_not_listed() -> None:
    hospital = factories.hospital()
    ada = factories.practice(factories.consultant(), hospital)
    factories.practice(factories.consultant(slug="bo-marsh", is_listed=False), hospital)

    assert list(Practice.objects.listed()) == [ada]


def test_unconfirmed_practices_are_those_nobody_has_confirmed() -> None:
    hospital = factories.hospital()
    named = factories.practice(factories.consultant(), hospital)
    factories.practice(factories.consultant(slug="bo-marsh"), hospital, confirmed_on=date(2026, 9, 1))

    assert list(Practice.objects.unconfirmed()) == [named]


def test_unpublished_procedures_are_not_shown_as_what_a_consultant_does() -> None:
    shown, hidden = factories.published_procedure(), factories.procedure(name="MRI scan", slug="mri-scan")
    factories.practice(factories.consultant(), factories.hospital(), shown, hidden)

    (consultant,) = Consultant.objects.with_practices()
    (practice,) = consultant.practices.all()

    assert list(practice.procedures.all()) == [shown]


def test_name_leaves_out_a_title_that_nobody_gave() -> None:
    consultant = Consultant(given_name="Ada", family_name="Quill")

    assert (consultant.name, consultant.formal_name, consultant.initials) == ("Ada Quill", "Quill", "AQ")
