"""What the hospital promises and how long it keeps requests: within the limits of the code, said before it deletes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enquiries import retention, ringing
from enquiries.erasure import purge
from enquiries.models import Attempt, Enquiry, ServicePolicy
from enquiries.models.attempts import Ending
from enquiries.promises import CallHours
from kyphoplasty_site import launch
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import administrator

pytestmark = pytest.mark.django_db
FORM = reverse("admin:enquiries_servicepolicy_change", args=[1])


def handled(hospital: Hospital, days_ago: int, outcome: str = "answered", **facts: Any) -> Enquiry:
    """A request that was dealt with so many days ago."""
    made = factories.stored_enquiry(hospital, **facts)
    made.handled_at, made.outcome = timezone.now() - timedelta(days=days_ago, minutes=1), outcome
    made.handled_by = factories.person(f"robin-{made.pk}")
    made.save()
    return made


def test_site_comes_with_the_defaults_of_the_code() -> None:
    policy = ServicePolicy.objects.current()

    assert (policy.promised_hours, policy.tries, policy.try_days) == (8, 3, 2)
    assert (policy.requests_days, policy.spam_days) == (retention.REQUESTS.usual, retention.SPAM.usual)


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("id = 2", "service_policy_is_one_row"),
        ("promised_hours = 0", "promise_is_within_a_working_week"),
        ("promised_hours = 41", "promise_is_within_a_working_week"),
        ("tries = 0", "tries_are_few_and_at_least_one"),
        ("tries = 11", "tries_are_few_and_at_least_one"),
        ("try_days = 0", "try_days_are_few_and_at_least_one"),
        ("try_days = 11", "try_days_are_few_and_at_least_one"),
        (f"requests_days = {retention.REQUESTS.least - 1}", "requests_are_kept_within_the_policy"),
        (f"requests_days = {retention.REQUESTS.most + 1}", "requests_are_kept_within_the_policy"),
        (f"spam_days = {retention.SPAM.least - 1}", "spam_is_kept_within_the_policy"),
        (f"spam_days = {retention.SPAM.most + 1}", "spam_is_kept_within_the_policy"),
        ("requests_days = 30, spam_days = 31", "spam_leaves_no_later_than_requests"),
    ],
)
def test_database_holds_the_hospital_to_the_limits(column: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE enquiries_servicepolicy SET {column}")


def test_database_keeps_the_one_row() -> None:
    with pytest.raises(Error, match="Cannot delete"), transaction.atomic():
        ServicePolicy.objects.all().delete()
    with pytest.raises(IntegrityError, match="service_policy_is_one_row"), transaction.atomic():
        ServicePolicy.objects.create(pk=2)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"promised_hours": "41"}, "Ensure this value is less than or equal to 40."),
        ({"requests_days": "366"}, "Ensure this value is less than or equal to 365."),
        (
            {"requests_days": "30", "spam_days": "31"},
            "Spam cannot be kept for longer than other requests.",
        ),
    ],
)
def test_number_beyond_the_limits_is_refused_in_words(typed: dict[str, str], said: str) -> None:
    page = administrator().typed(FORM, **typed)

    assert said in page.text
    assert ServicePolicy.objects.current().requests_days == 90


def test_promise_changes_for_new_requests_alone(hospital: Hospital) -> None:
    for weekday in range(7):
        factories.opening_hours(hospital, weekday)
    before = factories.stored_enquiry(hospital)
    was_due_at = before.due_at

    administrator().typed(FORM, promised_hours="2")
    now = timezone.now()
    after = factories.stored_enquiry(hospital)

    before.refresh_from_db()
    assert before.due_at == was_due_at
    assert after.due_at is not None
    worked = CallHours(hospital).between(now, after.due_at)
    assert timedelta(hours=2) <= worked <= timedelta(hours=2, minutes=15)


def test_request_is_given_up_after_as_many_tries_as_were_set(hospital: Hospital) -> None:
    administrator().typed(FORM, tries="1")
    robin = factories.person("robin")
    factories.team_member(robin, hospital)
    enquiry = factories.stored_enquiry(hospital)
    ringing.take(enquiry, robin)

    ringing.record(enquiry, Attempt.Outcome.NO_ANSWER, robin)

    assert enquiry.outcome == Ending.NOT_REACHED


def test_longer_period_is_told_to_patients_and_holds_for_new_requests_alone(
    client: Client, hospital: Hospital
) -> None:
    before, spam = handled(hospital, 100), handled(hospital, 15, outcome="spam")

    administrator().typed(FORM, requests_days="120", spam_days="20")
    kept = handled(hospital, 100)
    handled(hospital, 121)
    purge()

    assert set(Enquiry.objects.all()) == {kept, spam}
    assert (before.keep_days, kept.keep_days) == (90, 120)
    assert "120 days after we have dealt with it" in Page(client.get("/privacy/")).text
    for address in ("/enquiry/", "/call-back/"):
        assert "We delete it 120 days after" in Page(client.get(address)).text


@pytest.mark.parametrize(
    ("told", "kept"),
    [("90", 90), ("27", 120), ("366", 120), ("", 120), ("soon", 120), ("³", 120), ("200", 120)],
)
def test_form_that_was_opened_before_a_change_is_held_to_the_shorter_time(
    client: Client, wish_to_be_rung: dict[str, Any], told: str, kept: int
) -> None:
    """What no page of ours can have said shortens nothing."""
    page = Page(client.get("/call-back/"))
    assert page.value("kept_for") == "90"
    ServicePolicy.objects.update(requests_days=120)

    check = Page(client.post("/call-back/", wish_to_be_rung | {"kept_for": told}))
    client.post("/call-back/send/", check.hidden())

    assert Enquiry.objects.get().keep_days == kept


def test_withdrawn_request_leaves_as_its_own_form_said_too(hospital: Hospital) -> None:
    withdrawn = factories.stored_enquiry(hospital)
    withdrawn.withdraw()
    Enquiry.objects.update(withdrawn_at=timezone.now() - timedelta(days=91))
    ServicePolicy.objects.update(requests_days=365)

    assert Enquiry.objects.past_keeping().exists()


def test_database_keeps_no_request_for_longer_than_was_said(hospital: Hospital) -> None:
    factories.stored_enquiry(hospital)

    with pytest.raises(Error, match="Cannot update"), transaction.atomic():
        Enquiry.objects.update(keep_days=91)
    with pytest.raises(IntegrityError, match="request_is_kept_within_the_limits"), transaction.atomic():
        Enquiry.objects.update(keep_days=retention.REQUESTS.least - 1)


def test_shorter_period_says_how_much_it_deletes_before_it_is_saved(hospital: Hospital) -> None:
    desk = administrator()
    going, kept = handled(hospital, 40), handled(hospital, 20)
    joined = handled(hospital, 10, outcome="duplicate", duplicate_of=going)
    handled(hospital, 40, legal_hold_at=timezone.now(), legal_hold_by=desk.person, legal_hold_reason="Court")

    shown = desk.typed(FORM, requests_days="30")

    (asked,) = shown.words("//*[@class='asked']")
    assert "2 requests are deleted for good within the hour" in asked
    assert ServicePolicy.objects.current().requests_days == 90

    desk.pressed_again(FORM, shown)
    purge()

    assert ServicePolicy.objects.current().requests_days == 30
    assert Enquiry.objects.filter(pk=kept.pk).exists()
    assert not Enquiry.objects.filter(pk__in=[going.pk, joined.pk]).exists()
    assert Enquiry.objects.filter(legal_hold_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("ages", "said"), [([], "no request leaves at once"), ([40], "1 request is deleted")]
)
def test_it_says_so_as_well_where_little_or_nothing_leaves(
    hospital: Hospital, ages: list[int], said: str
) -> None:
    for age in ages:
        handled(hospital, age)

    shown = administrator().typed(FORM, requests_days="30")

    assert said in shown.words("//*[@class='asked']")[0]
    assert not shown.title.startswith("Error")


def test_shorter_period_that_is_put_back_is_asked_about_and_is_no_error() -> None:
    desk = administrator()
    desk.typed(FORM, requests_days="200")
    first = ServicePolicy.history.earliest()
    address = reverse("admin:enquiries_servicepolicy_put_back", args=[1, "servicepolicy", first.pk])

    page = Page(desk.client.post(address, Page(desk.client.get(address)).hidden(), follow=True))

    assert "Press “Save” once more" in page.words("//*[@class='asked']")[0]
    assert "cannot be put back" not in page.text


def test_more_that_comes_due_before_the_second_press_is_told_again(hospital: Hospital) -> None:
    desk = administrator()
    shown = desk.typed(FORM, requests_days="30")
    handled(hospital, 40)

    again = desk.pressed_again(FORM, shown)

    assert "1 request is deleted" in again.words("//*[@class='asked']")[0]
    assert ServicePolicy.objects.current().requests_days == 90


def test_shorter_time_for_spam_is_asked_about_too(hospital: Hospital) -> None:
    handled(hospital, 10, outcome="spam")

    shown = administrator().typed(FORM, spam_days="7")

    assert "1 request is deleted" in shown.words("//*[@class='asked']")[0]


def test_defaults_are_listed_before_launch_until_a_person_has_saved_them() -> None:
    factories.hospital()
    listed = [gap.about for gap in launch.gaps()["Requests from patients"]]

    administrator().typed(FORM)

    assert "Promise and retention" in listed
    assert "Promise and retention" not in [gap.about for part in launch.gaps().values() for gap in part]
