"""The cache that all processes share: a real Redis, and what happens while it is away."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from math import inf
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from enquiries.limits import FLOOD, is_over_limit
from enquiries.models import Enquiry
from kyphoplasty_site.shared_cache import SharedCache
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.test_sending import send
from tests.enquiries.test_too_many_sends import sent
from tests.site.test_guessing import TOO_OFTEN, said
from tests.site.test_second_factor import show, sign_in

pytestmark = pytest.mark.django_db


class Redis:
    """A server of this test's own, which keeps nothing on disk."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        SharedCache.away_until = 0.0

    def answers(self) -> bool:
        return (
            b"PONG"
            in subprocess.run(
                ["redis-cli", "-p", str(self.port), "ping"], capture_output=True, check=False
            ).stdout
        )

    def kept(self) -> list[str]:
        command = ["redis-cli", "-p", str(self.port), "keys", "*"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(closed_port: int, settings: Any) -> Iterator[Redis]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is lacking")
    server = Redis(closed_port)
    settings.CACHES = {
        "default": {
            "BACKEND": "kyphoplasty_site.shared_cache.SharedCache",
            "LOCATION": f"redis://127.0.0.1:{closed_port}/0",
        }
    }
    yield server
    SharedCache.away_until = inf  # so that what this process counted itself is what is cleared
    cache.clear()
    SharedCache.away_until = 0.0
    server.stop()


def test_what_one_process_counts_another_sees(redis: Redis, settings: Any) -> None:
    settings.SENDS_PER_HOUR = 1
    other_process = SharedCache(f"redis://127.0.0.1:{redis.port}/0", {})

    assert not any(is_over_limit(sent()) for _ in range(FLOOD))
    (key,) = (key.removeprefix(":1:") for key in redis.kept() if "sends" in key)
    assert other_process.get(key) == FLOOD
    assert is_over_limit(sent())


def test_no_address_is_kept_in_it(redis: Redis, client: Client, question: Answers) -> None:
    factories.person("robin", is_staff=True)
    send(client, question)
    sign_in(Client(REMOTE_ADDR="203.0.113.9"), "robin", "wrong")

    kept = redis.kept()
    assert any("sends" in key for key in kept)
    assert not any("robin" in key or "arkspur" in key for key in kept)


def test_with_redis_away_a_request_is_stored_and_pages_open(
    redis: Redis, client: Client, question: Answers
) -> None:
    redis.stop()

    assert client.get("/consultants/").status_code == 200
    assert send(client, question).status_code == 303
    assert Enquiry.objects.count() == 1


def test_with_redis_away_each_process_goes_on_counting(redis: Redis, settings: Any) -> None:
    settings.SENDS_PER_HOUR = 1
    redis.stop()

    assert not any(is_over_limit(sent()) for _ in range(FLOOD))
    assert is_over_limit(sent())


def test_with_redis_away_passwords_are_still_slowed_down(redis: Redis) -> None:
    factories.person("robin", is_staff=True)
    redis.stop()

    answers = [said(sign_in(Client(), "robin", "wrong")) for _ in range(6)]

    assert TOO_OFTEN in answers[-1]


def test_with_redis_away_codes_are_still_slowed_down(redis: Redis) -> None:
    robin: User = factories.person("robin", is_staff=True, email="robin@elmpark.example")
    factories.second_factor(robin)
    redis.stop()

    for number in range(12):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        sign_in(client)
        show(client, "000000")

    client = Client()
    sign_in(client)
    assert TOO_OFTEN in said(show(client, factories.code_now()))


def test_redis_that_hangs_costs_half_a_second_once(redis: Redis, client: Client) -> None:
    os.kill(redis.process.pid, 19)
    began = time.monotonic()

    for _ in range(5):
        cache.get("sends")

    os.kill(redis.process.pid, 18)
    assert time.monotonic() - began < 1.5


def test_redis_that_comes_back_is_asked_again(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyphoplasty_site.shared_cache.PAUSE", 0.0)
    redis.stop()
    cache.set("word", "of this process")
    redis.start()

    cache.set("word", "shared")

    assert SharedCache(f"redis://127.0.0.1:{redis.port}/0", {}).get("word") == "shared"
