"""The directory printed: names and facts, without what can only be pressed."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_take_along import sheets

Visit = Callable[..., Page]


def kept(page: Page, name: str) -> None:
    """For a person to look at, where they ask for it."""
    if folder := os.environ.get("PAPER_DIR"):
        page.pdf(path=f"{folder}/{name}.pdf", format="A4", prefer_css_page_size=True)


def test_profile_prints_on_one_page_with_number_address_and_day(visit: Visit, second_hospital: str) -> None:
    page = visit()
    page.goto("/consultants/ada-quill/")
    page.emulate_media(media="print")

    kept(page, "profile")
    assert sheets(page) == 1
    for told in ("Kyphoplasty", "Elm Row", "Phone: 01632 960", "In an emergency, call 999.", "as it was on"):
        expect(page.get_by_text(told).locator("visible=true").first).to_be_visible()
    assert page.locator(".red-flags").locator("visible=true").count() == 0


@pytest.mark.parametrize("path", ["/consultants/?procedure=balloon-kyphoplasty", "/procedures/"])
def test_list_prints_names_and_nothing_to_press(visit: Visit, second_hospital: str, path: str) -> None:
    page = visit()
    page.goto(path)
    page.emulate_media(media="print")

    kept(page, path.split("/")[1])
    expect(page.get_by_text("Miss Ada Quill").first).to_be_visible()
    for useless in ("form", "button", "a.tag", ".pager", ".az", "main a:text-matches('^See all')"):
        assert page.locator(useless).locator("visible=true").count() == 0, useless
