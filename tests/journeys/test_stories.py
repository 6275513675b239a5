"""What people come to do, from the first page to the last: by keyboard alone, by finger, and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from enquiries import promises
from enquiries.models import Enquiry
from procedures.models import Hospital, Procedure
from tests.journeys.hands import MOST_STOPS, Hand, Keyboard, has_focus
from tests.journeys.pages import CheckPage, FormPage
from tests.journeys.states import EXPLAINER, FORMS, PHONE, SEND, asked, sent

# What the forms say of a mistake.
NO_NAME = "Enter your name."
NO_WAY_TO_REACH = "Enter a phone number or an email, so that we can reply."
NO_QUESTION = "Write your question, or ask us to call you."
NO_CONSENT = "Tick the box so that we can reply."
PHONE_TOO_SHORT = "Check the phone number. Some digits seem to be missing."
EMAIL_WITHOUT_AT = "Add an @ sign to your email, such as name@example.com."

CONSENT = "You may use what I type here"


def test_a_reader_comes_to_the_explainer_and_reads_it(hand: Hand) -> None:
    hand.open("/")

    hand.follow("What is balloon kyphoplasty?")
    hand.follow("see sources and dates")
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


def test_the_first_tab_leads_past_the_header(visit: Callable[..., Page]) -> None:
    hand = Keyboard(visit())
    hand.open(EXPLAINER)

    hand.page.keyboard.press("Tab")
    assert has_focus(hand.page.get_by_role("link", name="Skip to the main text"))
    hand.page.keyboard.press("Enter")
    hand.page.keyboard.press("Tab")

    assert has_focus(hand.page.locator("main a").first)


def test_every_stop_of_the_tab_key_can_be_seen(visit: Callable[..., Page]) -> None:
    """Down the longest page there is, forms included, on a phone with the bar under the thumb."""
    hand = Keyboard(visit(viewport=PHONE))
    hand.open(EXPLAINER)

    stops = 0
    while stops < MOST_STOPS:
        hand.page.keyboard.press("Tab")
        if not hand.look_at_focus():
            break
        stops += 1

    assert 50 < stops < MOST_STOPS


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
    expect(hand.page.locator("main")).to_contain_text("everybody on our list.")

    expect(hand.page.get_by_role("status")).not_to_contain_text("0 consultants")


def test_somebody_asks_a_question(hand: Hand) -> None:
    hand.open("/")
    hand.follow("Send a question")
    form = FormPage(hand, "enquiry", hand.page.locator("main form"))

    form.check_answers()
    form.says_what_to_put_right(NO_NAME, NO_WAY_TO_REACH, NO_QUESTION, NO_CONSENT)
    form.leads_from_the_mistake(NO_NAME, "name")
    hand.fill("Your full name", "Jo Larkspur")
    hand.fill("Email", "jo at larkspur")
    hand.fill("Your question", "Could this help my mother?")
    hand.tick(CONSENT)
    form.check_answers()
    form.says_what_to_put_right(EMAIL_WITHOUT_AT)
    form.leads_from_the_mistake(EMAIL_WITHOUT_AT, "email")
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


def test_somebody_asks_to_be_called(hand: Hand) -> None:
    hand.open("/")
    hand.follow("Ask us to call you", within=hand.page.locator("main"))
    form = FormPage(hand, "call-back", hand.page.locator("main form"))
    when = free_time()

    hand.fill("Phone number", "12")
    form.check_answers()
    form.says_what_to_put_right(NO_NAME, PHONE_TOO_SHORT, NO_CONSENT)
    form.leads_from_the_mistake(PHONE_TOO_SHORT, "phone")
    hand.fill("Phone number", "07700 900123")
    hand.pick("Ask about the price")
    hand.choose("When shall we call you?", when)
    hand.tick("You can leave a message")
    hand.tick(CONSENT)
    form.check_answers()
    form.says_what_to_put_right(NO_NAME)
    hand.fill("Your full name", "Jo Larkspur")
    form.check_answers()
    check = CheckPage(hand, "call-back")
    check.shows("07700", "Jo Larkspur", "Ask about the price", when)
    check.change()
    hand.fill("Phone number", "01632 960100")
    form.check_answers()
    reference = CheckPage(hand, "call-back").send()

    sent = Enquiry.objects.get()
    assert (sent.reference, sent.phone, sent.may_leave_message) == (reference, "01632 960100", True)
    assert sent.best_time == when


def test_somebody_changes_what_they_asked_and_then_their_mind(hand: Hand) -> None:
    hand.open(asked().get_absolute_url())
    when = free_time()

    hand.follow("Change my phone number")
    hand.fill("Your new phone number", "01632 960100")
    hand.press("Check the number")
    expect(hand.page.locator(".ref")).to_have_text("01632 960100")
    hand.press("Yes, call this number")
    expect(hand.page.locator("main")).to_contain_text("ends in 100")
    hand.follow("Change the time")
    hand.choose("When shall we call you?", when)
    hand.press("Change the time")
    assert Enquiry.objects.get().best_time == when
    hand.follow("Withdraw my request")
    hand.press("Yes, withdraw my request")
    expect(hand.page.locator("main")).to_contain_text("You have withdrawn your request.")
    hand.follow("Erase everything")
    hand.press("Yes, erase everything")

    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Everything is erased")
    assert not Enquiry.objects.exists()


def free_time() -> str:
    """The last that can be chosen, in words."""
    return str(list(promises.free_slots(Hospital.objects.all()[0]).values())[-1])


@pytest.mark.parametrize("kind", FORMS)
def test_somebody_fills_in_the_form_within_the_explainer(hand: Hand, kind: str) -> None:
    hand.open(EXPLAINER)
    form = FormPage(hand, kind, hand.page.locator(f"#{kind} form"))

    hand.fill("Your full name", "Jo Larkspur", within=form.form)
    hand.fill("Phone", "07700 900123", within=form.form)
    if kind == "enquiry":
        hand.fill("Your question", "Could this help my mother?", within=form.form)
    form.check_answers()
    form = FormPage(hand, kind, hand.page.locator("main form"))
    form.says_what_to_put_right(NO_CONSENT)
    hand.tick(CONSENT)
    form.check_answers()
    reference = CheckPage(hand, kind).send()

    sent = Enquiry.objects.get()
    assert (sent.reference, sent.kind) == (reference, kind.replace("-", "_"))
    assert sent.procedure == Procedure.objects.get(slug="balloon-kyphoplasty")


@pytest.mark.parametrize("kind", FORMS)
def test_nothing_is_sent_twice_by_loading_the_page_again_or_going_back(
    visit: Callable[..., Page], kind: str
) -> None:
    page = visit()
    sent(kind)(page)
    reference = shown_reference(page)

    page.reload()
    assert shown_reference(page) == reference
    page.go_back()
    page.get_by_role("button", name=SEND[kind]).click()

    assert shown_reference(page) == reference
    assert Enquiry.objects.get().reference == reference


def shown_reference(page: Page) -> str:
    return page.locator("[data-reference]").get_attribute("data-reference") or ""


def test_a_press_copies_the_reference(visit: Callable[..., Page]) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(asked().get_absolute_url())

    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == Enquiry.objects.get().reference_in_groups
