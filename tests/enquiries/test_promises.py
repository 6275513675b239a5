"""By when we promise to call or write, and what the private page says of it."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enquiries import promises
from enquiries.mail import message
from enquiries.models import Enquiry, MailText, OutgoingMail
from enquiries.progress import Step
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.enquiries.test_call_windows import london

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_hospital(hospital: Hospital) -> Hospital:
    """Nine to five from Monday to Friday, so a promise is a working day away."""
    for weekday in range(5):
        factories.opening_hours(hospital, weekday, closes_at=time(17))
    return hospital


def lead(client: Client, enquiry: Enquiry) -> str:
    return Page(client.get(enquiry.get_absolute_url())).words("//*[@class='lead']")[0]


@pytest.mark.parametrize(
    ("asked_at", "said"),
    [
        ((2026, 12, 2, 11), "by 11am on Thursday 3 December"),
        ((2026, 12, 2, 7), "by 5pm on Wednesday 2 December"),
        ((2026, 12, 4, 16), "by 4pm on Monday 7 December"),  # over a weekend
        ((2026, 12, 5, 12), "by 5pm on Monday 7 December"),
        ((2026, 12, 24, 16), "by 4pm on Tuesday 29 December"),  # over Christmas and its bank holidays
        ((2026, 3, 27, 12), "by noon on Monday 30 March"),  # the clocks go forward between
        ((2026, 10, 23, 12), "by noon on Monday 26 October"),  # and back
    ],
)
def test_promise_is_counted_in_the_hospital_s_working_hours(
    client: Client, open_hospital: Hospital, asked_at: Any, said: str
) -> None:
    with london(*asked_at):
        assert lead(client, factories.stored_enquiry(open_hospital)) == f"We will call you {said}."


def test_closed_day_does_not_count(client: Client, open_hospital: Hospital) -> None:
    factories.closure(open_hospital, date(2026, 12, 3))

    with london(2026, 12, 2, 11):
        assert "by 11am on Friday 4 December" in lead(client, factories.stored_enquiry(open_hospital))


def test_promise_is_a_quarter_of_an_hour(open_hospital: Hospital) -> None:
    with time_machine.travel(datetime(2026, 12, 2, 11, 1, tzinfo=UTC), tick=False):
        assert factories.stored_enquiry(open_hospital).due_at == datetime(2026, 12, 3, 11, 15, tzinfo=UTC)


def test_where_nobody_gave_the_hours_the_call_windows_are_what_we_know(
    client: Client, hospital: Hospital
) -> None:
    for weekday in range(5):
        factories.call_window(hospital, weekday=weekday, starts_at="09:00", ends_at="13:00")

    with london(2026, 12, 2, 9):
        assert "by 1pm on Thursday 3 December" in lead(client, factories.stored_enquiry(hospital))


def test_where_nothing_is_known_nothing_is_promised(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    assert enquiry.due_at is None
    assert lead(client, enquiry) == "We will call you as soon as we can."


def test_whoever_wrote_by_email_is_written_to(client: Client, open_hospital: Hospital) -> None:
    with london(2026, 12, 2, 11):
        enquiry = factories.stored_enquiry(open_hospital, phone="", phone_in_full="")

        assert lead(client, enquiry) == "We will write to you by 11am on Thursday 3 December."


def test_promise_that_was_not_kept_is_owned_up_to(client: Client, open_hospital: Hospital) -> None:
    with london(2026, 12, 2, 11):
        enquiry = factories.stored_enquiry(open_hospital)

    with london(2026, 12, 3, 12):
        said = lead(client, enquiry)

    assert said == (
        "We are sorry. We said that we would call you by 11am on Thursday 3 December, and we are late. "
        "We have not forgotten you."
    )


def test_mail_that_we_have_it_says_by_when(open_hospital: Hospital) -> None:
    with london(2026, 12, 2, 11):
        factories.stored_enquiry(open_hospital)

        mail = message(
            OutgoingMail.objects.select_related("enquiry__hospital").get(purpose="received"),
            MailText.objects.of("received"),
        )

    ((html, _),) = mail.alternatives
    for body in (str(mail.body), str(html)):
        assert "We will call you by 11am on Thursday 3 December." in body


def test_mail_that_we_have_it_names_the_time_they_hold(hospital: Hospital) -> None:
    factories.call_window(hospital)

    with london(2026, 12, 2, 11):
        factories.booked(hospital, "2026-12-07 09:00-12:00")

        mail = message(
            OutgoingMail.objects.select_related("enquiry__hospital").get(purpose="received"),
            MailText.objects.of("received"),
        )

    assert "We will call you on Monday 7 December between 9am and noon." in mail.body


def test_page_tells_what_has_happened_in_order(client: Client, hospital: Hospital) -> None:
    with london(2026, 12, 2, 11):
        enquiry = factories.stored_enquiry(hospital)
    with london(2026, 12, 3, 10):
        enquiry.mark_handled(by=factories.person())

    page = Page(client.get(enquiry.get_absolute_url()))

    assert page.words("//ol[@class='time'][1]/li") == [
        "We have your request Wednesday 2 December, 11am",
        "We have answered Thursday 3 December, 10am",
    ]


def test_every_step_has_its_words() -> None:
    at = datetime(2026, 12, 3, 10, 40, tzinfo=UTC)

    page = render_to_string("enquiries/_progress.html", {"steps": [Step(what, at) for what in Step.What]})

    for words in (
        "We have your request",
        "Somebody in our team is looking at it",
        "We called, and nobody answered",
        "We will try again",
        "You withdrew it",
        "We could not reach you, and have stopped trying",
        "We have answered",
    ):
        assert page.count(f"<h3>{words}</h3>") == 1
    assert page.count("Thursday 3 December, 10.40am") == len(Step.What)


def test_promise_takes_three_queries(
    open_hospital: Hospital, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    enquiry = factories.enquiry(open_hospital)

    with django_assert_num_queries(3):  # the policy, the hours and the closures
        assert promises.due_at(enquiry, enquiry.created_at)


@pytest.mark.parametrize("key", ["", "soon", "2026-12-07", "2026-12-07 09:00", "2026-12-07 9-12", "x" * 5000])
def test_key_that_is_none_stands_for_no_time(key: str) -> None:
    assert promises.moments(key) is None


def test_key_stands_for_its_moments() -> None:
    begins, ends = datetime(2026, 7, 7, 8, tzinfo=UTC), datetime(2026, 7, 7, 11, 30, tzinfo=UTC)

    assert promises.moments("2026-07-07 09:00-12:30") == (begins, ends)
    assert promises.Slot(begins, ends, 1).key == "2026-07-07 09:00-12:30"
