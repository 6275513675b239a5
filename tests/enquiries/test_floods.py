"""Floods: from one address, from hundreds, and from one that a care home shares with whoever floods us."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from enquiries.limits import FLOOD
from enquiries.models import Enquiry, OutgoingMail
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_suspicion import sent
from tests.naughty import met

pytestmark = pytest.mark.django_db
CARE_HOME, PROXY = "198.51.100.7", "10.0.0.1"


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    """But for how many an hour, or a flood would take the test minutes."""
    cache.clear()
    settings.SENDS_PER_HOUR, settings.SENDS_PER_NUMBER, settings.QUICKEST_SEND = 3, 10, 2
    settings.TRUSTED_PROXIES = 1


def patient(address: str = CARE_HOME) -> Client:
    return Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": address})


def flood(answers: Answers, count: int, address: str = CARE_HOME) -> list[int]:
    """A machine that sends as fast as it can, without reading the check page."""
    client = patient(address)
    checked = Page(client.post("/enquiry/", answers)).hidden()
    return [
        met(client.post, "/enquiry/send/", checked | {"question": f"Pills {number}"}).status_code
        for number in range(count)
    ]


def test_patient_on_the_address_of_a_flood_still_gets_through(question: Answers) -> None:
    """Marked for a person to look at, and acknowledged, until so much came that nobody could look at it."""
    flood(question, 20)

    page = sent(patient(), question | {"name": "Fern Larkspur", "phone": "01632 960124"})

    assert page.tree.xpath("//@data-reference")
    assert Enquiry.objects.get(name="Fern Larkspur").suspected_because == "address"


def test_flood_beyond_that_is_told_to_wait_and_everybody_s_words_are_kept(question: Answers) -> None:
    statuses = flood(question, FLOOD * 3 + 5)

    response = patient().post("/enquiry/send/", question | {"name": "Fern Larkspur", "submission_id": "x"})

    assert statuses == [303] * FLOOD * 3 + [429] * 5
    assert response.status_code == 429
    assert Page(response).hidden()["name"] == "Fern Larkspur"
    assert "01632 960101" in Page(response).text
    assert Enquiry.objects.count() == FLOOD * 3


def test_flood_from_one_address_is_nobody_else_s_affair(question: Answers) -> None:
    flood(question, FLOOD * 3 + 1)

    page = sent(patient("198.51.100.8"), question | {"name": "Fern Larkspur", "phone": "01632 960124"})

    assert page.tree.xpath("//@data-reference")
    assert Enquiry.objects.get(name="Fern Larkspur").suspected_at is None


def test_flood_from_hundreds_of_addresses_mails_nobody_and_hides_no_patient(question: Answers) -> None:
    """Each machine has an address of its own; they all name one number, and none reads the check page."""
    made_up = question | {"submission_id": "7f6e2a0c-3c58-4f5e-9a53-2d9d3f1d9c55"}
    for number in range(200):
        machine = patient(f"203.0.{number // 100}.{number % 100}")
        assert (
            met(machine.post, "/enquiry/send/", made_up | {"question": f"Pills {number}"}).status_code == 303
        )

    sent(
        patient(),
        question | {"name": "Fern Larkspur", "phone": "01632 960124", "email": "fern@larkspur.example"},
    )

    heard = Enquiry.objects.filter(suspected_at=None)
    assert [enquiry.name for enquiry in heard] == ["Fern Larkspur"]
    assert set(OutgoingMail.objects.values_list("enquiry__name", flat=True)) == {"Fern Larkspur"}


def test_many_patients_of_one_address_are_all_acknowledged(question: Answers) -> None:
    """A care home in the hour after a talk: more than an hour's share, each with a number of their own."""
    for number in range(8):
        page = sent(patient(), question | {"name": f"Jo {number}", "phone": f"01632 9601{number:02}"})
        assert page.tree.xpath("//@data-reference")

    assert Enquiry.objects.suspected().count() == 5
    assert Enquiry.objects.count() == 8


def test_flood_that_reads_and_asks_stores_nothing_and_stops_nobody(
    hospital: Hospital, question: Answers
) -> None:
    """The first press counts for nothing: it stores nothing, and a patient may need it often."""
    for _ in range(60):
        assert met(patient().post, "/enquiry/", question).status_code == 200

    assert not Enquiry.objects.exists()
    assert sent(patient(), question).tree.xpath("//@data-reference")


def test_flood_of_changes_to_one_request_is_told_of_in_one_mail(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, email="jo@larkspur.example")
    before = set(OutgoingMail.objects.values_list("pk", flat=True))

    for number in range(30):
        sent_number = {"phone": f"01632 9601{number:02}", "checked": "yes"}
        assert met(patient().post, f"{enquiry.get_absolute_url()}phone/", sent_number).status_code == 303

    mail = OutgoingMail.objects.exclude(pk__in=before).get()
    assert (mail.enquiry, mail.purpose, mail.attempts) == (enquiry, OutgoingMail.Purpose.CHANGED, 0)


def test_guesses_from_the_address_of_a_hospital_keep_no_patient_out(question: Answers) -> None:
    for number in range(80):
        patient().post("/accounts/login/", {"login": f"name{number}", "password": "wrong"})

    assert sent(patient(), question).tree.xpath("//@data-reference")
