"""One request at a time: who rings, what came of it, when the next try is due, and that nobody is rung twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from enquiries import ringing, spacing
from enquiries.models import Attempt, Enquiry, OutgoingMail, ServicePolicy
from enquiries.models.attempts import Ending
from enquiries.ringing import Refused
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db
Outcome = Attempt.Outcome
MONDAY_TEN = datetime(2026, 11, 30, 10, tzinfo=UTC)
WINDOW = "2026-11-30 09:00-12:00"


@pytest.fixture
def robin(hospital: Hospital) -> User:
    return factories.handler("robin", hospital)


@pytest.fixture
def wren(hospital: Hospital) -> User:
    return factories.handler("wren", hospital)


@pytest.fixture
def elm_park() -> Hospital:
    """Answers from nine to half past five on weekdays."""
    return factories.known_hospital()


def with_robin(hospital: Hospital, robin: User, **facts: Any) -> Enquiry:
    enquiry = factories.stored_enquiry(hospital, **facts)
    ringing.take(enquiry, robin)
    return enquiry


def suspect(enquiry: Enquiry) -> None:
    enquiry.suspect(Enquiry.Suspicion.TRAP)
    enquiry.save()


# Taking the next call.


def test_next_call_is_theirs_for_half_an_hour(hospital: Hospital, robin: User, wren: User) -> None:
    first = factories.stored_enquiry(hospital)
    second = factories.stored_enquiry(hospital)

    assert ringing.take_next(robin) == first
    assert ringing.take_next(wren) == second
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert ringing.take_next(wren) == first


def test_second_press_gives_the_same_call(hospital: Hospital, robin: User) -> None:
    first = factories.stored_enquiry(hospital)
    factories.stored_enquiry(hospital)

    assert ringing.take_next(robin) == ringing.take_next(robin) == first


def test_call_whose_next_try_has_not_come_is_not_next(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    assert ringing.take_next(robin) is None
    assert enquiry.next_try_at
    with time_machine.travel(enquiry.next_try_at, tick=False):
        assert ringing.take_next(robin) == enquiry


@pytest.mark.django_db(transaction=True)
def test_twenty_people_on_a_thousand_requests_never_collide() -> None:
    """Each takes the next call and notes an outcome, until nothing waits."""
    hospital = factories.hospital()
    Enquiry.objects.bulk_create(
        factories.enquiry(hospital, reference=f"{number:09}", content_hash=f"{number:064}", email="")
        for number in range(1000)
    )
    people = [factories.handler(f"robin-{number}", hospital) for number in range(20)]

    def work(person: User) -> list[int]:
        done = []
        while enquiry := ringing.take_next(person):
            with transaction.atomic():
                row = Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
                ringing.record(row, Outcome.SPOKE, person)
            done.append(enquiry.pk)
        connection.close()
        return done

    with ThreadPoolExecutor(20) as threads:
        done = [pk for each in threads.map(work, people) for pk in each]

    assert len(done) == len(set(done)) == 1000
    assert Attempt.objects.count() == 1000
    assert not Enquiry.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_double_press_at_one_moment_takes_one_call() -> None:
    hospital = factories.hospital()
    robin = factories.handler("robin", hospital)
    for _ in range(8):
        factories.stored_enquiry(hospital)

    def press(_: int) -> int:
        enquiry = ringing.take_next(robin)
        connection.close()
        return enquiry.pk if enquiry else 0

    with ThreadPoolExecutor(8) as threads:
        taken = set(threads.map(press, range(8)))

    assert len(taken) == Enquiry.objects.held().count() == 1


# Whose it is.


def test_request_somebody_is_busy_with_is_nobody_elses(hospital: Hospital, robin: User, wren: User) -> None:
    enquiry = with_robin(hospital, robin)

    for deed in (
        lambda: ringing.take(enquiry, wren),
        lambda: ringing.hand_over(enquiry, wren, by=wren),
        lambda: ringing.finish(enquiry, Ending.ANSWERED, wren),
    ):
        with pytest.raises(Refused, match="robin is busy with this request"):
            deed()
    with pytest.raises(Refused, match="not with you"):
        ringing.record(enquiry, Outcome.SPOKE, wren)
    with pytest.raises(Refused, match="not with you"):
        ringing.release(enquiry, wren)


def test_manager_moves_what_another_is_busy_with(hospital: Hospital, robin: User, wren: User) -> None:
    manager = factories.handler("merle", hospital, "Enquiry manager")
    handed_over, given_back = with_robin(hospital, robin), with_robin(hospital, robin)

    ringing.hand_over(handed_over, wren, by=manager)
    ringing.release(given_back, manager)

    assert handed_over.owner == wren
    assert not given_back.is_held
    assert ringing.take_next(wren) == handed_over


def test_manager_moves_nothing_that_is_finished(hospital: Hospital, robin: User, wren: User) -> None:
    manager = factories.handler("merle", hospital, "Enquiry manager")
    enquiry = with_robin(hospital, robin)
    ringing.record(enquiry, Outcome.SPOKE, robin)

    for deed in (
        lambda: ringing.hand_over(enquiry, wren, by=manager),
        lambda: ringing.release(enquiry, manager),
    ):
        with pytest.raises(Refused, match="is finished"):
            deed()


def test_call_that_took_longer_than_the_time_out_is_still_noted(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        ringing.record(enquiry, Outcome.SPOKE, robin)

    assert enquiry.outcome == Ending.ANSWERED


def test_request_taken_by_another_after_the_time_out_is_theirs(
    hospital: Hospital, robin: User, wren: User
) -> None:
    enquiry = with_robin(hospital, robin)

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        ringing.take(enquiry, wren)
        with pytest.raises(Refused, match="not with you"):
            ringing.record(enquiry, Outcome.SPOKE, robin)


def test_request_handed_over_is_the_colleagues_next_call(hospital: Hospital, robin: User, wren: User) -> None:
    factories.stored_enquiry(hospital)
    enquiry = with_robin(hospital, robin)

    ringing.hand_over(enquiry, wren, by=robin)

    assert ringing.take_next(wren) == enquiry


def test_still_talking_takes_nothing_from_the_time_of_a_call_handed_over(
    hospital: Hospital, robin: User, wren: User
) -> None:
    enquiry = with_robin(hospital, robin)
    ringing.hand_over(enquiry, wren, by=robin)
    until = enquiry.claimed_until

    ringing.take(enquiry, wren)

    assert enquiry.claimed_until == until


def test_request_given_back_is_everybodys(hospital: Hospital, robin: User, wren: User) -> None:
    enquiry = with_robin(hospital, robin)

    ringing.release(enquiry, robin)

    assert ringing.take_next(wren) == enquiry


def test_same_call_is_not_noted_twice(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    with pytest.raises(Refused, match="noted this call already"):
        ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    assert enquiry.attempts.count() == 1


@pytest.mark.parametrize("deed", ["record", "ring_later", "release", "renew"])
def test_nothing_is_done_with_a_request_that_was_withdrawn_meanwhile(
    hospital: Hospital, robin: User, deed: str
) -> None:
    enquiry = with_robin(hospital, robin)
    Enquiry.objects.filter(pk=enquiry.pk).update(withdrawn_at=timezone.now())
    enquiry.refresh_from_db()
    deeds = {
        "record": lambda: ringing.record(enquiry, Outcome.SPOKE, robin),
        "ring_later": lambda: ringing.ring_later(enquiry, timezone.now() + timedelta(hours=1), robin),
        "release": lambda: ringing.release(enquiry, robin),
        "renew": lambda: ringing.take(enquiry, robin),
    }

    with pytest.raises(Refused, match="finished"):
        deeds[deed]()

    assert not enquiry.attempts.exists()


def test_withdrawn_request_is_not_opened_again(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    enquiry.withdraw()
    enquiry.refresh_from_db()

    with pytest.raises(Refused, match="we said that we will not contact them"):
        ringing.reopen(enquiry)


def test_call_handed_over_for_later_is_not_next_before_its_time(
    hospital: Hospital, robin: User, wren: User
) -> None:
    enquiry = with_robin(hospital, robin)
    ringing.ring_later(enquiry, timezone.now() + timedelta(hours=3), robin)
    ringing.hand_over(enquiry, wren, by=robin)
    following = factories.stored_enquiry(hospital)

    assert ringing.take_next(wren) == following


def test_long_call_is_theirs_for_as_long_as_they_say(hospital: Hospital, robin: User, wren: User) -> None:
    enquiry = with_robin(hospital, robin)

    with time_machine.travel(timezone.now() + timedelta(minutes=25), tick=False) as clock:
        ringing.take(enquiry, robin)
        clock.shift(timedelta(minutes=25))

        assert ringing.take_next(wren) is None


# What came of it.


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (Outcome.SPOKE, Ending.ANSWERED),
        (Outcome.WROTE, Ending.ANSWERED),
        (Outcome.BOOKED, Ending.BOOKED),
        (Outcome.NOT_FOR_US, Ending.NOT_FOR_US),
        (Outcome.WRONG_NUMBER, Ending.NOT_REACHED),
    ],
)
def test_outcome_that_ends_a_request(
    hospital: Hospital, robin: User, outcome: Attempt.Outcome, ending: Ending
) -> None:
    enquiry = with_robin(hospital, robin)

    ringing.record(enquiry, outcome, robin)

    enquiry.refresh_from_db()
    assert (enquiry.outcome, enquiry.handled_by, enquiry.owner) == (ending, robin, None)


def test_three_tries_in_vain_then_one_mail_then_could_not_reach(elm_park: Hospital) -> None:
    robin = factories.handler("robin", elm_park)
    with time_machine.travel(MONDAY_TEN, tick=False) as clock:
        enquiry = factories.stored_enquiry(elm_park)
        moments = []
        for _ in range(3):
            moments.append(timezone.localtime())
            assert ringing.take_next(robin) == enquiry
            enquiry.refresh_from_db()
            ringing.record(enquiry, Outcome.NO_ANSWER, robin)
            clock.move_to(enquiry.next_try_at or timezone.now())

    assert [f"{moment:%a %H:%M}" for moment in moments] == ["Mon 10:00", "Mon 15:40", "Tue 12:50"]
    assert enquiry.outcome == Ending.NOT_REACHED
    assert enquiry.mails.filter(purpose=OutgoingMail.Purpose.MISSED).count() == 1


def test_nobody_without_an_address_is_mailed(hospital: Hospital, robin: User) -> None:
    ServicePolicy.objects.update(tries=1)
    enquiry = with_robin(hospital, robin, email="")

    ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    assert enquiry.outcome == Ending.NOT_REACHED
    assert not enquiry.mails.filter(purpose=OutgoingMail.Purpose.MISSED).exists()


def test_request_opened_again_is_tried_as_often_and_mailed_no_second_time(
    hospital: Hospital, robin: User
) -> None:
    ServicePolicy.objects.update(tries=1)
    enquiry = with_robin(hospital, robin)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    ringing.reopen(enquiry)

    assert ringing.take_next(robin) == enquiry
    enquiry.refresh_from_db()
    ServicePolicy.objects.update(tries=2)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)
    assert not enquiry.is_handled
    ringing.take(enquiry, robin)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)
    assert enquiry.outcome == Ending.NOT_REACHED
    assert enquiry.mails.filter(purpose=OutgoingMail.Purpose.MISSED).count() == 1


def test_open_request_cannot_be_opened_again_nor_a_finished_one_taken(
    hospital: Hospital, robin: User
) -> None:
    enquiry = with_robin(hospital, robin)
    with pytest.raises(Refused, match="open already"):
        ringing.reopen(enquiry)

    ringing.finish(enquiry, Ending.ANSWERED, robin)

    with pytest.raises(Refused, match="finished"):
        ringing.take(enquiry, robin)


def test_call_asked_for_at_another_time_is_next_from_then(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)
    at = timezone.now() + timedelta(hours=3)

    ringing.ring_later(enquiry, at, robin)

    assert ringing.take_next(robin) is None
    with time_machine.travel(at, tick=False):
        assert ringing.take_next(robin) == enquiry


def test_time_to_ring_that_has_passed_is_refused(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)

    with pytest.raises(Refused, match="still to come"):
        ringing.ring_later(enquiry, timezone.now(), robin)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (MONDAY_TEN + timedelta(days=61), "within 60 days"),
        (MONDAY_TEN + timedelta(hours=17), "Tuesday 1 December, 9am"),
        (MONDAY_TEN + timedelta(days=5, hours=7), "Monday 7 December, 9am"),
    ],
    ids=["far off", "three at night", "Saturday evening"],
)
def test_time_when_nobody_rings_is_refused(elm_park: Hospital, at: datetime, why: str) -> None:
    robin = factories.handler("robin", elm_park)
    with time_machine.travel(MONDAY_TEN, tick=False):
        enquiry = with_robin(elm_park, robin)

        with pytest.raises(Refused, match=why):
            ringing.ring_later(enquiry, at, robin)


def test_time_they_asked_for_is_what_we_promise(elm_park: Hospital) -> None:
    robin = factories.handler("robin", elm_park)
    with time_machine.travel(MONDAY_TEN, tick=False) as clock:
        enquiry = with_robin(elm_park, robin)
        at = MONDAY_TEN + timedelta(days=3)
        ringing.ring_later(enquiry, at, robin)

        clock.move_to(at + timedelta(minutes=59))
        enquiry.refresh_from_db()
        assert (enquiry.is_late, enquiry.is_overdue) == (False, False)
        clock.move_to(at + timedelta(minutes=61))
        assert (enquiry.is_late, enquiry.is_overdue) == (True, True)


def test_promise_broken_before_they_asked_stays_on_record(hospital: Hospital, robin: User) -> None:
    due_at = timezone.now() - timedelta(hours=1)
    enquiry = with_robin(hospital, robin)
    enquiry.due_at = due_at

    ringing.ring_later(enquiry, timezone.now() + timedelta(days=1), robin)

    assert enquiry.due_at == due_at


def test_nobody_who_was_reached_after_all_is_told_that_we_could_not(hospital: Hospital, robin: User) -> None:
    ServicePolicy.objects.update(tries=1)
    enquiry = with_robin(hospital, robin)
    ringing.record(enquiry, Outcome.NO_ANSWER, robin)

    ringing.reopen(enquiry)

    assert not enquiry.mails.filter(purpose=OutgoingMail.Purpose.MISSED).exists()


# Messages.


def test_left_message_is_refused_where_we_may_not(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin, may_leave_message=False)

    with pytest.raises(Refused, match="whether we may leave a message"):
        ringing.record(enquiry, Outcome.LEFT_MESSAGE, robin)

    assert not enquiry.attempts.exists()


def test_left_message_is_refused_by_the_database_too(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin, may_leave_message=False)

    with pytest.raises((InternalError, IntegrityError), match="did not say that we may leave a message"):
        Attempt.objects.create(enquiry=enquiry, outcome=Outcome.LEFT_MESSAGE, by=robin)


def test_left_message_is_noted_where_we_may(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin, may_leave_message=True)

    ringing.record(enquiry, Outcome.LEFT_MESSAGE, robin)

    assert enquiry.next_try_at


@pytest.mark.parametrize(
    ("facts", "ruled_out"),
    [
        ({"phone": "", "phone_in_full": ""}, {Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER}),
        ({"email": "", "may_leave_message": True}, {Outcome.WROTE}),
        ({}, {Outcome.LEFT_MESSAGE}),
    ],
)
def test_only_what_can_come_of_a_try_is_offered(
    hospital: Hospital, facts: dict[str, Any], ruled_out: set[Attempt.Outcome]
) -> None:
    assert set(Outcome) - set(factories.enquiry(hospital, **facts).outcomes) == ruled_out


# When.


def test_next_try_of_a_hospital_without_hours_is_at_the_same_time_tomorrow(hospital: Hospital) -> None:
    with time_machine.travel(MONDAY_TEN, tick=False):
        assert spacing.next_try_at(hospital, 1) == MONDAY_TEN + timedelta(days=1)
    assert spacing.next_try_at(hospital, ServicePolicy.objects.current().tries) is None


def test_try_too_near_to_closing_is_at_the_next_opening(elm_park: Hospital) -> None:
    """Nine to half past five: 11:20 and then 5h40 of work would be 17:00, and overdue when everybody has gone."""
    with time_machine.travel(MONDAY_TEN + timedelta(hours=1, minutes=20), tick=False):
        next_try_at = spacing.next_try_at(elm_park, 1)

    assert next_try_at
    assert f"{timezone.localtime(next_try_at):%a %H:%M}" == "Tue 09:00"


@pytest.mark.parametrize(
    "facts",
    [
        {"due_at": MONDAY_TEN},
        {"due_at": None, "created_at": MONDAY_TEN - timedelta(days=1)},
        {"next_try_at": MONDAY_TEN - timedelta(hours=1)},
    ],
    ids=["promised", "unpromised", "next try"],
)
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_one_row_and_the_queue_agree_on_what_is_overdue(
    hospital: Hospital, facts: dict[str, Any], seconds: int
) -> None:
    enquiry = factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=enquiry.pk).update(**facts)
    enquiry.refresh_from_db()

    with time_machine.travel(MONDAY_TEN + timedelta(seconds=seconds), tick=False):
        assert enquiry.is_overdue == Enquiry.objects.overdue().exists() == (seconds > 0)


# The same person.


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "Pat Rowan", "email": ""},
        {
            "name": "Pat Rowan",
            "phone": "020 7946 0018",
            "phone_in_full": "+442079460018",
            "email": "JO@larkspur.example",
        },
        {"name": "Joe Larkspur", "phone": "020 7946 0018", "phone_in_full": "+442079460018", "email": ""},
    ],
    ids=["same phone", "same email", "similar name"],
)
def test_request_of_the_same_person_is_suggested(hospital: Hospital, facts: dict[str, Any]) -> None:
    enquiry = factories.stored_enquiry(hospital)
    other = factories.stored_enquiry(hospital, **facts)
    factories.stored_enquiry(
        hospital,
        name="Wyn Abbot",
        phone="020 7946 0019",
        phone_in_full="+442079460019",
        email="wyn@abbot.example",
    )

    assert ringing.possible_duplicates(enquiry) == [other]


@pytest.mark.parametrize(
    ("name", "other_name"),
    [
        ("Jonathan Larkspur", "John Larkspur"),
        ("Kathryn Wren", "Katherine Wren"),
        ("Elizabeth Larkspur", "Liz Larkspur"),
    ],
)
def test_other_form_of_a_name_is_suggested(hospital: Hospital, name: str, other_name: str) -> None:
    other_phone = {"phone": "020 7946 0018", "phone_in_full": "+442079460018", "email": ""}
    enquiry = factories.stored_enquiry(hospital, name=name)
    other = factories.stored_enquiry(hospital, name=other_name, **other_phone)
    factories.stored_enquiry(
        hospital, name="Rowan Larkhill", **other_phone | {"phone_in_full": "+442079460019"}
    )

    assert ringing.possible_duplicates(enquiry) == [other]
    assert ringing.possible_duplicates(other) == [enquiry]


def test_no_request_to_another_hospital_is_suggested(hospital: Hospital) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    factories.stored_enquiry(oak_hill)

    assert ringing.possible_duplicates(factories.stored_enquiry(hospital)) == []


def test_joined_request_is_finished_as_a_part_and_can_be_opened_again(
    hospital: Hospital, robin: User
) -> None:
    enquiry, other = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)

    ringing.join(enquiry, other, robin)

    other.refresh_from_db()
    assert (other.outcome, other.duplicate_of) == (Ending.DUPLICATE, enquiry)
    ringing.reopen(other)
    other.refresh_from_db()
    assert (other.outcome, other.duplicate_of) == ("", None)


def test_request_is_joined_neither_to_itself_nor_elsewhere(hospital: Hospital, robin: User) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill")
    enquiry = factories.stored_enquiry(hospital)

    for other in (enquiry, factories.stored_enquiry(oak_hill)):
        with pytest.raises(Refused, match="cannot be joined"):
            ringing.join(enquiry, other, robin)


@pytest.mark.parametrize("how", ["part of another", "answered", "withdrawn", "suspected"])
def test_request_is_joined_to_none_that_nobody_will_ring(hospital: Hospital, robin: User, how: str) -> None:
    enquiry, other, third = (factories.stored_enquiry(hospital) for _ in range(3))
    if how == "part of another":
        ringing.join(third, enquiry, robin)
    elif how == "answered":
        ringing.finish(enquiry, Ending.ANSWERED, robin)
    elif how == "withdrawn":
        enquiry.withdraw()
    else:
        suspect(enquiry)
    enquiry.refresh_from_db()

    with pytest.raises(Refused, match=r"finished|looks like spam"):
        ringing.join(enquiry, other, robin)

    other.refresh_from_db()
    assert other.is_open


def test_parts_of_a_joined_request_go_with_it(hospital: Hospital, robin: User) -> None:
    first, second, third = (factories.stored_enquiry(hospital) for _ in range(3))
    ringing.join(second, third, robin)

    ringing.join(first, second, robin)

    assert set(first.duplicates.all()) == {second, third}


def test_same_number_is_suggested_before_a_name_that_is_alike(hospital: Hospital) -> None:
    other_phone = {"phone": "020 7946 0018", "phone_in_full": "+442079460018", "email": ""}
    enquiry = factories.stored_enquiry(hospital)
    same_phone = factories.stored_enquiry(hospital, name="Pat Rowan", email="")
    alike = factories.stored_enquiry(hospital, name="Joe Larkspur", **other_phone)

    assert ringing.possible_duplicates(enquiry) == [same_phone, alike]


# Likely spam.


def test_suspected_request_can_only_be_told_to_be_spam_or_not(hospital: Hospital, robin: User) -> None:
    enquiry = with_robin(hospital, robin)
    suspect(enquiry)

    for deed in (
        lambda: ringing.take(enquiry, robin),
        lambda: ringing.record(enquiry, Outcome.SPOKE, robin),
        lambda: ringing.hand_over(enquiry, robin, by=robin),
        lambda: ringing.ring_later(enquiry, timezone.now() + timedelta(hours=1), robin),
        lambda: ringing.finish(enquiry, Ending.ANSWERED, robin),
    ):
        with pytest.raises(Refused, match="looks like spam"):
            deed()

    ringing.finish(enquiry, Ending.SPAM, robin)
    assert enquiry.outcome == Ending.SPAM


def test_spam_opened_again_is_a_request_like_any_other(hospital: Hospital, robin: User) -> None:
    enquiry = factories.stored_enquiry(hospital)
    suspect(enquiry)
    ringing.finish(enquiry, Ending.SPAM, robin)

    ringing.reopen(enquiry)

    assert ringing.take_next(robin) == enquiry


def test_suspected_or_finished_request_takes_no_place(hospital: Hospital, robin: User) -> None:
    factories.call_window(hospital, places=1)
    with time_machine.travel(MONDAY_TEN - timedelta(days=1), tick=False):
        spam = factories.booked(hospital, WINDOW, suspected_at=timezone.now(), suspected_because="trap")
        real = factories.booked(hospital, WINDOW)
        ringing.finish(real, Ending.ANSWERED, robin)
        another = factories.booked(hospital, WINDOW)

        ringing.clear_suspicion(spam)

    assert (another.call_place, spam.call_place) == (1, 2)


def test_request_opened_again_claims_no_place(hospital: Hospital, robin: User) -> None:
    factories.call_window(hospital, places=1)
    with time_machine.travel(MONDAY_TEN - timedelta(days=1), tick=False):
        enquiry = factories.booked(hospital, WINDOW)
        ringing.finish(enquiry, Ending.SPAM, robin)
        factories.booked(hospital, WINDOW)

        ringing.reopen(enquiry)

    assert enquiry.slot is None


# What the database refuses.


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("handled_says_how_it_ended", {"outcome": "booked"}),
        ("handled_says_how_it_ended", {"handled_at": MONDAY_TEN, "handled_by_id": "robin"}),
        (
            "handled_says_how_it_ended",
            {"handled_at": MONDAY_TEN, "handled_by_id": "robin", "outcome": "gold"},
        ),
        ("held_says_by_whom_and_until_when", {"owner_id": "robin"}),
        ("held_says_by_whom_and_until_when", {"claimed_until": MONDAY_TEN}),
    ],
)
def test_request_that_cannot_be_true_is_refused(
    hospital: Hospital, robin: User, constraint: str, changes: dict[str, Any]
) -> None:
    enquiry = factories.stored_enquiry(hospital)
    changes = {name: robin.pk if value == "robin" else value for name, value in changes.items()}

    with pytest.raises(IntegrityError, match=constraint):
        Enquiry.objects.filter(pk=enquiry.pk).update(**changes)


def test_attempt_without_a_known_outcome_is_refused(hospital: Hospital, robin: User) -> None:
    enquiry = factories.stored_enquiry(hospital)

    with pytest.raises(IntegrityError, match="attempt_has_an_outcome_we_know"):
        Attempt.objects.create(enquiry=enquiry, outcome="gold", by=robin)


def test_every_outcome_and_ending_is_allowed(hospital: Hospital, robin: User) -> None:
    enquiry = factories.stored_enquiry(hospital, may_leave_message=True)

    for outcome in Outcome:
        Attempt.objects.create(enquiry=enquiry, outcome=outcome, by=robin)
    for ending in Ending:
        Enquiry.objects.filter(pk=enquiry.pk).update(handled_at=MONDAY_TEN, handled_by=robin, outcome=ending)

    assert enquiry.attempts.count() == len(Outcome)
