"""What may be typed, and what is said about the rest: how to put it right, in a sentence that starts with a verb."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def problems(client: Client, answers: Answers, address: str = "/enquiry/", **changes: Any) -> list[str]:
    return Page(client.post(address, answers | changes)).problems


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, "Enter your name."),
        ({"name": "x" * 201}, "Shorten your name to 200 characters or fewer. It has 201 now."),
        ({"phone": "", "email": ""}, "Enter a phone number or an email, so that we can reply."),
        ({"question": " "}, "Write your question, or ask us to call you."),
        ({"phone": "ring me"}, "Enter a phone number in digits, such as 07700 900123."),
        ({"phone": "999"}, "Check the phone number. Some digits seem to be missing."),
        ({"phone": "960123"}, "Add the area code to the phone number, such as 01582."),
        ({"phone": "07700 900123 456"}, "Check the phone number. It seems to have too many digits."),
        ({"phone": "+999 12345678"}, "Check the country code at the start, such as +44 or +353."),
        ({"phone": "O1582 seven"}, "Use only digits in the phone number. You typed “O”, a letter, not 0."),
        ({"phone": "01582 76319O"}, "Use only digits in the phone number. You typed “O”, a letter, not 0."),
        ({"phone": "07700 9OO456"}, "Use only digits in the phone number. You typed “OO”, a letter, not 0."),
        ({"phone": "01582 seven"}, "Use only digits in the phone number. You typed “seven”."),
        ({"phone": "00000000000"}, "Enter a phone number in digits, such as 07700 900123."),
        (
            {"phone": "01632 960123 ext 4"},
            "Leave out the extension. Give a number on which we reach you without one.",
        ),
        ({"phone": "0" * 41}, "Shorten the phone number to 40 characters or fewer. It has 41 now."),
        ({"email": "jo"}, "Add an @ sign to your email, such as name@example.com."),
        ({"email": "jo@"}, "Add the part after the @ sign in your email, such as name@example.com."),
        ({"email": "jo@here"}, "Check your email. It should look like name@example.com."),
        ({"email": "jo smith@here.example"}, "Check your email. It should look like name@example.com."),
        (
            {"email": "x" * 250 + "@a.example"},
            "Shorten your email to 254 characters or fewer. It has 260 now.",
        ),
        ({"hospital": ""}, "Choose a hospital from the list."),
        ({"hospital": "no-such"}, "Choose a hospital from the list."),
        ({"question": "x" * 4001}, "Shorten your question to 4,000 characters or fewer. It has 4,001 now."),
        ({"payment": "gold"}, "Choose how you will pay from the list."),
        ({"procedure": "no-such"}, "Choose a treatment, test or scan from the list."),
        ({"consultant": "no-such"}, "Choose a consultant from the list."),
        ({"patient_name": "x" * 201}, "Shorten their name to 200 characters or fewer. It has 201 now."),
        (
            {"relationship": "x" * 201},
            "Shorten how you know them to 200 characters or fewer. It has 201 now.",
        ),
        ({"needs": ["bsl", "gold"]}, "Choose what would help you from the list."),
        ({"language": "x" * 101}, "Shorten the language to 100 characters or fewer. It has 101 now."),
        ({"consent": ""}, "Tick the box so that we can reply."),
    ],
)
def test_enquiry_says_how_to_put_it_right(
    client: Client, question: Answers, changes: Answers, problem: str
) -> None:
    response = client.post("/enquiry/", question | changes)

    page = Page(response)
    assert page.status == 200
    assert page.problems == [problem]
    assert page.title.startswith("Error: ")
    assert response["Cache-Control"].count("no-store")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"phone": ""}, "Enter a phone number, so that we can ring you."),
        ({"aim": "gold"}, "Choose what your call is about from the list."),
        ({"call_time": "gold"}, "Choose a time for our call from the list."),
        ({"call_time": "2026-12-07 09:00"}, "Choose a time for our call from the list."),
        ({"call_time": "2026-13-07 09:00-12:00"}, "Choose a time for our call from the list."),
    ],
)
def test_call_back_says_how_to_put_it_right(
    client: Client, hospital: Hospital, wish_to_be_rung: Answers, changes: Answers, problem: str
) -> None:
    factories.call_window(hospital)

    assert problems(client, wish_to_be_rung, "/call-back/", **changes) == [problem]


def test_phone_that_cannot_be_read_is_the_only_thing_to_put_right(client: Client, question: Answers) -> None:
    assert problems(client, question, phone="12", email="") == [
        "Check the phone number. Some digits seem to be missing."
    ]


@pytest.mark.parametrize(
    "phone",
    [
        "07700 900123",
        "07700900123",
        "07700-900-123",
        "01632 960123",
        "(01632) 960123",
        "+44 (0)1632 960123",
        "0044 1632 960123",
        "01534 960123",
        "+353 20 912 3456",
        "00353 20 912 3456",
        "+1 202 555 0123",
        "٠٧٧٠٠٩٠٠١٢٣",
    ],
)
def test_phone_from_home_the_islands_ireland_or_abroad_is_taken(
    client: Client, question: Answers, phone: str
) -> None:
    assert Page(client.post("/enquiry/", question | {"phone": phone})).heading == "Check your answers"


@pytest.mark.parametrize("phone", ["0770090012", "+44 7700 90012", "07700 900 12", "01632 96012", "01632 55"])
def test_digit_left_out_is_noticed(client: Client, question: Answers, phone: str) -> None:
    assert problems(client, question, phone=phone, email="") == [
        "Check the phone number. A UK number has 11 digits, starting with 0."
    ]


@pytest.mark.parametrize("name", ["Q", "O’Neill-Ångström", "N'Golo", "李小龍", "محمد", "Жанна", "Jo 🙂"])
def test_any_name_is_a_name(client: Client, question: Answers, name: str) -> None:
    page = Page(client.post("/enquiry/", question | {"name": name}))

    assert page.heading == "Check your answers"
    assert name in page.text


def test_email_alone_is_enough_for_an_enquiry(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"phone": "", "email": "jo@larkspur.example"}))

    assert page.heading == "Check your answers"


def test_question_of_4000_characters_is_taken_however_its_lines_end(
    client: Client, question: Answers
) -> None:
    assert not problems(client, question, question="\r\n".join(["x" * 999] * 4))


def test_megabyte_comes_back_whole_with_a_plain_error(client: Client, question: Answers) -> None:
    megabyte = "my back hurts. " * 70_000

    page = Page(client.post("/enquiry/", question | {"question": megabyte}))

    assert page.status == 200
    assert page.problems == [
        "Shorten your question to 4,000 characters or fewer. It has 1,049,999 now.",
    ]
    assert page.value("question").strip() == megabyte.strip()


def test_megabyte_of_another_script_comes_back_too(client: Client, question: Answers) -> None:
    as_a_browser_sends_it = urlencode(question | {"question": "痛" * 350_000}, doseq=True)

    page = Page(client.post("/enquiry/", as_a_browser_sends_it, "application/x-www-form-urlencoded"))

    assert page.status == 200
    assert page.value("question").strip() == "痛" * 350_000


def test_what_no_keyboard_types_is_left_out(client: Client, question: Answers) -> None:
    changes = {"name": "Jo\x00 Lark\x1bspur", "question": "one\x00\r\ntwo\ufffe", "needs": "bsl\x00"}

    page = Page(client.post("/enquiry/", question | changes))

    assert page.heading == "Check your answers"
    assert page.hidden()["name"] == "Jo Larkspur"
    assert page.hidden()["needs"] == "bsl"
    assert re.search(r"one\s+two", page.hidden()["question"])


def test_what_no_keyboard_types_never_comes_back_in_a_page(client: Client, question: Answers) -> None:
    response = client.post("/enquiry/", question | {"name": "\x00", "question": "one\x00two\x85"})

    assert b"\x00" not in response.content
    assert Page(response).problems == ["Enter your name."]
    assert Page(response).value("question").strip() == "onetwo"


@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/", "/enquiry/send/", "/call-back/send/"])
def test_bytes_that_are_not_text_are_not_our_undoing(
    client: Client, hospital: Hospital, address: str
) -> None:
    body = b"name=\xff\xfe%ff%00&hospital=%ed%a0%80&needs=%ff&phone=%f0%28&consent=%ff&submission_id=%ff"

    response = client.post(address, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 200
    assert Page(response).problems


def test_name_that_tries_to_be_a_mail_header_is_one_line(client: Client, question: Answers) -> None:
    page = Page(client.post("/enquiry/", question | {"name": "Jo\r\nBcc: all@larkspur.example"}))

    assert "Jo Bcc: all@larkspur.example" in page.text


def test_markup_is_shown_as_typed(client: Client, question: Answers) -> None:
    response = client.post("/enquiry/", question | {"question": "<script>alert(1)</script>"})

    assert b"<script>alert" not in response.content
    assert "<script>alert(1)</script>" in Page(response).text


def test_everything_typed_comes_back_with_the_error(client: Client, question: Answers) -> None:
    changes = {"consent": "", "email": "jo@larkspur.example", "language": "Welsh", "payment": "nhs"}

    page = Page(client.post("/enquiry/", question | changes))

    assert page.value("name") == "Jo Larkspur"
    assert page.value("phone") == "07700 900123"
    assert page.value("email") == "jo@larkspur.example"
    assert page.value("hospital") == "elm-park"
    assert page.value("question").strip() == "Could this help my mother?"
    assert page.value("language") == "Welsh"
    assert page.tree.xpath("//input[@name='payment'][@checked]/@value") == ["nhs"]


def test_every_message_starts_with_what_to_do(client: Client, question: Answers) -> None:
    verbs = ("Add", "Check", "Choose", "Enter", "Shorten", "Tick")

    found = problems(client, {"question": "x" * 5000, "email": "jo"}) + problems(client, {}, "/call-back/")

    assert len(found) > 5
    assert all(problem.startswith(verbs) for problem in found)
