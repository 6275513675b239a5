"""Reviews: when each page is to be read again, who is reminded and when, and that they are reminded once."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from kyphoplasty_site.management.commands.worker import Command
from procedures.models import Edition, Procedure, ReviewReminder, Task
from procedures.reviews import Reminded, remind, reviews
from tests import factories
from tests.enquiries.conftest import Sink
from tests.procedures.staff import Desk, administrator, clinician, editor

pytestmark = pytest.mark.django_db
DUE = date(2027, 9, 1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still at noon, 100 days before the review, and can be moved."""
    with time_machine.travel(datetime(2027, 5, 24, 12, 0, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def kept(clock: time_machine.Traveller) -> Procedure:
    """A page that Ash keeps with Bay, due for its review on 1 September 2027."""
    ash = factories.person("ash", is_staff=True, email="ash@elmpark.example")
    bay = factories.person("bay", is_staff=True, email="bay@elmpark.example")
    procedure = factories.procedure(owner=ash, deputy=bay)
    factories.edition(procedure=procedure, review_due_on=DUE)
    return procedure


def mails(sink: Sink) -> list[EmailMessage]:
    return [message_from_bytes(text.encode(), policy=policy.default) for text in sink.mails]


def on(clock: time_machine.Traveller, days_left: int) -> None:
    """So many days before the review is due; after it, below nothing."""
    day = DUE - timedelta(days=days_left)
    clock.move_to(datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC))


def test_owner_and_deputy_are_reminded_on_each_day_and_on_no_other(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    sent_with = []
    for days_left in range(100, -30, -1):
        on(clock, days_left)
        for _ in range(2):
            if remind().sent:
                sent_with.append(days_left)

    assert sent_with == [90, 60, 30, 0, -7, -14, -21, -28]
    assert len(mail_server.mails) == ReviewReminder.objects.count() == 8
    assert {mail["To"] for mail in mails(mail_server)} == {"ash@elmpark.example, bay@elmpark.example"}


def test_reminder_says_which_page_by_when_and_where(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
    settings: Any,
) -> None:
    settings.SITE_URL = "https://kyphoplasty.example"
    on(clock, 60)

    remind()

    (mail,) = mails(mail_server)
    said = " ".join(mail.get_content().split())
    edition = Edition.objects.get()
    assert mail["Subject"] == "Due on 1 September 2027: the review of Balloon kyphoplasty"
    assert "is due for a clinician’s review on 1 September 2027, in 60 days." in said
    assert f"https://kyphoplasty.example/admin/procedures/edition/{edition.pk}/change/" in said


@pytest.mark.parametrize(
    ("days_left", "said"),
    [(0, "is due for a clinician’s review today"), (-7, "7 days ago. Readers are told that it is overdue.")],
)
def test_reminder_of_what_is_due_today_or_overdue_says_so(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
    days_left: int,
    said: str,
) -> None:
    on(clock, days_left)

    remind()

    (mail,) = mails(mail_server)
    assert said in " ".join(mail.get_content().split())
    assert mail["Subject"].startswith("Overdue since" if days_left < 0 else "Due on")


def test_reminders_missed_while_nothing_ran_are_not_sent_all_at_once(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, -10)

    came = [remind() for _ in range(3)]

    assert [one.sent for one in came] == [1, 0, 0]
    assert ReviewReminder.objects.get().days_before == -7


def test_mail_that_could_not_be_sent_is_sent_later_as_the_same_mail(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, 90)
    mail_server.refused = {"ash@elmpark.example", "bay@elmpark.example"}
    assert remind() == Reminded(failed=1)
    assert not ReviewReminder.objects.exists()

    mail_server.refused = set()
    on(clock, 89)
    assert remind() == Reminded(sent=1)

    (mail,) = mails(mail_server)
    fixed = f"review-{kept.pk}-20270901-90"
    assert mail["Message-ID"].startswith(f"<{fixed}@")
    assert mail["X-Reference"] == fixed


def test_page_without_a_keeper_is_counted_and_reminded_once_it_has_one(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, 90)
    Procedure.objects.update(owner=None, deputy=None)
    assert remind() == Reminded(without_keeper=1)

    Procedure.objects.update(owner=factories.person("fern", email="fern@elmpark.example"))
    assert remind() == Reminded(sent=1)
    assert mails(mail_server)[0]["To"] == "fern@elmpark.example"


def test_nobody_is_reminded_who_no_longer_works_here(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, 90)
    kept.owner.is_active = False  # type: ignore[union-attr]
    kept.owner.save()  # type: ignore[union-attr]

    remind()

    assert mails(mail_server)[0]["To"] == "bay@elmpark.example"


def test_a_new_sign_off_moves_the_review_and_its_reminders(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, -1)
    assert remind().sent == 1
    draft = factories.draft(procedure=kept, number=2)
    given = factories.sign_off(draft, factories.reviewer(), next_review_on=date(2028, 9, 1))
    factories.edition(procedure=kept, number=3, clinical_hash=given.clinical_hash)

    (review,) = reviews()

    assert review.due_on == date(2028, 9, 1)
    assert remind() == Reminded()


def test_command_prints_what_it_did_and_fails_when_a_mail_did(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
) -> None:
    on(clock, 90)
    mail_server.refused = {"ash@elmpark.example", "bay@elmpark.example"}
    failed, done = StringIO(), StringIO()

    with pytest.raises(CommandError, match="tried again next time"):
        call_command("remind", stdout=failed)
    mail_server.refused = set()
    call_command("remind", stdout=done)

    assert json.loads(failed.getvalue()) == {"sent": 0, "without_keeper": 0, "failed": 1}
    assert json.loads(done.getvalue()) == {"sent": 1, "without_keeper": 0, "failed": 0}


@pytest.mark.usefixtures("clocks_agree")
def test_worker_reminds_once_an_hour_and_a_failure_stops_nothing_else(
    kept: Procedure,
    clock: time_machine.Traveller,
    mail_server: Sink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    on(clock, 90)
    worker = Command()
    worker.round()
    assert len(mail_server.mails) == 1

    def fails() -> None:
        raise ValueError("no")

    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.remind", fails)
    worker.hourly_due_at = 0.0
    worker.round()

    assert "Reminding of reviews failed (ValueError). It will be tried again." in caplog.text


def kept_by(desk: Desk, slug: str, due_on: date | None) -> Edition:
    procedure = factories.procedure(name=slug, slug=slug, owner=desk.person)
    return factories.edition(procedure=procedure, review_due_on=due_on)


def test_staff_see_what_is_due_with_its_keepers_tasks_and_drafts(clock: time_machine.Traveller) -> None:
    ash, today = editor(), date(2027, 5, 24)
    overdue = kept_by(ash, "overdue", today - timedelta(days=1))
    for slug, due_on in {
        "soon": today + timedelta(90),
        "later": today + timedelta(91),
        "undated": None,
    }.items():
        kept_by(ash, slug, due_on)
    Task.objects.create(edition=overdue, what="Read it again.")
    factories.draft(procedure=overdue.procedure, number=2, sent_at=datetime(2027, 5, 20, tzinfo=UTC))

    shown = ash.get("reviews_due")

    tables = {
        caption: shown.words(f"//table[caption='{caption}']/tbody/tr") for caption in shown.words("//caption")
    }
    assert tables == {
        "Overdue: 1": [
            "overdue, edition 1 23 May 2027, 1 day ago ash Nobody 1 edition 2, waiting for sign-off"
        ],
        "Due within 90 days: 1": ["soon, edition 1 22 August 2027, in 90 days ash Nobody 0 None"],
        "Without a date: 1": ["undated, edition 1 No date ash Nobody 0 None"],
        "Later: 1": ["later, edition 1 23 August 2027 ash Nobody 0 None"],
    }
    assert "Waiting for sign-off: 1" in shown.text


def test_page_of_reviews_is_linked_from_the_front_for_those_who_may_read_it() -> None:
    ash, morgan, bay = editor(), clinician(), administrator()

    for desk in (ash, morgan, bay):
        front = desk.get("index")
        assert reverse("admin:reviews_due") in front.tree.xpath("//a/@href")
        assert desk.get("reviews_due").heading == "Pages due for review"


def test_owner_and_deputy_are_chosen_among_staff_on_the_procedures_page() -> None:
    ash, procedure = editor(), factories.procedure()
    factories.person("a patient")

    page = ash.get("procedures_procedure_change", procedure.pk)

    assert page.words("//select[@name='owner']/option") == ["---------", "ash"]
