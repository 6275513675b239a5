"""The pages of the desk that are used most: in a window of 320 px, on paper, in forced colours and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from enquiries import ringing
from enquiries.models import Enquiry
from kyphoplasty_site.access import Role
from procedures import publishing
from tests import factories
from tests.journeys.states import PHONE
from tests.journeys.test_calls import let_in, ten_requests
from tests.journeys.test_layout import sideways
from tests.journeys.walks import published_page

Desk = Callable[..., Page]
# What can only be pressed, and what only leads elsewhere.
OF_NO_USE_ON_PAPER = "#header, nav, .breadcrumbs, button, .button, input[type=submit], .how-to"


@pytest.fixture
def desk(all_left_as_found: None, visit: Desk, origin: str) -> Page:
    """Somebody who rings people and changes pages, busy with a call."""
    hospital = factories.hospital(position=9)
    robin = factories.handler("robin", hospital, role=Role.ENQUIRY_MANAGER)
    robin.groups.add(*factories.roles(Role.CONTENT_EDITOR))
    page = visit(viewport=PHONE)
    let_in(page, robin, origin)
    _, hard_of_hearing, *_ = ten_requests(hospital)
    ringing.take(hard_of_hearing, robin)
    return page


def of_request(name: str) -> str:
    return reverse("admin:enquiries_enquiry_change", args=[Enquiry.objects.get(name=name).pk])


ADDRESSES: dict[str, Callable[[], str]] = {
    "home": lambda: reverse("admin:index"),
    "queue": lambda: reverse("admin:enquiries_enquiry_changelist"),
    "request": lambda: of_request("Pat Rowan"),
    "edition": lambda: reverse(
        "admin:procedures_edition_change", args=[publishing.start_draft(published_page()).pk]
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_page_of_the_desk_holds_at_400_per_cent_on_paper_and_in_forced_colours(desk: Page, name: str) -> None:
    desk.set_viewport_size({"width": 320, "height": 256})
    desk.goto(ADDRESSES[name]())
    assert sideways(desk) == []

    desk.emulate_media(forced_colors="active")
    button = desk.locator("#content :is(button, .button):not(.visually-hidden):visible").first
    assert button.evaluate("at => getComputedStyle(at).borderTopStyle") == "solid"

    desk.emulate_media(media="print", forced_colors="none")
    left = desk.locator(OF_NO_USE_ON_PAPER).filter(visible=True)
    assert left.evaluate_all("all => all.map(one => one.outerHTML.slice(0, 120))") == []


def bottom(page: Page, name: str, role: Any) -> float:
    box = page.locator("#content").get_by_role(role, name=name, exact=True).first.bounding_box()
    assert box, f"No {role} “{name}” can be seen."
    return box["y"] + box["height"]


@pytest.mark.parametrize(
    ("person", "number", "press"),
    [
        ("Pat Rowan", ("07700 900001", "link"), ("What came of it?", "link")),
        ("Wyn Abbot", None, ("Take this call", "button")),
    ],
)
def test_first_screen_of_a_phone_says_whom_to_ring_where_and_when_and_has_the_next_press(
    desk: Page, person: str, number: tuple[str, str] | None, press: tuple[str, str]
) -> None:
    desk.goto(of_request(person))

    seen = [(person, "heading"), press, *([number] if number else [])]
    assert max(bottom(desk, name, role) for name, role in seen) < PHONE["height"]
    when = desk.get_by_text("Best time: As soon as you can").bounding_box()
    assert when
    assert when["y"] + when["height"] < PHONE["height"]
