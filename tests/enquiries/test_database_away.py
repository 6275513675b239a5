"""The database is away: we say so, keep every answer in the page, show the phone number, acknowledge nothing."""

import logging
from datetime import timedelta
from time import monotonic, time
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone

from enquiries import references
from enquiries.models import Enquiry
from enquiries.outages import is_database_away
from procedures.clocks import Clocks, clocks
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page

pytestmark = pytest.mark.usefixtures("as_any_process")
ANSWERS: Answers = {
    "name": "Jo Larkspur",
    "phone": "07700 900123",
    "hospital": "elm-park",
    "question": "Could this help my <mother>?\nAnd me?",
    "needs": ["bsl", "hearing"],
    "consent": "1",
    "submission_id": "7f6e2a0c-3c58-4f5e-9a53-2d9d3f1d9c55",
}


@pytest.mark.parametrize("address", ["/enquiry/", "/enquiry/send/", "/call-back/", "/call-back/send/"])
def test_every_answer_is_kept_in_the_page(client: Client, database_away: None, address: str) -> None:
    response = client.post(address, ANSWERS)

    page = Page(response)
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "no-store" in response["Cache-Control"]
    assert "Your request has not reached us." in page.text
    assert settings.FALLBACK_PHONE in page.text
    assert page.tree.xpath("//main//form/@action") == [address]
    assert page.hidden()["name"] == "Jo Larkspur"
    assert page.tree.xpath("//input[@name='needs']/@value") == ["bsl", "hearing"]
    assert not page.tree.xpath("//@data-reference")
    if "enquiry" in address:
        assert page.hidden()["question"] == "Could this help my <mother>?\nAnd me?"


@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/"])
def test_form_that_cannot_be_drawn_says_so(client: Client, database_away: None, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 503
    assert settings.FALLBACK_PHONE in Page(response).text


def test_database_that_does_not_answer_is_asked_once(
    client: Client, database_away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time may take the whole of connect_timeout, and the patient waits for it."""
    asked: list[int] = []
    connect = BaseDatabaseWrapper.connect

    def count(self: BaseDatabaseWrapper) -> None:
        asked.append(1)
        connect(self)

    monkeypatch.setattr(BaseDatabaseWrapper, "connect", count)
    client.post("/enquiry/send/", ANSWERS)

    assert len(asked) == 1


def test_what_was_typed_is_not_logged(
    client: Client, database_away: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/enquiry/send/", ANSWERS)

    assert "The database is away" in caplog.text
    assert "Larkspur" not in caplog.text
    assert "900123" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_pressing_again_once_it_is_back_stores_the_request(
    client: Client, question: Answers, closed_port: int
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    database, kept = connection.settings_dict, dict(connection.settings_dict)

    connection.close()
    database.update(HOST="127.0.0.1", PORT=closed_port)
    away = client.post("/enquiry/send/", checked)
    connection.close()
    database.update(kept)
    back = client.post("/enquiry/send/", Page(away).hidden())

    assert away.status_code == 503
    assert back.status_code == 303
    assert str(Enquiry.objects.get().submission_id) == checked["submission_id"]


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400), timedelta(minutes=6)])
def test_database_of_another_time_is_away_until_the_clock_is_right(
    client: Client, question: Answers, jump: timedelta
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    clocks.note(time(), monotonic())

    with time_machine.travel(timezone.now() + jump):
        refused = client.post("/enquiry/send/", checked)
        form = client.get("/call-back/")
    kept = Page(refused)
    stored_meanwhile = Enquiry.objects.count()
    back = client.post("/enquiry/send/", kept.hidden())

    assert (refused.status_code, form.status_code, stored_meanwhile) == (503, 503, 0)
    assert "Your request has not reached us." in kept.text
    assert settings.FALLBACK_PHONE in kept.text
    assert settings.FALLBACK_PHONE in Page(form).text
    assert back.status_code == 303
    assert str(Enquiry.objects.get().submission_id) == checked["submission_id"]


@pytest.mark.django_db
def test_clock_that_jumps_while_a_request_is_stored_stores_nothing(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    clocks.note(time(), monotonic())
    year_ago = time_machine.travel(timezone.now() - timedelta(days=400))
    mint = references.mint

    def jumping() -> str:
        year_ago.start()
        return mint()

    monkeypatch.setattr(references, "mint", jumping)
    refused = client.post("/enquiry/send/", checked)
    year_ago.stop()

    assert refused.status_code == 503
    assert Page(refused).hidden()["question"] == checked["question"]
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
def test_clock_that_is_a_little_off_refuses_nobody(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    clocks.note(time(), monotonic())

    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        assert client.post("/enquiry/send/", checked).status_code == 303


def test_clock_that_is_wrong_is_told_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    own = Clocks()

    for theirs in (time(), time() + 3_600, time() + 3_600, time(), time() - 3_600):
        own.note(theirs, monotonic())

    assert caplog.text.count("Our clock is wrong, or the database's") == 2
    assert caplog.text.count("agree again") == 1


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (OperationalError(), True),
        (InterfaceError(), True),
        (DatabaseError(), True),  # all that is left when the server stops in the midst of an answer
        (IntegrityError(), False),
        (DataError(), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_database_that_is_away_is_told_from_one_that_refuses(error: Exception | None, is_away: bool) -> None:
    assert is_database_away(error) is is_away


@pytest.mark.django_db(transaction=True)
def test_server_that_became_a_standby_is_away(client: Client, question: Answers) -> None:
    """Nothing can be written to it any more, and the next connection leads to the one that took its place."""
    checked = Page(client.post("/enquiry/", question)).hidden()

    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    away = client.post("/enquiry/send/", checked)
    connection.close()

    assert away.status_code == 503
    assert client.post("/enquiry/send/", Page(away).hidden()).status_code == 303


@pytest.mark.django_db
def test_server_that_stops_in_the_midst_of_an_answer_is_away(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    def stops(*args: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("enquiries.models.requests.EnquiryQuerySet.submit", stops)
    response = client.post("/enquiry/send/", checked)

    assert response.status_code == 503
    assert Page(response).hidden()["question"] == checked["question"]


@pytest.mark.django_db(transaction=True)
def test_database_that_goes_while_it_stores_acknowledges_nothing(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    def killed(*args: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr("enquiries.models.outbox.OutgoingMailQuerySet.announce", killed)
    response = client.post("/enquiry/send/", checked)
    connection.close()

    assert response.status_code == 503
    assert Page(response).hidden() == checked
    assert not Enquiry.objects.exists()
