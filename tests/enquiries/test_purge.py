"""Requests leave on time, and not before."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from enquiries import retention
from enquiries.models import Enquiry, OutgoingMail
from procedures.models import Hospital
from tests import factories

pytestmark = pytest.mark.django_db


def dealt_with(hospital: Hospital, *, ago: timedelta) -> Enquiry:
    enquiry = factories.stored_enquiry(hospital)
    enquiry.mark_handled(by=factories.person(f"robin-{enquiry.pk}"))
    Enquiry.objects.filter(pk=enquiry.pk).update(handled_at=timezone.now() - ago)
    return enquiry


def test_purge_deletes_what_is_past_its_time_with_its_mail_and_nothing_else(hospital: Hospital) -> None:
    dealt_with(hospital, ago=retention.AFTER_HANDLED + timedelta(minutes=1))
    in_time = dealt_with(hospital, ago=retention.AFTER_HANDLED - timedelta(minutes=1))
    waiting = factories.stored_enquiry(hospital, created_at=timezone.now() - timedelta(days=400))
    out = StringIO()

    call_command("purge", stdout=out)

    assert json.loads(out.getvalue()) == {"deleted": 1}
    assert set(Enquiry.objects.all()) == {in_time, waiting}
    assert set(OutgoingMail.objects.values_list("enquiry", flat=True)) <= {in_time.pk, waiting.pk}


def test_worker_deletes_what_is_past_its_time(hospital: Hospital) -> None:
    dealt_with(hospital, ago=retention.AFTER_HANDLED + timedelta(days=1))

    call_command("worker", "--once", stdout=StringIO())

    assert not Enquiry.objects.exists()
