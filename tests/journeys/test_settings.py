"""What the hospital sets itself, set in a browser by people who have read nothing, on pages that are for everybody."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pgtrigger
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from enquiries.models import ConsentWording, MailText, ServicePolicy
from kyphoplasty_site.models import SiteSettings
from procedures.models import Hospital
from tests import factories
from tests.journeys.hands import Hand
from tests.journeys.states import Standing
from tests.journeys.test_accessibility import RULES, faults
from tests.journeys.test_calls import let_in

SETTINGS = "/admin/settings/"
# Django's own forms import one stylesheet from another, which axe would copy into the page: our policy forbids that.
RULES_OF_DESK = RULES | {"preload": False}


@pytest.fixture
def as_found(database: None) -> Iterator[None]:
    """All is set back: the other journeys read the same tables."""
    yield
    SiteSettings.objects.update(name="", phone="", self_pay_phone="")
    SiteSettings.objects.update(notice="", notice_from=None, notice_until=None)
    ServicePolicy.objects.update(promised_hours=8, requests_days=90)
    MailText.objects.update(subject="", body="")
    with pgtrigger.ignore():
        ConsentWording.objects.exclude(number=1).delete()
    for model in (SiteSettings, ServicePolicy, MailText):
        model.history.exclude(history_type="+").delete()  # how it stood at first stays
    LogEntry.objects.all().delete()
    User.objects.all().delete()


@pytest.fixture
def bay(as_found: None) -> User:
    return factories.handler("bay", Hospital.objects.order_by("position")[0], role="Administrator")


@pytest.fixture
def mo(as_found: None) -> User:
    return factories.handler("mo", Hospital.objects.order_by("position")[0], role="Enquiry manager")


def test_notice_is_put_on_every_page_and_seen_by_a_reader(hand: Hand, bay: User, origin: str) -> None:
    let_in(hand.page, bay, origin)
    hand.open("/admin/")
    hand.follow("Settings of the site")
    hand.follow("Site name, phones and notice")
    page = hand.page
    page.locator("[name=notice]").fill("Our phones rest today.")
    page.get_by_label("Show the notice from").fill("2020-01-01T09:00")
    page.get_by_label("Show the notice until").fill("2099-01-01T09:00")
    hand.press("Save")

    page.goto("/")

    expect(page.get_by_role("region", name="Notice")).to_have_text("Our phones rest today.")


def test_shorter_retention_is_asked_about_and_then_saved(hand: Hand, bay: User, origin: str) -> None:
    let_in(hand.page, bay, origin)
    hand.open(SETTINGS)
    hand.follow("Promise and retention")
    hand.fill("Requests are kept for", "30")
    hand.press("Save")
    expect(hand.page.get_by_role("status").first).to_contain_text("Nothing is saved yet.")

    hand.press("Save")

    assert ServicePolicy.objects.current().requests_days == 30


def pressed(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def asked_about_policy(page: Page) -> None:
    page.goto(reverse("admin:enquiries_servicepolicy_change", args=[1]))
    page.get_by_label("Requests are kept for").fill("30")
    pressed(page, "Save")


def asked_about_consent(page: Page) -> None:
    page.goto(reverse("admin:enquiries_consentwording_add"))
    page.get_by_label("Words beside the box").fill("You may ring me. " * 15)
    pressed(page, "Put in force")


def asked_about_mail(page: Page, subject: str = "Thank you: {reference}") -> None:
    page.goto(reverse("admin:enquiries_mailtext_change", args=[MailText.objects.of("received").pk]))
    page.get_by_label("Subject").fill(subject)
    pressed(page, "Save")


PAGES: dict[str, tuple[str, Callable[[Page], object]]] = {
    "settings": ("Administrator", lambda page: page.goto(SETTINGS)),
    "settings of a manager": ("Enquiry manager", lambda page: page.goto(SETTINGS)),
    "site": (
        "Administrator",
        lambda page: page.goto(reverse("admin:kyphoplasty_site_sitesettings_change", args=[1])),
    ),
    "policy": ("Administrator", asked_about_policy),
    "consent": ("Administrator", asked_about_consent),
    "mail": ("Enquiry manager", asked_about_mail),
    "mail, with a fault": ("Enquiry manager", lambda page: asked_about_mail(page, "{question}")),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_of_a_setting_is_for_everybody(visit: Any, as_found: None, origin: str, name: str) -> None:
    """Axe finds nothing, light or dark, and nothing is cut off at the side of a phone."""
    role, reach = PAGES[name]
    page = visit(viewport={"width": 390, "height": 844})
    let_in(page, factories.handler("kim", Hospital.objects.order_by("position")[0], role=role), origin)
    reach(page)
    standing = Standing(name, page, page)

    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for width in (320, 390, 1280):
        for scheme in schemes:
            standing.at(width, scheme)
            assert faults(standing, RULES_OF_DESK) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
