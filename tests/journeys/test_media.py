"""On paper, with fewer colours and with less motion."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.states import EXPLAINER, FORMS, PHONE, sent

# Whatever a reader would read: shown, and not only folded away.
UNSEEN = """() => [...document.querySelectorAll('main :is(h1, h2, h3, p, li, dt, dd, td, img, .array)')]
  .filter(part => !part.closest('.no-print, .crumbs') && part.textContent.trim() + (part.alt || '') !== '')
  .filter(part => !part.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true, opacityProperty: true}))
  .map(part => part.outerHTML.slice(0, 120))"""

MOVING = """() => [...document.querySelectorAll('*')].filter(part => {
  const style = getComputedStyle(part)
  if (part.parentElement?.matches('video')) return false // never drawn: what the film is made of
  return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
    || style.transitionDuration.split(',').some(lasting => parseFloat(lasting) > 0)
}).map(part => part.outerHTML.slice(0, 120))"""

LOOKS = """part => { const style = getComputedStyle(part)
  return [style.outlineStyle, style.outlineWidth, style.borderColor, style.backgroundColor].join(' ') }"""


@pytest.fixture
def printed(visit: Callable[..., Page]) -> Page:
    """The explainer as it goes to paper, its folds as a reader finds them."""
    page = visit()
    page.goto(EXPLAINER)
    page.emulate_media(media="print")
    return page


def test_paper_shows_everything_that_stands_folded_on_the_screen(printed: Page) -> None:
    assert printed.locator("details:not([open])").count() > 5
    assert printed.evaluate(UNSEEN) == []


def test_paper_shows_the_addresses_of_the_sources(printed: Page) -> None:
    after = printed.locator("#sources li a").evaluate_all(
        "links => links.map(link => [link.href, getComputedStyle(link, '::after').content])"
    )

    assert len(after) > 10
    assert [href for href, shown in after if href not in shown] == []


def test_paper_has_no_buttons_to_press(printed: Page) -> None:
    for useless in (".nav", ".actionbar", "form", ".toc"):
        assert printed.locator(useless).locator("visible=true").count() == 0


@pytest.mark.parametrize("kind", FORMS)
def test_paper_keeps_the_reference_and_the_phone_number(visit: Callable[..., Page], kind: str) -> None:
    page = visit()
    sent(kind)(page)

    page.emulate_media(media="print")

    expect(page.locator(".ref")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("01582 714420")
    expect(page.locator("footer .tel").first).to_be_visible()


@pytest.mark.parametrize("path", ["/", EXPLAINER, "/call-back/"])
def test_nothing_moves_for_those_who_ask_for_less_motion(visit: Callable[..., Page], path: str) -> None:
    page = visit(reduced_motion="reduce")

    page.goto(path)

    assert page.evaluate(MOVING) == []
    assert page.evaluate("document.getAnimations().length") == 0


def test_what_is_picked_and_what_has_the_focus_show_in_forced_colours(visit: Callable[..., Page]) -> None:
    page = visit(forced_colors="active")
    page.goto("/call-back/")
    picks = page.locator(".pick", has=page.locator("[name=aim]"))

    picks.nth(0).click()
    picked, other = picks.nth(0).evaluate(LOOKS), picks.nth(1).evaluate(LOOKS)
    page.locator("[name=phone]").focus()

    assert picked != other
    expect(page.locator("[name=phone]")).to_have_css("outline-style", "solid")
    expect(page.locator("[name=phone]")).to_have_css("border-style", "solid")


def test_icon_arrays_and_buttons_show_in_forced_colours(visit: Callable[..., Page]) -> None:
    page = visit(forced_colors="active", viewport=PHONE)
    page.goto(EXPLAINER)

    fills = page.evaluate("['.is', '.of'].map(name => getComputedStyle(document.querySelector(name)).fill)")

    assert fills[0] != fills[1]
    assert fills[1] == "none"
    for button in page.locator(".btn, .actionbar a").all():
        expect(button).to_have_css(
            "border-top-style", re.compile("solid|none") if not button.is_visible() else "solid"
        )
