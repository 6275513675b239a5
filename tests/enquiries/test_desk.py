"""The team's desk in the admin: only one's own hospital, nothing personal in lists, addresses or logs."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries import references
from enquiries.models import Enquiry, OutgoingMail
from enquiries.waiting import waiting_for
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

    assert list(Enquiry.objects.awaiting_reply()) == [enquiry]


def test_one_press_marks_a_request_as_handled(desk: Client, hospital: Hospital, robin: User) -> None:
    enquiry = factories.stored_enquiry(hospital)
    page = Page(desk.get(f"{REQUESTS}{enquiry.pk}/change/"))
    assert page.tree.xpath("//input[@type='submit']/@value").count("Mark as handled") == 1

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"_save": "Mark as handled"})

    enquiry.refresh_from_db()
    assert enquiry.handled_by == robin
    assert "Mark as handled" not in desk.get(f"{REQUESTS}{enquiry.pk}/change/").content.decode()


def test_several_are_marked_as_handled_from_the_list_and_counted(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    pks = [factories.stored_enquiry(hospital).pk for _ in range(3)]
    wren = factories.person("wren")
    Enquiry.objects.get(pk=pks[0]).mark_handled(by=wren)

    response = desk.post(REQUESTS, {"action": "mark_handled", "_selected_action": pks}, follow=True)

    assert "Requests marked as handled: 2." in Page(response).text
    assert not Enquiry.objects.awaiting_reply().exists()
    assert [Enquiry.objects.get(pk=pk).handled_by for pk in pks] == [wren, robin, robin]
    assert set(LogEntry.objects.values_list("object_id", flat=True)) == {str(pk) for pk in pks[1:]}


def test_waiting_requests_come_first_the_longest_waiting_at_the_top(desk: Client, hospital: Hospital) -> None:
    now = timezone.now()
    handled_before = factories.stored_enquiry(hospital, created_at=now - timedelta(days=9))
    handled_lately = factories.stored_enquiry(hospital, created_at=now - timedelta(days=8))
    for enquiry in (handled_before, handled_lately):
        enquiry.mark_handled(by=factories.person(f"wren-{enquiry.pk}"))
    new = factories.stored_enquiry(hospital)
    waiting_long = factories.stored_enquiry(hospital, created_at=now - timedelta(days=2))

    listed = Page(desk.get(REQUESTS)).words("//table[@id='result_list']/tbody/tr/th")

    assert listed == [
        enquiry.reference_in_groups for enquiry in (waiting_long, new, handled_lately, handled_before)
    ]


@pytest.mark.parametrize("list_page", [REQUESTS, "/admin/enquiries/outgoingmail/"])
def test_request_is_found_by_its_reference_however_it_is_typed(
    desk: Client, hospital: Hospital, list_page: str
) -> None:
    wanted = factories.stored_enquiry(hospital, email="")
    factories.stored_enquiry(hospital, email="")
    typed = wanted.reference_in_groups.lower()

    for search in (typed, typed.replace(" ", "-"), typed[:7]):
        page = Page(desk.get(list_page, {"q": search}))
        (row,) = page.words("//table[@id='result_list']/tbody/tr")
        assert references.in_groups(wanted.reference) in row or wanted.reference in row
        assert "mistyped" not in page.text


def test_reference_that_cannot_be_says_so(desk: Client, hospital: Hospital) -> None:
    reference = factories.stored_enquiry(hospital).reference
    wrong = "2" if reference[0] != "2" else "3"

    text = Page(desk.get(REQUESTS, {"q": wrong + reference[1:]})).text

    assert "Ask them to read it again: a character of that reference was mistyped or misheard." in text


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


def test_held_mail_is_tried_again_by_whoever_may(desk: Client, hospital: Hospital, robin: User) -> None:
    factories.stored_enquiry(hospital, email="")
    mail = OutgoingMail.objects.get()
    mail.hold("The mail server refused the address (550).")
    press = {"action": "try_again", "_selected_action": [mail.pk]}
    page = "/admin/enquiries/outgoingmail/"

    desk.post(page, press)
    assert OutgoingMail.objects.held().exists()
    assert list(waiting_for(robin)) == []

    robin.user_permissions.add(Permission.objects.get(codename="retry_outgoingmail"))
    robin = User.objects.get(pk=robin.pk)
    (waiting,) = waiting_for(robin)
    assert waiting.what == "Mail that could not be sent: 1"
    assert "refused the address (550)" in Page(desk.get(waiting.url)).text
    assert "Mails to be tried again: 1." in Page(desk.post(page, press, follow=True)).text
    assert not OutgoingMail.objects.held().exists()
