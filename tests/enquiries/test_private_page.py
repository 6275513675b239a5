"""The private page of a request: thanks, the reference, what happens next; never what was written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enquiries.models import Enquiry
from procedures.models import Hospital, OpeningHours
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
PROMISED = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
EARLIER, LATER = PROMISED + timedelta(minutes=30), PROMISED + timedelta(hours=4.5)


def test_page_thanks_and_says_what_happens_next(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, kind="call_back")

    page = Page(client.get(enquiry.get_absolute_url()))

    assert page.heading == "Thank you. We will call you."
    assert page.words("//*[@class='ref']") == [enquiry.reference_in_groups]
    assert page.tree.xpath("//@data-reference") == [enquiry.reference]
    assert "We will call you as soon as we can." in page.text
    assert "We call the number that ends in 123." in page.text
    assert "If you do not pick up, we leave no message." in page.text
    assert "both legs are weak" in page.text


def test_page_never_shows_what_was_written_nor_who_wrote(client: Client, hospital: Hospital) -> None:
    secrets = {
        "question": "Could this help my mother?",
        "name": "Jo Larkspur",
        "email": "jo@larkspur.example",
        "phone": "07700 900123",
        "patient_name": "Fern Larkspur",
        "relationship": "I am her daughter",
        "language": "Welsh",
    }
    enquiry = factories.stored_enquiry(hospital, needs="bsl", **secrets)

    content = client.get(enquiry.get_absolute_url()).content.decode()

    for secret in [*secrets.values(), "7700900", "900123", "BSL"]:
        assert secret not in content


def test_page_of_a_request_without_a_phone_says_we_write(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, phone="", phone_in_full="")

    page = Page(client.get(enquiry.get_absolute_url()))

    assert page.heading == "Thank you. We have your question."
    assert "We will write to you as soon as we can." in page.text
    assert "call" not in page.text.split("What happens next")[1].split("You choose")[0]


@pytest.mark.parametrize(
    ("may_leave_message", "said"),
    [
        (True, "we may leave a short message. It says nothing about your health."),
        (False, "we leave no message."),
    ],
)
def test_page_says_whether_we_leave_a_message(
    client: Client, hospital: Hospital, may_leave_message: bool, said: str
) -> None:
    enquiry = factories.stored_enquiry(hospital, kind="call_back", may_leave_message=may_leave_message)

    assert said in Page(client.get(enquiry.get_absolute_url())).text


def test_page_names_no_hours_that_nobody_gave(client: Client, hospital: Hospital) -> None:
    page = Page(client.get(factories.stored_enquiry(hospital).get_absolute_url()))

    assert "The team is there" not in page.text


def test_page_names_the_hours_that_staff_gave(client: Client, hospital: Hospital) -> None:
    OpeningHours.objects.create(hospital=hospital, weekday=0, opens_at="09:00", closes_at="17:00")

    page = Page(client.get(factories.stored_enquiry(hospital).get_absolute_url()))

    assert "Monday 09:00 to 17:00" in page.text


def test_page_says_when_the_request_was_handled(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    enquiry.mark_handled(by=factories.person())

    assert "We have answered" in Page(client.get(enquiry.get_absolute_url())).text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {},
            "We are sorry. We said that we would call you by 9.30am on Thursday 3 December, and we are late.",
        ),
        ({"tries": 1, "next_try_at": LATER}, "We will try again at 2pm on Thursday 3 December."),
        ({"next_try_at": LATER}, "We will call you at 2pm on Thursday 3 December."),
        ({"tries": 1, "next_try_at": EARLIER}, "We will try again as soon as we can."),
        ({"next_try_at": EARLIER}, "We will call you as soon as we can."),
    ],
)
@time_machine.travel(datetime(2026, 12, 3, 11, tzinfo=UTC), tick=False)
def test_page_promises_the_next_try_and_nothing_that_has_passed(
    client: Client, hospital: Hospital, facts: dict[str, Any], said: str
) -> None:
    enquiry = factories.stored_enquiry(hospital, kind="call_back")
    passed = {"due_at": PROMISED, "call_from_at": PROMISED - timedelta(hours=1), "call_until_at": PROMISED}
    Enquiry.objects.update(**passed, call_place=1, **facts)

    page = Page(client.get(enquiry.get_absolute_url()))

    assert page.words("//*[@class='lead']")[0].startswith(said)
    assert page.heading == ("Thank you. We will call you." if facts else "Your request")


def test_page_is_private(client: Client, hospital: Hospital) -> None:
    response = client.get(factories.stored_enquiry(hospital).get_absolute_url())

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"
    assert not response.cookies
    assert Page(response).tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not Page(response).tree.xpath("//link[@rel='canonical']")


@pytest.mark.parametrize("token", ["short", "x" * 43, "x" * 42 + "%00", "%ff" * 43])
def test_page_that_is_not_there_is_not_found(client: Client, hospital: Hospital, token: str) -> None:
    assert client.get(f"/requests/{token}/").status_code == 404


def test_page_takes_five_queries(
    client: Client, hospital: Hospital, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = factories.stored_enquiry(hospital).get_absolute_url()

    with django_assert_num_queries(
        5
    ):  # the request, the tries, the hours, the red flags, the head of the page
        client.get(address)


def test_page_says_which_consultant_it_is_about(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, consultant=factories.consultant())

    assert "About Miss Ada Quill" in Page(client.get(enquiry.get_absolute_url())).text


@pytest.mark.parametrize(("kind", "form"), [("call_back", "/call-back/"), ("enquiry", "/enquiry/")])
def test_who_withdrew_may_ask_again_about_the_same(
    client: Client, hospital: Hospital, kind: str, form: str
) -> None:
    about = {"consultant": factories.consultant(), "procedure": factories.published_procedure()}
    enquiry = factories.stored_enquiry(hospital, kind=kind, **about)
    enquiry.withdraw()

    page = Page(client.get(enquiry.get_absolute_url()))

    assert page.tree.xpath("//a[.='Ask us again']/@href") == [
        f"{form}?hospital=elm-park&consultant=ada-quill&procedure=balloon-kyphoplasty"
    ]
    assert "Have this ready when we talk" not in page.text
