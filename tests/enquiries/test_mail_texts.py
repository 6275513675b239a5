"""What a mail says is the hospital's to write: from a closed list of what is filled in, seen and tried before it is saved."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import Error, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enquiries.mail import message, send_due
from enquiries.models import MailFence, MailText, OutgoingMail
from enquiries.models.mail_texts import FOR_STAFF
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db
NEW = "We have it, {reference}.\n\n{which_number}\n\nLook here:\n{link}"


@pytest.fixture
def desk() -> Desk:
    return Desk(Role.ENQUIRY_MANAGER, "mo")


def form(purpose: str = "received") -> str:
    return reverse("admin:enquiries_mailtext_change", args=[MailText.objects.of(purpose).pk])


def mail(purpose: str) -> Any:
    row = OutgoingMail.objects.select_related("enquiry__hospital").get(purpose=purpose)
    return message(row, MailText.objects.of(purpose))


def received(sink: Sink) -> list[EmailMessage]:
    return [message_from_string(text, policy=default) for text in sink.mails]


def test_new_words_are_shown_before_they_are_saved_and_then_sent(desk: Desk, hospital: Hospital) -> None:
    shown = desk.typed(form(), subject="Thank you: {reference}", body=NEW)

    assert MailText.objects.of("received").is_as_it_came
    assert shown.words("//*[@class='asked']")[0].startswith("Nothing is saved yet.")
    assert "Subject: Thank you: 7F3 K92 4XP" in shown.text
    assert shown.words("//div[@class='as-sent__mail']/p")[0] == "We have it, 7F3 K92 4XP."
    (link,) = shown.tree.xpath("//div[@class='as-sent__mail']//a")
    assert link.get("href") == link.text

    desk.pressed_again(form(), shown)
    enquiry = factories.stored_enquiry(hospital)

    sent = mail("received")
    assert sent.subject == f"Thank you: {enquiry.reference_in_groups}"
    assert sent.body.startswith(f"We have it, {enquiry.reference_in_groups}.\n\nWe will call the number that")
    assert f'href="http://127.0.0.1:8000{enquiry.get_absolute_url()}"' in sent.alternatives[0][0]
    assert sent.extra_headers["X-Reference"] == f"{enquiry.reference}-received"


def test_paragraph_of_which_nothing_is_left_goes(desk: Desk, hospital: Hospital) -> None:
    MailText.objects.filter(purpose="received").update(body=NEW)
    factories.stored_enquiry(hospital, phone="", phone_in_full="")

    assert "\n\n\n" not in mail("received").body
    assert "We will call the number" not in mail("received").body


def test_what_was_never_changed_follows_the_code_with_or_without_a_row(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)
    words = mail("received").body

    text = MailText(purpose="received")

    assert words.startswith("Thank you. Elm Park Hospital has your request.")
    assert MailText.objects.of("received").words == text.words
    assert "call 01632 960101." in words


def test_saving_the_words_that_it_came_with_stores_nothing(desk: Desk) -> None:
    saved = desk.typed(form())

    assert saved.words("//*[@class='asked']") == []
    assert MailText.objects.of("received").is_as_it_came


def test_empty_boxes_go_back_to_the_words_that_it_came_with(desk: Desk) -> None:
    MailText.objects.filter(purpose="received").update(subject="Thank you", body=NEW)
    assert "The words that it came with" in Page(desk.client.get(form())).text

    shown = desk.typed(form(), subject="", body="")
    desk.pressed_again(form(), shown, subject="", body="")

    assert MailText.objects.of("received").is_as_it_came
    assert desk.filled(form())["body"].strip().startswith("Thank you. {hospital} has your request.")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"body": "{link} {question}"}, "There is no {question} in this mail."),
        ({"body": "{link} {overdue}"}, "There is no {overdue} in this mail."),
        ({"body": "No way on."}, "Put {link} where the address is to stand"),
        ({"body": "{link} {reference"}, "A curly bracket stands alone."),
        ({"body": "{link} {}"}, "A curly bracket stands alone."),
        ({"body": "{link} {reference.__class__}"}, "A curly bracket stands alone."),
        ({"body": "{link} {{reference}}"}, "A curly bracket stands alone."),
        ({"body": "{link} {Reference}"}, "A curly bracket stands alone."),
        ({"subject": "{name}"}, "There is no {name} in the subject of this mail."),
        ({"subject": "See {link}"}, "There is no {link} in the subject of this mail."),
    ],
)
def test_slip_is_told_beside_the_box_and_keeps_what_was_typed(
    desk: Desk, typed: dict[str, str], said: str
) -> None:
    page = desk.typed(form(), **typed)

    (field,) = typed
    assert said in page.words(f"//*[contains(@class, 'field-{field}')]//ul[contains(@class, 'errorlist')]")[0]
    (held,) = page.tree.xpath(f"//*[@id='content-main']//*[@name='{field}']")
    assert held.value.strip() == typed[field]
    assert MailText.objects.of("received").is_as_it_came


def test_nothing_that_a_patient_wrote_can_be_filled_in(hospital: Hospital) -> None:
    """Whoever adds a place looks here: to the team a mail says not even who wrote."""
    everything = " ".join(f"{{{name}}}" for name in FOR_STAFF)
    MailText.objects.filter(purpose="team").update(body=everything)
    MailText.objects.filter(purpose="received").update(
        body=" ".join(f"{{{name}}}" for name in MailText(purpose="received").places)
    )
    enquiry = factories.stored_enquiry(hospital, patient_name="Fern", language="Welsh")

    for purpose in ("team", "received"):
        for written in (enquiry.name, "Fern", "Welsh", "900123", enquiry.question, enquiry.email):
            assert written not in mail(purpose).body
    assert enquiry.token not in mail("team").body


def test_line_break_typed_into_a_subject_makes_no_header(desk: Desk, hospital: Hospital) -> None:
    shown = desk.typed(form(), subject="Thank you\r\nBcc: all@larkspur.example")
    desk.pressed_again(form(), shown)
    factories.stored_enquiry(hospital)

    assert mail("received").subject == "Thank you Bcc: all@larkspur.example"


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("body = 'No way on.'", "mail_text_leads_to_the_request"),
        ("subject = E'Thank you\\nBcc: all@larkspur.example'", "mail_subject_is_one_line"),
        ("subject = 'See {link}'", "mail_subject_has_no_address"),
        ("subject = 'See {overdue}'", "mail_subject_has_no_address"),
        ("purpose = 'other' WHERE purpose = 'team'", "mail_text_has_a_purpose_we_know"),
        ("purpose = 'team' WHERE purpose = 'missed'", "purpose"),
    ],
)
def test_database_refuses_what_cannot_be(column: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE enquiries_mailtext SET {column}")


def test_database_keeps_a_row_for_each_mail() -> None:
    with pytest.raises(Error, match="Cannot delete"), transaction.atomic():
        MailText.objects.all().delete()

    assert set(MailText.objects.values_list("purpose", flat=True)) == set(OutgoingMail.Purpose)


def test_test_goes_to_whoever_asked_for_it_and_saves_nothing(desk: Desk, mail_server: Sink) -> None:
    for _ in range(2):  # pressed twice, it is still not saved
        page = desk.typed(form(), body=NEW, _test="Send me a test")

    assert "A test was sent to mo@elmpark.example." in page.text
    assert MailText.objects.of("received").is_as_it_came
    _, sent = received(mail_server)
    assert sent["To"] == "mo@elmpark.example"
    assert sent["Cc"] is sent["Bcc"] is sent["X-Reference"] is None
    assert sent["Subject"] == "[Test] We have your request: 7F3 K92 4XP"
    plain = sent.get_body(("plain",))
    assert plain
    assert plain.get_content().startswith("We have it, 7F3 K92 4XP.")
    desk.pressed_again(form(), page)
    assert MailText.objects.of("received").words["body"] == NEW


def test_test_of_words_that_cannot_be_sent_is_not_sent(desk: Desk, mail_server: Sink) -> None:
    desk.typed(form(), body="{question}", _test="Send me a test")

    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("hinder", "said"),
    [
        (lambda settings: User.objects.update(email=""), "Your account has no email address"),
        (lambda settings: MailFence.objects.update(place=""), "No mail leaves from this copy"),
        (lambda settings: setattr(settings, "EMAIL_PORT", 1), "The mail server did not take the test."),
    ],
    ids=["no address", "a restored copy", "no mail server"],
)
def test_test_that_cannot_leave_says_why(
    desk: Desk, mail_server: Sink, settings: Any, hinder: Any, said: str
) -> None:
    address = form()
    filled = desk.filled(address)
    hinder(settings)

    page = Page(desk.client.post(address, filled | {"body": NEW, "_test": "Send me a test"}))

    assert page.status == 200
    assert said in page.words("//*[@class='messagelist']")[0]
    assert mail_server.mails == []


def test_who_may_only_read_it_sees_the_preview_and_no_button() -> None:
    page = Page(Desk(Role.ADMINISTRATOR, "bay").client.get(form()))

    assert "Thank you. Larkspur Hospital has your request." in page.text
    assert page.tree.xpath("//*[@id='content-main']//input[@type='submit']") == []


def test_two_people_at_once_overwrite_nothing(desk: Desk) -> None:
    ash = Desk(Role.ENQUIRY_MANAGER, "ash")
    seen = desk.filled(form())
    ash.pressed_again(form(), ash.typed(form(), body=NEW))

    page = Page(desk.client.post(form(), seen | {"body": "Mine: {link}"}))

    assert "ash saved this at" in page.text
    assert MailText.objects.of("received").body == NEW


def test_history_says_who_changed_which_words(desk: Desk) -> None:
    desk.pressed_again(form(), desk.typed(form(), subject="Thank you: {reference}"))

    history = desk.get("enquiries_mailtext_history", MailText.objects.of("received").pk).text

    assert "Thank you: {reference}" in history
    assert "mo" in history


def test_history_shows_a_long_text_whole_against_the_words_that_it_came_with(desk: Desk) -> None:
    came_with = MailText.objects.of("received").words["body"]
    longer = came_with + "\n\n" + "We look forward to it. " * 40 + "To the very end."

    desk.pressed_again(form(), desk.typed(form(), body=longer))

    page = desk.get("enquiries_mailtext_history", MailText.objects.of("received").pk)
    (changed,) = page.words("//ul[@class='from-to'][contains(., 'very end')]")
    assert "To the very end." in changed
    assert came_with.splitlines()[0] not in changed, "A line that stayed is no change."
    assert "Changed Text." in page.text
    assert "seen" not in page.text


def test_words_that_staff_wrote_make_no_markup(desk: Desk, hospital: Hospital) -> None:
    MailText.objects.filter(purpose="received").update(body="<script>alert(1)</script> {link}")
    factories.stored_enquiry(hospital)

    assert "<script>" not in mail("received").alternatives[0][0]
    assert Page(desk.client.get(form())).tree.xpath("//div[@class='as-sent__mail']//script") == []


def test_page_says_that_the_words_are_for_every_hospital(desk: Desk) -> None:
    assert "This mail is the same for every hospital" in Page(desk.client.get(form())).text


def test_words_are_read_once_however_many_mails_leave(hospital: Hospital, mail_server: Sink) -> None:
    for _ in range(3):
        factories.stored_enquiry(hospital)

    with CaptureQueriesContext(connection) as queries:
        assert send_due() == 6

    assert sum("enquiries_mailtext" in query["sql"] for query in queries) == 1


def test_mail_in_other_words_leaves_as_any_other(hospital: Hospital, mail_server: Sink) -> None:
    MailText.objects.filter(purpose="received").update(body=NEW)
    factories.stored_enquiry(hospital)

    assert send_due() == 2
