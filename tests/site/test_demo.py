"""Made-up people, to try the site with many of them."""

import pytest

from consultants.models import Consultant
from enquiries.models import Attempt, Enquiry, OutgoingMail, Reading
from kyphoplasty_site.demo import add_consultants
from kyphoplasty_site.demo_requests import add_enquiries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("gone", ["made-up-0", "made-up-1", "made-up-10"])
def test_more_are_added_after_one_was_deleted(gone: str) -> None:
    list(add_consultants(11))
    Consultant.objects.get(slug=gone).delete()

    list(add_consultants(3))

    assert Consultant.objects.filter(slug__startswith="made-up-").count() == 13


def test_people_of_other_addresses_are_passed_over() -> None:
    Consultant.objects.create(given_name="Ada", family_name="Quill", slug="made-up-quill")

    list(add_consultants(2))

    assert Consultant.objects.count() == 3


def test_requests_stand_in_every_state_with_what_belongs_to_them() -> None:
    list(add_enquiries(400))

    assert set(Enquiry.objects.counts()) == {"open", "overdue", "unread", "held", "tried", "suspected"}
    assert all(Enquiry.objects.counts().values())
    assert Enquiry.objects.exclude(handled_at=None).exists()
    assert Enquiry.objects.exclude(withdrawn_at=None).exists()
    assert Attempt.objects.exists()
    assert Reading.objects.exists()


def test_no_mail_of_made_up_requests_waits_to_leave() -> None:
    list(add_enquiries(50))

    assert OutgoingMail.objects.exists()
    assert not OutgoingMail.objects.unsent().exists()


def test_made_up_requests_are_given_their_own_references_however_often_they_are_added() -> None:
    list(add_enquiries(5))
    list(add_enquiries(5))

    assert Enquiry.objects.values("reference").distinct().count() == 10
