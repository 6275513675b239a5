"""Each page of the guide is followed to its end, by somebody in a role that it is for, and has led to what it promises."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from kyphoplasty_site.access import Role
from kyphoplasty_site.guide import Words, guide_pages
from tests import factories
from tests.journeys.states import Standing
from tests.journeys.test_accessibility import RULES, faults
from tests.journeys.test_calls import let_in
from tests.journeys.walks import WALKS, Stage


@pytest.fixture
def stage(all_left_as_found: None, visit: Callable[..., Page], origin: str, tmp_path: Path) -> Stage:
    return Stage(visit, origin, tmp_path, factories.hospital(position=9))


@pytest.mark.parametrize("slug", guide_pages())
def test_steps_lead_to_what_the_page_promises(stage: Stage, slug: str) -> None:
    walk = WALKS[slug](stage)

    next(walk).follow(guide_pages()[slug])

    assert next(walk, None) is None


def test_button_that_is_called_otherwise_ends_the_walk(stage: Stage) -> None:
    renamed = (Words("Calls to take", is_on_screen=True),)
    told = replace(guide_pages()["ring-people-back"], steps=(renamed,))

    with pytest.raises(AssertionError, match="Step 1 of “Ring people back” names “Calls to take”"):
        stage.following(Role.ENQUIRY_HANDLER).follow(told)


@pytest.mark.parametrize(
    "address",
    [reverse("admin:guide"), reverse("admin:guide_page", args=["ring-people-back"])],
    ids=["list", "page"],
)
def test_guide_is_for_everybody(stage: Stage, address: str) -> None:
    """Axe finds nothing, light or dark, and nothing is cut off at the side of a phone."""
    page: Any = stage.visit()
    let_in(page, stage.person(Role.ENQUIRY_HANDLER), stage.origin)
    page.goto(address)
    standing = Standing(address, page, page)

    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for width in (320, 390, 1280):
        for scheme in schemes:
            standing.at(width, scheme)
            assert faults(standing, RULES) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
