"""The queue, however long: in the order of the calls from either end, read from indexes, at a dozen queries a page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries.admin import queue
from enquiries.admin.queue import QueueForm
from enquiries.models import Attempt, Enquiry, OutgoingMail, Reading
from procedures.admin import lists
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"


def hours(number: float) -> Any:
    return timezone.now() + timedelta(hours=number)


@pytest.fixture
def desk(client: Client, hospital: Hospital) -> Client:
    signed_in(client, factories.handler("robin", hospital))
    return client


@pytest.fixture
def calls(hospital: Hospital) -> list[Enquiry]:
    """Of every kind that the order tells apart, the next call first."""
    waiting: list[dict[str, Any]] = [
        {"due_at": None, "created_at": hours(-50)},
        {"due_at": hours(-25)},
        {"due_at": hours(-1)},
        {"due_at": hours(-60), "next_try_at": hours(-30)},
        {"due_at": hours(1)},
        {"due_at": hours(-60), "next_try_at": hours(2)},
        {"due_at": None, "created_at": hours(-20)},
        {"due_at": hours(5)},
    ]
    stored = [factories.stored_enquiry(hospital) for _ in waiting]
    for enquiry, facts in zip(reversed(stored), waiting, strict=True):
        Enquiry.objects.filter(pk=enquiry.pk).update(**facts)
    return [Enquiry.objects.get(pk=enquiry.pk) for enquiry in reversed(stored)]


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is taken for a long one, and has pages of two."""
    monkeypatch.setattr(lists, "SHORT", 0)
    monkeypatch.setattr(lists, "FOUND_AT_ONCE", 0)
    monkeypatch.setattr(queue, "PAGE", 2)


def test_database_sorts_by_the_moment_that_the_page_tells(calls: list[Enquiry]) -> None:
    assert [one.ring_by_at for one in calls] == [one.ring_by for one in calls]


@pytest.mark.usefixtures("long")
def test_pages_of_a_long_queue_hold_every_call_once_in_its_order(desk: Client, calls: list[Enquiry]) -> None:
    pages = [Page(desk.get(REQUESTS, {"page": n})).words("//tbody//th/a") for n in range(1, 5)]

    assert [one for page in pages for one in page] == [str(one) for one in calls]
    assert list(Enquiry.objects.open().in_order()) == calls


@pytest.mark.usefixtures("long", "calls")
def test_queue_longer_than_is_counted_says_so_and_shows_both_its_ends(
    desk: Client, calls: list[Enquiry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 4)

    first, last = Page(desk.get(REQUESTS)), Page(desk.get(REQUESTS, {"page": 100_000}))

    assert "More than 4 requests, the next call first" in first.text
    assert (
        "These pages hold the first 2 and the last 2. To see what lies between, narrow the list."
        in first.text
    )
    assert "Page 2 of 2" in last.text
    assert last.words("//tbody//th/a") == [str(one) for one in calls[-2:]]


@pytest.mark.usefixtures("long", "calls")
@pytest.mark.parametrize("state", QueueForm.STATES)
def test_page_of_the_queue_takes_a_dozen_queries_at_most(desk: Client, state: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        desk.get(REQUESTS, {"state": state})

    assert len(asked) <= 12


@pytest.mark.usefixtures("long")
def test_next_call_is_taken_from_a_long_queue(desk: Client, calls: list[Enquiry]) -> None:
    desk.post(f"{REQUESTS}take-next/")

    assert Enquiry.objects.held().get() == calls[0]


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Enquiry.objects.open().order_by("ring_by_at", "pk"), "enquiries_in_order_of_calls"),
        (lambda: Enquiry.objects.tried().order_by("next_try_at", "pk"), "enquiries_to_be_tried_again"),
        (lambda: Enquiry.objects.suspected().order_by("created_at", "pk"), "enquiries_suspected"),
        (lambda: Enquiry.objects.not_reached().order_by("-handled_at", "-pk"), "enquiries_not_reached"),
        (lambda: Enquiry.objects.came_in_today().order_by("-created_at", "-pk"), "enquiries_by_time"),
        (lambda: OutgoingMail.objects.held(), "outgoing_mail_held"),
        (
            lambda: OutgoingMail.objects.filter(purpose="missed").order_by("-created_at", "-pk"),
            "outgoing_mail_by_purpose",
        ),
        (lambda: Reading.objects.filter(deed="exported").order_by("-at", "-pk"), "readings_by_deed"),
        (lambda: Attempt.objects.filter(made_at__gte=timezone.now()).order_by("made_at"), "attempts_by_time"),
    ],
)
def test_list_is_read_in_its_order_from_an_index(rows: Callable[[], QuerySet[Any]], index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")

    plan = rows().values("pk").explain()

    assert index in plan
    assert "Sort" not in plan


def test_screen_of_a_request_takes_a_dozen_queries_at_most(
    client: Client, hospital: Hospital, calls: list[Enquiry]
) -> None:
    person: User = factories.handler("merle", hospital, "Enquiry manager")
    signed_in(client, person)
    client.get(f"{REQUESTS}{calls[0].pk}/change/")

    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{REQUESTS}{calls[1].pk}/change/").status_code == 200

    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 12
