"""The pages as they are sent: every reference leads somewhere, headings make an outline, the HTML checker agrees."""

import json
from collections import Counter
from typing import Any
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
def answers() -> dict[str, Any]:
    """Addresses of this site that were asked for already, with the ids of what came."""
    return {}


def test_every_reference_leads_somewhere(standing: Standing) -> None:
    assert leading_nowhere(standing.html, standing.page.url) == []


def test_every_id_is_given_once(standing: Standing) -> None:
    assert given_twice(standing.html) == []


def test_there_is_one_first_heading_and_no_level_is_skipped(standing: Standing) -> None:
    assert out_of_order(standing.html) == []


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
    assert html_errors(standing.html, checker) == []


def leading_nowhere(sent: str, url: str) -> list[str]:
    """What the page refers to within itself that is not there."""
    page = html.fromstring(sent)
    ids = set(page.xpath("//@id"))
    referred = [word for name in REFERENCES for value in page.xpath(f"//@{name}") for word in value.split()]
    within = [urldefrag(urljoin(url, href)) for href in page.xpath("//a/@href | //*[name()='use']/@href")]
    here = urldefrag(url).url
    fragments = [fragment for url, fragment in within if url == here and fragment]
    return [name for name in [*referred, *fragments] if name not in ids]


def given_twice(sent: str) -> list[str]:
    """Ids that more than one element has."""
    ids = Counter(html.fromstring(sent).xpath("//@id"))
    return [name for name, times in ids.items() if times > 1]


def out_of_order(sent: str) -> list[str]:
    """Headings that skip a level, and first headings that are not the only one."""
    headings = html.fromstring(sent).xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")
    levels = [int(heading.tag[1]) for heading in headings]
    skipped = [
        heading.text_content()
        for heading, before, level in zip(headings[1:], levels, levels[1:], strict=False)
        if level > before + 1
    ]
    return skipped + ([] if levels.count(1) == 1 else [f"{levels.count(1)} first headings"])


def html_errors(sent: str, checker: str) -> list[str]:
    """What the Nu HTML checker objects to."""
    asked = Request(checker, sent.encode(), {"Content-Type": "text/html; charset=utf-8"})
    with urlopen(asked) as answer:
        messages = json.load(answer)["messages"]
    return [f"line {one['lastLine']}: {one['message']}" for one in messages if one["type"] == "error"]
