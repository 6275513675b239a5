"""The limit on sending: generous to a shared address, and never the end of what was typed."""

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.test import Client

from enquiries.limits import is_over_limit
from enquiries.models import Enquiry
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send


@pytest.fixture(autouse=True)
def two_an_hour(settings: Any) -> None:
    cache.clear()
    settings.SENDS_PER_HOUR = 2


@pytest.mark.django_db
def test_third_send_is_kept_in_the_page(client: Client, question: Answers) -> None:
    send(client, question)
    send(client, question | {"name": "Fern Larkspur"})

    response = send(client, question | {"language": "Welsh"})

    page = Page(response)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert page.heading == "Please wait a while, or call us"
    assert "01632 960101" in page.text
    assert page.hidden()["question"] == "Could this help my mother?"
    assert page.hidden()["language"] == "Welsh"
    assert not page.tree.xpath("//@data-reference")
    assert Enquiry.objects.count() == 2


@pytest.mark.django_db
def test_next_hour_the_same_page_can_be_sent(client: Client, question: Answers) -> None:
    with time_machine.travel("2026-05-03T10:59:00Z", tick=False):
        send(client, question)
        send(client, question)
        kept = Page(send(client, question)).hidden()

    with time_machine.travel("2026-05-03T11:00:00Z", tick=False):
        response = client.post("/enquiry/send/", kept)

    assert response.status_code == 303


def test_another_address_is_counted_by_itself() -> None:
    assert [is_over_limit("192.0.2.1") for _ in range(3)] == [False, False, True]
    assert not is_over_limit("192.0.2.2")


def test_address_itself_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    monkeypatch.setattr(BaseCache, "validate_key", lambda self, key: keys.append(key))

    is_over_limit("192.0.2.1")

    assert keys
    assert not any("192" in key for key in keys)


def test_with_the_cache_away_everybody_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("enquiries.limits.cache.add", away)

    assert not any(is_over_limit("192.0.2.1") for _ in range(5))
