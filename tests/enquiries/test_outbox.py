"""The outbox: nothing is lost, nothing holds up the rest, a repeat is the same mail."""

import logging
import re
from datetime import timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import connection, transaction
from django.utils import timezone

from enquiries.mail import SLOWEST_MAIL, message, send_due
from enquiries.models import Enquiry, MailText, OutgoingMail, WorkerHeartbeat
from enquiries.models.outbox import BATCH, LEASE, worker_last_seen, worker_was_here
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink


def received(sink: Sink) -> list[EmailMessage]:
    return [message_from_string(text, policy=policy.default) for text in sink.mails]


def make_due() -> None:
    OutgoingMail.objects.update(due_at=timezone.now())


@pytest.mark.django_db
def test_mail_leaves_and_is_marked_as_sent(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(hospital)

    assert send_due() == 2

    assert {mail["To"] for mail in received(mail_server)} == {"jo@larkspur.example", "team@elmpark.example"}
    assert not OutgoingMail.objects.unsent().exists()
    assert send_due() == 0


@pytest.mark.django_db
def test_patient_gets_the_reference_and_a_link_to_the_private_page(
    hospital: Hospital, mail_server: Sink, settings: Any
) -> None:
    settings.SITE_URL = "https://kyphoplasty.example"
    enquiry = factories.stored_enquiry(hospital)

    send_due()

    (mail,) = [mail for mail in received(mail_server) if mail["To"] == "jo@larkspur.example"]
    assert mail["Subject"] == f"We have your request: {enquiry.reference_in_groups}"
    assert mail["X-Reference"] == f"{enquiry.reference}-received"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body
        assert f"https://kyphoplasty.example/requests/{enquiry.token}/" in body.get_content()
        assert enquiry.reference_in_groups in body.get_content()


@pytest.mark.django_db
def test_no_mail_repeats_what_was_written(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(
        hospital, needs="bsl", language="Welsh", relationship="I am her daughter", patient_name="Fern"
    )

    send_due()

    for mail in received(mail_server):
        for written in ("mother", "bsl", "BSL", "Welsh", "daughter", "Fern", "900123"):
            assert written not in mail.as_string()


@pytest.mark.django_db
def test_team_gets_a_link_to_the_desk_and_not_who_wrote(hospital: Hospital, mail_server: Sink) -> None:
    enquiry = factories.stored_enquiry(hospital)

    send_due()

    (mail,) = [mail for mail in received(mail_server) if mail["To"] == "team@elmpark.example"]
    text = mail.as_string()
    assert f"/admin/enquiries/enquiry/{enquiry.pk}/change/" in text
    assert enquiry.reference_in_groups in text
    for private in ("Jo", "Larkspur", "900123", "jo@larkspur.example", enquiry.token):
        assert private not in text


@pytest.mark.django_db
def test_name_typed_as_a_header_makes_no_header(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(hospital, name="Jo\r\nBcc: all@larkspur.example")

    send_due()

    assert len(mail_server.mails) == 2
    assert not any(mail["Bcc"] for mail in received(mail_server))


@pytest.mark.django_db
def test_address_that_holds_a_line_end_is_never_sent(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(hospital, email="jo@larkspur.example\nBcc: all@larkspur.example")

    assert send_due() == 1

    assert [mail["To"] for mail in received(mail_server)] == ["team@elmpark.example"]
    assert OutgoingMail.objects.unsent().get().last_problem == "ValueError"


@pytest.mark.django_db
def test_mail_server_that_is_away_loses_nothing(
    hospital: Hospital, settings: Any, closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    factories.stored_enquiry(hospital)

    for _ in range(10):
        make_due()
        assert send_due() == 0

    waiting = OutgoingMail.objects.unsent()
    assert {mail.last_problem for mail in waiting} == {"ConnectionRefusedError"}
    assert all(timezone.now() < mail.due_at <= timezone.now() + timedelta(minutes=1) for mail in waiting)
    assert "larkspur" not in caplog.text.lower()


@pytest.mark.django_db
def test_mail_server_that_is_back_gets_the_same_mail(hospital: Hospital, mail_server: Sink) -> None:
    enquiry = factories.stored_enquiry(hospital)
    ids = set(OutgoingMail.objects.values_list("message_id", flat=True))
    OutgoingMail.objects.update(attempts=7, last_problem="ConnectionRefusedError")

    assert send_due() == 2

    assert {mail["Message-ID"] for mail in received(mail_server)} == ids
    assert all(mail["X-Reference"].startswith(enquiry.reference) for mail in received(mail_server))


@pytest.mark.django_db
def test_repeat_has_the_same_message_id_and_reference(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)
    mail = OutgoingMail.objects.get(purpose="received")

    text = MailText.objects.of("received")
    first = message(mail, text).message()
    again = message(OutgoingMail.objects.get(pk=mail.pk), text).message()

    assert first["Message-ID"] == again["Message-ID"] == mail.message_id
    assert first["X-Reference"] == again["X-Reference"]
    assert re.fullmatch(r"<\S+@\S+>", mail.message_id)


@pytest.mark.django_db
def test_refused_address_keeps_no_other_mail_waiting(hospital: Hospital, mail_server: Sink) -> None:
    mail_server.refused = {"gone@larkspur.example"}
    factories.stored_enquiry(hospital, email="gone@larkspur.example")
    factories.stored_enquiry(hospital)

    assert send_due() == 3

    assert OutgoingMail.objects.held().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", [550, 553])
def test_address_that_is_refused_for_good_waits_for_a_person_at_once(
    hospital: Hospital, mail_server: Sink, code: int
) -> None:
    mail_server.refused, mail_server.refuses_with = {"jo@larkspur.example"}, code
    factories.stored_enquiry(hospital)

    send_due()
    make_due()

    held = OutgoingMail.objects.held().get()
    assert held.last_problem == f"The mail server refused the address ({code})."
    assert "larkspur" not in held.last_problem
    assert send_due() == 0


@pytest.mark.django_db
def test_address_that_is_refused_for_now_is_tried_less_and_less_often(
    hospital: Hospital, mail_server: Sink
) -> None:
    mail_server.refused, mail_server.refuses_with = {"jo@larkspur.example"}, 451
    factories.stored_enquiry(hospital)
    waits = []

    for _ in range(20):
        make_due()
        send_due()
        mail = OutgoingMail.objects.unsent().get()
        waits.append(round((mail.due_at - timezone.now()).total_seconds()))

    assert waits[:4] == [15, 30, 60, 120]
    assert set(waits[-10:]) == {3600}


@pytest.mark.django_db
def test_mail_that_cannot_be_sent_for_seven_days_is_held_and_never_dropped(
    hospital: Hospital, mail_server: Sink
) -> None:
    mail_server.refused, mail_server.refuses_with = {"jo@larkspur.example"}, 451
    with time_machine.travel("2026-05-03T10:00:00Z", tick=False) as clock:
        factories.stored_enquiry(hospital)
        send_due()
        clock.shift(timedelta(days=7, seconds=-1))
        assert OutgoingMail.objects.hold_what_took_too_long() == 0
        clock.shift(timedelta(seconds=1))
        assert OutgoingMail.objects.hold_what_took_too_long() == 1
        clock.shift(timedelta(days=30))
        assert send_due() == 0

    held = OutgoingMail.objects.held().get()
    assert held.last_problem == "SMTPRecipientsRefused"


@pytest.mark.django_db
def test_held_mail_that_is_tried_again_leaves_as_the_same_mail(hospital: Hospital, mail_server: Sink) -> None:
    mail_server.refused = {"jo@larkspur.example"}
    factories.stored_enquiry(hospital)
    send_due()
    mail_server.refused = set()
    held = OutgoingMail.objects.held().get()

    assert OutgoingMail.objects.held().try_again() == 1
    assert send_due() == 1

    assert received(mail_server)[-1]["Message-ID"] == held.message_id
    assert not OutgoingMail.objects.held().exists()


@pytest.mark.django_db
def test_mail_that_is_tried_again_has_another_seven_days(hospital: Hospital, mail_server: Sink) -> None:
    mail_server.refused = {"jo@larkspur.example"}
    with time_machine.travel("2026-05-03T10:00:00Z", tick=False) as clock:
        factories.stored_enquiry(hospital)
        send_due()
        clock.shift(timedelta(days=20))
        OutgoingMail.objects.try_again()
        assert OutgoingMail.objects.hold_what_took_too_long() == 0
        clock.shift(timedelta(days=7))
        assert OutgoingMail.objects.hold_what_took_too_long() == 1


@pytest.mark.django_db
def test_first_tries_go_before_repeats(hospital: Hospital) -> None:
    """Thousands that fail again and again keep no new patient waiting."""
    failing = [factories.stored_enquiry(hospital, email="") for _ in range(3)]
    OutgoingMail.objects.update(attempts=4)
    new = factories.stored_enquiry(hospital, email="")

    assert [mail.enquiry for mail in OutgoingMail.objects.claim(10)] == [new, *failing]


@pytest.mark.django_db
def test_mail_server_that_hangs_up_costs_the_next_mail_nothing(hospital: Hospital, mail_server: Sink) -> None:
    mail_server.refused, mail_server.refuses_with = {"jo@larkspur.example"}, 421  # and hangs up
    factories.stored_enquiry(hospital)
    factories.stored_enquiry(hospital, email="wren@larkspur.example")

    assert send_due() == 3


@pytest.mark.django_db(transaction=True)
def test_mail_of_a_worker_whose_session_ends_is_free_at_once(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital, email="")
    worker = connection.copy()
    with worker.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    OutgoingMail.objects.update(due_at=timezone.now() + LEASE, taken_by=session)
    assert OutgoingMail.objects.claim(10) == []

    worker.close()
    while session_lives(session):
        pass

    assert len(OutgoingMail.objects.claim(10)) == 1


def session_lives(session: int) -> bool:
    """Ending takes PostgreSQL a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [session])
        return cursor.fetchone() is not None


@pytest.mark.django_db
def test_mail_without_an_address_waits_for_one(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(hospital)
    Hospital.objects.update(enquiries_email="")

    assert send_due() == 1

    assert OutgoingMail.objects.unsent().get().last_problem == "LookupError"


@pytest.mark.django_db
def test_mail_that_one_worker_holds_is_nobody_else_s(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    assert len(OutgoingMail.objects.claim(10)) == 2
    assert OutgoingMail.objects.claim(10) == []


@pytest.mark.django_db
def test_killed_worker_s_mail_comes_free_when_the_lease_ends(hospital: Hospital) -> None:
    with time_machine.travel("2026-05-03T10:00:00Z", tick=False) as clock:
        factories.stored_enquiry(hospital)
        OutgoingMail.objects.claim(10)
        clock.shift(timedelta(minutes=4, seconds=59))
        assert OutgoingMail.objects.claim(10) == []
        clock.shift(timedelta(seconds=1))
        assert [mail.attempts for mail in OutgoingMail.objects.claim(10)] == [2, 2]


def test_lease_has_time_for_the_slowest_mail(settings: Any) -> None:
    """Nine answers to call and hang up, four for the mail, each as late as it may be."""
    assert timedelta(seconds=(9 + 4) * settings.EMAIL_TIMEOUT) <= SLOWEST_MAIL < LEASE


@pytest.mark.django_db
def test_batch_stops_before_its_lease_ends_and_the_rest_is_free_again(
    hospital: Hospital, mail_server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may take what is left of a lease, so no mail is begun that could outlast it."""
    for _ in range(3):
        factories.stored_enquiry(hospital, email="")
    ticks = iter([0.0, 0.0, (LEASE - SLOWEST_MAIL).total_seconds()])
    monkeypatch.setattr("enquiries.mail.monotonic", lambda: next(ticks))

    assert send_due() == 1

    assert [mail.attempts for mail in OutgoingMail.objects.claim(10)] == [1, 1]


@pytest.mark.django_db
def test_one_batch_is_no_more_than_a_lease_covers(hospital: Hospital, mail_server: Sink) -> None:
    for _ in range(BATCH + 1):
        factories.stored_enquiry(hospital, email="")

    assert send_due() == BATCH


@pytest.mark.django_db(transaction=True)
def test_worker_skips_what_another_is_just_taking(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital, email="")
    factories.stored_enquiry(hospital, email="")
    other = connection.copy()

    with transaction.atomic(), other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT id FROM enquiries_outgoingmail ORDER BY id LIMIT 1 FOR UPDATE")
        (held,) = cursor.fetchone()
        taken = [mail.pk for mail in OutgoingMail.objects.claim(10)]
    other.rollback()
    other.close()

    assert len(taken) == 1
    assert held not in taken


@pytest.mark.django_db
def test_oldest_mail_is_taken_first(hospital: Hospital) -> None:
    newer = factories.stored_enquiry(hospital, email="")
    older = factories.stored_enquiry(hospital, email="")
    OutgoingMail.objects.filter(enquiry=older).update(created_at=timezone.now() - timedelta(hours=1))

    assert [mail.enquiry for mail in OutgoingMail.objects.claim(10)] == [older, newer]
    assert OutgoingMail.objects.oldest_unsent() == OutgoingMail.objects.get(enquiry=older)


@pytest.mark.django_db
def test_row_in_the_outbox_holds_nothing_personal(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    with connection.cursor() as cursor:
        cursor.execute("SELECT enquiries_outgoingmail::text FROM enquiries_outgoingmail")
        rows = str(cursor.fetchall()).lower()

    assert "jo" not in rows.replace("json", "")
    assert "larkspur" not in rows


@pytest.mark.django_db
def test_health_says_how_long_mail_has_waited_and_the_worker_was_away(hospital: Hospital) -> None:
    assert set(OutgoingMail.objects.health().values()) == {None, 0}

    with time_machine.travel("2026-05-03T10:00:00Z", tick=False) as clock:
        factories.stored_enquiry(hospital)
        clock.shift(timedelta(seconds=90))
        worker_was_here()
        clock.shift(timedelta(seconds=5))
        health = OutgoingMail.objects.health()

    assert health == {
        "oldest_unsent_seconds": 95,
        "put_off_mails": 0,
        "held_mails": 0,
        "worker_seen_seconds": 5,
    }


@pytest.mark.django_db
def test_mail_stored_while_the_clock_was_wrong_does_not_wait_for_that_day(hospital: Hospital) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        factories.stored_enquiry(hospital, email="")

    assert OutgoingMail.objects.due().count() == 1


@pytest.mark.django_db
def test_worker_is_seen_in_one_row() -> None:
    worker_was_here()
    worker_was_here()

    assert WorkerHeartbeat.objects.count() == 1
    assert worker_last_seen()


@pytest.mark.django_db
def test_log_of_sent_mail_names_the_request_and_no_person(
    hospital: Hospital, mail_server: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.refused = {"gone@larkspur.example"}
    with caplog.at_level(logging.INFO, logger="enquiries"):
        enquiry = factories.stored_enquiry(hospital)
        factories.stored_enquiry(hospital, email="gone@larkspur.example")
        send_due()

    assert f"Mail {enquiry.reference}-received was sent." in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("enquiries")]
    assert len(ours) == 4
    assert not any("larkspur" in line for line in ours)


@pytest.mark.django_db
def test_mail_of_an_erased_request_goes_with_it(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    Enquiry.objects.all().delete()

    assert not OutgoingMail.objects.exists()
    assert send_due() == 0
    assert django_mail.outbox == []


@pytest.mark.django_db
def test_mail_put_off_for_an_hour_waits_and_so_does_what_a_worker_ahead_of_time_has_taken(
    hospital: Hospital,
) -> None:
    factories.stored_enquiry(hospital, email="")
    OutgoingMail.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert OutgoingMail.objects.claim() == []

    make_due()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert len(OutgoingMail.objects.claim()) == 1
    assert OutgoingMail.objects.claim() == []
