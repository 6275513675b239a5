"""The team's desk in the admin: only one's own hospital, nothing personal in lists, addresses or logs."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"


@pytest.fixture
def robin(hospital: Hospital) -> User:
    """Answers for Elm Park."""
    user = factories.person("robin", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="enquiries",
            codename__in=["view_enquiry", "change_enquiry", "view_outgoingmail"],
        )
    )
    factories.team_member(user, hospital)
    return user


@pytest.fixture
def desk(client: Client, robin: User) -> Client:
    client.force_login(robin)
    return client


def test_list_shows_what_waits_and_nothing_personal(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    text = Page(desk.get(REQUESTS)).text

    assert enquiry.reference_in_groups in text
    for private in ("Larkspur", "900123", "mother", "larkspur.example"):
        assert private not in text


def test_request_is_read_in_full_by_its_team(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(
        hospital, question="Could this help my mother?", needs="hearing", relationship="I am her daughter"
    )

    text = Page(desk.get(f"{REQUESTS}{enquiry.pk}/change/")).text

    for known in (
        "Jo Larkspur",
        "07700 900123",
        "Could this help my mother?",
        "I do not hear well",
        "daughter",
    ):
        assert known in text
    assert "No. Do not leave a message" in text


def test_request_to_another_hospital_is_not_there(desk: Client, hospital: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    enquiry = factories.stored_enquiry(oak_hill)

    assert enquiry.reference_in_groups not in Page(desk.get(REQUESTS)).text
    assert desk.get(f"{REQUESTS}{enquiry.pk}/change/").status_code == 302
    assert enquiry.reference_in_groups not in Page(desk.get(f"{REQUESTS}?q={enquiry.reference}")).text
    assert enquiry.reference not in Page(desk.get("/admin/enquiries/outgoingmail/")).text


def test_request_to_another_hospital_cannot_be_handled(desk: Client, hospital: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    enquiry = factories.stored_enquiry(oak_hill)

    desk.post(REQUESTS, {"action": "mark_handled", "_selected_action": [enquiry.pk]})
    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"_save": "Mark as handled"})

    assert not Enquiry.objects.handled().exists()


def test_one_press_marks_a_request_as_handled(desk: Client, hospital: Hospital, robin: User) -> None:
    enquiry = factories.stored_enquiry(hospital)
    page = Page(desk.get(f"{REQUESTS}{enquiry.pk}/change/"))
    assert page.tree.xpath("//input[@type='submit']/@value").count("Mark as handled") == 1

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"_save": "Mark as handled"})

    enquiry.refresh_from_db()
    assert enquiry.handled_by == robin
    assert "Mark as handled" not in desk.get(f"{REQUESTS}{enquiry.pk}/change/").content.decode()


def test_several_are_marked_as_handled_from_the_list(desk: Client, hospital: Hospital) -> None:
    pks = [factories.stored_enquiry(hospital).pk for _ in range(2)]

    response = desk.post(REQUESTS, {"action": "mark_handled", "_selected_action": pks}, follow=True)

    assert "Marked as handled." in Page(response).text
    assert Enquiry.objects.handled().count() == 2


def test_what_a_patient_sent_cannot_be_changed_added_or_deleted(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, question="Could this help my mother?")

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"name": "Mallory", "question": "Changed"})

    enquiry.refresh_from_db()
    assert (enquiry.name, enquiry.question) == ("Jo Larkspur", "Could this help my mother?")
    assert desk.get(f"{REQUESTS}add/").status_code == 403
    assert desk.post(f"{REQUESTS}{enquiry.pk}/delete/").status_code == 403


def test_record_of_the_desk_names_no_person(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    desk.post(REQUESTS, {"action": "mark_handled", "_selected_action": [enquiry.pk]})

    entry = LogEntry.objects.get()
    assert entry.object_repr == f"Enquiry {enquiry.reference_in_groups}"


def test_private_page_is_not_linked_from_the_desk(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    assert enquiry.token not in desk.get(f"{REQUESTS}{enquiry.pk}/change/").content.decode()


def test_outbox_can_only_be_looked_at(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    mail = enquiry.mails.get(purpose="team")

    assert f"{enquiry.reference}-team" in Page(desk.get("/admin/enquiries/outgoingmail/")).text
    assert desk.post(f"/admin/enquiries/outgoingmail/{mail.pk}/delete/").status_code == 403
    assert desk.get("/admin/enquiries/outgoingmail/add/").status_code == 403


def test_list_of_fifty_takes_as_many_queries_as_a_list_of_five(desk: Client, hospital: Hospital) -> None:
    counts = []
    for more in (5, 45):
        for _ in range(more):
            factories.stored_enquiry(hospital, email="")
        with CaptureQueriesContext(connection) as queries:
            desk.get(REQUESTS)
        counts.append(len(queries))

    assert counts[0] == counts[1]
