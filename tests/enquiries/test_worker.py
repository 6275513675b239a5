"""The worker: sends what waits, outlives the database, stops when told."""

import json
import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from enquiries.management.commands.worker import Command
from enquiries.models import OutgoingMail
from enquiries.models.outbox import worker_last_seen
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


def test_worker_outlives_the_database(database_away: None) -> None:
    assert Command().round() == 0


@pytest.mark.django_db
def test_worker_works_on_until_it_is_told_to_stop(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enquiries.management.commands.worker.PAUSE", 0.01)
    rounds: list[int] = []
    told: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", lambda number, handler: told.update({number: handler}))

    def round_(self: Command, *, once: bool = False) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            told[signal.SIGTERM](signal.SIGTERM, None)
        return 1

    monkeypatch.setattr(Command, "round", round_)
    out = StringIO()

    call_command("worker", stdout=out)

    assert json.loads(out.getvalue()) == {"sent": 3}
    assert signal.SIGINT in told
    assert threading.active_count() >= 1


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
