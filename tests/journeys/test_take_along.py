"""The visit sheet and the page for the GP on paper: one sheet each, with what was ticked and typed, sent to nobody."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.states import EXPLAINER, PHONE

SHEET, FOR_THE_GP = f"{EXPLAINER}visit-sheet/", f"{EXPLAINER}for-your-gp/"
LONG = "How long will it be before I can lift my grandchild, who weighs twelve kilos now, and then some"
Visit = Callable[..., Page]


def sheets(page: Page) -> int:
    """How many sides of A4 come out of the printer."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


def fill(page: Page) -> None:
    """Tick everything, and write as much as fits on every line."""
    for box in page.locator("main [type=checkbox]").all():
        box.check()
    for line in page.locator("main input.input").all():
        line.focus()
        page.keyboard.insert_text(
            LONG
        )  # as it is pasted: unlike a value that is set, it stops where the line ends


def test_whole_sheet_prints_on_one_page(visit: Visit) -> None:
    page = visit()
    page.goto(SHEET)
    assert sheets(page) == 1

    fill(page)

    assert sheets(page) == 1


def test_what_was_typed_fits_its_line_on_paper(visit: Visit) -> None:
    page = visit(viewport={"width": 710, "height": 1000})  # as wide as the paper between its margins
    page.goto(SHEET)
    fill(page)

    page.emulate_media(media="print")

    cut = "lines => lines.filter(line => line.scrollWidth > line.clientWidth + 1).map(line => line.id)"
    assert page.locator("main input.input").evaluate_all(cut) == []


def test_only_ticked_questions_print_once_any_is_ticked(visit: Visit) -> None:
    page = visit()
    page.goto(SHEET)
    page.emulate_media(media="print")
    questions = page.locator("main .check li")
    assert [question.is_visible() for question in questions.all()] == [True] * questions.count()

    questions.nth(2).get_by_role("checkbox").check()

    assert [question.is_visible() for question in questions.all()].count(True) == 1
    expect(questions.nth(2)).to_be_visible()


@pytest.mark.parametrize("address", [SHEET, FOR_THE_GP])
def test_nothing_typed_leaves_the_browser(visit: Visit, address: str) -> None:
    page = visit()
    page.goto(address, wait_until="networkidle")
    at_first, asked = page.url, []
    page.on("request", lambda request: asked.append(request.url))

    fill(page)
    page.locator("main input.input").first.press_sequentially("by hand")
    page.locator("main input.input").last.press("Enter")
    page.wait_for_timeout(300)

    assert asked == []
    assert page.url == at_first
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_button_prints(visit: Visit) -> None:
    page = visit()
    page.add_init_script("window.print = () => { window.printed = true }")
    page.goto(SHEET)

    page.get_by_role("button", name="Print this page").click()

    assert page.evaluate("window.printed") is True


def test_without_a_script_the_page_says_how_to_print(visit: Visit) -> None:
    page = visit(java_script_enabled=False, viewport=PHONE)
    page.goto(SHEET)

    expect(page.get_by_text("open the menu of your browser and choose Print")).to_be_visible()
    assert page.locator("main button").count() == 0


def test_page_for_the_gp_prints_on_two_sheets_at_most(visit: Visit) -> None:
    page = visit()
    page.goto(FOR_THE_GP)

    assert sheets(page) <= 4
