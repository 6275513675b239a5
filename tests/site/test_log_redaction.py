"""Wherever in a request a personal detail stands, no line of the log holds it: not as production writes it, nor as we read it."""

import logging
import re
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
DIGITS = some.text("23456789", min_size=6, max_size=6)
# Each detail with the part of it that nobody else would write: what no line may hold.
DETAILS = some.one_of(
    some.tuples(WORDS, WORDS).map(lambda words: (f"{words[0].title()} {words[1].title()}", words[1])),
    some.tuples(WORDS, WORDS).map(lambda words: (f"{words[0]}@{words[1]}.example", words[0])),
    some.tuples(DIGITS, some.sampled_from(["07700 {}", "07700{}", "+44 7700-{}", "07700/{}", "{}"])).map(
        lambda one: (one[1].format(one[0]), one[0])
    ),
    some.tuples(WORDS, some.sampled_from(["{}", "jo-{}", "jo/{}", "jo.{}"])).map(
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
        f"/procedures/a/editions/{part}/",
        f"/admin/{part}/",
        f"/media/{part}.png",
        f"/requests/{part}/",
        f"/requests/{token}/{part}/",
    ):
        client.get(path)
        client.post(path)
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

    lines = re.sub("[0-9a-f]{32}", "", written.getvalue())  # the ids of requests, by chance of any digits
    assert "Not Found: …" in lines
    assert ("Internal Server Error" in lines) == breaks
    for private in (detail[1], token, quote(detail[1])):
        assert private.lower() not in lines.lower()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/procedures/larkspur/leaflet.pdf", "/procedures/…/leaflet.pdf"),
        ("/procedures/larkspur/editions/900123/", "/procedures/…/editions/…/"),
        ("/media/larkspur.png", "/media/…"),
        ("/larkspur/", "…"),
        ("/07700/900123/", "…"),
    ],
)
def test_address_that_leads_nowhere_is_told_without_what_was_typed(
    client: Client, written: StringIO, path: str, told: str
) -> None:
    client.get(path)

    assert f"Not Found: {told}\n" in written.getvalue()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/admin/enquiries/enquiry/1234567/change/", "/admin/enquiries/enquiry/1234567/change/"),
        ("/admin/enquiries/enquiry/larkspur/change/", "/admin/enquiries/enquiry/…/change/"),
        ("/admin/enquiries/", "/admin/…/"),
        ("/admin/07700900123", "…"),
        ("/accounts/login/", "/accounts/login/"),
        (f"/procedures/{'long-' * 20}name/visit-sheet/", "/procedures/…/visit-sheet/"),
        (f"/requests/{'x' * 43}/withdraw/", "/requests/…/withdraw/"),
    ],
)
def test_address_is_told_as_our_urls_have_it_with_the_number_of_a_row(
    written: StringIO, path: str, told: str
) -> None:
    Client(enforce_csrf_checks=True).post(path)

    assert f"(CSRF cookie not set.): {told}\n" in written.getvalue()


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"origin": "https://jo-larkspur.example"}, "Origin checking failed"),
        ({"referer": "https://jo-larkspur.example/"}, "Referer checking failed"),
        ({}, "Referer checking failed - no Referer."),
        ({"referer": "jo-larkspur"}, "Referer checking failed - Referer is malformed."),
        ({"referer": "http://jo-larkspur"}, "Referer checking failed - Referer is insecure while host is secure."),
        ({"referer": "https://testserver/", "cookie": "csrf=larkspur"}, "CSRF cookie has incorrect length."),
        ({"referer": "https://testserver/", "cookie": "csrf=" + "x" * 32}, "CSRF token missing."),
        (
            {"referer": "https://testserver/", "cookie": "csrf=" + "x" * 32, "x-csrftoken": "larkspur"},
            "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.",
        ),
    ],
)  # fmt: skip
def test_why_a_form_was_stopped_is_told_without_where_it_came_from(
    written: StringIO, db: None, headers: dict[str, str], why: str
) -> None:
    Client(enforce_csrf_checks=True).post("/admin/login/", headers=headers, secure=True)

    assert f"Forbidden ({why}): /admin/login/\n" in written.getvalue()
    assert "larkspur" not in written.getvalue()


def test_method_is_told_where_it_is_one(client: Client, written: StringIO) -> None:
    client.delete("/glossary/")
    client.generic("JO-LARKSPUR", "/glossary/")

    assert "Method Not Allowed (DELETE): /glossary/\n" in written.getvalue()
    assert "Method Not Allowed: /glossary/\n" in written.getvalue()
    assert "LARKSPUR" not in written.getvalue()
