"""A place in a call window: kept for whoever chose it, the last one given once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from enquiries import promises
from enquiries.models import CallWindow, Enquiry, OutgoingMail
from enquiries.promises import TimeTaken
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send

TAKEN = "That time has just been taken, or has passed. Choose another."
PLACES, BOOKINGS, ROUNDS = 5, 200, 3


@pytest.fixture
def wish(hospital: Hospital, wish_to_be_rung: Answers) -> Answers:
    """A wish to be rung in the first of the windows, which has one place."""
    factories.call_window(hospital, places=1)
    return wish_to_be_rung | {"call_time": next(iter(promises.free_slots(hospital)))}


@pytest.mark.django_db
def test_time_that_was_chosen_is_kept_and_told(client: Client, wish: Answers, hospital: Hospital) -> None:
    slot = promises.free_slots(hospital)[wish["call_time"]]

    page = Page(client.get(send(client, wish, "call-back").headers["Location"]))

    enquiry = Enquiry.objects.get()
    assert (enquiry.call_from_at, enquiry.call_until_at, enquiry.call_place) == (
        slot.starts_at,
        slot.ends_at,
        1,
    )
    assert enquiry.due_at == slot.ends_at
    assert f"We will call you on {slot.in_a_sentence}." in page.text


@pytest.mark.django_db
def test_as_soon_as_you_can_takes_no_place(client: Client, wish: Answers) -> None:
    send(client, wish | {"call_time": "soon"}, "call-back")

    assert Enquiry.objects.get().call_place is None


@pytest.mark.django_db
def test_last_place_that_went_meanwhile_costs_nothing_that_was_typed(
    client: Client, wish: Answers, hospital: Hospital
) -> None:
    checked = Page(client.post("/call-back/", wish | {"language": "Welsh"})).hidden()
    factories.booked(hospital, wish["call_time"])

    page = Page(client.post("/call-back/send/", checked))

    assert page.heading == "Check your answers"
    assert page.problems == [TAKEN]
    assert wish["call_time"] not in page.tree.xpath("//select[@name='call_time']/option/@value")
    assert page.value("call_time") == "soon"
    assert page.hidden() == checked | {"call_time": "soon"}
    assert Enquiry.objects.count() == 1
    again = page.hidden() | {"call_time": next(iter(promises.free_slots(hospital)))}
    assert client.post("/call-back/send/", again).status_code == 303
    assert Enquiry.objects.get(submission_id=checked["submission_id"]).language == "Welsh"


@pytest.mark.django_db
def test_place_that_went_before_checking_is_asked_for_again(
    client: Client, wish: Answers, hospital: Hospital
) -> None:
    factories.booked(hospital, wish["call_time"])

    page = Page(client.post("/call-back/", wish))

    assert page.heading == "Check your answers"
    assert page.problems == [TAKEN]


@pytest.mark.django_db
def test_form_of_a_cached_page_is_asked_for_its_time_when_it_is_checked(
    client: Client, wish: Answers, hospital: Hospital
) -> None:
    wish.pop("call_time")

    page = Page(client.post("/call-back/", wish))

    assert not page.problems
    offered = [str(key) for key in page.tree.xpath("//select[@name='call_time']/option/@value")]
    assert offered == ["soon", *promises.free_slots(hospital)]
    assert client.post("/call-back/send/", page.hidden() | {"call_time": offered[1]}).status_code == 303
    assert Enquiry.objects.get().call_place == 1


@pytest.mark.django_db
def test_time_of_another_hospital_is_asked_for_again(
    client: Client, wish: Answers, hospital: Hospital
) -> None:
    factories.hospital(name="Oak Hill Hospital", slug="oak-hill")

    page = Page(client.post("/call-back/", wish | {"hospital": "oak-hill"}))

    assert page.problems == [TAKEN]


@pytest.mark.django_db
def test_last_place_sent_twice_is_one_request(client: Client, wish: Answers) -> None:
    checked = Page(client.post("/call-back/", wish)).hidden()

    first = client.post("/call-back/send/", checked)
    again = client.post("/call-back/send/", checked)

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]


@pytest.mark.django_db
def test_whoever_comes_back_and_sends_the_same_again_keeps_the_place_they_hold(
    client: Client, wish: Answers
) -> None:
    """By the back button, or from a second tab: the place that is gone is their own."""
    first = send(client, wish, "call-back")

    page = Page(client.post("/call-back/", wish))
    second = client.post("/call-back/send/", page.hidden())

    assert not page.problems
    assert Enquiry.objects.get().best_time in page.text
    assert second.headers["Location"] == first.headers["Location"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["2031-01-06 09:00-12:00", "2026-01-05 09:00-12:00"])
def test_time_that_was_never_offered_is_never_kept(client: Client, wish: Answers, key: str) -> None:
    checked = Page(client.post("/call-back/", wish)).hidden()

    page = Page(client.post("/call-back/send/", checked | {"call_time": key}))

    assert page.problems == [TAKEN]
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["shrink", "move", "remove"])
def test_what_staff_change_in_a_window_breaks_no_promise(hospital: Hospital, change: str) -> None:
    window = factories.call_window(hospital, places=2)
    key = next(iter(promises.free_slots(hospital)))
    booked = [factories.booked(hospital, key), factories.booked(hospital, key)]

    if change == "remove":
        window.delete()
    else:
        CallWindow.objects.update(**({"places": 1} if change == "shrink" else {"starts_at": "10:00"}))

    for enquiry in booked:
        before = enquiry.best_time
        enquiry.refresh_from_db()
        assert enquiry.best_time == before
    assert key not in promises.free_slots(hospital)


@pytest.mark.django_db
def test_window_shrunk_below_its_bookings_fills_no_further(hospital: Hospital) -> None:
    factories.call_window(hospital, places=3)
    key = next(iter(promises.free_slots(hospital)))
    for _ in range(3):
        factories.booked(hospital, key)
    Enquiry.objects.filter(call_place=1).delete()
    CallWindow.objects.update(places=2)

    with pytest.raises(TimeTaken):
        factories.booked(hospital, key)


@pytest.mark.django_db
def test_two_presses_for_different_times_are_two_requests(
    client: Client, hospital: Hospital, wish: Answers
) -> None:
    """Changed answers under a used id are never dropped: the second follows the first."""
    checked = Page(client.post("/call-back/", wish)).hidden()
    another = list(promises.free_slots(hospital))[1]

    client.post("/call-back/send/", checked)
    client.post("/call-back/send/", checked | {"call_time": another})

    first, second = Enquiry.objects.order_by("pk")
    assert second.follows == first
    assert first.best_time != second.best_time


@pytest.mark.django_db(transaction=True)
def test_eight_presses_at_once_for_the_last_place_are_one_request(client: Client, wish: Answers) -> None:
    checked = Page(client.post("/call-back/", wish)).hidden()

    def press(number: int) -> str:
        try:
            return str(Client().post("/call-back/send/", checked).headers["Location"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pressing:
        addresses = set(pressing.map(press, range(8)))

    assert len(addresses) == 1
    assert Enquiry.objects.get().call_place == 1


@pytest.mark.django_db(transaction=True)
def test_two_hundred_bookings_at_once_fill_five_places_and_no_more(
    client: Client, hospital: Hospital, wish_to_be_rung: Answers
) -> None:
    """Through the address, each with a connection of its own, for several windows one after the other."""
    factories.call_window(hospital, places=PLACES)
    keys = list(promises.free_slots(hospital))[:ROUNDS]
    checked = Page(client.post("/call-back/", wish_to_be_rung | {"call_time": keys[0]})).hidden()

    def book(number: int, key: str) -> Any:
        answers = checked | {"name": f"Jo Larkspur {number}", "call_time": key}
        answers["submission_id"] = f"{number:08d}-0000-4000-8000-{keys.index(key):012d}"
        try:
            return Client().post("/call-back/send/", answers)
        finally:
            connection.close()

    for key in keys:
        with ThreadPoolExecutor(16) as pressing:
            answers = list(pressing.map(lambda number, key=key: book(number, key), range(BOOKINGS)))

        stored = Enquiry.objects.filter(call_from_at=promises.moments(key)[0]).order_by("call_place")  # type: ignore[index]
        assert list(stored.values_list("call_place", flat=True)) == [1, 2, 3, 4, 5]
        assert [answer.status_code for answer in answers].count(303) == PLACES
        refused = [Page(answer) for answer in answers if answer.status_code == 200]
        assert len(refused) == BOOKINGS - PLACES
        assert all(page.problems == [TAKEN] for page in refused)
        assert all(page.hidden()["name"].startswith("Jo Larkspur ") for page in refused)
    assert Enquiry.objects.count() == PLACES * ROUNDS


@pytest.mark.django_db
def test_refused_booking_stores_no_mail(hospital: Hospital) -> None:
    factories.call_window(hospital)

    with pytest.raises(TimeTaken):
        factories.booked(hospital, "2031-01-06 09:00-12:00")

    assert not Enquiry.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_promise_of_whoever_chose_no_time_is_counted_in_working_hours(hospital: Hospital) -> None:
    for weekday in range(5):
        factories.opening_hours(hospital, weekday)
    now = timezone.now()

    enquiry = factories.stored_enquiry(hospital)

    assert enquiry.due_at is not None
    worked = promises.CallHours(hospital).between(now, enquiry.due_at)
    assert timedelta(hours=8) <= worked <= timedelta(hours=8, minutes=15)
