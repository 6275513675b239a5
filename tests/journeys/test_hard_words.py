"""A hard word opens where it stands: by a finger with no script, by the keyboard, and on paper it is open already."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.states import EXPLAINER, PHONE

WORD = "osteoporosis"
MEANING = "Bones that have become weak"


def test_finger_opens_and_closes_a_meaning_without_script(visit: Callable[..., Page]) -> None:
    page = visit(viewport=PHONE, java_script_enabled=False, has_touch=True)
    page.goto(EXPLAINER)
    meaning = page.get_by_role("note").filter(has_text=MEANING)
    expect(meaning).to_be_hidden()

    page.get_by_role("button", name=f"{WORD}: what it means").tap()
    expect(meaning).to_be_visible()
    meaning.get_by_role("button", name="Close").tap()

    expect(meaning).to_be_hidden()


def test_keyboard_opens_a_meaning_and_escape_goes_back_to_the_word(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto(EXPLAINER)
    word = page.get_by_role("button", name=f"{WORD}: what it means")
    meaning = page.get_by_role("note").filter(has_text=MEANING)

    word.focus()
    page.keyboard.press("Enter")
    expect(meaning).to_be_visible()
    assert heard(page)["expanded"] is True
    page.keyboard.press("Tab")
    expect(meaning.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")

    expect(meaning).to_be_hidden()
    expect(word).to_be_focused()


def heard(page: Page) -> dict[str, Any]:
    """What the browser tells a screen reader about the word: the names and values of its properties."""
    wire = page.context.new_cdp_session(page)
    document = wire.send("DOM.getDocument")["root"]["nodeId"]
    button = wire.send("DOM.querySelector", {"nodeId": document, "selector": ":focus"})["nodeId"]
    (node,) = wire.send("Accessibility.getPartialAXTree", {"nodeId": button, "fetchRelatives": False})[
        "nodes"
    ]
    return {each["name"]: each["value"].get("value") for each in node["properties"]}


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_open_meaning_stays_within_the_window(visit: Callable[..., Page], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    page.goto(EXPLAINER)

    words = page.locator(".term > button").all()
    assert words
    for word in words:
        word.focus()
        page.keyboard.press("Enter")
        box = page.locator(":popover-open").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 640
        page.keyboard.press("Escape")


def test_meanings_stand_in_brackets_on_paper(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto(EXPLAINER)

    page.emulate_media(media="print")

    meaning = page.locator(".meaning").filter(has_text=MEANING)
    expect(meaning).to_be_visible()
    expect(meaning).to_have_css("display", "inline")
    expect(meaning.get_by_role("button")).to_be_hidden()
