"""What machines can tell of whether everybody can use a page: every page type, every form state, every fold open."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.journeys.states import Standing

WIDTHS = (320, 390, 768, 1280)

# Every rule of levels A, AA and AAA and of best practice. Three are off unless asked for by name. The contrast of
# level AA is not asked for: AAA asks for more of every text.
RULES = {
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
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast-enhanced", "link-in-text-block"]},
    "resultTypes": ["violations"],
    "preload": False,
}
FAULTS = """async rules => (await axe.run(rules)).violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} ${node.any.concat(node.all, node.none)
    .map(check => check.message).join('; ')}`))"""

# The bar under the thumb covers what stands behind it until the page is scrolled, which is no fault.
LET_THE_BAR_LIE = ".actionbar { position: static !important }"


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_light(standing: Standing, width: int) -> None:
    page = standing.at(width, style=LET_THE_BAR_LIE)

    assert faults(standing, RULES) == [], page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_the_dark(standing: Standing, width: int) -> None:
    page = standing.at(width, "dark", style=LET_THE_BAR_LIE)

    assert faults(standing, COLOURS) == [], page.url


def faults(standing: Standing, rules: dict[str, Any]) -> list[str]:
    """What axe-core finds wrong with the page as it stands."""
    if not standing.page.evaluate("'axe' in window"):
        standing.page.evaluate(AXE_SCRIPT)
    found: list[str] = standing.page.evaluate(FAULTS, rules)
    return found
