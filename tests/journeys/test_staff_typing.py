"""What staff type is not lost: a link asks first, moving a block saves, and the tool for links refuses what leads nowhere."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, Locator, Page

from procedures.models import Block, Edition
from tests import factories
from tests.journeys.test_stored_xss import left_as_found, staff  # noqa: F401 - fixtures


@pytest.fixture
def draft(left_as_found: None) -> Edition:  # noqa: F811 - a fixture
    """A draft of three questions."""
    made = factories.draft(procedure=factories.procedure(slug="typed", name="Typed"))
    for heading in ("Will it hurt?", "How long?", "What then?"):
        factories.block(made, "faq", heading=heading, body="<p>A little.</p>")
    return made


@pytest.fixture
def page(staff: Callable[..., Page]) -> Page:  # noqa: F811 - a fixture
    return staff()


@pytest.fixture
def asked(page: Page) -> list[str]:
    return answered_with_stay(page)


def answered_with_stay(page: Page) -> list[str]:
    """What the browser asks before it leaves a page. Somebody answers: stay."""
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return questions


def page_of(draft: Edition) -> str:
    return reverse("admin:procedures_edition_change", args=[draft.pk])


def write_in(page: Page, block: Block | None) -> Locator:
    """Open the block, and put the cursor at the end of its text."""
    assert block
    page.goto(reverse("admin:procedures_block_change", args=[block.pk]))
    text = page.locator(".rich-text__words").first
    text.click()
    page.keyboard.press("Control+End")
    return text


def follow(page: Page, link: str) -> None:
    page.get_by_role("link", name=link).first.click(no_wait_after=True)
    page.wait_for_timeout(300)


def test_link_asks_before_it_loses_what_was_typed(page: Page, draft: Edition, asked: list[str]) -> None:
    page.goto(page_of(draft))
    page.locator("[name=change_summary]").fill("We say more of leaks.")

    follow(page, "Preview, and links to show it")

    assert asked == ["beforeunload"]
    assert page.locator("[name=change_summary]").input_value() == "We say more of leaks."


def test_button_of_another_form_asks_too(page: Page, draft: Edition, asked: list[str]) -> None:
    page.goto(page_of(draft))
    page.locator("[name=change_reason]").fill("Readers asked.")

    page.get_by_role("button", name="Send for sign-off", exact=True).click(no_wait_after=True)
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]


def test_rich_text_is_guarded_as_well(page: Page, draft: Edition, asked: list[str]) -> None:
    write_in(page, draft.blocks.first())
    page.keyboard.type(" It passes.")

    follow(page, "Back to edition")

    assert asked == ["beforeunload"]
    assert "It passes." in page.locator(".rich-text__words").first.inner_text()


def test_page_on_which_nothing_was_typed_lets_go(page: Page, draft: Edition, asked: list[str]) -> None:
    write_in(page, draft.blocks.first())

    follow(page, "Back to edition")

    assert asked == []
    page.wait_for_url(f"**{page_of(draft)}**")


def test_saving_does_not_ask(page: Page, draft: Edition, asked: list[str]) -> None:
    page.goto(page_of(draft))
    page.locator("[name=change_summary]").fill("We say more of leaks.")

    page.get_by_role("button", name="Save the draft").first.click()

    page.get_by_text("Saved in the draft.").wait_for()
    assert asked == []
    assert Edition.objects.get(pk=draft.pk).change_summary == "We say more of leaks."


def test_pressing_down_saves_and_shows_the_block_with_the_message(
    page: Page, draft: Edition, asked: list[str]
) -> None:
    page.goto(page_of(draft))
    page.locator("[name=change_summary]").fill("Another order.")

    page.get_by_role("button", name="Move down: Question and answer: Will it hurt?").or_(
        page.locator("button[name=_move][value$=':down']")
    ).first.click()

    page.get_by_text("Saved in the draft.").wait_for()
    assert asked == []
    assert [block.heading for block in draft.blocks.all()] == ["How long?", "Will it hurt?", "What then?"]
    assert Edition.objects.get(pk=draft.pk).change_summary == "Another order."
    assert in_sight(page, page.get_by_text("Saved in the draft."))
    assert in_sight(page, page.locator(".blocks__row:target"))


def test_letting_go_of_a_dragged_block_saves(page: Page, draft: Edition, asked: list[str]) -> None:
    page.goto(page_of(draft))
    rows = page.locator("[data-key]")

    rows.nth(0).locator(".blocks__handle").drag_to(rows.nth(2))

    page.get_by_text("Saved in the draft.").wait_for()
    assert asked == []
    assert [block.heading for block in draft.blocks.all()] == ["How long?", "What then?", "Will it hurt?"]


def in_sight(page: Page, what: Locator) -> bool:
    box, size = what.bounding_box(), page.viewport_size
    assert box
    assert size
    return 0 <= box["y"] < size["height"]


def test_address_that_leads_nowhere_is_refused_in_words(page: Page, draft: Edition) -> None:
    write_in(page, draft.blocks.first())
    page.get_by_role("button", name="Link", exact=True).first.click()

    page.get_by_label("Address").fill("elm.example")
    page.keyboard.press("Enter")

    assert page.get_by_role("alert").inner_text() == "Begin the address with https://"
    assert page.get_by_role("dialog", name="Link").is_visible()


def test_address_with_no_words_selected_is_its_own_words(page: Page, draft: Edition) -> None:
    text = write_in(page, draft.blocks.first())
    page.get_by_role("button", name="Link", exact=True).first.click()

    page.get_by_label("Address").fill("www.elm.example")
    page.keyboard.press("Enter")

    link = text.get_by_role("link")
    assert link.inner_text() == "https://www.elm.example"
    assert link.get_attribute("href") == "https://www.elm.example"


def test_list_in_the_editor_looks_like_a_list(page: Page, draft: Edition) -> None:
    text = write_in(page, draft.blocks.first())
    page.get_by_role("button", name="List", exact=True).first.click()

    items = text.get_by_role("listitem")
    assert items.evaluate("item => getComputedStyle(item).listStyleType") == "disc"
    assert items.evaluate("item => item.offsetLeft") < 60
