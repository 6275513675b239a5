"""What answers beside the listed addresses say to the browser; test_access.py asks it of each of those."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client, override_settings

from tests.headers import faults


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/no-such-page/", 404),
        ("get", "/procedures", 301),
        ("get", "/%00", 404),
        ("delete", "/privacy/", 403),
        ("options", "/privacy/", 405),
        ("post", "/admin/login/", 403),
        ("get", "/healthz", 200),
    ],
)
def test_refusal_guards_itself_too(method: str, address: str, status: int) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(address)

    assert (answer.status_code, faults(answer.headers)) == (status, [])


@pytest.mark.django_db
@pytest.mark.parametrize(("length", "status"), [("9000000", 413), ("none", 400)])
def test_refusal_to_read_a_body_guards_itself_too(length: str, status: int) -> None:
    answer = Client().post("/enquiry/", {"name": "Jo"}, CONTENT_LENGTH=length)

    assert (answer.status_code, faults(answer.headers)) == (status, [])


@pytest.mark.django_db
def test_fault_of_our_own_guards_itself() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procedures_redflagcard RENAME COLUMN heading TO title")

    answer = Client(raise_request_exception=False).get("/")

    assert (answer.status_code, faults(answer.headers)) == (500, [])


@pytest.mark.django_db
def test_strangers_host_name_is_refused_with_the_same() -> None:
    answer = Client(raise_request_exception=False).get("/", headers={"host": "evil.example"})

    assert (answer.status_code, faults(answer.headers)) == (400, [])


def test_way_to_https_guards_itself(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 63072000

    away = Client().get("/privacy/")
    there = Client().get("/healthz", secure=True)

    assert (away.status_code, faults(away.headers, is_file=True)) == (301, [])
    assert there.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_static_file_guards_itself(tmp_path: Path, settings: Any) -> None:
    found = finders.find("img/icons.svg")
    assert isinstance(found, str)
    (tmp_path / "icons.svg").write_bytes(Path(found).read_bytes())
    with override_settings(STATIC_ROOT=tmp_path, WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=False):
        answer = Client().get("/static/icons.svg")
        answer.getvalue()  # read to its end, and so closed

    assert (answer.status_code, faults(answer.headers, is_file=True)) == (200, [])
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.django_db
def test_reader_is_given_no_cookie_and_nobody_else_is_asked() -> None:
    for address in ("/", "/consultants/", "/privacy/", "/call-back/", "/search/?q=pain"):
        answer = Client().get(address)
        assert not answer.cookies
        assert not re.findall(rb'(?:src|srcset|poster|data)="(?:https?:)?//', answer.content)


@pytest.mark.django_db
def test_who_found_a_hole_is_told_where_to_say_so(client: Client, settings: Any) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@elmpark.example"

    answer = client.get("/.well-known/security.txt")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(
        r"Contact: mailto:security@elmpark\.example\nExpires: \d{4}-\d\d-\d\dT00:00:00Z\n"
        r"Preferred-Languages: en\nCanonical: \S+/\.well-known/security\.txt\n",
        answer.content.decode(),
    )
