"""Send: stored once, whatever is pressed, and shown a reference only when it is stored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from enquiries import references
from enquiries.models import ConsentWording, Enquiry, OutgoingMail
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page


def send(client: Client, answers: Answers, kind: str = "enquiry") -> Any:
    """Fill in the form, check the answers, press send."""
    checked = Page(client.post(f"/{kind}/", answers)).hidden()
    return client.post(f"/{kind}/send/", checked)


def shown_reference(client: Client, response: Any) -> str:
    (reference,) = Page(client.get(response.headers["Location"])).tree.xpath("//@data-reference")
    return str(reference)


@pytest.mark.django_db
def test_enquiry_is_stored_as_it_was_typed(client: Client, question: Answers, hospital: Hospital) -> None:
    procedure = factories.published_procedure()
    answers = question | {
        "email": "jo@larkspur.example",
        "question": "One.\r\nTwo.",
        "payment": "nhs",
        "procedure": procedure.slug,
        "patient_name": "Fern Larkspur",
        "relationship": "I am her daughter",
        "needs": ["bsl", "large_print"],
        "language": "Welsh",
    }

    response = send(client, answers)

    enquiry = Enquiry.objects.get()
    assert response.status_code == 303
    assert response.headers["Location"] == f"/requests/{enquiry.token}/"
    assert enquiry.kind == "enquiry"
    assert (enquiry.name, enquiry.phone, enquiry.phone_in_full) == (
        "Jo Larkspur",
        "07700 900123",
        "+447700900123",
    )
    assert (enquiry.email, enquiry.hospital, enquiry.procedure) == (
        "jo@larkspur.example",
        hospital,
        procedure,
    )
    assert (enquiry.question, enquiry.payment) == ("One.\nTwo.", "nhs")
    assert (enquiry.patient_name, enquiry.relationship) == ("Fern Larkspur", "I am her daughter")
    assert enquiry.communication_needs == ["Large print", "British Sign Language (BSL)", "Language: Welsh"]
    assert not enquiry.is_handled


@pytest.mark.django_db
def test_call_back_is_stored_as_it_was_typed(
    client: Client, wish_to_be_rung: Answers, hospital: Hospital
) -> None:
    factories.call_window(hospital)
    consultant = factories.consultant()
    answers = wish_to_be_rung | {
        "aim": "book",
        "call_time": "soon",
        "may_leave_message": "on",
        "consultant": consultant.slug,
    }

    response = send(client, answers, "call-back")

    enquiry = Enquiry.objects.get()
    assert response.status_code == 303
    assert enquiry.is_call_back
    assert (enquiry.aim, enquiry.best_time, enquiry.may_leave_message) == ("book", "As soon as you can", True)
    assert enquiry.consultant == consultant


@pytest.mark.django_db
def test_call_back_about_something_that_is_gone_is_stored_without_it(
    client: Client, wish_to_be_rung: Answers
) -> None:
    send(client, wish_to_be_rung | {"procedure": "no-longer-there"}, "call-back")

    assert Enquiry.objects.get().procedure is None


@pytest.mark.django_db
def test_words_of_the_consent_are_stored_with_it(client: Client, question: Answers) -> None:
    send(client, question)

    enquiry = Enquiry.objects.get()
    assert enquiry.consent_text == ConsentWording.objects.current().text
    assert enquiry.consent_version == ConsentWording.objects.current().version
    assert enquiry.consent_hash == ConsentWording.objects.current().hash


@pytest.mark.django_db
def test_patient_is_shown_the_reference_that_is_stored(client: Client, question: Answers) -> None:
    response = send(client, question)

    reference = shown_reference(client, response)
    assert references.is_well_formed(reference)
    assert reference == Enquiry.objects.get().reference


@pytest.mark.django_db
def test_mail_waits_for_the_patient_and_the_team(client: Client, question: Answers) -> None:
    send(client, question | {"email": "jo@larkspur.example"})

    assert set(OutgoingMail.objects.values_list("purpose", flat=True)) == {"received", "team"}


@pytest.mark.django_db
def test_no_mail_waits_for_an_address_nobody_gave(
    client: Client, question: Answers, hospital: Hospital
) -> None:
    Hospital.objects.update(enquiries_email="")

    send(client, question)

    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_same_answers_sent_again_are_the_same_request(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question | {"email": "jo@larkspur.example"})).hidden()

    first = client.post("/enquiry/send/", checked)
    again = client.post("/enquiry/send/", checked)

    assert first.headers["Location"] == again.headers["Location"]
    assert Enquiry.objects.count() == 1
    assert OutgoingMail.objects.count() == 2


@pytest.mark.django_db
def test_same_answers_from_two_tabs_are_the_same_request(client: Client, question: Answers) -> None:
    first = send(client, question)

    second = send(client, question)

    assert second.headers["Location"] == first.headers["Location"]
    assert Enquiry.objects.count() == 1


@pytest.mark.django_db
def test_same_answers_from_another_browser_are_the_same_request_and_no_key_to_it(
    client: Client, question: Answers
) -> None:
    """Whoever knows what somebody asked may have guessed it: they are not led to that person's page."""
    send(client, question | {"email": "jo@larkspur.example"})

    second = send(Client(), question | {"email": "jo@larkspur.example"})

    enquiry, page = Enquiry.objects.get(), Page(second)
    assert page.heading == "We have this request already"
    assert second.headers["Cache-Control"].endswith("private")
    assert "01632 960101" in page.text
    assert "the link in our email" in page.text
    for secret in (enquiry.token, enquiry.reference, enquiry.reference_in_groups, "jo@larkspur.example"):
        assert secret not in second.content.decode()


@pytest.mark.django_db
def test_same_answers_without_an_email_speak_of_none(client: Client, question: Answers) -> None:
    send(client, question)

    assert "email" not in Page(send(Client(), question)).words("//main")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "requests"), [(59, 1), (61, 2)])
def test_same_answers_are_a_new_request_after_an_hour(
    client: Client, question: Answers, minutes: int, requests: int
) -> None:
    """Somebody whom nobody has rung asks again, and the team must hear of it."""
    send(client, question)
    Enquiry.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))

    send(client, question)

    assert Enquiry.objects.count() == requests


@pytest.mark.django_db
def test_same_answers_once_we_have_dealt_with_them_are_a_new_request(
    client: Client, question: Answers
) -> None:
    send(client, question)
    Enquiry.objects.get().mark_handled(by=factories.person())

    send(client, question)

    assert Enquiry.objects.count() == 2


@pytest.mark.django_db
def test_changed_answers_under_a_used_id_follow_the_first(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    first = client.post("/enquiry/send/", checked)
    changed = client.post("/enquiry/send/", checked | {"question": "And one more thing"})
    third = client.post("/enquiry/send/", checked | {"question": "And the last"})

    references = [shown_reference(client, response) for response in (first, changed, third)]
    assert len(set(references)) == 3
    follows = dict(Enquiry.objects.values_list("reference", "follows__reference"))
    assert [follows[reference] for reference in references] == [None, references[0], references[0]]


@pytest.mark.django_db
def test_first_answers_sent_again_after_changed_ones_are_still_the_first(
    client: Client, question: Answers
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    first = client.post("/enquiry/send/", checked)
    client.post("/enquiry/send/", checked | {"question": "And one more thing"})
    again = client.post("/enquiry/send/", checked)

    assert again.headers["Location"] == first.headers["Location"]
    assert Enquiry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_presses_at_once_make_one_request(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question | {"email": "jo@larkspur.example"})).hidden()

    def press(number: int) -> str:
        try:
            return str(Client().post("/enquiry/send/", checked).headers["Location"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pressing:
        addresses = set(pressing.map(press, range(8)))

    assert len(addresses) == 1
    assert Enquiry.objects.count() == 1
    assert OutgoingMail.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_texts_at_once_under_one_id_are_eight_requests(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    def press(number: int) -> None:
        try:
            client.post("/enquiry/send/", checked | {"question": f"Question {number}"})
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pressing:
        list(pressing.map(press, range(8)))

    assert Enquiry.objects.count() == 8
    assert Enquiry.objects.filter(follows=None).count() == 1


@pytest.mark.django_db
def test_answers_that_went_wrong_on_the_way_come_back_in_the_form(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    page = Page(client.post("/enquiry/send/", checked | {"hospital": "no-such"}))

    assert page.heading == "Ask us a question"
    assert page.problems == ["Choose a hospital from the list."]
    assert page.value("question").strip() == "Could this help my mother?"
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("submission_id", ["", "tampered", "\x00", "9" * 5000])
def test_send_without_a_submission_id_shows_the_answers_to_be_checked(
    client: Client, question: Answers, submission_id: str
) -> None:
    page = Page(client.post("/enquiry/send/", question | {"submission_id": submission_id}))

    assert page.heading == "Check your answers"
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("form", ["/enquiry/", "/call-back/"])
def test_send_opened_as_a_page_leads_to_the_form(client: Client, form: str, method: str) -> None:
    response = getattr(client, method)(f"{form}send/")

    assert response.status_code == 302
    assert response.headers["Location"] == form
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/enquiry/send/", "/call-back/send/"])
def test_send_is_only_ever_a_press(client: Client, address: str) -> None:
    assert client.put(address).status_code == 405
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
def test_nothing_is_stored_when_its_mail_cannot_be(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("enquiries.models.outbox.OutgoingMailQuerySet.announce", fail)

    with pytest.raises(RuntimeError):
        send(client, question)

    assert not Enquiry.objects.exists()


@pytest.mark.django_db
def test_send_takes_sixteen_queries(
    client: Client, question: Answers, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answers = question | {"submission_id": str(uuid4())}

    # Three lists, what is agreed to, how often this number was named, a savepoint and its release, the lock, what came before, the policy, hours, windows and closed days of the
    # promise, how long it is kept, the row and its mail.
    with django_assert_num_queries(16):
        client.post("/enquiry/send/", answers)
