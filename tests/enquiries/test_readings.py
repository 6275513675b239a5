"""Who read which request: put down before it is shown, kept by the database itself, and free of personal details."""

from datetime import timedelta

import pgtrigger
import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from enquiries import retention
from enquiries.erasure import erase, purge
from enquiries.models import Enquiry, Reading
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
REQUESTS, RECORD = "/admin/enquiries/enquiry/", "/admin/enquiries/reading/"


def in_role(role: Role, *hospitals: Hospital) -> User:
    user = factories.person(role.name.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    for hospital in hospitals:
        factories.team_member(user, hospital)
    return user


@pytest.fixture
def robin(hospital: Hospital) -> User:
    """Answers for Elm Park."""
    return in_role(Role.ENQUIRY_HANDLER, hospital)


@pytest.fixture
def desk(client: Client, robin: User) -> Client:
    signed_in(client, robin)
    return client


def lines() -> list[tuple[str, list[str]]]:
    return [(line.deed, sorted(line.references)) for line in Reading.objects.order_by("pk")]


def test_list_search_and_opening_are_put_on_record(desk: Client, hospital: Hospital, robin: User) -> None:
    two = sorted(factories.stored_enquiry(hospital).reference for _ in range(2))
    one = Enquiry.objects.get(reference=two[0])

    desk.get(REQUESTS)
    desk.post(f"{REQUESTS}find/", {"words": two[0]})
    desk.get(f"{REQUESTS}{one.pk}/change/")

    also_suggested = ("listed", two[1:])
    assert lines() == [("listed", two), ("searched", two[:1]), ("opened", two[:1]), also_suggested]
    assert {line.user for line in Reading.objects.all()} == {robin}


def test_page_of_a_legal_hold_is_put_on_record(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    signed_in(client, in_role(Role.ENQUIRY_MANAGER, hospital))

    client.get(f"{REQUESTS}{enquiry.pk}/legal-hold/")

    assert lines() == [("opened", [enquiry.reference])]


def test_request_that_was_not_shown_is_not_put_on_record(desk: Client, hospital: Hospital) -> None:
    elsewhere = factories.stored_enquiry(factories.hospital(name="Oak Hill Hospital", slug="oak-hill"))

    desk.get(REQUESTS)
    desk.get(f"{REQUESTS}{elsewhere.pk}/change/")

    assert lines() == []


def test_record_holds_no_personal_details(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    desk.get(f"{REQUESTS}{enquiry.pk}/change/")

    with connection.cursor() as cursor:
        cursor.execute("SELECT enquiries_reading::text FROM enquiries_reading")
        row = cursor.fetchone()[0]

    assert enquiry.reference in row
    for private in ("Larkspur", "Jo", "900123", "mother", enquiry.token):
        assert private not in row


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE enquiries_reading SET deed = 'listed'",
        "UPDATE enquiries_reading SET at = now() - interval '9 years'",
        "DELETE FROM enquiries_reading",
        "TRUNCATE enquiries_reading",
    ],
)
def test_database_refuses_to_change_or_delete_the_record(hospital: Hospital, robin: User, sql: str) -> None:
    factories.reading(robin, factories.stored_enquiry(hospital))

    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # TRUNCATE would first wait for those not yet looked at
        with pytest.raises(IntegrityError, match="Who read what is kept"), transaction.atomic():
            cursor.execute(sql)

    assert Reading.objects.count() == 1


def test_record_outlives_the_request_and_still_answers_by_its_reference(
    client: Client, hospital: Hospital, robin: User
) -> None:
    enquiry = factories.stored_enquiry(hospital)
    factories.reading(robin, enquiry)
    erase(enquiry)
    signed_in(client, in_role(Role.ENQUIRY_MANAGER, hospital))

    (row,) = Page(client.get(RECORD, {"q": enquiry.reference_in_groups})).words(
        "//table[@id='result_list']/tbody/tr"
    )

    assert robin.username in row
    assert "Opened it" in row


def test_record_leaves_in_its_own_time_and_no_sooner(hospital: Hospital, robin: User) -> None:
    old, young = (factories.reading(robin, factories.stored_enquiry(hospital)) for _ in range(2))
    with pgtrigger.ignore("enquiries.Reading:readings_are_kept"):
        Reading.objects.filter(pk=old.pk).update(
            at=timezone.now() - retention.READINGS - timedelta(minutes=1)
        )
        Reading.objects.filter(pk=young.pk).update(
            at=timezone.now() - retention.READINGS + timedelta(minutes=1)
        )

    purge()

    assert list(Reading.objects.all()) == [young]


def test_manager_is_one_press_from_who_saw_a_request(client: Client, hospital: Hospital, robin: User) -> None:
    enquiry, other = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    factories.reading(robin, enquiry)
    factories.reading(factories.person("wren"), other)
    signed_in(client, in_role(Role.ENQUIRY_MANAGER, hospital))

    page = Page(client.get(f"{REQUESTS}{enquiry.pk}/change/"))
    (link,) = page.tree.xpath("//a[text()='Who saw this request']/@href")
    rows = " ".join(Page(client.get(link)).words("//table[@id='result_list']/tbody/tr"))

    assert "robin" in rows or robin.username in rows
    assert "wren" not in rows


def test_handler_sees_no_record(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    assert "Who saw this request" not in Page(desk.get(f"{REQUESTS}{enquiry.pk}/change/")).text
    assert desk.get(RECORD).status_code == 403


def test_manager_sees_the_record_of_their_own_hospital_and_an_administrator_of_all(
    client: Client, hospital: Hospital, robin: User
) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    factories.reading(robin, factories.stored_enquiry(hospital))
    factories.reading(robin, factories.stored_enquiry(oak_hill))

    def seen(user: User) -> int:
        signed_in(client, user)
        return len(Page(client.get(RECORD)).words("//table[@id='result_list']/tbody/tr"))

    assert seen(in_role(Role.ENQUIRY_MANAGER, hospital)) == 1
    assert seen(in_role(Role.ADMINISTRATOR)) == 2


def test_list_over_two_hospitals_makes_a_line_for_each(hospital: Hospital, robin: User) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    requests = [factories.stored_enquiry(where) for where in (hospital, oak_hill, hospital)]

    factories.reading(robin, *requests, deed=Reading.Deed.LISTED)

    assert sorted(len(line.references) for line in Reading.objects.all()) == [1, 2]
