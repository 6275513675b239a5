"""The database says nothing at all, which is worse than being down: an honest page comes within three seconds all the same."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.test import Client

from enquiries.models import Enquiry
from enquiries.patience import REMEMBERED_FOR, Turns, Watch, storing, turns
from procedures.models import Hospital
from tests import factories
from tests.bench.serving import comes_true
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("as_any_process")]
# Two seconds, and something for a busy machine; two time-outs one after the other would be four.
PATIENCE = 3.9


def timed(press: Any) -> tuple[Any, float]:
    started_at = time.monotonic()
    response = press()
    return response, time.monotonic() - started_at


@pytest.fixture
def silent_database(transactional_db: None) -> Iterator[None]:
    """A server that takes the connection and never says a word, as a stopped one does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        away, kept = connection.settings_dict, dict(connection.settings_dict)
        connection.close()
        away.update(HOST="127.0.0.1", PORT=server.getsockname()[1])
        yield
        connection.close()
        away.update(kept)


@pytest.fixture
def stopped() -> Iterator[list[int]]:
    """Processes of the database that the test stops. They go on when it is over."""
    processes: list[int] = []
    yield processes
    _go_on(processes)
    connection.close()


def stop(processes: list[int]) -> None:
    """The process that serves this test's connection does not answer any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    os.kill(process, signal.SIGSTOP)
    processes.append(process)


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/enquiry/send/", {"question": "Could this help my mother?"}),
        (f"/requests/{'x' * 43}/phone/", {"phone": "07700 900456"}),
    ],
)
def test_server_that_never_answers_is_given_up_in_time(
    client: Client, silent_database: None, address: str, typed: dict[str, str]
) -> None:
    response, seconds = timed(lambda: client.post(address, typed))

    assert seconds < PATIENCE
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert settings.FALLBACK_PHONE in Page(response).text
    assert Page(response).hidden() == typed


def test_server_that_stops_while_it_stores_acknowledges_nothing(
    client: Client, question: Answers, stopped: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()

    with monkeypatch.context() as amiss:
        amiss.setattr(
            "enquiries.models.outbox.OutgoingMailQuerySet.announce", lambda *args: _stop_and_ask(stopped)
        )
        response, seconds = timed(lambda: client.post("/enquiry/send/", checked))

    assert seconds < PATIENCE
    assert response.status_code == 503
    assert Page(response).hidden() == checked
    assert not Enquiry.objects.exists()
    _go_on(stopped)
    assert client.post("/enquiry/send/", Page(response).hidden()).status_code == 303


def test_while_one_tries_a_silent_database_others_are_told_at_once(
    client: Client, silent_database: None
) -> None:
    """They would hold every thread, and who only reads would wait behind them."""
    typed = {"question": "Could this help my mother?"}
    client.post("/enquiry/send/", typed)

    with Turns.one_of_all:
        response, seconds = timed(lambda: client.post("/enquiry/send/", typed))

    assert seconds < 1
    assert response.status_code == 503
    assert settings.FALLBACK_PHONE in Page(response).text
    assert Page(response).hidden() == typed


def test_database_that_speaks_again_is_asked_by_all(client: Client, question: Answers) -> None:
    turns["POST enquire"].silent_at = time.monotonic()

    assert client.post("/enquiry/", question).status_code == 200
    with Turns.one_of_all:
        assert client.post("/enquiry/", question).status_code == 200


def test_other_questions_are_in_doubt_until_one_of_them_is_answered(
    client: Client, question: Answers, hospital: Hospital, silent_database: None
) -> None:
    """Each kind would hold every thread once, one after the other."""
    client.post("/call-back/", {"name": "Jo Larkspur"})

    with Turns.one_of_all:
        response, seconds = timed(lambda: client.post("/enquiry/", question))

    assert seconds < 1
    assert response.status_code == 503


def test_question_that_is_answered_is_in_doubt_no_more(client: Client, question: Answers) -> None:
    Turns.newly_silent_at = time.monotonic()
    with Turns.one_of_all:
        assert client.post("/enquiry/", question).status_code == 503

    assert client.post("/enquiry/", question).status_code == 200
    with Turns.one_of_all:
        assert client.post("/enquiry/", question).status_code == 200


def test_storing_that_is_silent_says_nothing_of_the_form(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the table of requests is locked: the page of the form is refused to nobody, once it was answered."""
    checked = Page(client.post("/enquiry/", question)).hidden()
    with monkeypatch.context() as amiss:
        amiss.setattr("enquiries.patience.FIRST_WORD", -1.0)  # any error comes late
        amiss.setattr("enquiries.views.why_suspected", _is_away)
        assert client.post("/enquiry/send/", checked).status_code == 503
        assert client.get("/enquiry/").status_code == 200
        assert client.post("/enquiry/send/", checked).status_code == 503

        with Turns.one_of_all:
            assert client.get("/enquiry/").status_code == 200
    assert storing.is_silent
    assert not turns["POST enquire_send"].is_silent


def test_silence_of_long_ago_is_feared_by_nobody(client: Client, question: Answers) -> None:
    turns["POST enquire"].silent_at = Turns.newly_silent_at = time.monotonic() - 2 * REMEMBERED_FOR

    with Turns.one_of_all:
        assert client.post("/enquiry/", question).status_code == 200


def test_connection_that_fell_silent_is_replaced(
    client: Client, hospital: Hospital, stopped: list[int]
) -> None:
    """One kept from an earlier page is asked whether it is well, and a new one does the work."""
    enquiry = factories.stored_enquiry(hospital)
    stop(stopped)
    kept: Any = connection
    kept.health_check_enabled, kept.health_check_done = True, False

    response, seconds = timed(lambda: client.get(enquiry.get_absolute_url()))

    assert seconds < PATIENCE
    assert response.status_code == 200


def test_one_thread_watches_every_connection_and_ends_with_the_last() -> None:
    """A thread for each page cost a third of all that a machine can store."""
    told: dict[float, float] = {}
    all_are_watched = Barrier(4)

    def ask(patience: float, seconds: float) -> None:
        database = connection.copy()
        with suppress(OperationalError), closing(database), Watch(database, patience):
            all_are_watched.wait(10)
            began = time.monotonic()
            with suppress(OperationalError):
                database.cursor().execute("SELECT pg_sleep(%s)", [seconds])
                told[patience] = 0.0
            told.setdefault(patience, time.monotonic() - began)

    asking = [Thread(target=ask, args=each) for each in ((0.3, 20), (0.9, 20), (9, 1.5))]
    for thread in asking:
        thread.start()
    all_are_watched.wait(10)
    assert len(watchers()) == 1
    for thread in asking:
        thread.join()
    with connection.cursor() as cursor:  # which sleep on, with nobody to tell
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query ~ '^SELECT pg_sleep' AND datname = current_database()"
        )

    assert told[9] == 0.0
    assert 0.2 <= told[0.3] < told[0.9] < PATIENCE
    assert told[0.9] >= 0.8
    assert comes_true(lambda: not watchers(), 5)


def test_connection_in_place_of_a_silent_one_has_its_own_time(stopped: list[int]) -> None:
    """The watch of the page goes on, whose silence was that of the first."""
    with Watch(connections[DEFAULT_DB_ALIAS], 1.0):
        with pytest.raises(OperationalError):
            _stop_and_ask(stopped)
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.6)")


def watchers() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "patience"]


def test_slow_page_is_not_a_silent_database(
    client: Client, hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    enquiry = factories.stored_enquiry(hospital)
    monkeypatch.setattr("enquiries.patience.FIRST_WORD", 0.2)
    monkeypatch.setattr("enquiries.patience.ANY_WORD", 0.2)
    monkeypatch.setattr("enquiries.private_page.steps", lambda enquiry: [time.sleep(0.6)][:0])  # type: ignore[func-returns-value]

    assert client.get(enquiry.get_absolute_url()).status_code == 200


def _stop_and_ask(processes: list[int]) -> None:
    stop(processes)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _is_away(*_: object) -> None:
    raise OperationalError("away")


def _go_on(processes: list[int]) -> None:
    while processes:
        os.kill(processes.pop(), signal.SIGCONT)


def test_answer_that_stored_nothing_is_no_sign_that_one_can_store(client: Client, question: Answers) -> None:
    checked = Page(client.post("/enquiry/", question)).hidden()
    storing.silent_at = time.monotonic()

    assert client.get("/enquiry/send/").status_code == 302
    assert client.post("/enquiry/send/", checked | {"phone": "12"}).status_code == 200
    with storing.trying:
        assert client.post("/enquiry/send/", checked).status_code == 503
    assert client.post("/enquiry/send/", checked).status_code == 303
    with storing.trying:
        assert client.post("/enquiry/send/", checked).status_code == 303
