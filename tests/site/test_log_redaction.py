"""Wherever in a request a personal detail stands, no line of the log holds it: not as production writes it, nor as we read it."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from kyphoplasty_site.logs import JsonFormatter, PrivateFormatter
from procedures.models import Hospital
from tests import factories
from tests.naughty import bounded

pytestmark = pytest.mark.django_db
WORDS = some.text("bcdfghjklmnpqrstvwxz", min_size=5, max_size=9)
DIGITS = some.text("23456789", min_size=4, max_size=4)
# Each detail with the part of it that nobody else would write: what no line may hold.
DETAILS = some.one_of(
    some.tuples(WORDS, WORDS).map(lambda words: (f"{words[0].title()} {words[1].title()}", words[1])),
    some.tuples(WORDS, WORDS).map(lambda words: (f"{words[0]}@{words[1]}.example", words[0])),
    some.tuples(DIGITS, some.sampled_from(["07700 90{}", "0770090{}", "+44 7700 90-{}", "07700-90-{}"])).map(
        lambda one: (one[1].format(one[0]), one[0])
    ),
    WORDS.map(lambda word: (f"My {word} hurts & aches; it's worse?", word)),
    some.sampled_from(["Łukasz Zawadzki-Źdźbło", "李小龍", "محمد الفاتح", "Zoë O’Neill"]).map(
        lambda name: (name, name)
    ),
)
HEADERS = [
    *("Authorization", "Cookie", "Origin", "Referer", "User-Agent", "X-CSRFToken", "X-Forwarded-For"),
    *("X-Forwarded-Host", "X-Original-URL", "X-Request-ID", "Accept-Language", "From"),
]
FORMS = [
    "/enquiry/",
    "/enquiry/send/",
    "/call-back/send/",
    "/accounts/login/",
    "/admin/",
    "/accounts/password/reset/",
]


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the site's log holds, in both its forms, of everything but the tests' own view of the database."""
    stream = StringIO()
    handlers = [logging.StreamHandler(stream), logging.StreamHandler(stream)]
    handlers[0].setFormatter(JsonFormatter())
    handlers[1].setFormatter(PrivateFormatter("{asctime} {levelname} {name} {message}", style="{"))
    root = logging.getLogger()
    for handler in handlers:
        root.addHandler(handler)
    yield stream
    for handler in handlers:
        root.removeHandler(handler)


def wire(text: str) -> str:
    return text.encode().decode("latin-1")


def ask_everywhere(client: Client, detail: str, token: str) -> None:
    """The detail as path, query, header, cookie, method, field, name of a field, file and body."""
    part = quote(detail, safe="")
    for path in (
        f"/{part}/",
        f"/consultants/{part}/",
        f"/admin/{part}/",
        f"/media/{part}.png",
        f"/requests/{part}/",
        f"/requests/{token}/{part}/",
    ):
        client.get(path)
    for path in ("/nowhere/", "/search/", "/enquiry/", "/sitemap-a.xml", "/consultants/"):
        client.get(f"{path}?q={part}&{part}={part}&p={part}")
    for headers in (dict.fromkeys(HEADERS, wire(detail)), {"host": wire(detail)}):
        client.get("/nowhere/", headers=headers)
        addressed = {name: f"https://a.example/?q={value}" for name, value in headers.items()}
        client.post("/accounts/login/", {"login": "a"}, headers=addressed)
    client.post("/accounts/login/", secure=True, headers={"referer": f"https://a.example/?q={wire(detail)}"})
    client.generic(wire(detail).upper(), "/enquiry/")
    client.generic(wire(detail).upper(), f"/requests/{token}/withdraw/")
    everything = dict.fromkeys(
        [
            "name",
            "phone",
            "email",
            "question",
            "hospital",
            "login",
            "password",
            "code",
            "next",
            detail,
            "submission_id",
        ],
        detail,
    )
    for path in FORMS:
        client.post(path, everything)
        client.post(f"{path}?q={part}", detail, content_type="multipart/form-data; boundary=" + wire(detail))
        client.post(path, detail.encode(), content_type=wire(detail))
    client.post(f"/requests/{token}/phone/", everything)


@bounded(4)
@given(detail=DETAILS, breaks=some.booleans())
def test_detail_in_any_place_of_a_request_is_in_no_line(
    written: StringIO, hospital: Hospital, detail: tuple[str, str], breaks: bool, settings: Any
) -> None:
    """Also where our own code or the database fails in the midst of it."""
    cache.clear()
    written.seek(0)
    written.truncate()
    with transaction.atomic():
        token = factories.stored_enquiry(hospital).token
        if breaks:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE procedures_redflagcard RENAME COLUMN heading TO title")
        for strict in (False, True):
            ask_everywhere(
                Client(raise_request_exception=False, enforce_csrf_checks=strict), detail[0], token
            )
        transaction.set_rollback(True)

    lines = written.getvalue()
    assert "/nowhere/" in lines
    assert ("Internal Server Error" in lines) == breaks
    for private in (detail[1], token, quote(detail[1])):
        assert private.lower() not in lines.lower()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/procedures/no-such/leaflet.pdf", "/procedures/no-such/leaflet.pdf"),
        ("/static/site.0a1b.css", "/static/site.0a1b.css"),
        ("/Jo/", "/…/"),
        ("/jo@larkspur.example/", "/…/"),
        ("/a/07700-900-123/b/", "/a/…/b/"),
        ("/jo%20larkspur/", "/…/"),
    ],
)
def test_path_is_told_as_far_as_it_is_spelt_as_ours(
    client: Client, written: StringIO, path: str, told: str
) -> None:
    client.get(path)

    assert f"Not Found: {told}\n" in written.getvalue()


def test_why_a_form_was_stopped_is_told_without_where_it_came_from(written: StringIO, db: None) -> None:
    origin = {"origin": "https://jo-larkspur.example"}

    Client(enforce_csrf_checks=True).post("/admin/login/", headers=origin)

    assert "Forbidden: /admin/login/\n" in written.getvalue()
    assert "larkspur" not in written.getvalue()
