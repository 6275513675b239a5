"""What /readyz tells of each part: one word for each, and 503 where a request cannot be stored."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Thread
from time import monotonic
from typing import Any

import psycopg2
import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone

from enquiries.models import OutgoingMail
from enquiries.models.outbox import worker_was_here
from kyphoplasty_site import readiness
from tests import factories


def told(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


@pytest.fixture
def locked(transactional_db: None) -> Iterator[None]:
    """Somebody rebuilds the table of requests, and nobody else may write to it."""
    with closing(psycopg2.connect(**connection.get_connection_params())) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE enquiries_enquiry IN ACCESS EXCLUSIVE MODE")
        yield


def test_locked_table_is_told(client: Client, locked: None) -> None:
    assert told(client) == (503, {"database": "locked"})


@pytest.mark.django_db
def test_reading_it_while_requests_are_stored_stands_in_nobodys_way(client: Client) -> None:
    factories.stored_enquiry(factories.hospital())

    status, facts = told(client)

    assert (status, facts["database"]) == (200, "ok")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "word"), [("disk_full", "disk is full"), ("too_many_connections", "no connection is left")]
)
def test_database_that_cannot_store_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, code: str, word: str
) -> None:
    monkeypatch.setattr(
        readiness, "TRY", f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"
    )

    assert told(client) == (503, {"database": word})


@pytest.mark.django_db
def test_standby_that_every_request_waits_for_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "TRY", "SELECT clock_timestamp(), true")

    assert told(client) == (503, {"database": "its standby is away"})


@pytest.mark.django_db
@pytest.mark.parametrize("words", readiness.NONE_LEFT)
def test_refused_connection_is_told_for_what_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def refuse(self: BaseDatabaseWrapper) -> None:
        raise OperationalError(f"FATAL:  {words}")

    assert connection.connection
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)

    assert told(client) == (503, {"database": "no connection is left"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({}, "ok"),
        ({"created_at": timezone.now() - timedelta(seconds=60)}, "late"),
        ({"last_problem": "SMTPDataError"}, "server does not take it"),
        ({"held_at": timezone.now()}, "waits for a person"),
    ],
)
def test_mail_that_does_not_leave_is_told(client: Client, row: dict[str, Any], word: str) -> None:
    factories.stored_enquiry(factories.hospital(), email="")
    OutgoingMail.objects.update(**row)

    status, facts = told(client)

    assert (status, facts["mail"]) == (200, word)


@pytest.mark.django_db
def test_one_address_that_takes_no_mail_says_nothing_of_the_server(client: Client) -> None:
    hospital = factories.hospital()
    refused, taken = (factories.stored_enquiry(hospital, email="", name=name) for name in ("Jo", "Fern"))
    refused.mails.update(last_problem="SMTPDataError", created_at=timezone.now() - timedelta(seconds=9))
    taken.mails.update(sent_at=timezone.now())

    assert told(client)[1]["mail"] == "ok"


@pytest.mark.django_db
def test_what_was_told_holds_for_a_second(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(client)
    monkeypatch.setattr(readiness, "TRY", "SELECT 1 / 0")
    monkeypatch.setattr(readiness, "HOLDS_FOR", 3600.0)

    assert told(client) == before
    monkeypatch.setattr(readiness, "HOLDS_FOR", -1.0)
    with readiness.readiness.looking:  # somebody else looks
        assert told(client) == before
    assert told(client)[0] == 503


@pytest.mark.django_db
def test_what_was_told_long_ago_is_told_to_nobody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    told(client)
    monkeypatch.setattr(readiness.readiness, "told_at", monotonic() - 2 * readiness.LATE_AFTER)
    monkeypatch.setattr(readiness, "_look", lambda: {"database": "away"})
    answers: list[dict[str, Any]] = []
    second = Thread(target=lambda: answers.append(readiness.readiness.now()))

    with readiness.readiness.looking:  # somebody else looks
        second.start()
        second.join(0.2)
        assert not answers
    second.join(5)

    assert answers == [{"database": "away"}]


@pytest.mark.django_db
def test_worker_that_came_round_lately_is_there(client: Client) -> None:
    worker_was_here()

    assert told(client)[1]["worker"] == "ok"
    with time_machine.travel(timezone.now() + timedelta(seconds=40)):
        assert told(client)[1]["worker"] == "away"


@pytest.mark.django_db
@pytest.mark.parametrize("way", [1, -1])
def test_clock_that_is_wrong_is_told(client: Client, way: int) -> None:
    """A little, and so far that no request is taken: then nobody should be sent here."""
    with time_machine.travel(timezone.now() + way * timedelta(minutes=1)):
        status, parts = told(client)
        assert (status, parts["clock"]) == (200, "wrong")
    with time_machine.travel(timezone.now() + way * timedelta(days=1)):
        assert told(client) == (503, {"database": "at another time"})

    assert told(client)[1]["clock"] == "ok"
