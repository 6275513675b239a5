"""The screen to work from: what a person needs before and during a call, and one press for whatever came of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from enquiries import ringing
from enquiries.models import Attempt, Enquiry, Note
from enquiries.models.attempts import Ending
from enquiries.red_flag_words import pieces
from procedures.models import Hospital
from procedures.moments import time_of_day
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"
NEXT = f"{REQUESTS}take-next/"


@pytest.fixture
def robin(hospital: Hospital) -> User:
    return factories.handler("robin", hospital)


@pytest.fixture
def desk(client: Client, robin: User) -> Client:
    signed_in(client, robin)
    return client


def screen_of(enquiry: Enquiry) -> str:
    return f"{REQUESTS}{enquiry.pk}/change/"


def press(desk: Client, enquiry: Enquiry, deed: str, **typed: Any) -> Any:
    return desk.post(screen_of(enquiry), {"deed": deed} | typed, follow=True)


def taken(desk: Client, hospital: Hospital, **facts: Any) -> Enquiry:
    """A request that Robin has taken as the next call."""
    enquiry = factories.stored_enquiry(hospital, **facts)
    desk.post(NEXT)
    return enquiry


def buttons(page: Page) -> list[str]:
    return page.words("//div[@class='work__outcomes']/button")


def test_next_call_opens_with_all_that_it_needs(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(
        hospital,
        kind="call_back",
        question="Could this help my mother?",
        needs="hearing",
        patient_name="Ivy Larkspur",
        relationship="I am her daughter",
    )

    response = desk.post(NEXT, follow=True)

    page = Page(response)
    assert response.redirect_chain == [(screen_of(enquiry), 302)]
    for known in (
        "Jo Larkspur",
        "Could this help my mother?",
        "Ivy Larkspur",
        "daughter",
        "As soon as you can",
    ):
        assert known in page.text
    assert page.tree.xpath("//a[@href='tel:+447700900123']/text()") == ["07700 900123"]


def test_first_thing_said_is_whether_we_may_leave_a_message_then_needs(
    desk: Client, hospital: Hospital
) -> None:
    enquiry = factories.stored_enquiry(hospital, needs="hearing")

    first, second, *_ = Page(desk.get(screen_of(enquiry))).words("//section[@class='work__first']/dl/div")

    assert first == "May we leave a message?No. Do not leave a message"
    assert second == "Help to communicateI do not hear well on the phone"
    enquiry = factories.stored_enquiry(hospital, may_leave_message=True)
    assert "May we leave a message?Yes" in Page(desk.get(screen_of(enquiry))).text


def test_screen_says_to_check_who_answers(desk: Client, hospital: Hospital) -> None:
    text = Page(desk.get(screen_of(factories.stored_enquiry(hospital)))).text

    assert "Check who it is before you say what it is about. Ask for Jo Larkspur." in text


def test_outcome_takes_the_person_on_to_the_next_call(desk: Client, hospital: Hospital, robin: User) -> None:
    enquiry = taken(desk, hospital)
    following = factories.stored_enquiry(hospital)

    response = press(desk, enquiry, Attempt.Outcome.NO_ANSWER)

    assert response.redirect_chain == [(screen_of(following), 302)]
    assert f"{enquiry}: No answer. Next try" in Page(response).text
    following.refresh_from_db()
    assert following.owner == robin


def test_call_given_back_is_not_taken_again_at_once(desk: Client, hospital: Hospital) -> None:
    enquiry, _ = taken(desk, hospital), factories.stored_enquiry(hospital)

    response = press(desk, enquiry, "release")

    assert response.redirect_chain == [(REQUESTS, 302)]
    assert not Enquiry.objects.held().exists()


def test_manager_moves_a_colleagues_call_and_is_given_none(
    client: Client, hospital: Hospital, robin: User
) -> None:
    wren = factories.handler("wren", hospital)
    signed_in(client, factories.handler("merle", hospital, "Enquiry manager"))
    enquiry, _ = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    ringing.take(enquiry, robin)
    offered = Page(client.get(screen_of(enquiry))).words("//details[summary='Move this call']//button")

    response = press(client, enquiry, "hand_over", colleague=wren.pk)

    assert offered == ["Hand over", "Give it back to everybody"]
    assert response.redirect_chain == [(REQUESTS, 302)]
    assert [held.owner for held in Enquiry.objects.held()] == [wren]


def test_colleague_who_was_chosen_stays_chosen_when_it_is_refused(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    wren = factories.handler("wren", hospital)
    enquiry = taken(desk, hospital)

    page = Page(press(desk, enquiry, "hand_over", colleague=wren.pk, note="x" * 5001))

    assert page.value("colleague") == str(wren.pk)
    assert page.folds()["Hand over, give back or finish"]
    assert Enquiry.objects.held().get().owner == robin


@pytest.mark.parametrize("deed", [Attempt.Outcome.SPOKE, "finish", "spam"])
def test_person_who_takes_a_break_is_given_no_next_call(desk: Client, hospital: Hospital, deed: str) -> None:
    enquiry, _ = taken(desk, hospital), factories.stored_enquiry(hospital)

    response = press(desk, enquiry, deed, and_stop="on")

    assert response.redirect_chain == [(REQUESTS, 302)]
    assert not Enquiry.objects.held().exists()


def test_long_call_is_renewed_by_a_press(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)
    until = timezone.now() + timedelta(minutes=1)
    Enquiry.objects.filter(pk=enquiry.pk).update(claimed_until=until)
    assert f"Yours until {time_of_day(until)}." in Page(desk.get(screen_of(enquiry))).text

    response = press(desk, enquiry, "renew")

    enquiry.refresh_from_db()
    assert response.redirect_chain == [(screen_of(enquiry), 302)]
    assert enquiry.claimed_until
    assert enquiry.claimed_until > until


def test_after_the_last_call_the_queue_says_so(desk: Client, hospital: Hospital) -> None:
    response = press(desk, taken(desk, hospital), Attempt.Outcome.BOOKED)

    assert response.redirect_chain == [(REQUESTS, 302)]
    assert "Nobody waits for a call just now." in Page(response).text


def test_left_message_is_neither_offered_nor_taken_where_we_may_not(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital, may_leave_message=False)
    assert "Left a message" not in buttons(Page(desk.get(screen_of(enquiry))))

    page = Page(press(desk, enquiry, Attempt.Outcome.LEFT_MESSAGE))

    assert page.title.startswith("Error: ")
    assert "whether we may leave a message" in page.text
    assert not enquiry.attempts.exists()


def test_outcomes_are_offered_to_whoever_has_the_call_and_to_nobody_else(
    desk: Client, hospital: Hospital
) -> None:
    enquiry = taken(desk, hospital, may_leave_message=True)
    wren = factories.handler("wren", hospital)
    browser = Client()
    signed_in(browser, wren)

    assert buttons(Page(desk.get(screen_of(enquiry)))) == [outcome.label for outcome in Attempt.Outcome]
    theirs = Page(browser.get(screen_of(enquiry)))
    assert buttons(theirs) == []
    assert "robin is busy with it until" in theirs.text
    assert theirs.tree.xpath("//a[starts-with(@href, 'tel:')]") == []
    assert "not with you" in Page(press(browser, enquiry, Attempt.Outcome.SPOKE)).text


def test_request_from_the_queue_is_taken_by_a_press(desk: Client, hospital: Hospital, robin: User) -> None:
    factories.stored_enquiry(hospital)
    enquiry = factories.stored_enquiry(hospital)
    assert buttons(Page(desk.get(screen_of(enquiry)))) == []

    page = Page(press(desk, enquiry, "take"))

    assert "No answer" in buttons(page)


def test_note_is_kept_with_whatever_is_pressed_and_encrypted(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)

    press(desk, enquiry, Attempt.Outcome.NO_ANSWER, note="Rang twice in a row.")

    assert Note.objects.get().text == "Rang twice in a row."
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM enquiries_note")
        assert "Rang" not in cursor.fetchone()[0]
    assert "Rang twice in a row." in Page(desk.get(screen_of(enquiry))).text


def test_note_alone_stays_on_the_screen(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)

    response = press(desk, enquiry, "note", note="Rings at night.")

    assert response.redirect_chain == [(screen_of(enquiry), 302)]
    assert "Write the note first." in Page(press(desk, enquiry, "note", note="  ")).text
    assert Note.objects.count() == 1


def test_note_is_as_long_as_the_page_counts_it(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)
    lines = "\r\n".join(["x" * 9] * 500)

    page = Page(press(desk, enquiry, Attempt.Outcome.SPOKE, note=lines + "yy"))
    assert "Keep the note within 5,000 characters." in page.text
    assert not enquiry.attempts.exists()
    press(desk, enquiry, Attempt.Outcome.SPOKE, note=lines)

    assert Note.objects.get().text == "\n".join(["x" * 9] * 500)


@pytest.mark.parametrize("pressed", ["print", "join", "spam", "not_spam"])
def test_note_is_kept_with_buttons_that_stand_elsewhere(
    desk: Client, hospital: Hospital, pressed: str
) -> None:
    is_suspected = pressed in ("spam", "not_spam")
    suspected = {"suspected_at": timezone.now(), "suspected_because": "trap"} if is_suspected else {}
    enquiry, other = factories.stored_enquiry(hospital, **suspected), factories.stored_enquiry(hospital)
    page = Page(desk.get(screen_of(enquiry)))
    button = {"other": str(other.pk)} if pressed == "join" else {"deed": pressed}
    (name, value), *_ = button.items()
    (found,) = page.tree.xpath(f"//button[@name='{name}' and @value='{value}']")
    assert found.get("form") == "deeds" or found.xpath("ancestor::form[@id='deeds']")

    desk.post(screen_of(enquiry), button | {"note": "Rang us herself."})

    assert enquiry.notes.get().text == "Rang us herself."


def test_refused_press_keeps_the_typed_note_on_the_page_and_stores_nothing(
    desk: Client, hospital: Hospital
) -> None:
    enquiry = taken(desk, hospital)

    page = Page(press(desk, enquiry, "hand_over", note="For Wren, please."))

    assert "Choose a colleague first." in page.text
    assert page.words("//textarea[@name='note']") == ["For Wren, please."]
    assert not Note.objects.exists()


def test_call_is_handed_to_a_named_colleague_of_that_hospital_only(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    enquiry = taken(desk, hospital)
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    ash = factories.handler("ash", oak_hill)
    wren = factories.handler("wren", hospital)
    factories.team_member(factories.person("editor"), hospital)
    assert Page(desk.get(screen_of(enquiry))).words("//select[@name='colleague']/option") == [
        "Choose",
        "wren",
    ]

    assert "Select a valid choice" in Page(press(desk, enquiry, "hand_over", colleague=ash.pk)).text
    press(desk, enquiry, "hand_over", colleague=wren.pk)

    enquiry.refresh_from_db()
    assert enquiry.owner == wren


def test_call_for_another_time_is_put_off(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)
    at = timezone.localtime() + timedelta(days=2)

    press(desk, enquiry, "ring_later", at=f"{at:%Y-%m-%dT%H:%M}")

    enquiry.refresh_from_db()
    assert enquiry.next_try_at == at.replace(second=0, microsecond=0)
    assert (
        "Choose a day and a time to ring."
        in Page(press(desk, taken(desk, hospital), "ring_later", at="soon")).text
    )


def test_finished_request_is_opened_again(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)
    press(desk, enquiry, Attempt.Outcome.WRONG_NUMBER)
    assert "Could not reach" in Page(desk.get(screen_of(enquiry))).text

    press(desk, enquiry, "reopen")

    enquiry.refresh_from_db()
    assert (enquiry.is_handled, enquiry.outcome) == (False, "")


def test_duplicate_is_suggested_and_joined_by_a_person_only(desk: Client, hospital: Hospital) -> None:
    enquiry, other = taken(desk, hospital), factories.stored_enquiry(hospital)
    assert "The same person?" in Page(desk.get(screen_of(enquiry))).text
    other.refresh_from_db()
    assert not other.is_handled

    page = Page(press(desk, enquiry, "join", other=other.pk))

    other.refresh_from_db()
    assert (other.outcome, other.duplicate_of) == (Ending.DUPLICATE, enquiry)
    assert f"Joined to it{other}" in page.text
    assert f"Part of {enquiry}" in Page(desk.get(screen_of(other))).text


@pytest.mark.parametrize("how", ["finished", "suspected"])
def test_nothing_is_joined_to_a_request_that_nobody_will_ring(
    desk: Client, hospital: Hospital, robin: User, how: str
) -> None:
    enquiry, other = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    if how == "finished":
        enquiry.mark_handled(robin)
    else:
        enquiry.suspect(Enquiry.Suspicion.TRAP)
        enquiry.save()

    page = Page(desk.get(screen_of(enquiry)))

    assert "The same person?" in page.text
    assert page.tree.xpath("//button[@name='other']") == []
    press(desk, enquiry, "join", other=other.pk)
    other.refresh_from_db()
    assert other.is_open


def test_withdrawn_request_offers_nothing_that_rings_them(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    enquiry.withdraw()

    page = Page(desk.get(screen_of(enquiry)))

    assert page.tree.xpath("//button[@name='deed']/@value") == ["note", "print"]


def test_request_of_another_hospital_cannot_be_joined(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)
    elsewhere = factories.stored_enquiry(factories.hospital(name="Oak Hill Hospital", slug="oak-hill"))

    press(desk, enquiry, "join", other=elsewhere.pk)

    elsewhere.refresh_from_db()
    assert not elsewhere.is_handled


def test_history_tells_tries_notes_and_deeds_the_latest_first(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    robin.first_name, robin.last_name = "Robin", "Reed"
    robin.save()
    enquiry = taken(desk, hospital)
    press(desk, enquiry, Attempt.Outcome.NO_ANSWER)
    press(desk, enquiry, "take")
    press(desk, enquiry, "note", note="A daughter answers.")

    told = Page(desk.get(screen_of(enquiry))).words("//section[contains(@class, 'work__history')]//li")

    assert [line.split("Robin Reed")[1].strip() for line in told] == [
        "A daughter answers.",
        "Took it.",
        "No answer",
    ]


def test_log_of_the_desk_names_no_person(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)

    press(desk, enquiry, "release", note="Jo Larkspur was out.")

    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.get_change_message()) == (str(enquiry), "Gave it back.")


def test_message_after_a_press_names_no_person(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital)

    response = desk.post(screen_of(enquiry), {"deed": "release", "note": "Jo Larkspur"})

    assert "Larkspur" not in str(response.cookies) + str(dict(desk.session))


def test_private_page_is_not_linked_from_the_desk(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    assert enquiry.token not in desk.get(screen_of(enquiry)).content.decode()


def test_unknown_press_is_refused(desk: Client, hospital: Hospital) -> None:
    assert "Press one of the buttons." in Page(press(desk, taken(desk, hospital), "dance")).text


def test_page_to_print_holds_the_request_and_no_deeds(desk: Client, hospital: Hospital) -> None:
    enquiry = taken(desk, hospital, question="Is it safe at 84?")

    page = Page(press(desk, enquiry, "print"))

    assert "Is it safe at 84?" in page.text
    assert "May we leave a message? No" in page.text
    assert page.tree.xpath("//button[@name='deed']") == []


def test_screen_reads_as_a_page_should(desk: Client, hospital: Hospital) -> None:
    """One h1, labels and descriptions that lead somewhere, and Enter in “Day and time” rings then."""
    enquiry = taken(desk, hospital)
    factories.stored_enquiry(hospital)

    page = Page(desk.get(screen_of(enquiry)))

    assert page.words("//h1[not(ancestor::header)]") == [str(enquiry)]
    assert page.dangling() == set()
    (form,) = page.tree.xpath("//form[contains(@class, 'work__deeds')]")
    assert form.xpath("(.//button)[1]/@value") == ["ring_later"]


# Warning signs.


def test_red_flag_words_are_marked_and_the_script_stands_open(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(
        hospital, question="My legs are <b>numb</b> and I cannot pee. Poor sleep."
    )

    page = Page(desk.get(screen_of(enquiry)))

    assert page.words("//mark") == ["numb", "pee"]
    assert "My legs are <b>numb</b> and I cannot pee. Poor sleep." in page.text
    assert "Please ring 999 now" in page.words("//div[contains(@class, 'work__flags--found')]/p")[1]
    assert "both legs are weak" in page.text


def test_script_is_at_hand_for_every_call(desk: Client, hospital: Hospital) -> None:
    page = Page(desk.get(screen_of(factories.stored_enquiry(hospital, question="How long does it take?"))))

    assert page.words("//mark") == []
    assert page.words("//div[contains(@class, 'work__flags--found')]") == []
    (script,) = page.words("//div[@class='work__flags']/details")
    assert "Please ring 999 now" in script


def test_marked_words_change_nothing_but_how_they_look(hospital: Hospital, robin: User) -> None:
    """No triage: the order of the calls is that of their times."""
    first = factories.stored_enquiry(hospital, question="A question.")
    factories.stored_enquiry(hospital, question="I am numb, weak and cannot breathe.")

    assert ringing.take_next(robin) == first


@pytest.mark.parametrize("harmless", ["Next week", "people", "poor", "speech", "sweet", "peel", ""])
def test_harmless_word_is_not_marked(harmless: str) -> None:
    assert not any(piece.is_marked for piece in pieces(harmless))


@pytest.mark.parametrize(
    "sign",
    [
        "Numbness",
        "tingling",
        "WEAK",
        "weakness",
        "peeing",
        "pooing",
        "bladder",
        "chest pain",
        "breathless",
        "feverish",
    ],
)
def test_sign_is_marked_and_the_message_stays_whole(sign: str) -> None:
    message = f"I have {sign}, since Monday."

    assert [piece.text for piece in pieces(message) if piece.is_marked] == [sign]
    assert "".join(piece.text for piece in pieces(message)) == message
