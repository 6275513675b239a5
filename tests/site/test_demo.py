"""Made-up people, to try the site with many of them."""

import pytest

from consultants.models import Consultant
from kyphoplasty_site.demo import add_consultants

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
