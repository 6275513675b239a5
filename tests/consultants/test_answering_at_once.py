"""A link that is used several times at the same moment, over several connections, gives one answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from consultants.models import Consultant, Practice, Reconfirmation
from tests import factories
from tests.consultants.secretary import CORRECTED, RIGHT, Secretary, asked
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> Consultant:
    made = factories.consultant(secretary_email="robin@elmpark.example")
    factories.practice(made, factories.hospital(), factories.procedure())
    return made


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What comes of each, all begun at the same moment."""
    came: dict[int, Any] = {}
    start = threading.Barrier(len(deeds))

    def run(number: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait()
            came[number] = deed()
        except Exception as error:  # shown by the test, not lost with the thread
            came[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [came[number] for number in range(len(deeds))]


def answering(secretary: Secretary, page: Page, **answer: str) -> Callable[[], Page]:
    """The same link and page in another window."""
    return lambda: Secretary(secretary.question).answers(page, **answer)


def test_all_is_right_pressed_six_times_at_once_is_one_answer(ada: Consultant) -> None:
    robin = asked(ada)
    page = robin.opens()

    came = at_once(*[answering(robin, page, **RIGHT) for _ in range(6)])

    assert sorted(each.status for each in came) == [200, *[410] * 5]
    assert [each.heading for each in came if each.status == 410] == ["This was already answered"] * 5
    assert Practice.objects.get().confirmed_on == timezone.localdate()
    reasons = Practice.history.values_list("history_change_reason", flat=True)
    assert sum("by the secretary" in (reason or "") for reason in reasons) == 1


def test_right_and_corrected_at_once_is_one_of_them(ada: Consultant) -> None:
    robin = asked(ada)
    page = robin.opens()

    came = at_once(
        *[answering(robin, page, **RIGHT) for _ in range(3)],
        *[answering(robin, page, **CORRECTED, role="Radiologist") for _ in range(3)],
    )

    assert sorted(each.status for each in came) == [200, *[410] * 5]
    question, is_confirmed = Reconfirmation.objects.get(), Practice.objects.get().confirmed_on is not None
    assert is_confirmed == (question.outcome == Reconfirmation.Outcome.CONFIRMED)
    assert bool(question.corrections) != is_confirmed


def test_answer_and_a_new_question_at_once_do_not_wait_for_each_other(ada: Consultant) -> None:
    robin, fern = asked(ada), User.objects.get()
    page = robin.opens()

    def ask_anew() -> None:
        with transaction.atomic():
            Reconfirmation.objects.ask(Consultant.objects.select_for_update().get(pk=ada.pk), by=fern)

    answer, asking = at_once(answering(robin, page, **RIGHT), ask_anew)

    assert asking is None
    assert answer.status in (200, 410)
    assert (Practice.objects.get().confirmed_on is not None) == (answer.status == 200)
