"""The pages as they are sent: every reference leads somewhere, headings make an outline, the HTML checker agrees."""

import json
import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.parse import urldefrag, urljoin
from urllib.request import Request, urlopen

import pytest
from django.test import Client
from lxml import html

from tests.journeys.states import Standing

REFERENCES = (
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "aria-owns",
    "for",
    "form",
    "list",
    "headers",
)


@pytest.fixture(scope="session")
def checker() -> Iterator[str]:
    """The Nu HTML checker, one process for all pages; where it answers."""
    if not (jar := os.environ.get("VNU_JAR")):
        pytest.skip("VNU_JAR names no HTML checker")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    java = ["java", "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", jar, "nu.validator.servlet.Main"]
    with subprocess.Popen(
        [*java, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}/?out=json"
        wait_for(address)
        yield address
        process.terminate()


@pytest.fixture(scope="session")
def answers() -> dict[str, Any]:
    """Addresses of this site that were asked for already, with the ids of what came."""
    return {}


def test_every_reference_leads_somewhere(standing: Standing) -> None:
    page = html.fromstring(standing.html)

    ids = set(page.xpath("//@id"))
    referred = [word for name in REFERENCES for value in page.xpath(f"//@{name}") for word in value.split()]
    within = [
        urldefrag(urljoin(standing.page.url, href))
        for href in page.xpath("//a/@href | //*[name()='use']/@href")
    ]
    here = urldefrag(standing.page.url).url
    fragments = [fragment for url, fragment in within if url == here and fragment]

    assert [name for name in [*referred, *fragments] if name not in ids] == []


def test_every_id_is_given_once(standing: Standing) -> None:
    page = html.fromstring(standing.html)

    assert [name for name, times in Counter(page.xpath("//@id")).items() if times > 1] == []


def test_there_is_one_first_heading_and_no_level_is_skipped(standing: Standing) -> None:
    headings = html.fromstring(standing.html).xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")

    levels = [int(heading.tag[1]) for heading in headings]
    skipped = [
        heading.text_content()
        for heading, before, level in zip(headings[1:], levels, levels[1:], strict=False)
        if level > before + 1
    ]

    assert levels.count(1) == 1
    assert skipped == []


def test_every_image_says_what_it_shows_and_how_large_it_is(standing: Standing) -> None:
    images = html.fromstring(standing.html).xpath("//img")

    assert [image.get("src") for image in images if not {"alt", "width", "height"} <= set(image.keys())] == []


def test_every_link_on_this_site_leads_to_a_page_and_a_place_in_it(
    standing: Standing, answers: dict[str, set[str]]
) -> None:
    hrefs = html.fromstring(standing.html).xpath("//a/@href")
    addresses = [urldefrag(href) for href in hrefs if href.startswith("/")]

    for path, _ in addresses:
        if path not in answers:
            response = Client().get(path)
            sent = response.getvalue()  # a film is sent bit by bit, and closed once it is read
            is_page = response.headers["Content-Type"].startswith("text/html")
            ids = html.fromstring(sent).xpath("//@id") if is_page else []
            answers[path] = {"", *ids} if response.status_code == 200 else set()
            response.close()

    assert [path + place for path, place in addresses if place not in answers[path]] == []


def test_the_html_checker_finds_no_error(standing: Standing, checker: str) -> None:
    sent = Request(checker, standing.html.encode(), {"Content-Type": "text/html; charset=utf-8"})

    with urlopen(sent) as answer:
        messages = json.load(answer)["messages"]

    assert [f"line {one['lastLine']}: {one['message']}" for one in messages if one["type"] == "error"] == []


def wait_for(address: str, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            with urlopen(address):
                return
        except URLError as error:
            if getattr(error, "code", None):  # It answers, if only to ask for a page.
                return
            assert time.monotonic() < deadline
            time.sleep(0.1)
