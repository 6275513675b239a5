"""The figures for machines: on a port of their own, of all processes together, and of nobody."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

from enquiries.models import OutgoingMail
from enquiries.models.outbox import worker_was_here
from kyphoplasty_site import supervisor
from kyphoplasty_site.metrics import SECONDS, Waiting
from kyphoplasty_site.models import Backup
from procedures.models import Hospital
from tests import factories
from tests.conventions.sources import ROOT
from tests.enquiries.conftest import Answers
from tests.enquiries.test_sending import send
from tests.site.test_second_factor import sign_in

Ports = tuple[int, int]


def figures() -> dict[str, float]:
    """What the worker serves, by name."""
    registry = CollectorRegistry()
    registry.register(Waiting())
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line[0] != "#")}


def fetch(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def wait_for(port: int, path: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            fetch(port, path)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def served(closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    """The real web server with its processes, the port of its pages and that of its figures."""
    ports = closed_port, closed_port + 1
    monkeypatch.setenv("METRICS_PORT", str(ports[1]))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "manage.py", "serve", "--only", "web"]
    settings = {"PORT": str(ports[0]), "DATABASE_URL": "postgresql://site@127.0.0.1:1/site"}
    web = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings)
    for port, path in zip(ports, ("/healthz", "/metrics"), strict=True):
        wait_for(port, path)
    yield ports
    web.terminate()
    web.wait(20)


def test_figures_are_on_their_own_port_and_count_all_processes(served: Ports) -> None:
    public, internal = served
    for _ in range(20):
        fetch(public, "/healthz")

    assert "site_request" not in fetch(public, "/metrics")[1]
    status, told = fetch(internal, "/metrics")
    counted = [line for line in told.splitlines() if line.startswith("site_request_seconds_count")]
    assert status == 200
    (healthz,) = (line for line in counted if 'view="healthz"' in line)
    assert healthz.startswith('site_request_seconds_count{status="200",view="healthz"}')
    assert float(healthz.split()[-1]) >= 21


@pytest.mark.parametrize("given", ["", "9100"])
def test_worker_of_the_same_machine_has_the_next_port(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("METRICS_PORT", given)

    assert supervisor._worker_environment()["METRICS_PORT"] == ("9101" if given else "")
    assert ("PROMETHEUS_MULTIPROC_DIR" in supervisor._web_environment()) == bool(given)


@pytest.mark.django_db
def test_figures_are_no_page_of_the_site(client: Client) -> None:
    assert client.get("/metrics").status_code == client.get("/metrics/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_told(client: Client, question: Answers, hospital: Hospital) -> None:
    assert not {"site_worker_seen_seconds", "site_backup_age_seconds"} & set(figures())
    Backup.objects.create(taken_at=timezone.now() - timedelta(hours=3), size=1)
    Hospital.objects.update(enquiries_email="team@elmpark.example")
    factories.person("robin", is_staff=True)
    worker_was_here()

    send(client, question | {"email": "jo@larkspur.example"})
    sign_in(Client(), "robin", "wrong")
    told = figures()

    assert told["site_database_up"] == 1
    assert told["site_requests_stored_last_day"] == 1
    assert told["site_mails_waiting"] == OutgoingMail.objects.count() == 2
    assert told["site_mails_held"] == 0
    assert told["site_failed_sign_ins_last_day"] == 1
    assert 0 <= told["site_oldest_unsent_mail_seconds"] < 60
    assert 0 <= told["site_worker_seen_seconds"] < 60
    assert 0 <= told["site_backup_age_seconds"] - 3 * 3600 < 60
    assert told["site_clock_off_seconds"] < 5


@pytest.mark.django_db(transaction=True)
def test_mail_that_does_not_leave_is_told_apart_from_one_that_is_refused(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital, email="jo@larkspur.example")
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    assert 1190 <= figures()["site_oldest_untried_mail_seconds"] <= 1260
    assert figures()["site_mail_refused"] == 0

    OutgoingMail.objects.update(attempts=1, last_problem="SMTPDataError")

    told = figures()
    assert (told["site_oldest_untried_mail_seconds"], told["site_mail_refused"]) == (0, 1)
    assert told["site_oldest_unsent_mail_seconds"] >= 1190


@pytest.mark.django_db(transaction=True)
def test_database_that_takes_no_request_counts_as_away_though_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kyphoplasty_site.readiness.TRY", "SELECT clock_timestamp(), true")

    assert figures() == {"site_database_up": 0}


@pytest.mark.django_db
def test_clock_that_is_wrong_is_told() -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        told = figures()

    assert 590 <= told["site_clock_off_seconds"] <= 610


def test_database_that_is_away_is_told_and_breaks_nothing(database_away: None) -> None:
    assert figures() == {"site_database_up": 0}


@pytest.mark.django_db(transaction=True)
def test_labels_name_views_and_nobody(
    client: Client, admin_client: Client, question: Answers, hospital: Hospital
) -> None:
    enquiry = factories.stored_enquiry(hospital, email="jo@larkspur.example")
    for path in (enquiry.get_absolute_url(), "/search/?q=Larkspur", "/07700900123/", "/admin/"):
        client.get(path, REMOTE_ADDR="203.0.113.9")
    send(client, question | {"email": "jo@larkspur.example"})
    admin_client.get(f"/admin/enquiries/enquiry/{enquiry.pk}/change/")

    samples = [sample for metric in SECONDS.collect() for sample in metric.samples]
    assert {name for sample in samples for name in sample.labels} == {"view", "status", "le"}
    views = {sample.labels["view"] for sample in samples}
    assert {"none", "search", "admin:enquiries_enquiry_change"} <= views
    # Without what was measured: among the digits of thousands of numbers, those of any telephone may come.
    told = " ".join([*(f"{sample.name} {sample.labels}" for sample in samples), *figures()])
    private = ("arkspur", "900123", "203.0.113.9", enquiry.token, enquiry.reference, "/")
    assert [one for one in private if one in told] == []
