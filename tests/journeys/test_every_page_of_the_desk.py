"""Every page of the desk that opens by GET, drawn from the list of addresses: nobody has to remember a new one.

Each is loaded once, on a phone, with a row of every model and all folds open. Pages are drawn in this process, inside a
transaction that is undone, and handed to the browser with the headers they would be sent with.
"""

import re
from collections.abc import Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, Route
from pytest_django.plugin import DjangoDbBlocker

from kyphoplasty_site.access import Address, Role
from tests.journeys.conftest import CONTEXT
from tests.journeys.states import PHONE, Standing
from tests.journeys.test_accessibility import COLOURS, EDGELESS, RULES, WIDTHS, faults
from tests.journeys.test_layout import SMALL_TARGETS, sideways
from tests.journeys.test_markup import given_twice, html_errors, leading_nowhere, out_of_order
from tests.journeys.watch import Watch
from tests.site.test_access import ANONYMOUS, LISTED, Cast, may
from tests.staff import signed_in

# What opens by GET and is no page of the desk: data for its scripts, papers, and pages of the site within a frame.
NO_PAGES = {
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:procedures_edition_preview_page",
    "admin:procedures_edition_preview_leaflet",
}
# What a page's scripts and styles may do. Others are of use only to a browser that talks to a server.
KEPT = ("Content-Type", "Content-Security-Policy")
# Axe would fetch the sheets to learn whether they lock the screen's turn, and stumbles over Django's @import.
DESK_RULES = RULES | {"preload": False}
# What Django says of itself, and a hospital's staff would not understand.
STOCK = re.compile(
    r"Select .{1,40} to change|Authentication and Authorization|\d [ap]\.m\.|change history"
    r"|Are you sure|related objects|relationship:"
)
EVERYTHING = "somebody who may do everything"
PAGES = [
    address
    for address in LISTED
    if address.name.startswith("admin:") and address.row and address.row.read and address.name not in NO_PAGES
]
READ_ONLY = [
    address
    for address in PAGES
    if address.row
    and address.name.endswith("_change")
    and may(Role.CLINICAL_REVIEWER, address.row.read - address.row.post)
]
SEEN = [
    *((ANONYMOUS if address.name == "admin:login" else EVERYTHING, address) for address in PAGES),
    *((str(Role.CLINICAL_REVIEWER), address) for address in READ_ONLY),
    *(
        (visitor, next(one for one in PAGES if one.name == "admin:index"))
        for visitor in ["staff without a role", *map(str, Role)]
    ),
]


@dataclass
class Desk:
    """A phone on which one person after another opens pages of the desk."""

    page: Page
    watch: Watch
    cast: Cast
    browsers: dict[str, Client]
    here: Context
    visitor: str = EVERYTHING
    html: str = ""

    def draw(self, path: str) -> Any:
        """What this person would be sent."""
        # Django keeps its connection, and so our transaction, in the context that opened it.
        return self.here.copy().run(self.browsers[self.visitor].get, path, follow=True)

    def answer(self, route: Route) -> None:
        """Draw what was asked for, as this person would be sent it."""
        path = "/" + route.request.url.split("/", 3)[3]
        if path.startswith(settings.MEDIA_URL):  # pictures and films that our rows name and nobody has made
            route.fulfill(status=200)
            return
        response = self.draw(path)
        if route.request.is_navigation_request() and route.request.frame == self.page.main_frame:
            self.html = response.content.decode()
        headers = {name: response[name] for name in KEPT if name in response}
        route.fulfill(status=response.status_code, headers=headers, body=response.getvalue())

    def open(self, visitor: str, address: Address) -> Standing:
        """The page, its folds open."""
        self.visitor = visitor
        self.watch.start_again(expected=200)
        standing = Standing(address.name, self.page, self.watch)
        standing.at(PHONE["width"])
        self.page.goto(self.cast.url(address))
        self.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        return standing


@pytest.fixture(scope="module")
def desk(browser: Browser, origin: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    context = browser.new_context(**CONTEXT | {"base_url": origin, "viewport": PHONE, "has_touch": True})
    watch = Watch(context, origin)
    with transaction.atomic():
        cast = Cast()
        everything = Client(raise_request_exception=False)  # a failure is met as a page
        signed_in(everything, User.objects.create_superuser("Sam Vale", first_name="Sam", last_name="Vale"))
        desk = Desk(
            context.new_page(), watch, cast, {EVERYTHING: everything, **cast.browsers}, copy_context()
        )
        context.route(lambda url: url.startswith(origin) and "/static/" not in url, desk.answer)
        yield desk
        context.close()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("visitor", "address"), SEEN, ids=[f"{address.name[6:]}, {visitor}" for visitor, address in SEEN]
)
def test_page_of_the_desk_has_no_fault(desk: Desk, visitor: str, address: Address, checker: str) -> None:
    standing = desk.open(visitor, address)
    page = standing.page

    found = {
        "headings": out_of_order(desk.html),
        "ids": given_twice(desk.html),
        "references": leading_nowhere(desk.html, page.url),
        "axe": faults(standing, DESK_RULES),
        "stock words": STOCK.findall(desk.html),
        "small": page.evaluate(SMALL_TARGETS),
        **{f"wide at {width}": sideways(standing.at(width)) for width in WIDTHS},
    }
    standing.at(PHONE["width"], "dark")
    found["axe in the dark"] = faults(standing, COLOURS)
    standing.at(PHONE["width"], forced=True)
    found["axe in forced colours"] = faults(standing, COLOURS)
    found["no edge in forced colours"] = page.evaluate(EDGELESS)

    assert {what: faults for what, faults in found.items() if faults} == {}
    standing.watch.assert_nothing_wrong()


@pytest.mark.parametrize("address", PAGES, ids=[address.name[6:] for address in PAGES])
def test_the_html_checker_finds_no_error_on_a_page_of_the_desk(
    desk: Desk, address: Address, checker: str
) -> None:
    desk.visitor = ANONYMOUS if address.name == "admin:login" else EVERYTHING

    assert html_errors(desk.draw(desk.cast.url(address)).content.decode(), checker) == []
