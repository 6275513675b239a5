"""What leaves because somebody asked, what the law keeps, and the receipt that stays: never whose it was."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from enquiries import retention, ringing
from enquiries.erasure import BATCH, KeptForTheLaw, erase, purge
from enquiries.models import Deletion, Enquiry, OutgoingMail, Reading
from enquiries.models.attempts import Ending
from enquiries.waiting import waiting_for
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"


def told(command: str, *arguments: str) -> Any:
    """What the command prints, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command(command, *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        code = error.returncode
    return json.loads(out.getvalue() or "null"), code


def dealt_with(hospital: Hospital, days: float, ending: Ending = Ending.ANSWERED, **facts: Any) -> Enquiry:
    enquiry = factories.stored_enquiry(hospital, **facts)
    user = User.objects.filter(username="wren").first() or factories.person("wren")
    handled = {"handled_at": timezone.now() - timedelta(days=days), "handled_by": user, "outcome": ending}
    Enquiry.objects.filter(pk=enquiry.pk).update(**handled)
    enquiry.refresh_from_db()
    return enquiry


def manager(hospital: Hospital) -> User:
    user = factories.person("maya", is_staff=True)
    user.groups.add(Group.objects.get(name=Role.ENQUIRY_MANAGER))
    factories.team_member(user, hospital)
    return user


def whole_database() -> str:
    """Every row of our tables."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_erased_request_leaves_its_reference_and_nothing_else(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    factories.reading(factories.person("wren"), enquiry)

    (receipt,) = erase(enquiry)

    assert (receipt.reference, receipt.cause) == (enquiry.reference, "erasure")
    assert receipt.counts["enquiries.OutgoingMail"] == 2
    left = whole_database()
    assert enquiry.reference in left
    for private in ("Larkspur", "900123", "jo@larkspur.example", enquiry.token):
        assert private not in left


def test_erasure_is_told_to_the_log_which_outlives_the_database(
    hospital: Hospital,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    """After a restore it is done again: docs/backups.md."""
    enquiry = factories.stored_enquiry(hospital)

    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        erase(enquiry)

    assert f"Request {enquiry.reference} was erased on request." in caplog.messages


def test_purge_leaves_a_receipt_of_counts(hospital: Hospital) -> None:
    for _ in range(3):
        dealt_with(hospital, days=91)

    purge()

    receipt = Deletion.objects.get()
    assert receipt.counts == {"enquiries.Enquiry": 3, "enquiries.OutgoingMail": 6}
    assert receipt.reference == ""


def test_purge_that_finds_nothing_leaves_no_receipt(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    purge()

    assert not Deletion.objects.exists()


def test_interrupted_purge_keeps_what_it_has_done_and_goes_on(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enquiries.erasure.BATCH", 2)
    for _ in range(5):
        dealt_with(hospital, days=91, email="")
    create, made = Deletion.objects.create, []

    def fails_the_second_time(**facts: Any) -> Deletion:
        made.append(facts)
        if len(made) == 2:
            raise KeyboardInterrupt
        return create(**facts)

    monkeypatch.setattr(Deletion.objects, "create", fails_the_second_time)
    with pytest.raises(KeyboardInterrupt):
        purge()
    assert Enquiry.objects.count() == 3

    purge()

    assert not Enquiry.objects.exists()
    assert sum(receipt.counts["enquiries.Enquiry"] for receipt in Deletion.objects.all()) == 5
    assert BATCH >= 100


def test_receipts_leave_in_their_own_time(hospital: Hospital) -> None:
    Deletion.objects.create(cause="time", counts={}, at=timezone.now() - retention.DELETIONS - timedelta(1))

    purge()

    assert not Deletion.objects.exists()


@pytest.mark.parametrize(
    ("days", "is_spam", "stays"),
    [(13.9, True, True), (14.1, True, False), (14.1, False, True), (90.1, False, False)],
)
def test_spam_leaves_sooner(hospital: Hospital, days: float, is_spam: bool, stays: bool) -> None:
    dealt_with(hospital, days=days, ending=Ending.SPAM if is_spam else Ending.ANSWERED)

    purge()

    assert Enquiry.objects.exists() is stays


def test_what_looks_like_spam_stays_until_a_person_has_looked_at_it(hospital: Hospital) -> None:
    enquiry = factories.enquiry(hospital, created_at=timezone.now() - timedelta(days=400))
    enquiry.suspect(Enquiry.Suspicion.TRAP)
    Enquiry.objects.submit(enquiry)

    purge()

    assert Enquiry.objects.exists()


def test_law_keeps_a_request_from_purge_and_from_erasure(hospital: Hospital) -> None:
    enquiry = dealt_with(hospital, days=400)
    enquiry.keep_for_the_law(manager(hospital), "A complaint to the ombudsman.")

    purge()
    with pytest.raises(KeptForTheLaw):
        erase(enquiry)
    assert Enquiry.objects.exists()

    enquiry.lift_legal_hold()
    purge()
    assert not Enquiry.objects.exists()


def joined(hospital: Hospital) -> tuple[Enquiry, Enquiry]:
    """A request, and another of the same person that was joined to it."""
    enquiry, part = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital, email="")
    ringing.join(enquiry, part, factories.handler("ash", hospital))
    return enquiry, part


def test_erased_request_takes_what_was_joined_to_it_along(hospital: Hospital) -> None:
    enquiry, part = joined(hospital)

    receipts = erase(enquiry)

    assert {receipt.reference for receipt in receipts} == {enquiry.reference, part.reference}
    assert not Enquiry.objects.exists()


def test_law_keeps_a_request_with_what_was_joined_to_it(hospital: Hospital) -> None:
    enquiry, part = joined(hospital)
    enquiry.keep_for_the_law(manager(hospital), "A complaint to the ombudsman.")
    Enquiry.objects.filter(pk=part.pk).update(handled_at=timezone.now() - timedelta(days=400))

    purge()
    for row in (enquiry, part):
        with pytest.raises(KeptForTheLaw):
            erase(row)

    assert Enquiry.objects.count() == 2


def test_spam_leaves_with_what_was_joined_to_it(hospital: Hospital) -> None:
    enquiry, _ = joined(hospital)
    enquiry.mark_handled(manager(hospital), Ending.SPAM)
    Enquiry.objects.filter(pk=enquiry.pk).update(handled_at=timezone.now() - timedelta(days=15))

    purge()

    assert not Enquiry.objects.exists()


def test_request_that_somebody_just_erased_is_erased(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    erase(enquiry)

    assert erase(enquiry) == []
    assert Deletion.objects.count() == 1


def test_person_is_erased_though_one_request_goes_with_another(hospital: Hospital) -> None:
    enquiry, part = joined(hospital)
    third = factories.stored_enquiry(hospital)

    done, code = told("erase", "--person", "07700 900123")

    assert (set(done["erased"]), code) == ({one.reference for one in (enquiry, part, third)}, 0)


def test_reason_of_a_hold_is_encrypted(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital).keep_for_the_law(manager(hospital), "Ombudsman, case of Jo.")

    assert "Ombudsman" not in whole_database()


def test_manager_keeps_a_request_with_a_reason_and_lifts_the_hold(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    signed_in(client, manager(hospital))
    page = f"{REQUESTS}{enquiry.pk}/legal-hold/"

    refused = Page(client.post(page, {"keep": "yes", "reason": ""}))
    assert "Say why, such as a complaint or a court order." in refused.text
    client.post(page, {"keep": "yes", "reason": "A complaint."})
    enquiry.refresh_from_db()
    assert enquiry.legal_hold_reason == "A complaint."
    assert "A complaint." in Page(client.get(page)).text
    assert "Kept for the law" in Page(client.get(f"{REQUESTS}{enquiry.pk}/change/")).text

    client.post(page, {"lift": "yes"})
    enquiry.refresh_from_db()
    assert (enquiry.legal_hold_at, enquiry.legal_hold_reason) == (None, "")


def test_manager_of_another_hospital_cannot_keep_it(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(factories.hospital(name="Oak Hill Hospital", slug="oak-hill"))
    signed_in(client, manager(hospital))

    assert (
        client.post(f"{REQUESTS}{enquiry.pk}/legal-hold/", {"keep": "yes", "reason": "x"}).status_code == 404
    )


def test_desk_warns_a_day_before_a_request_leaves(client: Client, hospital: Hospital) -> None:
    leaving = dealt_with(hospital, days=89.1)
    dealt_with(hospital, days=88.9)
    maya = manager(hospital)
    signed_in(client, maya)

    (warning,) = waiting_for(maya)
    assert (warning.what, warning.count) == ("Deleted within a day", 1)
    assert warning.what in Page(client.get("/admin/")).text
    assert Page(client.get(warning.url)).words("//tbody//th/a") == [str(leaving)]


SPELLINGS = [
    "07700 900123",
    "+447700900123",
    "+44 (0)7700 900-123",
    "0044 7700 900 123",
    "JO@larkspur.EXAMPLE",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_person_is_erased_however_they_are_spelt(hospital: Hospital, typed: str) -> None:
    theirs = [
        factories.stored_enquiry(hospital),
        factories.stored_enquiry(hospital, phone="+44 7700-900123", email="Jo@Larkspur.example"),
    ]
    other = factories.stored_enquiry(
        hospital, name="Wren", phone="07700 900124", phone_in_full="+447700900124", email="wren@example.org"
    )

    printed, code = told("erase", "--person", typed)

    assert sorted(printed["erased"]) == sorted(enquiry.reference for enquiry in theirs)
    assert code == 0
    assert list(Enquiry.objects.all()) == [other]
    assert not OutgoingMail.objects.filter(enquiry__in=theirs).exists()


def test_one_request_is_erased_by_its_reference(hospital: Hospital) -> None:
    gone, kept = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)

    printed, code = told("erase", "--reference", gone.reference_in_groups.lower())

    assert (printed["erased"], code) == ([gone.reference], 0)
    assert list(Enquiry.objects.all()) == [kept]


def test_erasing_nobody_says_so(hospital: Hospital) -> None:
    assert told("erase", "--person", "07700 900999") == (
        {"erased": [], "kept_for_the_law": [], "elsewhere": {}},
        1,
    )
    assert told("erase", "--person", "not a number") == (None, 1)


def test_erasing_what_the_law_keeps_says_so(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    enquiry.keep_for_the_law(manager(hospital), "A complaint.")

    printed, code = told("erase", "--person", "07700 900123")

    assert (printed["kept_for_the_law"], code) == ([enquiry.reference], 3)


@pytest.mark.parametrize("typed", SPELLINGS[:4])
def test_neighbours_words_that_name_a_person_are_told_and_not_erased(hospital: Hospital, typed: str) -> None:
    neighbour = factories.stored_enquiry(
        hospital,
        name="Wren",
        phone="07700 900124",
        phone_in_full="+447700900124",
        email="",
        question="Please ring my sister on (07700) 900-123.",
    )
    factories.consultant(secretary_phone="07700 900 123")

    printed, _ = told("erase", "--person", typed)

    assert printed["elsewhere"] == {
        "enquiries_enquiry.question": 1,
        "consultants_consultant": 1,
    }
    assert Enquiry.objects.get() == neighbour


def test_person_gets_all_we_hold_on_one_line(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, question="Could this help my mother?", needs="bsl")
    factories.stored_enquiry(hospital, email="wren@example.org")
    factories.reading(factories.person("wren"), enquiry)
    out = StringIO()

    call_command("subject_access", "--person", "jo@LARKSPUR.example", stdout=out)

    (line,) = out.getvalue().splitlines()
    held = json.loads(line)
    (request,) = held["requests"]
    assert request["question"] == "Could this help my mother?"
    assert (request["needs"], request["phone"]) == ("bsl", "07700 900123")
    assert {mail["purpose"] for mail in request["mails"]} == {"received", "team"}
    assert enquiry.token not in line
    assert [(line["who"], line["deed"]) for line in held["read_by"]] == [("wren", "opened"), ("", "exported")]


def test_asking_for_nobody_says_so(hospital: Hospital) -> None:
    held, code = told("subject_access", "--person", "nobody@example.org")

    assert (held["requests"], code) == ([], 1)


def test_export_prints_a_line_for_each_request_and_puts_it_on_record(hospital: Hospital) -> None:
    stored = [factories.stored_enquiry(hospital).reference for _ in range(3)]
    out = StringIO()

    call_command("export_enquiries", stdout=out)

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["reference"] for line in lines] == stored
    assert all(line["question"].startswith("Question") for line in lines)
    assert [
        line.references for line in Reading.objects.filter(deed="exported", user=None).order_by("pk")
    ] == [[reference] for reference in stored]
