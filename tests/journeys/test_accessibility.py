"""What machines can tell of whether everybody can use a page: every page type, every form state, every fold open."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.journeys.states import Standing

WIDTHS = (320, 390, 768, 1440)

# Every rule of levels A, AA and AAA and of best practice. Three are off unless asked for by name. The contrast of
# level AA is not asked for: AAA asks for more of every text.
RULES: dict[str, Any] = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag21aaa", "wcag22aa", "best-practice")
    ],
    "rules": {
        "color-contrast": {"enabled": False},
        "color-contrast-enhanced": {"enabled": True},
        "identical-links-same-purpose": {"enabled": True},
        "target-size": {"enabled": True},
    },
    "resultTypes": ["violations"],
}
# In the dark only colours differ.
COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast-enhanced", "link-in-text-block"]},
    "resultTypes": ["violations"],
    "preload": False,
}
WITHOUT_COLOURS: dict[str, Any] = RULES | {
    "rules": RULES["rules"] | {rule: {"enabled": False} for rule in COLOURS["runOnly"]["values"]}
}
# Whatever makes a contrast: the colours of every element that is drawn, whether its text is large, and whether the
# text stands wholly on the background of the box around it. Where all of it is the same, so is every contrast.
PAINT = """() => {
  const boxes = new Map()
  const boxOf = at => boxes.get(at) ?? boxes.set(at, at.getBoundingClientRect()).get(at)
  const onIt = new Map([[document.documentElement, document.documentElement]])
  const paint = []
  for (const at of document.querySelectorAll('body, body *')) {
    const style = getComputedStyle(at), {backgroundColor, backgroundImage} = style
    const isClear = backgroundColor === 'rgba(0, 0, 0, 0)' && backgroundImage === 'none'
    onIt.set(at, isClear ? onIt.get(at.parentElement) : at)
    const [box, behind] = [boxOf(at), boxOf(onIt.get(at))]
    const isWithin = box.left >= behind.left - 1 && box.right <= behind.right + 1
      && box.top >= behind.top - 1 && box.bottom <= behind.bottom + 1
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
    paint.push([style.color, backgroundColor, backgroundImage, style.opacity, style.textShadow, style.position,
      style.textDecorationLine, isLarge, at.checkVisibility({visibilityProperty: true}), isWithin].join())
  }
  return paint.join(';')
}"""
# What a reader's own colours leave without an edge: to be pressed or filled in, and drawn as no more than its words.
EDGELESS = """() => [...document.querySelectorAll('button, .btn, .actionbar a, input:not([type=hidden]), select, textarea')]
  .filter(at => at.checkVisibility() && !at.closest('.vh, .visually-hidden, .skip, .select2-hidden-accessible, .select2-selection')).filter(at => {
    const style = getComputedStyle(at), drawn = getComputedStyle(at, '::before')  // a box to tick is drawn within its target
    const isDrawn = drawn.content !== 'none' && drawn.borderTopStyle !== 'none'
    return style.borderTopStyle === 'none' && style.outlineStyle === 'none' && style.textDecorationLine === 'none' && !isDrawn
  }).map(at => at.outerHTML.slice(0, 120))"""
FAULTS = """async rules => (await axe.run(rules)).violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} ${node.any.concat(node.all, node.none)
    .map(check => check.message).join('; ')}`))"""

# The bar under the thumb covers what stands behind it until the page is scrolled, which is no fault.
LET_THE_BAR_LIE = ".actionbar { position: static !important }"


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_light(standing: Standing, width: int) -> None:
    page = standing.at(width, style=LET_THE_BAR_LIE)

    assert faults(standing, RULES if is_painted_anew(standing) else WITHOUT_COLOURS) == [], page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_dark(standing: Standing, width: int) -> None:
    page = standing.at(width, "dark", style=LET_THE_BAR_LIE)

    assert not is_painted_anew(standing) or faults(standing, COLOURS) == [], page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_an_edge_and_every_text_its_contrast_in_forced_colours(
    standing: Standing, scheme: Literal["light", "dark"]
) -> None:
    page = standing.at(390, scheme, style=LET_THE_BAR_LIE, forced=True)

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(EDGELESS) == []
    assert not is_painted_anew(standing) or faults(standing, COLOURS) == [], page.url


def is_painted_anew(standing: Standing) -> bool:
    """Whether no other width has shown this paint: most of axe's time goes into contrast."""
    paint = standing.page.evaluate(PAINT)
    is_new = paint not in standing.painted
    standing.painted.add(paint)
    return is_new


def faults(standing: Standing, rules: dict[str, Any]) -> list[str]:
    """What axe-core finds wrong with the page as it stands."""
    if not standing.page.evaluate("'axe' in window"):
        standing.page.evaluate(AXE_SCRIPT)
    found: list[str] = standing.page.evaluate(FAULTS, rules)
    return found
