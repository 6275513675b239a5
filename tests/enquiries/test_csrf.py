"""A token that is stale or missing: the answers come back with a fresh one, and the next press works."""

import pytest
from django.test import Client

from enquiries.models import Enquiry
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_any_process")]


@pytest.fixture
def strict_client() -> Client:
    return Client(enforce_csrf_checks=True)


def token(page: Page) -> str:
    (value,) = page.tree.xpath("//main//input[@name='csrfmiddlewaretoken']/@value")
    return str(value)


def test_first_press_needs_no_token(strict_client: Client, question: Answers) -> None:
    page = Page(strict_client.post("/enquiry/", question))

    assert page.heading == "Check your answers"
    assert token(page)


def test_cookie_of_the_token_goes_when_the_browser_is_closed(
    strict_client: Client, question: Answers
) -> None:
    strict_client.post("/enquiry/", question)

    cookie = strict_client.cookies["csrf"]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_send_with_the_page_s_token_is_stored(strict_client: Client, question: Answers) -> None:
    page = Page(strict_client.post("/enquiry/", question))

    response = strict_client.post("/enquiry/send/", page.hidden() | {"csrfmiddlewaretoken": token(page)})

    assert response.status_code == 303


@pytest.mark.parametrize("kind", ["enquiry", "call-back"])
def test_send_without_a_token_shows_the_answers_again(
    strict_client: Client, question: Answers, kind: str
) -> None:
    checked = Page(strict_client.post(f"/{kind}/", question)).hidden()
    strict_client.cookies.clear()

    response = strict_client.post(f"/{kind}/send/", checked)

    page = Page(response)
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
    assert page.heading == "Check your answers"
    assert "so nothing was sent. Everything you typed is here." in page.text
    assert "01632 960101" in page.text
    assert page.hidden() == checked
    assert not Enquiry.objects.exists()


def test_next_press_after_that_is_stored(strict_client: Client, question: Answers) -> None:
    checked = Page(strict_client.post("/enquiry/", question)).hidden()
    strict_client.cookies.clear()

    page = Page(strict_client.post("/enquiry/send/", checked))
    response = strict_client.post("/enquiry/send/", page.hidden() | {"csrfmiddlewaretoken": token(page)})

    assert response.status_code == 303
    assert str(Enquiry.objects.get().submission_id) == checked["submission_id"]


def test_answers_that_make_no_sense_come_back_in_the_form(strict_client: Client, question: Answers) -> None:
    response = strict_client.post("/enquiry/send/", question | {"phone": "12"})

    assert response.status_code == 403
    assert Page(response).heading == "Ask us a question"
    assert Page(response).value("question").strip() == "Could this help my mother?"


def test_with_the_database_away_too_the_answers_are_kept(
    strict_client: Client, question: Answers, database_away: None
) -> None:
    response = strict_client.post("/enquiry/send/", question)

    assert response.status_code == 503
    assert Page(response).hidden()["question"] == "Could this help my mother?"
