"""Likely spam: stored, never refused nor told apart, and looked at by a person before anybody is mailed."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from enquiries.models import Enquiry, OutgoingMail
from enquiries.waiting import waiting_for
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.staff import signed_in

CLOCK = r"[0-9.]+[ap]m"
pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    cache.clear()
    settings.SENDS_PER_HOUR, settings.SENDS_PER_NUMBER, settings.QUICKEST_SEND = 60, 10, 2


def sent(client: Client, answers: Answers, *, after: float = 30, **typed: str) -> Page:
    """Answered, read for so many seconds on the check page, sent; the page the patient then sees."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        checked = Page(client.post("/enquiry/", answers)).hidden()
        clock.shift(timedelta(seconds=after))
        return Page(client.post("/enquiry/send/", checked | typed, follow=True))


@pytest.fixture
def robin(hospital: Hospital) -> User:
    user = factories.person("robin", is_staff=True)
    user.groups.add(Group.objects.get(name=Role.ENQUIRY_HANDLER))
    factories.team_member(user, hospital)
    return user


def test_person_who_reads_the_page_is_not_suspected(client: Client, question: Answers) -> None:
    sent(client, question, after=3)

    assert Enquiry.objects.get().suspected_at is None
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("how", "because"),
    [
        ({"subject": "Cheap pills"}, "trap"),
        ({"after": 0.5}, "speed"),
        ({"submission_id": "7f6e2a0c-3c58-4f5e-9a53-2d9d3f1d9c55"}, "speed"),
    ],
)
def test_machine_sees_the_same_page_and_nobody_is_mailed(
    client: Client, question: Answers, how: dict[str, Any], because: str
) -> None:
    person = sent(client, question)
    machine = sent(client, question | {"name": "Buy Now"}, **how)

    suspected = Enquiry.objects.suspected().get()
    assert suspected.suspected_because == because
    assert not suspected.mails.exists()
    first = Enquiry.objects.get(suspected_at=None)
    told = machine.text.replace(suspected.reference_in_groups, first.reference_in_groups)
    assert re.sub(CLOCK, "", told) == re.sub(CLOCK, "", person.text)


def test_same_answers_sent_by_a_person_are_heard(client: Client, question: Answers) -> None:
    sent(client, question, after=0.5)

    sent(client, question)

    assert Enquiry.objects.open().get().mails.count() == 1


def test_trap_is_seen_by_machines_alone(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question))

    (trap,) = page.tree.xpath("//input[@name='subject']")
    assert trap.xpath("ancestor::div[@hidden]")
    assert trap.get("type", "text") == "text"


def test_sixty_first_of_a_shared_address_still_gets_through(
    client: Client, question: Answers, settings: Any
) -> None:
    settings.SENDS_PER_HOUR = 2
    for number in range(3):
        page = sent(client, question | {"name": f"Jo {number}"})

    assert Enquiry.objects.suspected().get().suspected_because == "address"
    assert page.tree.xpath("//@data-reference")


def test_tenth_request_for_a_number_is_the_last_that_nobody_need_check(
    client: Client, question: Answers, hospital: Hospital
) -> None:
    for number in range(11):
        sent(
            client,
            question | {"name": f"Jo {number}", "phone": ["07700 900123", "+44 7700 900 123"][number % 2]},
        )

    assert Enquiry.objects.suspected().get().suspected_because == "number"


def test_tenth_request_with_an_email_address_is_the_last_that_nobody_need_check(
    client: Client, question: Answers
) -> None:
    """Else a stranger could have us write to somebody all day."""
    for number in range(11):
        email = ["jo@larkspur.example", "Jo@Larkspur.example"][number % 2]
        sent(client, question | {"name": f"Jo {number}", "phone": "", "email": email})

    suspected = Enquiry.objects.suspected().get()
    assert suspected.suspected_because == "number"
    assert not suspected.mails.exists()


def test_number_is_free_again_the_next_day(client: Client, question: Answers, hospital: Hospital) -> None:
    for _ in range(10):
        factories.stored_enquiry(hospital, created_at=timezone.now() - timedelta(hours=25))

    sent(client, question)

    assert not Enquiry.objects.suspected().exists()


def test_pile_is_counted_on_the_desk_and_cleared_by_a_press(
    client: Client, question: Answers, robin: User
) -> None:
    sent(client, question, subject="x")
    enquiry = Enquiry.objects.get()
    signed_in(client, robin)

    (waiting,) = waiting_for(robin)
    assert (waiting.what, waiting.count) == ("Looks like spam, to be checked", 1)
    assert enquiry.reference_in_groups in Page(client.get(waiting.url)).text
    client.post(f"{REQUESTS}{enquiry.pk}/change/", {"deed": "not_spam"})

    assert not Enquiry.objects.suspected().exists()
    assert [mail.purpose for mail in enquiry.mails.all()] == ["team"]
    assert list(waiting_for(robin)) == []


def test_clearing_twice_mails_once(hospital: Hospital) -> None:
    enquiry = factories.enquiry(hospital)
    enquiry.suspect(Enquiry.Suspicion.TRAP)
    Enquiry.objects.submit(enquiry)

    assert [enquiry.clear_suspicion(), enquiry.clear_suspicion()] == [True, False]

    assert enquiry.mails.count() == 2


def test_check_page_that_is_shown_again_keeps_its_time(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    again = Page(client.post("/enquiry/", checked)).hidden()

    assert again["submission_id"] == checked["submission_id"]
