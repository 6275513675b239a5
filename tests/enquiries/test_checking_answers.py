"""Check your answers: what was typed, read back, and nothing stored."""

from uuid import UUID

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enquiries import promises
from enquiries.models import Enquiry, OutgoingMail
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def test_check_page_stores_nothing(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question))

    assert page.heading == "Check your answers"
    assert "Nothing has been sent yet." in page.text
    assert not Enquiry.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_phone_number_is_read_back_large(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"phone": "07700900123"}))

    assert page.words("//*[@class='ref']") == ["07700 900123"]


def test_number_from_abroad_is_read_back_with_its_country(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"phone": "00353 20 912 3456"}))

    assert page.words("//*[@class='ref']")[0].startswith("+353 ")


def test_every_answer_is_read_back_in_words(client: Client, hospital: Hospital) -> None:
    factories.published_procedure()
    factories.consultant()
    answers = {
        "name": "Jo Larkspur",
        "email": "jo@larkspur.example",
        "hospital": "elm-park",
        "question": "First line.\r\nSecond line.",
        "payment": "insurance",
        "procedure": "balloon-kyphoplasty",
        "consultant": "ada-quill",
        "patient_name": "Fern Larkspur",
        "relationship": "I am her daughter",
        "needs": ["large_print", "bsl"],
        "language": "Welsh",
        "consent": "1",
    }

    page = Page(client.post("/enquiry/", answers))

    asked, answered = page.words("//main//dt"), page.words("//main//dd")
    assert dict(zip(asked, answered, strict=True)) == {
        "Your full name": "Jo Larkspur",
        "Email": "jo@larkspur.example",
        "Which hospital?": "Elm Park Hospital",
        "Your question": "First line.Second line.",
        "How will you pay?": "Health insurance",
        "Which treatment, test or scan?": "Balloon kyphoplasty",
        "Which consultant?": "Miss Ada Quill",
        "Who are you asking for?": "Fern Larkspur",
        "How do you know them?": "I am her daughter",
        "What would help us talk with you?": "Large print, British Sign Language (BSL)",
        "Which language is best for you?": "Welsh",
        "You may use what I type here, and what it says about my health, to answer me.": "Yes",
    }


def test_call_back_is_read_back_with_the_time_and_the_message(
    client: Client, hospital: Hospital, wish_to_be_rung: Answers
) -> None:
    factories.published_procedure()
    factories.call_window(hospital)
    slots = promises.free_slots(hospital)
    changes = {"aim": "price", "call_time": next(iter(slots)), "procedure": "balloon-kyphoplasty"}

    page = Page(client.post("/call-back/", wish_to_be_rung | changes))

    answers = dict(zip(page.words("//main//dt"), page.words("//main//dd"), strict=True))
    assert answers["What is your call about?"] == "Ask about the price"
    assert answers["When shall we call you?"] == str(next(iter(slots.values())))
    assert answers["You can leave a message if I do not pick up"] == "No"
    assert "About Balloon kyphoplasty" in page.text


def test_check_page_carries_everything_unseen_to_the_next(client: Client, question: Answers) -> None:
    changes = {"needs": ["bsl", "hearing"], "language": "Welsh"}

    page = Page(client.post("/enquiry/", question | changes))

    assert page.tree.xpath("//main//form/@action") == ["/enquiry/send/"]
    assert page.tree.xpath("//input[@name='needs']/@value") == ["bsl", "hearing"]
    for name, answer in question.items():
        assert page.hidden()[name] == answer


def test_each_check_page_mints_its_own_submission_id(client: Client, question: Answers) -> None:
    first = Page(client.post("/enquiry/", question)).hidden()["submission_id"]
    second = Page(client.post("/enquiry/", question)).hidden()["submission_id"]

    assert UUID(first) != UUID(second)


def test_submission_id_stays_while_answers_are_changed(client: Client, question: Answers) -> None:
    first = Page(client.post("/enquiry/", question)).hidden()

    form = Page(client.post("/enquiry/", first | {"change": "yes"}))
    second = Page(client.post("/enquiry/", form.hidden() | {"question": "Another question"})).hidden()

    assert second["submission_id"] == first["submission_id"]


def test_submission_id_that_was_tampered_with_is_replaced(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"submission_id": "1' OR '1'='1"}))

    assert UUID(page.hidden()["submission_id"]).version == 4


def test_change_my_answers_leads_back_to_the_form_filled_in(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"language": "Welsh", "change": "yes"}))

    assert page.heading == "Ask us a question"
    assert not page.problems
    assert page.value("phone") == "07700 900123"
    assert page.value("language") == "Welsh"
    assert page.tree.xpath("//input[@name='consent'][@checked]")


def test_check_page_is_private(client: Client, question: Answers) -> None:
    response = client.post("/enquiry/", question)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert Page(response).tree.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_check_page_shows_the_red_flags(client: Client, question: Answers) -> None:
    assert "both legs are weak" in Page(client.post("/enquiry/", question)).text


def test_check_page_takes_six_queries(
    client: Client, question: Answers, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):
        client.post("/enquiry/", question)


@pytest.mark.parametrize(
    ("typed", "is_asked"), [("jo@Gmial.com", True), ("jo@gmail.com", False), ("", False)]
)
def test_slip_in_a_well_known_mail_domain_is_asked_about(
    client: Client, question: Answers, typed: str, is_asked: bool
) -> None:
    page = Page(client.post("/enquiry/", question | {"email": typed}))

    assert page.heading == "Check your answers"
    assert ("Did you mean jo@gmail.com?" in page.text) is is_asked
