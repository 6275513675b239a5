"""The team's desk as a handler on a first day meets it: by keyboard alone, or by a finger on a phone with no script."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

import pgtrigger
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from enquiries import ringing
from enquiries.models import Attempt, Enquiry, Export, Reading
from enquiries.models.attempts import Ending
from procedures.models import Hospital
from tests import factories
from tests.journeys.hands import Hand
from tests.journeys.states import Standing
from tests.journeys.test_accessibility import RULES, faults
from tests.staff import signed_in

REQUESTS = "/admin/enquiries/enquiry/"
NAMES = [
    "Jo Larkspur",
    "Pat Rowan",
    "Wyn Abbot",
    "Bo Marsh",
    "Ivy Fern",
    "Kit Sedge",
    "Una Holm",
    "Cy Rook",
    "Ada Moss",
    "Mo Ash",
]


@pytest.fixture
def robin(database: None) -> Iterator[User]:
    """Manages the first hospital's team. All goes again: the other journeys read the same tables."""
    Enquiry.objects.all().delete()
    yield factories.handler("robin", Hospital.objects.order_by("position")[0], role="Enquiry manager")
    Enquiry.objects.all().delete()
    Export.objects.all().delete()
    with pgtrigger.ignore("enquiries.Reading:readings_are_kept"):
        Reading.objects.all().delete()
    User.objects.all().delete()


def let_in(page: Page, user: User, origin: str) -> None:
    client = Client()
    signed_in(client, user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": origin}])


def ten_requests(hospital: Hospital) -> list[Enquiry]:
    """Of ten people, the one who waits longest first."""
    return [
        factories.stored_enquiry(
            hospital,
            name=name,
            kind="call_back",
            email=f"someone{number}@example.org",
            phone=f"07700 9000{number:02}",
            phone_in_full=f"+4477009000{number:02}",
            may_leave_message=number == 2,
            needs="hearing" if number == 1 else "",
            created_at=timezone.now() - timedelta(hours=20 - number),
        )
        for number, name in enumerate(NAMES)
    ]


def test_ten_calls_are_worked_through_without_a_manual(hand: Hand, robin: User, origin: str) -> None:
    """From the front of the desk to the last call, by what the buttons say."""
    let_in(hand.page, robin, origin)
    hospital = robin.team_memberships.get().hospital
    requests = ten_requests(hospital)
    wren = factories.handler("wren", hospital)
    heading = hand.page.locator("#content h1")

    hand.open("/admin/")
    hand.follow("Calls to make")
    hand.press("Take the next call")
    outcomes = [
        "No answer",
        "Spoke to them",
        "Left a message",
        "Booked",
        "Wrong number",
        "Not for us",
        "Wrote to them",
    ]
    for enquiry, outcome in zip(requests, outcomes, strict=False):
        expect(heading).to_have_text(str(enquiry))
        hand.fill("Note, kept with whatever you press", f"Call to {enquiry.reference}.")
        hand.press(outcome)
    expect(heading).to_have_text(str(requests[7]))
    hand.unfold("Hand over, give back or finish")
    hand.choose("Colleague at", "wren")
    hand.press("Hand over")
    hand.press("Take the next call")
    expect(heading).to_have_text(str(requests[8]))
    hand.unfold("Hand over, give back or finish")
    hand.press("Finish without a call")
    expect(heading).to_have_text(str(requests[9]))
    hand.press("Spoke to them")

    expect(hand.page.locator(".messagelist")).to_contain_text("Nobody waits for a call just now.")
    assert Attempt.objects.count() == 8
    assert all(enquiry.notes.exists() for enquiry in requests[:7])
    assert Enquiry.objects.get(pk=requests[7].pk).owner == wren
    assert Enquiry.objects.get(pk=requests[4].pk).outcome == Ending.NOT_REACHED


def test_enter_in_day_and_time_rings_them_then(visit: Any, robin: User, origin: str) -> None:
    hospital = robin.team_memberships.get().hospital
    enquiry = factories.stored_enquiry(hospital)
    ringing.take(enquiry, robin)
    page = visit()
    let_in(page, robin, origin)
    page.goto(f"{REQUESTS}{enquiry.pk}/change/")

    page.get_by_label("Note, kept with").fill("After work, she said.")
    page.get_by_text("They asked to be rung at another time").click()
    page.get_by_label("Day and time").fill("2000-01-01T10:00")
    page.get_by_label("Day and time").press("Enter")

    expect(page.locator(".errornote")).to_contain_text("Choose a time to ring that is still to come")
    expect(page.get_by_label("Note, kept with")).to_have_value("After work, she said.")
    assert not enquiry.notes.exists()


def test_person_who_rings_in_is_found_and_opened(hand: Hand, robin: User, origin: str) -> None:
    let_in(hand.page, robin, origin)
    requests = ten_requests(robin.team_memberships.get().hospital)

    hand.open(REQUESTS)
    hand.fill("Find a person who rings in", "abott")
    hand.press("Find")

    assert hand.page.url.endswith("/find/")
    hand.follow(str(requests[2]))
    expect(hand.page.locator("#content")).to_contain_text("Wyn Abbot")


PAGES = ["queue", "found", "call", "finished", "print", "service", "export", "held", "erase"]


def reach(page: Page, name: str, robin: User) -> None:
    """A page of the desk with as much on it as it may hold."""
    hospital = robin.team_memberships.get().hospital
    requests = ten_requests(hospital)
    factories.handler("wren", hospital)
    Enquiry.objects.filter(pk=requests[3].pk).update(due_at=timezone.now() - timedelta(hours=3))
    call = factories.stored_enquiry(
        hospital,
        name="Jo Larkspur",
        kind="call_back",
        question="My mother’s legs are numb since Monday.\nShe is 84. Could this help her?",
        needs="hearing bsl",
        language="Welsh",
        patient_name="Ivy Larkspur",
        relationship="I am her daughter",
        aim="procedure",
        payment="insurance",
        created_at=timezone.now() - timedelta(days=2),
    )
    for enquiry, outcome in zip(requests[4:7], Attempt.Outcome, strict=False):
        ringing.take(enquiry, robin)
        ringing.record(enquiry, outcome, robin)
    ringing.take(call, robin)
    ringing.record(call, Attempt.Outcome.NO_ANSWER, robin)
    call.notes.create(text="A neighbour answers.\nShe is back at six.", by=robin)
    ringing.take(call, robin)
    if name == "found":
        page.goto(REQUESTS)
        page.get_by_label("Find a person who rings in").fill("Larkspurr")
        with page.expect_navigation():
            page.get_by_role("button", name="Find").click()
    elif name in ("held", "erase"):
        requests[1].keep_for_the_law(robin, "A claim.")
        Enquiry.objects.filter(pk=requests[1].pk).update(email=call.email)
        page.goto(f"{REQUESTS}what-we-hold/")
        page.get_by_label("Their email").fill(call.email)
        for button in ("Show what we hold", "Delete what we hold…")[: 1 if name == "held" else 2]:
            with page.expect_navigation():
                page.get_by_role("button", name=button).click()
    elif name in ("call", "finished", "print"):
        if name == "finished":
            ringing.finish(call, Ending.NOT_REACHED, robin)
        page.goto(f"{REQUESTS}{call.pk}/change/")
        if name == "print":
            with page.expect_navigation():
                page.get_by_role("button", name="Page to print").click()
    else:
        page.goto({"queue": REQUESTS, "service": f"{REQUESTS}service/", "export": f"{REQUESTS}export/"}[name])


@pytest.mark.parametrize("name", PAGES)
def test_page_of_the_desk_is_for_everybody(visit: Any, robin: User, origin: str, name: str) -> None:
    """Axe finds nothing, light or dark, and nothing is cut off at the side of a phone."""
    page = visit(viewport={"width": 390, "height": 844})
    let_in(page, robin, origin)
    reach(page, name, robin)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    standing = Standing(name, page, page)

    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for width in (320, 390, 1280):
        for scheme in schemes:
            standing.at(width, scheme)
            assert faults(standing, RULES) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_next_call_is_few_tabs_away_from_the_last_press(visit: Any, robin: User, origin: str) -> None:
    """After a press the focus is on what was done, and from there a handful of stops lead to what came of the next call."""
    page = visit()
    let_in(page, robin, origin)
    first, second = ten_requests(robin.team_memberships.get().hospital)[:2]
    ringing.take(first, robin)
    page.goto(f"{REQUESTS}{first.pk}/change/")

    with page.expect_navigation():
        page.get_by_role("button", name="No answer").press("Enter")
    expect(page.locator("#content h1")).to_have_text(str(second))
    expect(page.locator(".messagelist")).to_be_focused()
    stops = 0
    while page.evaluate("document.activeElement.value") != Attempt.Outcome.SPOKE:
        page.keyboard.press("Tab")
        stops += 1

    assert stops <= 5
