"""Nothing runs off the page, however narrow it is or large its text; and a finger hits what it aims at."""

import pytest
from playwright.sync_api import Page

from tests.journeys.states import Standing
from tests.journeys.test_accessibility import WIDTHS

# Success criterion 1.4.12: nothing is lost when a reader sets these.
TEXT_SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""

# What is wider than the window, and text cut off by its own box.
SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth
  const found = wide > 0 ? [`the page, by ${wide} px`] : []
  for (const box of document.body.querySelectorAll('*')) {
    if (box.closest('.vh, .visually-hidden, .in-card, .skip, thead, svg') || !box.checkVisibility()) continue
    if (box.matches('[role=region][tabindex="0"]')) continue  // named, and scrolled by keyboard
    const at = box.getBoundingClientRect()
    if (wide > 0 && at.right > innerWidth + 1) found.push(box.outerHTML.slice(0, 90))
    const isCut = getComputedStyle(box).overflowX !== 'visible' && box.scrollWidth > box.clientWidth + 1
    if (isCut && !box.matches('input, select, textarea')) found.push(`cut off: ${box.outerHTML.slice(0, 90)}`)
  }
  return found
}"""

# Everything to be tapped that is less than 44 px high or wide. Links within a sentence are excepted.
SMALL_TARGETS = """() => {
  const isInText = link => {
    if (!link.matches('a') || getComputedStyle(link).display !== 'inline') return false
    const block = link.closest('p, li, dt, dd, td, th, figcaption, div') ?? link
    return block.textContent.trim().length > link.textContent.trim().length
  }
  return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(target => target.checkVisibility() && !target.closest('.skip, .skip-to-content-link, .vh, .visually-hidden, .select2-hidden-accessible') && !isInText(target))
    .map(target => [target, (target.matches('.card--link a') && target.closest('.card--link'))
      || (target.matches('input') && target.closest('label')) || target])
    .filter(([, area]) => { const box = area.getBoundingClientRect(); return box.width < 43.9 || box.height < 43.9 })
    .map(([target, area]) => {
      const box = area.getBoundingClientRect()
      return `${Math.round(box.width)} x ${Math.round(box.height)}: ${target.outerHTML.slice(0, 110)}`
    })
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(standing: Standing, width: int) -> None:
    """320 px and 1280 px enlarged to 400 % are the same."""
    page = standing.at(width)

    assert sideways(page) == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_scrolls_sideways_with_text_at_200_percent(standing: Standing, width: int) -> None:
    page = standing.at(width, text="200%")

    assert sideways(page) == []


def test_nothing_scrolls_sideways_at_200_percent_in_the_letters_of_the_system(standing: Standing) -> None:
    """As a page looks before our own have come, and to whom they never come."""
    page = standing.at(390, text="200%", style="* { font-family: sans-serif !important }")

    assert sideways(page) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_lost_with_more_space_between_letters_and_lines(standing: Standing, width: int) -> None:
    page = standing.at(width, style=TEXT_SPACING)

    assert sideways(page) == []


@pytest.mark.parametrize("width", [320, 844])
def test_a_finger_can_hit_everything_that_can_be_tapped(standing: Standing, width: int) -> None:
    page = standing.at(width)

    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert page.evaluate(SMALL_TARGETS) == []


def sideways(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SIDEWAYS)
    return found
