"""What watches over all the other tests is awake."""

import pytest
from django.db import connection
from zeal import zeal_context
from zeal.errors import NPlusOneError

from consultants.models import Practice
from tests import factories

pytestmark = pytest.mark.django_db


def test_asking_the_same_for_each_row_is_noticed() -> None:
    for number in range(3):
        hospital = factories.hospital(name=f"Hospital {number}", slug=f"hospital-{number}")
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital)

    with zeal_context(), pytest.raises(NPlusOneError):
        [practice.hospital.name for practice in Practice.objects.all()]


def test_tests_meet_postgresql_and_a_database_of_their_own() -> None:
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_kyphoplasty_")
