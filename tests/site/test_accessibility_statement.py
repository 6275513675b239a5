"""What the accessibility page says of our checks is what the checks do."""

import re

import pytest
from django.test import Client

from procedures import readability
from tests.enquiries.pages import Page
from tests.firefox.__main__ import JOURNEYS
from tests.journeys.conftest import HANDS
from tests.journeys.test_accessibility import RULES, WIDTHS
from tests.seeded import seen
from tests.site.test_content import HIGHEST_SMOG, LONGEST_SENTENCE

pytestmark = pytest.mark.django_db
LEVELS = {
    "A": ("wcag2a", "wcag21a"),
    "AA": ("wcag2aa", "wcag21aa", "wcag22aa"),
    "AAA": ("wcag2aaa", "wcag21aaa"),
}
NUMBERS = ("none", "one", "two", "three", "four", "five", "six")


@pytest.fixture
def page(client: Client) -> Page:
    return Page(client.get("/accessibility/"))


def test_sizes_it_names_are_those_that_every_page_is_seen_at(page: Page) -> None:
    (named,) = re.findall(r"windows of ([\d, and]+) pixels", seen(page))

    assert re.findall(r"\d+", named) == [str(width) for width in WIDTHS]


def test_levels_it_names_are_those_that_axe_goes_by(page: Page) -> None:
    said = seen(page)

    assert set(re.findall(r"level (A+)\b", said)) == set(LEVELS)
    assert {tag for tags in LEVELS.values() for tag in tags} == set(RULES["runOnly"]) - {"best-practice"}
    assert "WCAG) 2.2, level AA" in said


def test_ways_and_browsers_it_names_are_those_of_the_journeys(page: Page) -> None:
    said = seen(page)

    assert list(HANDS) == ["keyboard", "finger, no script"]
    assert "by keyboard alone. Then by touch, with JavaScript off." in said
    assert f"we start {NUMBERS[len(JOURNEYS)]} tasks in Firefox" in said


def test_it_is_plain_english(page: Page) -> None:
    text = "".join(
        f"<p>{words}</p>"
        for words in page.words("//main//div[contains(@class, 'prose')]//*[self::h2 or self::p or self::li]")
    )

    assert readability.smog(text) <= HIGHEST_SMOG
    assert readability.long_sentences(text, LONGEST_SENTENCE) == []
