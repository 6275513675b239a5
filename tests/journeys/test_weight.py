"""What the explainer costs a phone: bytes, requests and jumps, from the server that `make serve` runs."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, Page

from kyphoplasty_site import localdb, supervisor
from tests.journeys.states import EXPLAINER, PHONE

pytestmark = pytest.mark.xdist_group("weight")  # one web server for them

FIRST_VIEW = {"bytes": 50_000, "requests": 8}
WHOLE_PAGE = {"bytes": 80_000}

WATCH_JUMPS = """window.jumps = 0
new PerformanceObserver(seen => { for (const jump of seen.getEntries()) window.jumps += jump.value })
  .observe({type: 'layout-shift', buffered: true})"""


class Scales:
    """What came over the wire, headers included. The browser's own pictures for a film's buttons are none of it."""

    def __init__(self, page: Page) -> None:
        self.bytes = self.requests = 0
        self.own: set[str] = set()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._notice)
        wire.on("Network.loadingFinished", self._weigh)

    def _notice(self, sent: dict[str, Any]) -> None:
        if sent["request"]["url"].startswith("data:"):
            self.own.add(sent["requestId"])

    def _weigh(self, finished: dict[str, Any]) -> None:
        if finished["requestId"] in self.own:
            return
        self.bytes += int(finished["encodedDataLength"])
        self.requests += 1


@pytest.fixture(scope="session")
def served(origin: str, data_dir: Path) -> Iterator[str]:
    """The same content and static files behind the web server of `make serve`."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    given = os.environ.get("DATABASE_URL") or localdb.url(settings.DATA_DIR)
    database = f"{given.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    command = [sys.executable, "-m", "granian", *supervisor._web_options("127.0.0.1", port)]
    environment = os.environ | {"DATABASE_URL": database, "DATA_DIR": str(data_dir)}
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as process:
        while not supervisor._answers("127.0.0.1", port):
            assert process.poll() is None
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def phone(browser: Browser, served: str) -> Iterator[Page]:
    """A phone with nothing in its cache."""
    context = browser.new_context(
        base_url=served,
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        is_mobile=True,
        has_touch=True,
    )
    context.add_init_script(WATCH_JUMPS)
    yield context.new_page()
    context.close()


def test_the_first_view_of_the_explainer_is_light(
    phone: Page, record_testsuite_property: Callable[..., None]
) -> None:
    scales = Scales(phone)

    phone.goto(EXPLAINER, wait_until="networkidle")
    record_testsuite_property("first view", f"{scales.bytes} bytes, {scales.requests} requests")

    assert scales.bytes <= FIRST_VIEW["bytes"]
    assert scales.requests <= FIRST_VIEW["requests"]


def test_the_whole_explainer_is_light_and_does_not_jump(
    phone: Page, record_testsuite_property: Callable[..., None]
) -> None:
    scales = Scales(phone)

    phone.goto(EXPLAINER, wait_until="networkidle")
    scroll_to_the_end(phone)
    record_testsuite_property("whole page", f"{scales.bytes} bytes, {scales.requests} requests")

    assert scales.bytes <= WHOLE_PAGE["bytes"]
    assert phone.evaluate("jumps") == 0


def scroll_to_the_end(page: Page) -> None:
    """Slowly enough for every picture to be fetched on the way."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, PHONE["height"] // 2):
        page.evaluate("top => scrollTo({top, behavior: 'instant'})", top)
        page.wait_for_timeout(30)
    page.wait_for_load_state("networkidle")
    pictures = page.locator("main img")
    assert (
        pictures.evaluate_all("all => all.filter(one => one.checkVisibility() && !one.complete).length") == 0
    )
