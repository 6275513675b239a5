"""Each fault: how it is done, how it is undone, and what /readyz must say of it meanwhile."""

import os
import pwd
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection

from kyphoplasty_site import localdb
from tests.bench.requests import KILL_EVERY
from tests.bench.serving import Site
from tests.faults.post import How, Post

DISK = 400  # megabytes for the whole of PostgreSQL
LIBFAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
JUMP = 400  # days: longer than anything is kept


class CannotRun(Exception):
    """What this machine lacks for a fault, and how to put that right."""


@dataclass
class Stage:
    """Where the faults happen."""

    site: Site
    post: Post
    workers_killed: int = 0

    def worker_interruptions(self) -> int:
        """How often a worker was killed or failed to send, each time perhaps between the mail server’s yes and its own note."""
        said = self.site.log.read_text(errors="replace")
        return self.workers_killed + said.count("Sending mail failed")

    def kill_worker(self) -> None:
        self.workers_killed += self.site.kill("worker")

    @contextmanager
    def again_and_again(self, deed: Callable[[], object], every: float) -> Iterator[None]:
        """Until the fault is over, so that nothing recovers before."""
        over = threading.Event()

        def go_on() -> None:
            while not over.is_set():
                deed()
                over.wait(every)

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


Around = Callable[[], Any]


@dataclass(frozen=True)
class Fault:
    """`told` is what /readyz says while it lasts: the part and the words for it. `around` makes the place ready for it."""

    name: str
    what: str
    breaks: Callable[[Stage], Any]
    told: frozenset[tuple[str, str]]
    lasts: float = 15.0
    around: Around = field(default=lambda: nullcontext({}))
    web_dies: bool = False  # so that for a moment nobody answers
    needs_hands: bool = False  # held mail waits for a person, who presses “try again”


SILENCE = frozenset({("site", "no answer")})
DATABASE = frozenset({("database", "away"), ("database", "no connection is left")})
MAIL = frozenset({("mail", "server does not take it"), ("mail", "late")})


def web_one(stage: Stage) -> Any:
    return stage.again_and_again(stage.site.kill_a_web_process, KILL_EVERY)


def web_all(stage: Stage) -> Any:
    return stage.again_and_again(stage.site.kill_web, 0.2)


def worker(stage: Stage) -> Any:
    return stage.again_and_again(stage.kill_worker, 0.1)


@contextmanager
def stack(stage: Stage) -> Iterator[None]:
    """Whoever started `make serve` starts it again, as systemd does."""
    stage.workers_killed += 1
    stage.site.kill_everything()
    yield
    stage.site.start()


def database_stopped(stage: Stage) -> Any:
    """Immediately, as by a power cut, and again each time that it is back."""
    return stage.again_and_again(lambda: stage.site.kill("database", signal.SIGQUIT), 0.2)


def database_restarted(stage: Stage) -> Any:
    """With its work put in order, and again some seconds after."""
    return stage.again_and_again(lambda: stage.site.kill("database", signal.SIGINT), 3.0)


@contextmanager
def disk_full(stage: Stage) -> Iterator[None]:
    ballast = localdb.cluster_folder(stage.site.folder) / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    try:
        with stage.again_and_again(fill, 0.2):
            yield
    finally:
        ballast.unlink()


@contextmanager
def connections_exhausted(stage: Stage) -> Iterator[None]:
    """Somebody takes every connection there is, those of the site first."""
    held: list[Any] = []

    def take() -> None:
        while True:
            try:
                held.append(connected())
            except psycopg2.OperationalError:
                break
        with held[0].cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> ALL(%s)",
                [[line.get_backend_pid() for line in held]],
            )

    try:
        with stage.again_and_again(take, 0.05):
            yield
    finally:
        for line in held:
            line.close()


@contextmanager
def locks_held(stage: Stage) -> Iterator[None]:
    with closing(connected()) as line, line.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE enquiries_enquiry IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def smtp_refused(stage: Stage) -> Iterator[None]:
    stage.post.stop()
    try:
        yield
    finally:
        stage.post.start()


def smtp(how: How) -> Callable[[Stage], Any]:
    @contextmanager
    def breaks(stage: Stage) -> Iterator[None]:
        stage.post.how = how
        try:
            yield
        finally:
            stage.post.how = "well"

    return breaks


def clock(days: int) -> Callable[[Stage], Any]:
    """The clock of the web server and the worker; the database's stays right. The worker starts anew in the wrong day."""

    @contextmanager
    def breaks(stage: Stage) -> Iterator[None]:
        (stage.site.folder / "clock").write_text(f"{days:+}d")
        try:
            stage.kill_worker()
            yield
        finally:
            (stage.site.folder / "clock").write_text("+0")

    return breaks


@contextmanager
def on_a_small_disk() -> Iterator[dict[str, str]]:
    """The database's files move to a tmpfs in their place, and are themselves again after."""
    if os.getuid() != 0:
        raise CannotRun("not root, so nothing can be mounted: run it as root")
    data_dir = Path(settings.DATA_DIR)
    cluster = localdb.cluster_folder(data_dir)
    kept = cluster.with_name("postgres.kept")
    if kept.exists():  # a run that was ended outright
        _put_back(cluster, kept)
    with localdb.running(data_dir, lambda _: None):
        cluster = localdb.cluster_folder(data_dir)
    kept, owner = cluster.with_name("postgres.kept"), pwd.getpwuid(cluster.stat().st_uid)
    cluster.rename(kept)
    cluster.mkdir()
    options = f"size={DISK}m,mode=0700,uid={owner.pw_uid},gid={owner.pw_gid}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(cluster)], capture_output=True, check=False
    )
    try:
        if mounted.returncode:
            raise CannotRun("a tmpfs cannot be mounted here: run it where root may mount")
        subprocess.run(["cp", "-a", f"{kept}/.", str(cluster)], check=True)
        with (cluster / "postgresql.auto.conf").open("a") as conf:
            conf.write("max_wal_size = '96MB'\nmin_wal_size = '32MB'\n")
        yield {}
    finally:
        _put_back(cluster, kept)


def _put_back(cluster: Path, kept: Path) -> None:
    subprocess.run(["umount", "--lazy", str(cluster)], capture_output=True, check=False)
    cluster.rmdir()
    kept.rename(cluster)


@contextmanager
def under_libfaketime() -> Iterator[dict[str, str]]:
    """What `make serve` starts sees the time that stands in a file. The database was started before, and sees the true one."""
    if not LIBFAKETIME:
        raise CannotRun("no libfaketime: install faketime")
    data_dir = Path(settings.DATA_DIR)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "clock").write_text("+0")
    with localdb.running(data_dir, lambda _: None):
        yield {
            "PYTHONPATH": str(Path(__file__).with_name("clock")),
            "LD_PRELOAD": str(LIBFAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(data_dir / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


def connected() -> Any:
    line = psycopg2.connect(**connection.get_connection_params())
    line.autocommit = True
    return line


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("web-one", "web processes killed, one by one", web_one, frozenset(), web_dies=True),
        Fault(
            "web-all",
            "all web processes killed at once, for some seconds",
            web_all,
            SILENCE,
            5,
            web_dies=True,
        ),
        Fault("worker", "the worker killed whenever it is back", worker, frozenset({("worker", "away")})),
        Fault("stack", "everything killed at once, then served again", stack, SILENCE, 3, web_dies=True),
        Fault("database-stopped", "PostgreSQL stopped at once, again and again", database_stopped, DATABASE),
        Fault("database-restarted", "PostgreSQL restarted every three seconds", database_restarted, DATABASE),
        Fault(
            "disk-full",
            f"PostgreSQL’s disk of {DISK} MB full",
            disk_full,
            DATABASE | {("database", "disk is full")},
            30,
            on_a_small_disk,
        ),
        Fault("connections", "every connection taken by others", connections_exhausted, DATABASE),
        Fault("locks", "the table of requests locked", locks_held, frozenset({("database", "locked")})),
        Fault("smtp-refused", "nothing listens where the mail server was", smtp_refused, MAIL, 30),
        Fault("smtp-silent", "the mail server says nothing", smtp("silent"), MAIL, 30),
        Fault("smtp-slow", "each answer of the mail server takes two seconds", smtp("slow"), MAIL, 30),
        Fault("smtp-4xx", "it takes no mail for now (451)", smtp("4xx"), MAIL, 30),
        Fault("smtp-5xx", "it takes no mail (554)", smtp("5xx"), MAIL, 30),
        Fault(
            "smtp-address",
            "it knows none of the addresses (550), until a person has mail tried again",
            smtp("5xx to the address"),
            MAIL | {("mail", "waits for a person")},
            20,
            needs_hands=True,
        ),
        Fault("smtp-cut", "it hangs up after each mail, without a yes", smtp("cut after DATA"), MAIL, 30),
        *(
            Fault(
                f"clock-{way}",
                f"the clock {abs(days)} days {way}",
                clock(days),
                frozenset({("database", "at another time")}),
                20,
                under_libfaketime,
            )
            for way, days in (("forward", JUMP), ("back", -JUMP))
        ),
    )
}
