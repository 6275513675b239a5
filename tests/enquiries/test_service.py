"""The service clock: how the team does, told to those who oversee it, and the files they may take away."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from enquiries import mail, ringing, service
from enquiries.models import Attempt, Enquiry, Export, OutgoingMail, ServicePolicy
from enquiries.models.attempts import Ending
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
SERVICE = "/admin/enquiries/enquiry/service/"
EXPORT = "/admin/enquiries/enquiry/export/"
MONDAY_NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)
OVERDUE = OutgoingMail.Purpose.OVERDUE
REASON = "For the monthly meeting"


@pytest.fixture
def elm_park() -> Hospital:
    """Answers from nine to half past five on weekdays, and Saturday mornings."""
    factories.red_flag_card()
    return factories.known_hospital()


@pytest.fixture
def manager(elm_park: Hospital) -> User:
    user = factories.handler("robin", elm_park, role="Enquiry manager")
    user.email = "robin@staff.example"
    user.save()
    return user


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    signed_in(client, manager)
    return client


def rung(hospital: Hospital, user: User, asked_at: datetime, after: timedelta, **facts: Any) -> Enquiry:
    """A request that was rung so long after it came in, and ended so."""
    enquiry = factories.stored_enquiry(hospital, created_at=asked_at)
    outcome = facts.get("outcome", Attempt.Outcome.SPOKE)
    with time_machine.travel(asked_at + after, tick=False):
        ringing.take(enquiry, user)
        ringing.record(enquiry, outcome, user)
    return enquiry


def overdue_mails() -> int:
    return OutgoingMail.objects.filter(purpose=OVERDUE).count()


def tell() -> None:
    OutgoingMail.objects.tell_managers(Enquiry.objects.overdue())


# The clock.


def test_service_is_measured_in_working_hours(elm_park: Hospital, manager: User) -> None:
    friday_five = MONDAY_NINE - timedelta(days=3) + timedelta(hours=8)
    with time_machine.travel(MONDAY_NINE + timedelta(hours=8), tick=False):
        rung(
            elm_park, manager, friday_five, timedelta(days=3)
        )  # half an hour on Friday, Saturday's three, Monday's eight
        report = service.report(Enquiry.objects.all())

    (elm,) = report.hospitals
    assert elm.typical_hours == 0.5 + 3 + 8


def test_promise_is_kept_broken_or_not_due_yet(elm_park: Hospital, manager: User) -> None:
    with time_machine.travel(MONDAY_NINE, tick=False) as clock:
        rung(elm_park, manager, MONDAY_NINE, timedelta(hours=3))
        rung(elm_park, manager, MONDAY_NINE, timedelta(hours=8, minutes=20))
        factories.stored_enquiry(elm_park)
        clock.move_to(MONDAY_NINE + timedelta(hours=8, minutes=25))
        factories.stored_enquiry(elm_park)

        (elm,) = service.report(Enquiry.objects.all()).hospitals

    assert (elm.kept, elm.broken, elm.percent_kept) == (1, 2, 33)
    assert (elm.requests, elm.open, elm.overdue) == (4, 2, 1)


def test_days_waits_and_endings_are_counted_and_drawn(elm_park: Hospital, manager: User) -> None:
    with time_machine.travel(MONDAY_NINE + timedelta(hours=6), tick=False):
        rung(elm_park, manager, MONDAY_NINE, timedelta(minutes=30))
        rung(elm_park, manager, MONDAY_NINE, timedelta(hours=3), outcome=Attempt.Outcome.BOOKED)
        factories.stored_enquiry(elm_park)
        duplicate = factories.stored_enquiry(elm_park)
        duplicate.mark_handled(manager, Ending.DUPLICATE)
        report = service.report(Enquiry.objects.all())

    assert (report.days[-1].label, report.days[-1].count, len(report.days)) == ("30 November", 3, 28)
    assert {bar.label: bar.count for bar in report.waits if bar.count} == {
        "Within an hour": 1,
        "2 to 4 hours": 1,
        "Not rung yet": 1,
    }
    assert {bar.label: (bar.count, bar.percent) for bar in report.endings if bar.count} == {
        "Answered": (1, 100),
        "Booked": (1, 100),
        "Still open": (1, 100),
    }


def test_withdrawn_is_no_longer_open_and_what_looks_like_spam_is_not_counted(elm_park: Hospital) -> None:
    factories.stored_enquiry(elm_park).withdraw()
    factories.stored_enquiry(elm_park, suspected_at=timezone.now(), suspected_because="trap")

    report = service.report(Enquiry.objects.all())

    assert {bar.label: bar.count for bar in report.endings if bar.count} == {"Withdrawn by the patient": 1}
    assert (report.hospitals[0].requests, report.hospitals[0].open) == (1, 0)


def test_promise_that_was_late_is_broken_though_it_was_finished_without_a_call(
    elm_park: Hospital, manager: User
) -> None:
    with time_machine.travel(MONDAY_NINE, tick=False) as clock:
        early, late = factories.stored_enquiry(elm_park), factories.stored_enquiry(elm_park)
        ringing.finish(early, Ending.ANSWERED, manager)
        clock.move_to(MONDAY_NINE + timedelta(days=2))
        ringing.finish(late, Ending.ANSWERED, manager)

        (elm,) = service.report(Enquiry.objects.all()).hospitals

    assert (elm.kept, elm.broken) == (0, 1)


def test_request_of_long_ago_is_not_counted(elm_park: Hospital) -> None:
    factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=service.DAYS + 1))

    assert service.report(Enquiry.objects.all()).hospitals == []


def test_managers_page_shows_pictures_with_their_numbers(
    desk: Client, elm_park: Hospital, manager: User
) -> None:
    rung(elm_park, manager, timezone.now() - timedelta(minutes=5), timedelta(minutes=1))

    page = Page(desk.get(SERVICE))

    assert len(page.tree.xpath("//svg[@class='chart__days']/rect")) == service.DAYS
    assert page.words("//tbody/tr/th[.='Elm Park Hospital']") == ["Elm Park Hospital"]
    assert "100 in 100" in page.text
    assert page.dangling() == set()


def test_managers_page_counts_their_own_hospitals_only(desk: Client, elm_park: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    factories.stored_enquiry(oak_hill)

    for narrowed in ({}, {"hospital": oak_hill.pk}):
        page = Page(desk.get(SERVICE, narrowed))
        assert "Oak Hill" not in page.text
        assert "Nobody has asked in these days." in page.text


def test_empty_page_of_a_new_site_says_so(desk: Client) -> None:
    assert "Nobody has asked in these days." in Page(desk.get(SERVICE)).text


# Telling the managers.


def test_managers_are_told_of_an_overdue_call_by_reference_and_link_only(
    elm_park: Hospital, manager: User, mail_server: Sink
) -> None:
    factories.handler("wren", elm_park)
    enquiry = factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=9))
    OutgoingMail.objects.all().delete()

    tell()
    mail.send_due()

    (sent,) = mail_server.mails
    assert "To: robin@staff.example" in sent
    assert enquiry.reference_in_groups in sent
    assert "/admin/enquiries/enquiry/?state=overdue" in sent
    for private in ("Larkspur", "900123", "larkspur", enquiry.token):
        assert private not in sent


def test_managers_are_told_once_an_hour_at_most_and_only_of_new_ones(
    elm_park: Hospital, manager: User
) -> None:
    with time_machine.travel(MONDAY_NINE, tick=False) as clock:
        for minutes in (0, 0, 10, 90):
            factories.stored_enquiry(elm_park, created_at=MONDAY_NINE + timedelta(minutes=minutes))
        told = []
        for hours in (7, 8.1, 8.2, 8.3, 9.2, 9.6, 26):
            clock.move_to(MONDAY_NINE + timedelta(hours=hours))
            tell()
            told.append(overdue_mails())

    assert told == [0, 1, 1, 1, 2, 2, 3]


def test_two_workers_tell_once(elm_park: Hospital, manager: User) -> None:
    factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=9))
    overdue = Enquiry.objects.overdue()

    OutgoingMail.objects.queue(overdue[0], OVERDUE)
    OutgoingMail.objects.queue(overdue[0], OVERDUE)

    assert overdue_mails() == 1


def test_each_hospital_is_told_of_its_own(elm_park: Hospital, manager: User) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    for hospital in (elm_park, elm_park, oak_hill):
        factories.stored_enquiry(hospital, created_at=timezone.now() - timedelta(days=9))

    tell()

    mails = OutgoingMail.objects.filter(purpose=OVERDUE)
    assert {(one.enquiry.hospital, tuple(one.recipients)) for one in mails} == {
        (elm_park, ("robin@staff.example",)),
        (oak_hill, ()),
    }


def test_overdue_mail_that_no_manager_would_get_waits_for_a_person_at_once(
    elm_park: Hospital, mail_server: Sink
) -> None:
    factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=9))
    OutgoingMail.objects.all().delete()

    tell()
    mail.send_due()

    assert (
        OutgoingMail.objects.held().get().last_problem == "No manager of this hospital has an email address."
    )


def test_worker_tells_the_managers_of_one_that_only_looks_like_spam(
    elm_park: Hospital, manager: User
) -> None:
    suspected = {"suspected_at": timezone.now(), "suspected_because": "trap"}
    factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=9), **suspected)

    call_command("worker", once=True)

    assert overdue_mails() == 1


def test_worker_tells_the_managers(elm_park: Hospital, manager: User) -> None:
    factories.stored_enquiry(elm_park, created_at=timezone.now() - timedelta(days=9))

    call_command("worker", once=True)

    assert overdue_mails() == 1


def test_patient_who_was_not_reached_is_told_nothing_of_their_health(
    elm_park: Hospital, manager: User, mail_server: Sink
) -> None:
    ServicePolicy.objects.update(tries=1)
    enquiry = factories.stored_enquiry(elm_park, question="My back broke in May.")
    OutgoingMail.objects.all().delete()
    ringing.take(enquiry, manager)
    ringing.record(enquiry, Attempt.Outcome.NO_ANSWER, manager)

    mail.send_due()

    (sent,) = mail_server.mails
    assert "To: jo@larkspur.example" in sent
    assert "could not reach" in sent
    assert enquiry.token in sent.replace("=\r\n", "")
    assert "text/html" in sent
    assert "broke" not in sent


# Files.


def exported(desk: Client, kind: str, reason: str = REASON, **narrowed: Any) -> Any:
    query = "?" + "&".join(f"{name}={value}" for name, value in narrowed.items())
    return desk.post(EXPORT + query, {"reason": reason, "kind": kind})


def rows_of_csv(response: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(response.getvalue().decode("utf-8-sig"))))


def test_file_holds_who_asked_and_not_what_they_wrote(
    desk: Client, elm_park: Hospital, manager: User
) -> None:
    enquiry = factories.stored_enquiry(elm_park, question="My back broke.", needs="bsl", language="Welsh")
    enquiry.notes.create(text="A secret note.", by=manager)

    header, row = rows_of_csv(exported(desk, "csv"))

    assert dict(zip(header, row, strict=True)) | {"Received": "", "Promised by": ""} == {
        "Reference": enquiry.reference_in_groups,
        "Kind": "Enquiry",
        "Hospital": "Elm Park Hospital",
        "Name": "Jo Larkspur",
        "Phone": "07700 900123",
        "Email": "jo@larkspur.example",
        "Received": "",
        "Promised by": "",
        "First tried": "",
        "Finished": "",
        "Outcome": "Open",
    }


@pytest.mark.parametrize("risky", ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_a_formula(desk: Client, elm_park: Hospital, kind: str, risky: str) -> None:
    factories.stored_enquiry(elm_park, name=risky)

    response = exported(desk, kind)

    if kind == "csv":
        name = rows_of_csv(response)[1][3]
    else:
        name = load_workbook(BytesIO(response.content)).active["D2"].value
    assert name.startswith("'")


def test_export_asks_for_a_reason_and_is_on_record(desk: Client, elm_park: Hospital, manager: User) -> None:
    factories.stored_enquiry(elm_park)
    assert "Say why you need this file." in Page(desk.post(EXPORT, {"kind": "csv", "reason": " "})).text
    assert "Say a little more" in Page(desk.post(EXPORT, {"kind": "csv", "reason": "Need it"})).text
    assert not Export.objects.exists()

    exported(desk, "xlsx")

    kept = Export.objects.get()
    assert (kept.by, kept.kind, kept.requests, kept.reason) == (manager, "xlsx", 1, REASON)
    assert REASON in Page(desk.get(EXPORT)).text
    assert not LogEntry.objects.exists()


def test_export_holds_what_the_queue_was_narrowed_to(desk: Client, elm_park: Hospital, manager: User) -> None:
    factories.stored_enquiry(elm_park)
    finished = factories.stored_enquiry(elm_park)
    finished.mark_handled(manager, Ending.BOOKED)

    _, row = rows_of_csv(exported(desk, "csv", state="finished"))

    assert (row[0], row[-1]) == (finished.reference_in_groups, "Booked")


def test_export_holds_ones_own_hospitals_only(desk: Client, elm_park: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    factories.stored_enquiry(oak_hill)
    ash = factories.handler("ash", oak_hill, role="Enquiry manager")
    factories.team_member(ash, elm_park)
    factories.stored_enquiry(elm_park)
    browser = Client()
    signed_in(browser, ash)
    assert len(rows_of_csv(exported(browser, "csv", "Of both hospitals"))) == 3

    assert len(rows_of_csv(exported(desk, "csv"))) == 2
    assert len(rows_of_csv(exported(desk, "csv", hospital=oak_hill.pk))) == 2
    assert "Of both hospitals" in Page(browser.get(EXPORT)).text
    assert "Of both hospitals" not in Page(desk.get(EXPORT)).text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_is_seen_by_those_whose_hospitals_have_rows_in_it(
    desk: Client, elm_park: Hospital, kind: str
) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    ash = factories.handler("ash", oak_hill, role="Enquiry manager")
    factories.team_member(ash, elm_park)
    factories.stored_enquiry(elm_park)
    browser = Client()
    signed_in(browser, ash)

    exported(browser, kind, "Asked of both hospitals").getvalue()

    assert list(Export.objects.get().hospitals.all()) == [elm_park]
    assert "Asked of both hospitals" in Page(desk.get(EXPORT)).text


def test_file_is_kept_by_no_cache(desk: Client) -> None:
    assert "no-store" in exported(desk, "csv")["Cache-Control"]
