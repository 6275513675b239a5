"""What people come to do, from the first page to the last: by keyboard alone, by finger, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from enquiries.models import Enquiry, OutgoingMail
from tests.journeys.hands import Hand, Keyboard, has_focus
from tests.journeys.pages import CheckPage, FormPage
from tests.journeys.states import EXPLAINER

NAME = "Enter your name."
NO_PHONE = "Enter a phone number, so that we can ring you."
CONSENT = "Tick the box so that we can reply."


def test_a_reader_comes_to_the_explainer_and_reads_it(hand: Hand) -> None:
    hand.open("/")

    hand.follow("What is balloon kyphoplasty?")
    hand.unfold("On this page") if is_small(hand) else None
    hand.follow("Common questions" if False else "Sources and dates")
    hand.unfold("See all")

    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Balloon kyphoplasty")
    expect(hand.page.locator("#sources")).to_be_in_viewport()
    expect(hand.page.locator("#sources li").first).to_be_visible()
    assert hand.page.context.cookies() == []


def test_a_reader_opens_an_answer_and_the_signs_of_an_emergency(hand: Hand) -> None:
    hand.open(EXPLAINER)

    hand.unfold("", within=hand.page.locator("#urgent"))
    hand.unfold("", within=hand.page.locator(".folds"))

    expect(hand.page.locator("#urgent details > div").first).to_be_visible()
    expect(hand.page.locator(".folds details > .rich").first).to_be_visible()


def test_the_first_tab_leads_past_the_header(visit_with_keyboard: Keyboard) -> None:
    hand = visit_with_keyboard
    hand.open(EXPLAINER)

    hand.follow("Skip to the main text")
    hand.page.keyboard.press("Tab")

    assert hand.page.url.endswith("#main")
    assert has_focus(hand.page.locator("main a"))


def test_somebody_finds_a_consultant(hand: Hand) -> None:
    hand.open("/")

    hand.follow("Find a consultant")
    hand.choose("Treatment, test or scan", "Balloon kyphoplasty")
    hand.press("Search")
    expect(hand.page.get_by_role("status")).to_contain_text("consultant")
    name = hand.page.locator(".results h3").first.inner_text()
    hand.follow(name)

    expect(hand.page.get_by_role("heading", level=1)).to_have_text(name)
    expect(hand.page.locator("main")).to_contain_text("Spire Harpenden Hospital")
    assert hand.page.context.cookies() == []


def test_somebody_whom_the_search_does_not_find_sees_everyone(hand: Hand) -> None:
    hand.open("/consultants/")

    hand.fill("Name or treatment", "zzzz")
    hand.press("Search")
    expect(hand.page.locator("main")).to_contain_text("Nobody on our list matches that")
    hand.follow("See everyone")

    expect(hand.page.get_by_role("status")).not_to_contain_text("0 consultants")


def test_somebody_asks_a_question(hand: Hand) -> None:
    hand.open("/")
    hand.follow("Send a question")
    form = FormPage(hand, "enquiry", hand.page.locator("main form"))

    form.check_answers()
    form.says_what_to_put_right(NAME, "Enter a phone number or an email, so that we can reply.", CONSENT)
    form.leads_from_the_mistake(NAME, "name")
    hand.fill("Your full name", "Jo Larkspur")
    hand.fill("Email", "jo at larkspur")
    hand.fill("Your question", "Could this help my mother?")
    hand.tick("agree", within=form.form)
    form.check_answers()
    form.says_what_to_put_right("Enter an email address")
    form.leads_from_the_mistake("Enter an email address", "email")
    hand.fill("Email", "jo@larkspur.example")
    hand.unfold("More about your enquiry")
    hand.choose("Which treatment, test or scan?", "MRI scan")
    form.check_answers()
    check = CheckPage(hand, "enquiry")
    check.shows("Jo Larkspur", "jo@larkspur.example", "Could this help my mother?", "MRI scan")
    check.change()
    hand.fill("Your full name", "Joan Larkspur")
    form.check_answers()
    reference = CheckPage(hand, "enquiry").send()

    sent = Enquiry.objects.get()
    assert (sent.reference, sent.name, str(sent.procedure)) == (reference, "Joan Larkspur", "MRI scan")
    assert OutgoingMail.objects.filter(enquiry=sent).exists()


def test_somebody_asks_to_be_called(hand: Hand) -> None:
    hand.open("/")
    hand.follow("Ask us to call you", within=hand.page.locator("main"))
    form = FormPage(hand, "call-back", hand.page.locator("main form"))

    hand.fill("Phone number", "12")
    form.check_answers()
    form.says_what_to_put_right(NAME, "x", CONSENT)
    form.leads_from_the_mistake("x", "phone")
    hand.fill("Phone number", "07700 900123")
    hand.pick("The price")
    hand.pick("As soon as you can")
    hand.tick("You can leave a message")
    hand.tick("agree", within=form.form)
    form.check_answers()
    form.says_what_to_put_right(NAME)
    hand.fill("Your full name", "Jo Larkspur")
    form.check_answers()
    check = CheckPage(hand, "call-back")
    check.shows("07700 900123", "Jo Larkspur")
    check.change()
    hand.fill("Phone number", "01632 960100")
    form.check_answers()
    reference = CheckPage(hand, "call-back").send()

    sent = Enquiry.objects.get()
    assert (sent.reference, sent.phone, sent.may_leave_message) == (reference, "01632 960100", True)


@pytest.mark.parametrize("kind", ["enquiry", "call-back"])
def test_a_form_within_the_explainer_leads_to_the_same_place(hand: Hand, kind: str) -> None:
    hand.open(EXPLAINER)
    form = FormPage(hand, kind, hand.page.locator(f"#{kind} form"))
    hand.fill("Your full name", "Jo Larkspur", within=form.form)
    form.check_answers()
    ...
