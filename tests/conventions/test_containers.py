"""The Dockerfile and compose.yaml, read as text, since no container engine is at hand where the tests run."""

import re
from typing import Any

import pytest
import yaml

from tests.conventions.sources import ROOT
from tests.conventions.test_settings import OTHERS, PRODUCTION

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[\w./-]+:(?!latest)\S+")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_stays_up_is_asked_whether_it_is_well(name: str) -> None:
    """By its own check, or by the image's, which is that of the web server and fits no other command."""
    service = SERVICES[name]
    has_images_own = name in OURS and "command" not in service and "HEALTHCHECK" in DOCKERFILE

    assert "healthcheck" in service or has_images_own or service["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


def test_every_base_is_pinned() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert set(bases) == {"python:3.11-slim-bookworm"}


def test_no_secret_is_written_down() -> None:
    """Each comes from outside, and compose refuses to start without it."""
    secret = re.compile(r"(KEY|PASSWORD|SECRET)")
    given = [
        value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if secret.search(name) or "://" in str(value)
    ]

    assert len(given) > 8
    for value in given:
        left = re.sub(r"\$\{\w+:\?\}", "", value)
        assert left == "" or not re.search(r"://[^@/]*:[^@/]+@", left), value


@pytest.mark.parametrize("name", OURS)
def test_site_runs_as_nobody_and_writes_nothing_that_matters(name: str) -> None:
    """Only static files, which each release brings, and pages that are drawn again where they are lost."""
    service = OURS[name]
    may_be_lost = {"static:/site/var/static", "static:/site/var/static:ro", "pages:/site/var/pages"}

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"] == ["/tmp"]
    assert set(service.get("volumes", [])) <= may_be_lost
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.MULTILINE)


def test_settings_that_production_asks_for_are_all_given() -> None:
    given = set(SERVICES["web"]["environment"])

    assert set(PRODUCTION) <= given <= OTHERS | set(PRODUCTION)
    assert all(service["environment"] == SERVICES["web"]["environment"] for service in OURS.values())


def test_nothing_but_pages_and_caught_mail_can_be_reached_from_outside() -> None:
    """So the figures are not: their port is on a network of their own."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"nginx": ["8080:8080"], "mail": ["127.0.0.1:8025:8025"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {tuple(service["networks"]) for service in OURS.values()} == {("inside",)}


def test_tests_and_secrets_stay_out_of_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert "*" in lines
    assert let_in == {
        *("manage.py", "requirements.txt", "static", "templates"),
        *("procedures", "consultants", "enquiries", "kyphoplasty_site"),
    }
    assert all((ROOT / name).exists() for name in let_in)
    assert "# Its tests" in (ROOT / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["primary", "standby"])
def test_no_database_logs_what_a_statement_that_failed_carried(name: str) -> None:
    command = " ".join(SERVICES[name]["command"])

    assert "-c log_min_error_statement=panic -c log_error_verbosity=terse" in command
