"""What a patient was asked has an exact answer."""

import pytest
from django.test import Client

from enquiries import questions
from enquiries.forms import CallbackForm, EnquiryForm, RequestForm
from enquiries.models import Enquiry
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send


@pytest.mark.parametrize("form", [EnquiryForm, CallbackForm])
def test_latest_set_has_the_words_of_the_form(form: type[RequestForm]) -> None:
    """Whoever changes a question adds its form's new words, which the left side shows, as the next version to questions.toml."""
    assert form.questions_in_words() == questions.asked(form.kind).text


def test_every_version_is_known_once() -> None:
    versions = [known.version for known in questions.SETS]

    assert len(versions) == len(set(versions))


def test_every_question_on_the_page_is_in_its_set(client: Client, question: Answers) -> None:
    page = Page(client.get("/enquiry/"))

    asked = questions.asked("enquiry").text.splitlines()
    for label in page.words("//main//form//legend | //main//form//label[not(@class='pick')]"):
        assert label.removesuffix(" (optional)") in asked


@pytest.mark.django_db
def test_version_and_hash_are_stored_with_the_answers(client: Client, question: Answers) -> None:
    send(client, Page(client.get("/enquiry/")).hidden() | question)

    enquiry = Enquiry.objects.get()
    asked = questions.asked("enquiry")
    assert (enquiry.questions_version, enquiry.questions_hash) == (asked.version, asked.hash)


@pytest.mark.django_db
def test_page_read_long_ago_keeps_the_questions_it_asked(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = questions.QuestionSet("enquiry", "enquiry-9", "Another question\n")
    old = questions.asked("enquiry")
    monkeypatch.setattr(questions, "SETS", [*questions.SETS, newer])

    send(client, question | {"questions": old.version})

    assert Enquiry.objects.get().questions_hash == old.hash


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["", "call_back-1", "' OR 1=1"])
def test_version_that_is_none_of_the_form_s_counts_as_today_s(
    client: Client, question: Answers, version: str
) -> None:
    send(client, question | {"questions": version})

    assert Enquiry.objects.get().questions_version == questions.asked("enquiry").version
