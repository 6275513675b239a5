"""The worker: sends what waits, outlives the database, stops when told."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from enquiries.models import MailFence, OutgoingMail
from enquiries.models.outbox import worker_last_seen
from kyphoplasty_site.management.commands.worker import Command
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.django_db
def test_one_round_sends_everything_that_is_due(hospital: Hospital, mail_server: Sink) -> None:
    for _ in range(60):
        factories.stored_enquiry(hospital, email="")
    out = StringIO()

    call_command("worker", "--once", stdout=out)

    assert json.loads(out.getvalue()) == {"sent": 60}
    assert len(mail_server.mails) == 60
    assert not OutgoingMail.objects.unsent().exists()
    assert worker_last_seen()


def test_one_round_without_a_database_fails(database_away: None) -> None:
    with pytest.raises((OperationalError, CommandError)):
        call_command("worker", "--once")


def test_worker_outlives_the_database(database_away: None, caplog: pytest.LogCaptureFixture) -> None:
    worker = Command()

    worker.round()

    assert worker.sent == 0
    assert "The database is away (OperationalError). Saying that it is here failed." in caplog.text


def failing(*args: object) -> int:
    raise IntegrityError("the row of Jo Larkspur")


@pytest.mark.django_db
def test_purge_that_fails_stops_no_mail_and_is_not_called_an_absence(
    hospital: Hospital,
    mail_server: Sink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.purge", failing)
    worker = Command()

    for _ in range(2):
        factories.stored_enquiry(hospital, email="")
        worker.round()

    assert worker.sent == len(mail_server.mails) == 2
    assert caplog.text.count("Deleting old requests failed (IntegrityError). It will be tried again.") == 1
    assert "away" not in caplog.text


@pytest.mark.django_db
def test_mail_leaves_before_anything_is_deleted(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.stored_enquiry(hospital, email="")
    sent_by_then: list[int] = []

    def purge(*args: object) -> int:
        sent_by_then.append(len(mail_server.mails))
        return 0

    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.purge", purge)

    Command().round()

    assert sent_by_then == [1]


@pytest.mark.django_db
def test_sending_that_fails_stops_no_purge(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.send_due", failing)
    purged: list[int] = []
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.purge", lambda *args: purged.append(1))

    Command().round()

    assert "Sending mail failed (IntegrityError). It will be tried again." in caplog.text
    assert purged == [1]


@pytest.mark.django_db
def test_one_round_that_cannot_delete_fails_after_the_mail_has_gone(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.purge", failing)
    factories.stored_enquiry(hospital, email="")

    with pytest.raises(IntegrityError):
        call_command("worker", "--once")

    assert len(mail_server.mails) == 1


def test_worker_deletes_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    now, purged = [0.0], []
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.time.monotonic", lambda: now[0])
    monkeypatch.setattr(Command, "send", lambda self: None)
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.is_clock_right", lambda: True)
    monkeypatch.setattr(
        "kyphoplasty_site.management.commands.worker.purge", lambda *args: purged.append(now[0])
    )
    worker = Command()

    for now[0] in (1.0, 3.0, 3600.0, 3601.0, 3603.0):
        worker.round()

    assert purged == [1.0, 3601.0]


@pytest.mark.django_db
def test_worker_whose_clock_is_wrong_takes_nothing_for_old(
    hospital: Hospital, mail_server: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    request = factories.stored_enquiry(hospital, email="")

    worker = Command()
    with time_machine.travel(timezone.now() + timedelta(days=4000)):
        worker.round()
        worker.round()

    assert caplog.text.count("The clock is not the database's.") == 1
    request.refresh_from_db()
    assert len(mail_server.mails) == 1
    assert list(request.mails.values_list("purpose", flat=True)) == ["team"]


@pytest.mark.django_db
def test_worker_works_on_until_it_is_told_to_stop(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.PAUSE", 0.01)
    told: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", lambda number, handler: told.update({number: handler}))

    def round_(self: Command) -> None:
        self.sent += 1
        if self.sent == 3:
            told[signal.SIGTERM](signal.SIGTERM, None)

    monkeypatch.setattr(Command, "round", round_)
    out = StringIO()

    call_command("worker", stdout=out)

    assert json.loads(out.getvalue()) == {"sent": 3}
    assert signal.SIGINT in told


def test_worker_process_ends_cleanly_on_sigterm() -> None:
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with worker:
        assert worker.stderr
        for line in worker.stderr:
            if "The database is away" in line:
                break
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=20)

    assert worker.returncode == 0
    assert json.loads(out) == {"sent": 0}


@pytest.mark.django_db
def test_copy_that_may_not_send_still_deletes_on_time(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    MailFence.objects.update(place="elsewhere")
    factories.stored_enquiry(hospital)
    purged: list[int] = []
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.purge", lambda: purged.append(1))

    Command().round()

    assert mail_server.mails == []
    assert purged == [1]
    assert worker_last_seen()
