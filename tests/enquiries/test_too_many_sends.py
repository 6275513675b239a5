"""A flood from one address: asked to wait, and never the end of what was typed."""

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.http import HttpRequest
from django.test import Client, RequestFactory

from enquiries.limits import is_over_limit, sent_from
from enquiries.models import Enquiry
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send


@pytest.fixture(autouse=True)
def two_an_hour(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    settings.SENDS_PER_HOUR = 2
    monkeypatch.setattr("enquiries.limits.FLOOD", 1)


def sent(address: str = "192.0.2.1", forwarded_for: str | None = None) -> HttpRequest:
    """A send that reached us from this address, perhaps with a header that says where it came from before."""
    headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
    return RequestFactory().post("/enquiry/send/", REMOTE_ADDR=address, headers=headers)


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
        kept = Page(send(client, question | {"language": "Welsh"})).hidden()

    with time_machine.travel("2026-05-03T11:00:00Z", tick=False):
        response = client.post("/enquiry/send/", kept)

    assert response.status_code == 303


def test_another_address_is_counted_by_itself() -> None:
    assert [is_over_limit(sent("192.0.2.1")) for _ in range(3)] == [False, False, True]
    assert not is_over_limit(sent("192.0.2.2"))


def test_addresses_of_one_network_are_counted_together() -> None:
    """Whoever has one IPv6 address has as many as they like."""
    assert [is_over_limit(sent(f"2001:db8:0:7::{number}")) for number in range(3)] == [False, False, True]
    assert not is_over_limit(sent("2001:db8:0:8::1"))


PROXY, OUTER_PROXY = "10.0.0.1", "10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "counted"),
    [
        (0, None, PROXY),
        (0, "198.51.100.7", PROXY),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9,,  198.51.100.7 ", "198.51.100.7"),
        (2, f"198.51.100.7, {OUTER_PROXY}", "198.51.100.7"),
        (2, f"203.0.113.9, 198.51.100.7, {OUTER_PROXY}", "198.51.100.7"),
        (1, "198.51.100.7:50123", "198.51.100.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7]:50123", "2001:db8::7"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_send_is_counted_by_what_our_outermost_proxy_saw(
    settings: Any, proxies: int, forwarded_for: str | None, counted: str
) -> None:
    settings.TRUSTED_PROXIES = proxies

    assert sent_from(sent(PROXY, forwarded_for)) == counted


@pytest.mark.parametrize("forwarded_for", [None, "", "198.51.100.7", " , "])
def test_send_that_did_not_pass_every_proxy_is_counted_by_who_connects(
    settings: Any, forwarded_for: str | None
) -> None:
    settings.TRUSTED_PROXIES = 2

    assert sent_from(sent(PROXY, forwarded_for)) == PROXY


@pytest.mark.parametrize(("proxies", "seen"), [(0, ""), (1, ", 198.51.100.7")])
def test_forged_header_lets_nobody_send_more(settings: Any, proxies: int, seen: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    forgeries = [f"203.0.113.{number}{seen}" for number in range(3)]

    assert [is_over_limit(sent(PROXY, forged)) for forged in forgeries] == [False, False, True]


def test_forged_header_uses_up_nobody_else_s_sends(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    victim, attacker = "198.51.100.7", "203.0.113.9"

    for _ in range(5):
        is_over_limit(sent(PROXY, f"{victim}, {attacker}"))

    assert is_over_limit(sent(PROXY, attacker))
    assert not is_over_limit(sent(PROXY, victim))


@pytest.mark.django_db
def test_two_patients_behind_one_proxy_are_counted_apart(
    client: Client, question: Answers, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    checked = Page(client.post("/enquiry/", question)).hidden()

    def status(patient: str) -> int:
        answer = client.post("/enquiry/send/", checked, headers={"X-Forwarded-For": patient})
        return answer.status_code

    assert [status("198.51.100.7") for _ in range(3)] == [303, 303, 429]
    assert status("198.51.100.8") == 303


def test_address_itself_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    monkeypatch.setattr(BaseCache, "validate_key", lambda self, key: keys.append(key))

    is_over_limit(sent("192.0.2.1"))

    assert keys
    assert not any("192.0.2" in key for key in keys)  # three digits may stand in a hash by chance


def test_with_the_cache_away_everybody_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("enquiries.limits.cache.add", away)

    assert not any(is_over_limit(sent()) for _ in range(5))
