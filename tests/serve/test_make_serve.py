"""`make serve` from nothing, twice, after every kind of sudden end, and beside others."""

import os
import re
import shutil
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.serve.conftest import Copy, fresh_copy, is_alive, wait_until

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def assert_nothing_is_left(copy: Copy) -> None:
    time.sleep(0.3)
    assert copy.processes() == []
    assert not (copy.folder / "var" / "run.json").exists()


def test_first_run_makes_everything_and_says_where_it_is(made: Copy) -> None:
    assert made.first_run_seconds < 180
    assert f"http://127.0.0.1:{made.port}/" in made.first_run_told
    assert "make staff" in made.first_run_told
    assert "WARNING" not in made.first_run_told


def test_second_run_is_ready_in_five_seconds(made: Copy) -> None:
    seconds = made.serve()

    made.interrupt()
    assert seconds < 5


@pytest.mark.parametrize("everyone", [True, False], ids=["the whole group", "make alone"])
@pytest.mark.parametrize("how", SIGNALS)
def test_nothing_is_left_after(served: Copy, how: signal.Signals, everyone: bool) -> None:
    pids = served.pids()

    served.interrupt(how, everyone=everyone)

    assert_nothing_is_left(served)
    assert not any(map(is_alive, pids.values()))


@pytest.mark.parametrize("role", ["web", "worker", "database"])
def test_a_killed_part_comes_back(served: Copy, role: str) -> None:
    killed = served.pids()[role]

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: not is_alive(killed), 5, served.log)
    wait_until(lambda: served.has_all_parts() and served.answers(), 15, served.log)
    assert served.pids()[role] != killed


def test_killed_web_workers_come_back(served: Copy) -> None:
    web = served.pids()["web"]
    workers = [int(pid) for pid in Path(f"/proc/{web}/task/{web}/children").read_text().split()]

    for pid in workers:
        if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)

    wait_until(lambda: not any(map(is_alive, workers[-2:])), 5, served.log)
    wait_until(served.answers, 10, served.log)


def supervisor(copy: Copy) -> int:
    assert copy.serving
    return int(Path(f"/proc/{copy.serving.pid}/task/{copy.serving.pid}/children").read_text().split()[0])


@pytest.mark.parametrize("with_it", [(), ("web",), ("web", "worker", "database")])
def test_next_run_after_the_supervisor_is_killed(served: Copy, with_it: tuple[str, ...]) -> None:
    for pid in (supervisor(served), *(served.pids()[role] for role in with_it)):
        os.kill(pid, signal.SIGKILL)
    assert served.serving
    served.serving.wait(5)

    seconds = served.serve()

    assert seconds < 8
    wait_until(served.has_all_parts, 10, served.log)
    served.interrupt()
    assert_nothing_is_left(served)


def test_all_stops_when_make_is_killed(served: Copy) -> None:
    assert served.serving

    served.serving.kill()

    wait_until(lambda: not served.processes(), 15, served.log)


def test_a_taken_port_is_said_with_the_way_round_it(made: Copy) -> None:
    with socket.create_server(("127.0.0.1", made.port)):
        refused = made.run("make", "serve")

    assert refused.returncode
    assert f"Port {made.port} on 127.0.0.1 cannot be used" in refused.stderr
    assert f"PORT={made.port + 1} make serve" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(made: Copy, port: str) -> None:
    refused = made.run("make", "serve", PORT=port)

    assert refused.returncode
    assert "must be a number from 1 to 65535" in refused.stderr


def test_a_second_serve_of_the_same_folder_is_refused(served: Copy) -> None:
    refused = served.run("make", "serve", PORT="1")

    assert refused.returncode
    assert "is being served from" in refused.stderr
    assert served.answers()


def test_connections_that_wait_take_no_readers_place(served: Copy) -> None:
    """As the nginx of a large machine keeps open for its next readers, and a browser for its next page."""
    with ExitStack() as held:
        for _ in range(300):
            waiting = held.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=5))
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert waiting.recv(100).startswith(b"HTTP/1.1 200")

        began = time.monotonic()

        assert served.answers()
        assert time.monotonic() - began < 2


def test_log_names_no_reader_and_no_address(served: Copy) -> None:
    served.run("curl", "-s", f"http://127.0.0.1:{served.port}/search/?q=somebody-private")

    assert "somebody-private" not in served.log.read_text()
    assert not re.search(r"GET|POST", served.log.read_text())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_with_nothing_installed_beside_another_copy(served: Copy) -> None:
    other = fresh_copy("nobody", sees_postgresql=False)
    try:
        seconds = other.serve(patience=180)
        assert served.answers()
        assert seconds < 180
        wait_until(other.has_all_parts, 10, other.log)
        assert Path(f"/proc/{other.pids()['database']}").owner() == "nobody"
        assert (other.folder / "var/postgres/PG_VERSION").read_text() == "17\n"
        other.interrupt()
        assert_nothing_is_left(other)
        assert other.serve() < 5
        other.interrupt()
    finally:
        other.end()
        shutil.rmtree(other.folder.parent)
