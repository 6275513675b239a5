"""What production writes to its log: lines of JSON that can be led back to one request, and to nobody."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from kyphoplasty_site.logs import JsonFormatter
from tests.enquiries.conftest import Answers

NGINX_ID = "0f9d1c2b3a4e5f60718293a4b5c6d7e8"
LINES = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log() -> Iterator[LINES]:
    """The lines that were written since, as a machine reads them."""
    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_line_says_when_how_bad_who_says_it_and_what(log: LINES) -> None:
    logging.getLogger("enquiries.limits").warning("Counted %d.", 7)

    (line,) = log()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "enquiries.limits", "Counted 7.")


@pytest.mark.django_db
def test_line_names_the_request_that_the_answer_names_too(client: Client, log: LINES) -> None:
    response = client.get("/no-such.png?phone=07700900123", REMOTE_ADDR="203.0.113.9")

    (line,) = log()
    assert line["message"] == "Not Found: …"
    assert line["request"] == response["X-Request-ID"]
    assert "07700900123" not in str(line)
    assert "203.0.113.9" not in str(line)


def test_id_that_the_proxy_gave_is_kept(client: Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": NGINX_ID})["X-Request-ID"] == NGINX_ID


@pytest.mark.parametrize(
    "given", ["", "jo@larkspur.example", "07700900123", "a" * 65, f"{NGINX_ID}\n", "é" * 20]
)
def test_id_that_is_none_is_replaced(client: Client, given: str) -> None:
    made = client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"]

    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_two_requests_have_two_ids(client: Client) -> None:
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]


def test_error_is_told_by_its_kind_and_place_and_never_by_its_message(log: LINES) -> None:
    typed = " ".join(["Jo", "Larkspur"])
    try:
        raise ValueError(typed)
    except ValueError:
        logging.getLogger("enquiries").exception("It failed.")

    (line,) = log()
    assert line["error"].endswith("ValueError")
    assert "test_json_logs.py" in line["error"]
    assert "Larkspur" not in str(line)


def test_private_page_is_not_named(log: LINES) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/requests/s3cr3t-t0ken/erase/")

    assert log()[0]["message"] == "Not Found: /requests/…/erase/"


@pytest.mark.django_db
def test_page_that_the_database_fails_is_told_with_the_request_it_failed(
    question: Answers, database_away: None, log: LINES
) -> None:
    response = Client(raise_request_exception=False).post("/enquiry/send/", question)

    lines = [line for line in log() if line["level"] in ("ERROR", "WARNING")]
    assert lines
    assert {line["request"] for line in lines} == {response["X-Request-ID"]}
    assert "Larkspur" not in str(lines)
