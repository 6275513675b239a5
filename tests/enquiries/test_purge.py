"""Requests leave on time, and not before; so does what the desk's log says of them."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from enquiries import retention
from enquiries.erasure import purge
from enquiries.models import Enquiry, OutgoingMail
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db
PAST_ITS_TIME = timedelta(days=retention.REQUESTS.usual, minutes=1)
IN_TIME = timedelta(days=retention.REQUESTS.usual) - timedelta(minutes=1)


def dealt_with(hospital: Hospital, *, ago: timedelta, **facts: Any) -> Enquiry:
    enquiry = factories.stored_enquiry(hospital, **facts)
    enquiry.mark_handled(by=factories.person(f"robin-{enquiry.pk}"))
    Enquiry.objects.filter(pk=enquiry.pk).update(handled_at=timezone.now() - ago)
    return enquiry


def purged() -> int:
    """Purge, and say how many requests went."""
    return purge().get("enquiries.Enquiry", 0)


def case(hospital: Hospital, *times: timedelta) -> list[Enquiry]:
    """A first request and its followers, sent from one check page and dealt with so long ago."""
    first = dealt_with(hospital, ago=times[0])
    others = [dealt_with(hospital, ago=ago, submission_id=first.submission_id) for ago in times[1:]]
    assert all(other.follows == first for other in others)
    return [first, *others]


def logged(row: models.Model) -> LogEntry:
    """What the desk notes when somebody changes the row."""
    return LogEntry.objects.create(
        user=factories.person(f"wren-{LogEntry.objects.count()}"),
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row),
        action_flag=CHANGE,
    )


def test_purge_deletes_what_is_past_its_time_with_its_mail_and_nothing_else(hospital: Hospital) -> None:
    dealt_with(hospital, ago=PAST_ITS_TIME)
    in_time = dealt_with(hospital, ago=IN_TIME)
    waiting = factories.stored_enquiry(hospital, created_at=timezone.now() - timedelta(days=400))
    out = StringIO()

    call_command("purge", stdout=out)

    assert json.loads(out.getvalue())["deleted"] == 1
    assert set(Enquiry.objects.all()) == {in_time, waiting}
    assert set(OutgoingMail.objects.values_list("enquiry", flat=True)) <= {in_time.pk, waiting.pk}


@pytest.mark.parametrize("followers", [1, 2])
def test_first_request_leaves_on_time_and_its_followers_on_theirs(hospital: Hospital, followers: int) -> None:
    _, *others = case(hospital, PAST_ITS_TIME, *[IN_TIME] * followers)

    assert purged() == 1

    assert set(Enquiry.objects.all()) == set(others)
    assert not Enquiry.objects.exclude(follows=None).exists()


def test_follower_that_still_waits_outlives_the_first(hospital: Hospital) -> None:
    first = dealt_with(hospital, ago=PAST_ITS_TIME)
    waiting = factories.stored_enquiry(hospital, submission_id=first.submission_id)

    assert purged() == 1

    assert list(Enquiry.objects.open()) == [waiting]


def test_follower_leaves_before_the_first(hospital: Hospital) -> None:
    first, _, _ = case(hospital, IN_TIME, PAST_ITS_TIME, PAST_ITS_TIME)

    assert purged() == 2

    assert list(Enquiry.objects.all()) == [first]


def test_whole_case_leaves_at_once(hospital: Hospital) -> None:
    case(hospital, PAST_ITS_TIME, PAST_ITS_TIME, PAST_ITS_TIME)

    assert purged() == 3


def test_log_of_the_desk_forgets_a_request_with_it_and_nothing_else(hospital: Hospital) -> None:
    gone = dealt_with(hospital, ago=PAST_ITS_TIME)
    in_time = dealt_with(hospital, ago=IN_TIME)
    window = factories.call_window(hospital, pk=gone.pk)
    window.refresh_from_db()
    logged(gone)
    logged(gone)
    kept = {logged(in_time), logged(window)}

    purged()

    assert set(LogEntry.objects.all()) == kept


def test_worker_deletes_what_is_past_its_time(hospital: Hospital) -> None:
    dealt_with(hospital, ago=PAST_ITS_TIME)

    call_command("worker", "--once", stdout=StringIO())

    assert not Enquiry.objects.exists()
