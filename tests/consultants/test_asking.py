"""Whom we ask whether the facts still hold, on which days, how often, and by which mail."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from consultants.models import Consultant, Practice, Reconfirmation
from consultants.reconfirming import Asked, ask_due, ask_to_reconfirm, send_waiting
from kyphoplasty_site.management.commands.worker import Command
from tests import factories
from tests.consultants.secretary import Secretary
from tests.enquiries.conftest import Sink
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
CONFIRMED_ON = date(2026, 5, 3)
ROBIN = "robin@elmpark.example"


def on(clock: time_machine.Traveller, days: int) -> None:
    """At noon, so many days after the confirmation."""
    day = CONFIRMED_ON + timedelta(days=days)
    clock.move_to(datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 5, 3, 12, 0, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def practice(clock: time_machine.Traveller) -> Practice:
    """Miss Ada Quill at Elm Park, confirmed on 3 May 2026, with a secretary."""
    ada = factories.consultant(secretary_email=ROBIN)
    return factories.practice(ada, factories.hospital(), confirmed_on=CONFIRMED_ON)


def mails(sink: Sink) -> list[EmailMessage]:
    return [message_from_bytes(text.encode(), policy=policy.default) for text in sink.mails]


def link(mail: EmailMessage) -> str:
    found = re.search(r"/confirm/\S+", mail.get_content())
    assert found
    return found.group()


def test_secretary_is_asked_on_the_day_facts_are_due_and_two_weeks_before_they_lapse(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    asked_on = []
    for days in range(170, 420):
        on(clock, days)
        for _ in range(2):
            if ask_to_reconfirm().sent:
                asked_on.append(days)

    assert asked_on == [180, 351]
    assert {mail["To"] for mail in mails(mail_server)} == {ROBIN}
    assert list(Reconfirmation.objects.order_by("due_on").values_list("due_on", flat=True)) == [
        CONFIRMED_ON + timedelta(days=180),
        CONFIRMED_ON + timedelta(days=351),
    ]


def test_mail_is_a_link_and_few_words(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink, settings: Any
) -> None:
    settings.SITE_URL = "https://kyphoplasty.example"
    on(clock, 180)

    ask_to_reconfirm()

    (mail,) = mails(mail_server)
    question = Reconfirmation.objects.get()
    said = " ".join(mail.get_content().split())
    assert mail["Subject"] == "Please check what patients read about Miss Ada Quill"
    assert f"https://kyphoplasty.example{question.address}" in said
    assert "The link works once, until 20 November 2026." in said
    assert said.startswith(
        "Hello, This is Elm Park Hospital. Patients read about Miss Ada Quill on our pages:"
    )
    assert "https://kyphoplasty.example/consultants/ada-quill/" in said
    assert "a number that you already have for us, or Elm Park Hospital on 01632 960100." in said
    assert "Yours, the people who keep the list of consultants at Elm Park Hospital" in said
    assert "in our lists" not in said
    assert len(said.split()) < 160


def test_mail_that_staff_asked_for_says_who_asked(practice: Practice, mail_server: Sink) -> None:
    fern = factories.person("fern", first_name="Fern", last_name="Ash")
    Reconfirmation.objects.ask(practice.consultant, by=fern)

    ask_to_reconfirm()

    said = " ".join(mails(mail_server)[0].get_content().split())
    assert "Yours, Fern Ash, for the people who keep the list of consultants at Elm Park Hospital" in said


def test_reminder_says_when_patients_no_longer_find_them(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 351)

    ask_to_reconfirm()

    said = " ".join(mails(mail_server)[0].get_content().split())
    assert "If nobody answers before 3 May 2027, patients no longer find Miss Quill in our lists" in said


def test_link_of_the_mail_opens_the_page(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink, client: Client
) -> None:
    on(clock, 180)
    ask_to_reconfirm()

    page = Page(client.get(link(mails(mail_server)[0])))

    assert page.heading == "Are these facts about Miss Ada Quill right?"


def test_question_missed_while_nothing_ran_is_asked_once(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 360)

    came = [ask_to_reconfirm().sent for _ in range(3)]

    assert came == [1, 0, 0]
    assert Reconfirmation.objects.get().due_on == CONFIRMED_ON + timedelta(days=351)


def test_confirmation_moves_the_next_question(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    ask_to_reconfirm()
    on(clock, 185)
    Secretary(Reconfirmation.objects.get()).confirms()

    asked_on = []
    for days in range(186, 380):
        on(clock, days)
        if ask_to_reconfirm().sent:
            asked_on.append(days)

    assert asked_on == [365]


def test_secretary_is_asked_once_for_practices_that_come_due_one_after_another(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    for number in range(1, 4):
        hospital = factories.hospital(name=f"Ash {number}", slug=f"ash-{number}")
        confirmed_on = CONFIRMED_ON + timedelta(days=number)
        factories.practice(practice.consultant, hospital, confirmed_on=confirmed_on)

    asked_on = []
    for days in range(179, 260):
        on(clock, days)
        if ask_to_reconfirm().sent:
            asked_on.append(days)

    # Once more after two quiet weeks, since what came due in them was never asked for.
    assert asked_on == [180, 194]


def test_nobody_is_asked_of_their_own_accord_about_who_was_only_named(
    practice: Practice, clock: time_machine.Traveller
) -> None:
    Practice.objects.update(confirmed_on=None, named_in=2016)
    on(clock, 400)

    assert ask_due() == Asked()


def test_nobody_is_asked_about_consultants_who_are_not_listed(
    practice: Practice, clock: time_machine.Traveller
) -> None:
    Consultant.objects.update(is_listed=False)
    on(clock, 180)

    assert ask_due() == Asked()


def test_nobody_is_asked_while_corrections_wait_for_staff(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    ask_to_reconfirm()
    Secretary(Reconfirmation.objects.get()).corrects(role="Surgeon")
    on(clock, 360)

    assert ask_to_reconfirm() == Asked()


def test_consultant_without_an_address_is_counted_and_asked_once_there_is_one(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    Consultant.objects.update(secretary_email="")
    on(clock, 180)
    assert ask_to_reconfirm() == Asked(without_address=1)

    Consultant.objects.update(secretary_email="sam@elmpark.example")
    assert ask_to_reconfirm() == Asked(asked=1, sent=1)
    assert mails(mail_server)[0]["To"] == "sam@elmpark.example"


def test_mail_goes_to_the_address_on_record_when_it_leaves(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    ask_due()
    Consultant.objects.update(secretary_email="sam@elmpark.example")

    send_waiting()

    assert mails(mail_server)[0]["To"] == "sam@elmpark.example"


def test_mail_that_could_not_be_sent_is_sent_an_hour_later_as_the_same_mail(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    on(clock, 180)
    mail_server.refused = {ROBIN}
    assert ask_to_reconfirm() == Asked(asked=1, failed=1)
    question = Reconfirmation.objects.get()
    assert question.sent_at is None
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail")]
    assert ours == [f"Question {question.pk} was not sent (SMTPRecipientsRefused)."]

    mail_server.refused = set()
    assert send_waiting() == Asked()
    clock.shift(timedelta(hours=1))
    assert send_waiting() == Asked(sent=1)

    (mail,) = mails(mail_server)
    assert mail["Message-ID"].startswith(f"<reconfirm-{question.pk}@")
    assert mail["X-Reference"] == f"reconfirm-{question.pk}"
    assert link(mail) == question.address


def test_one_record_that_no_mail_can_be_made_of_keeps_no_other_waiting(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    bad = factories.consultant(slug="bo", secretary_email="bo@elmpark.example\nBcc: all@elmpark.example")
    factories.practice(bad, practice.hospital, confirmed_on=practice.confirmed_on)
    on(clock, 180)

    assert ask_to_reconfirm() == Asked(asked=2, sent=1, failed=1)
    assert mails(mail_server)[0]["To"] == ROBIN
    assert Reconfirmation.objects.not_sent().get().consultant == bad


def test_name_with_a_line_break_still_makes_a_mail(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    Consultant.objects.update(given_name="Ada\nB")
    on(clock, 180)

    assert ask_to_reconfirm() == Asked(asked=1, sent=1)
    assert mails(mail_server)[0]["Subject"].endswith("about Miss Ada B Quill")


def test_question_that_is_moot_when_its_mail_would_leave_is_not_sent(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    ask_due()
    practice.confirm(timezone.localdate(), "Rung")

    assert send_waiting() == Asked()
    assert Reconfirmation.objects.get().ended == "taken back"


def test_question_whose_address_went_meanwhile_waits_for_another(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    ask_due()
    Consultant.objects.update(secretary_email="")

    assert send_waiting() == Asked(failed=1)
    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("moment", "asked"),
    [
        # 180 days after 3 May is 30 October: the clocks have gone back meanwhile.
        (datetime(2026, 10, 29, 23, 59, tzinfo=UTC), 0),
        (datetime(2026, 10, 30, 0, 1, tzinfo=UTC), 1),
        # 351 days after 3 May is 19 April: the clocks have gone forward again.
        (datetime(2027, 4, 18, 22, 59, tzinfo=UTC), 0),
        (datetime(2027, 4, 18, 23, 1, tzinfo=UTC), 1),
    ],
)
def test_day_turns_at_midnight_in_london(
    practice: Practice, clock: time_machine.Traveller, moment: datetime, asked: int
) -> None:
    if moment.year == 2027:
        on(clock, 180)
        ask_due()
    clock.move_to(moment)

    assert ask_due().asked == asked


def test_command_prints_what_it_did_and_fails_when_a_mail_did(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    mail_server.refused = {ROBIN}
    failed, done = StringIO(), StringIO()

    with pytest.raises(CommandError, match="tried again in an hour"):
        call_command("ask_to_reconfirm", stdout=failed)
    mail_server.refused = set()
    clock.shift(timedelta(hours=1))
    call_command("ask_to_reconfirm", stdout=done)

    assert json.loads(failed.getvalue()) == {"asked": 1, "without_address": 0, "sent": 0, "failed": 1}
    assert json.loads(done.getvalue()) == {"asked": 0, "without_address": 0, "sent": 1, "failed": 0}


@pytest.mark.usefixtures("clocks_agree")
def test_worker_asks_once_an_hour_and_sends_in_every_round(
    practice: Practice, clock: time_machine.Traveller, mail_server: Sink
) -> None:
    on(clock, 180)
    worker = Command()

    worker.round()
    assert len(mail_server.mails) == 1

    Reconfirmation.objects.ask(practice.consultant, by=factories.person())
    worker.round()
    assert len(mail_server.mails) == 2


@pytest.mark.usefixtures("clocks_agree")
def test_failure_to_ask_stops_nothing_else(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise ValueError("no")

    monkeypatch.setattr("consultants.reconfirming.ask_due", fails)
    monkeypatch.setattr("consultants.reconfirming.send_waiting", fails)

    Command().round()

    assert "Asking what is due failed (ValueError). It will be tried again." in caplog.text
    assert "Sending what secretaries are asked failed (ValueError)." in caplog.text


def test_asking_costs_as_many_queries_for_thirty_who_were_asked_as_for_none(
    clock: time_machine.Traveller, django_assert_num_queries: Any
) -> None:
    hospital = factories.hospital()
    for number in range(30):
        ada = factories.consultant(slug=f"ada-{number}", secretary_email=ROBIN)
        factories.practice(ada, hospital, confirmed_on=CONFIRMED_ON)
    on(clock, 180)
    assert ask_due().asked == 30

    with django_assert_num_queries(1):
        assert ask_due() == Asked()
