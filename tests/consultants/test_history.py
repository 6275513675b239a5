"""Who changed what, when, from what to what."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from consultants.facts import PERSONAL
from consultants.models import Consultant
from kyphoplasty_site.access import Role
from tests import factories
from tests.consultants.sheets import confirm, csv_file, directory_editor, preview
from tests.procedures.staff import Desk
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def ada() -> Consultant:
    return factories.consultant()


def told(desk: Desk, row: Consultant, page: str = "consultants_consultant_history") -> list[str]:
    return desk.get(page, row.pk).words("//ol[@class='history__entries']/li")


def test_change_is_told_from_what_to_what_and_by_whom(desk: Desk, ada: Consultant) -> None:
    ada.role, ada.languages, ada.is_listed = "Radiologist", ["French", "Welsh"], False
    ada._history_user = desk.person  # type: ignore[attr-defined]
    ada.save()

    latest, first = told(desk, ada)

    assert latest.startswith("This record: changed")
    assert ", fern" in latest
    assert "Role: from Spinal consultant → to Radiologist" in latest
    assert "Languages: French, Welsh" in latest
    assert "In the public directory: from Yes → to No" in latest
    assert "This record: added" in first
    assert "An account since deleted, or the system" in first


def test_history_keeps_nothing_of_a_secretary(desk: Desk, ada: Consultant) -> None:
    ada.secretary_name, ada.secretary_phone = "Robin Fern", "01632 960111"
    ada.secretary_email, ada.role = "robin@elmpark.example", "Radiologist"
    ada.save()

    page = desk.get("consultants_consultant_history", ada.pk)

    assert "Radiologist" in page.text
    assert not {field.name for field in Consultant.history.model._meta.fields} & PERSONAL
    for personal in ("Robin", "960111", "robin@"):
        assert personal not in page.text


def test_practices_of_a_consultant_are_told_with_them_even_after_they_end(
    desk: Desk, ada: Consultant
) -> None:
    practice = factories.practice(ada, factories.hospital(), factories.procedure())
    practice.confirmed_on = date(2026, 3, 31)
    practice.save()
    practice.delete()

    deleted, confirmed, procedures, added, _ = told(desk, ada)

    assert deleted.startswith("Practice at Elm Park Hospital: deleted")
    assert "Confirmed on: 31 March 2026" in confirmed
    assert "Procedures: Balloon kyphoplasty" in procedures
    assert added.startswith("Practice at Elm Park Hospital: added")


def test_counts_hours_and_closures_are_kept_as_they_were() -> None:
    elm = factories.hospital()
    count = factories.procedure_count(factories.consultant(slug="bo"), factories.procedure())
    rows: list[Any] = [count, factories.opening_hours(elm, 0), factories.closure(elm, date(2026, 12, 24))]

    for row in rows:
        row.delete()

    kept = [list(type(row).history.values_list("history_type", flat=True)) for row in rows]
    assert kept == [["-", "+"]] * 3


def test_saving_without_a_change_tells_nothing(desk: Desk, ada: Consultant) -> None:
    ada.save()

    assert len(told(desk, ada)) == 1


def test_what_was_deleted_is_still_named(desk: Desk, ada: Consultant) -> None:
    practice = factories.practice(ada, factories.hospital())
    practice.delete()
    practice.hospital.delete()

    assert f"Practice at hospital {practice.hospital_id}, since deleted: deleted" in told(desk, ada)[0]


def test_import_is_told_with_its_file(desk: Desk, ada: Consultant) -> None:
    confirm(desk, preview(desk, csv_file(["Slug", "Role"], ["ada-quill", "Radiologist"])))

    assert (
        "fern. Imported from people.csv. Role: from Spinal consultant → to Radiologist" in told(desk, ada)[0]
    )


def test_change_at_the_desk_is_told_of_a_hospital_and_its_offerings(desk: Desk) -> None:
    elm = factories.hospital()
    factories.offering(factories.procedure(), elm)
    elm.town = "Elm"
    elm.save()

    latest, offering, _ = desk.get("procedures_hospital_history", elm.pk).words(
        "//ol[@class='history__entries']/li"
    )

    assert "Town: Elm" in latest
    assert offering.startswith("Offering of Balloon kyphoplasty: added")


def test_history_is_shut_to_those_who_may_not_see_the_row(ada: Consultant) -> None:
    nobody = factories.person("ash", is_staff=True)
    desk = Desk(Role.CLINICAL_REVIEWER, "morgan")
    address = reverse("admin:consultants_consultant_history", args=[ada.pk])
    assert desk.client.get(address).status_code == 200

    signed_in(desk.client, nobody)

    assert desk.client.get(address).status_code == 403
