"""Signing in as staff really do it: the first time, with an app, with a passkey, and again while something is half typed."""

from collections.abc import Callable, Iterator
from time import time
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from kyphoplasty_site.accounts import sessions
from kyphoplasty_site.accounts.letters import link_to_choose
from procedures.models import Synonym
from tests import factories
from tests.journeys.conftest import HANDS
from tests.journeys.hands import Hand
from tests.journeys.test_accessibility import FAULTS, RULES
from tests.journeys.test_staff_typing import answered_with_stay, follow
from tests.staff import signed_in

PASSWORD = "correct horse battery"


@pytest.fixture
def wren(database: None) -> Iterator[User]:
    """Has a password and nothing else. All goes again: the other journeys read the same tables."""
    yield factories.person(
        "wren",
        is_staff=True,
        is_superuser=True,
        email="wren@elmpark.example",
        first_name="Wren",
        last_name="Holm",
    )
    Session.objects.all().delete()
    User.objects.all().delete()
    Synonym.objects.filter(phrase="cracked vertebra").delete()
    cache.clear()


def heading(page: Page) -> Any:
    return page.locator("h1")


def sign_in(hand: Hand, path: str = "/admin/") -> None:
    hand.open(path)
    hand.fill("Username", "wren")
    hand.fill("Password", PASSWORD)
    hand.press("Sign in")


def test_first_sign_in_sets_up_an_app_and_leads_to_the_desk(hand: Hand, wren: User) -> None:
    sign_in(hand)
    expect(heading(hand.page)).to_have_text("Set up a second factor")
    hand.follow("Set up an authenticator app")
    secret = hand.page.locator(".account__key").inner_text()
    hand.fill("Code", factories.code_now(secret))
    hand.press("Set it up")
    expect(heading(hand.page)).to_have_text("Your recovery codes")
    code = hand.page.locator(".account__codes li").first.inner_text()
    hand.follow("I have kept them: to the desk")
    expect(heading(hand.page)).to_have_text("What needs you now")
    hand.press("Sign out")

    sign_in(hand)
    hand.fill("Code", code)
    hand.press("Go on")

    expect(heading(hand.page)).to_have_text("What needs you now")


def at_a_name(visit: Callable[..., Page], origin: str) -> Page:
    """No passkey belongs to a number, so the site is met at localhost; with a device that knows its owner."""
    page = visit(base_url=origin.replace("127.0.0.1", "localhost"))
    page.context.unroute_all()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    able = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | able})
    return page


def test_passkey_is_set_up_and_then_signs_in_by_itself(
    visit: Callable[..., Page], origin: str, wren: User
) -> None:
    page = at_a_name(visit, origin)
    page.goto("/admin/")
    page.get_by_label("Username").fill("wren")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_role("button", name="Set up a passkey").click()
    expect(heading(page)).to_have_text("Your recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(heading(page)).to_have_text("What needs you now")


def test_who_is_invited_may_choose_a_passkey_and_never_has_a_password(
    visit: Callable[..., Page], origin: str, wren: User
) -> None:
    wren.set_unusable_password()
    wren.save()
    page = at_a_name(visit, origin)
    page.goto(link_to_choose(wren).partition(":8000")[2])
    page.get_by_role("link", name="Set up a passkey instead").click()
    page.get_by_role("button", name="Set up a passkey").click()

    expect(heading(page)).to_have_text("Your recovery codes")
    page.goto("/admin/")
    expect(heading(page)).to_have_text("What needs you now")
    wren.refresh_from_db()
    assert not wren.has_usable_password()


def test_passkeys_are_not_offered_where_none_can_be_used(visit: Callable[..., Page], wren: User) -> None:
    page = visit()

    page.goto("/accounts/login/")

    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_text("Passkeys need")).to_be_visible()


def rest(minutes: int) -> None:
    """Nothing happened here for so long."""
    for session in Session.objects.all():
        store = SessionStore(session.session_key)
        store[sessions.SEEN] = time() - minutes * 60
        store.save()


@pytest.mark.parametrize("whose", HANDS)
def test_what_was_being_typed_outlives_the_session(
    visit: Callable[..., Page], wren: User, whose: str
) -> None:
    kind, options = HANDS[whose]
    hand = kind(visit(expected=401, **options))
    factories.second_factor(wren)
    sign_in(hand)
    hand.fill("Code", factories.code_now())
    hand.press("Go on")
    hand.open("/admin/procedures/synonym/add/")
    hand.fill("What people say", "cracked vertebra")
    hand.fill("What we call it", "kyphoplasty")
    rest(31)
    hand.press("Save", within=hand.page.locator(".submit-row"))
    expect(heading(hand.page)).to_have_text("You were signed out")

    other = kind(hand.page.context.new_page())
    cache.clear()
    sign_in(other, "/accounts/login/")
    other.fill("Code", factories.code_now())
    other.press("Go on")
    hand.press("Send again")

    expect(hand.page.locator(".messagelist")).to_contain_text("cracked vertebra")


def test_page_that_keeps_what_was_typed_asks_before_it_is_left(
    visit: Callable[..., Page], wren: User, origin: str
) -> None:
    page = opened(visit, wren, origin, expected=401)
    page.goto("/admin/procedures/synonym/add/")
    page.get_by_label("What people say").fill("cracked vertebra")
    page.get_by_label("What we call it").fill("kyphoplasty")
    rest(31)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(heading(page)).to_have_text("You were signed out")
    page.wait_for_load_state("load")

    questions = answered_with_stay(page)
    follow(page, "Kyphoplasty staff desk")

    assert questions == ["beforeunload"]
    expect(heading(page)).to_have_text("You were signed out")


def test_somebody_who_rests_is_warned_and_stays(visit: Callable[..., Page], wren: User, origin: str) -> None:
    page = opened(visit, wren, origin)
    page.clock.install()
    page.goto("/admin/procedures/synonym/add/")
    page.get_by_label("What people say").fill("cracked vertebra")
    page.clock.fast_forward("25:01")
    expect(page.get_by_role("dialog")).to_contain_text("You will be signed out in 5 minutes")
    rest(26)

    page.get_by_role("button", name="Stay signed in").click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("What people say")).to_have_value("cracked vertebra")
    seen = [session.get_decoded()[sessions.SEEN] for session in Session.objects.all()]
    assert time() - max(seen) < 60
    page.clock.fast_forward("25:01")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.clock.fast_forward("05:01")
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out")


def opened(visit: Callable[..., Page], person: User, origin: str, **options: Any) -> Page:
    key = signed_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page = visit(**options)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": origin}])
    return page


OF_AN_ACCOUNT = [
    "account_home",
    "account_sessions",
    "account_change_password",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "account_logout",
]
OF_NOBODY = ["account_login", "account_reset_password", "account_reset_password_done"]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_an_account_is_fit_for_everybody(
    visit: Callable[..., Page], wren: User, origin: str, width: int, colours: str
) -> None:
    factories.second_factor(wren)
    robin = factories.person("robin", is_staff=True, email="robin@elmpark.example")
    mine = opened(visit, wren, origin, color_scheme=colours, viewport={"width": width, "height": 800})
    nobodys = visit(color_scheme=colours, viewport={"width": width, "height": 800})
    half = visit(color_scheme=colours, viewport={"width": width, "height": 800})
    invited = reverse("account_reset_password_from_key", args=["1", "a-b"])
    pages = [(mine, reverse(name)) for name in OF_AN_ACCOUNT] + [
        (mine, f"/admin/auth/user/{robin.pk}/sign-in/")
    ]
    pages += [(nobodys, reverse(name)) for name in OF_NOBODY] + [(nobodys, invited)]
    pages += [(nobodys, link_to_choose(wren).partition(":8000")[2])]
    half.goto("/accounts/login/")
    half.get_by_label("Username").fill("wren")
    half.get_by_label("Password").fill(PASSWORD)
    half.get_by_role("button", name="Sign in", exact=True).click()
    pages += [(half, reverse("mfa_authenticate"))]

    found = {}
    for page, address in pages:
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        faults = page.evaluate(FAULTS, RULES) + (["wider than the screen"] if wide else [])
        if faults:
            found[address] = faults

    assert not found
