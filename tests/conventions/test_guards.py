"""What watches over all the other tests is awake."""

import gc
from collections.abc import Callable
from time import sleep

import pytest
from django.db import connection
from zeal import zeal_context
from zeal.errors import NPlusOneError

from consultants.models import Practice
from tests import factories, naughty

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


def in_python() -> None:
    sum(number % 7 for number in range(5_000_000))


def in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(number % 7) FROM generate_series(1, 5000000) AS number")


@pytest.mark.parametrize("work", [in_python, in_the_database])
def test_an_answer_that_works_too_long_is_noticed(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]
) -> None:
    monkeypatch.setattr(naughty, "LONGEST_ANSWER", 0.1)

    with pytest.raises(AssertionError), naughty.in_time():
        work()


def test_what_earlier_tests_left_is_not_collected_on_an_answers_time() -> None:
    with naughty.in_time():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_an_answer_that_waits_too_long_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naughty, "STUCK", 0.1)

    with pytest.raises(AssertionError), naughty.in_time():
        sleep(0.2)
