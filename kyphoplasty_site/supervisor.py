"""What `make serve` runs: the database, the web server and the mail worker, each started again if it dies.

A sudden end leaves nothing in the way: Linux ends the children with their parent, and the next start
ends whatever an earlier one for the same data folder left behind.
"""

import ctypes
import fcntl
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType

from kyphoplasty_site import localdb
from kyphoplasty_site.page_cache import THREADS

logger = logging.getLogger(__name__)
# Set for every child, so that a later run can tell what an earlier one left behind.
MARK = "KYPHOPLASTY_SITE_SERVES"
PR_SET_PDEATHSIG = 1
TICK = 0.2
LONGEST_PAUSE = 30.0
A_WHILE = (
    5.0  # what has run for so long was able to start: it was ended from outside, and is wanted back at once
)
PATIENCE = 10.0
ROOT = Path(__file__).resolve().parent.parent


class Refusal(Exception):
    """Why the site cannot be served, in words for the person at the keyboard."""


class Stopped(BaseException):
    """Somebody asked for everything to stop."""


class Child:
    """A process kept alive: started at once, and again after a pause that doubles while it keeps failing."""

    def __init__(self, role: str, command: list[str], environment: dict[str, str]) -> None:
        self.role, self.command, self.environment = role, command, environment
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.due_at = self.pause = 0.0

    def keep_alive(self) -> None:
        if self.process and self.process.poll() is not None:
            self._bury()
        if not self.process and time.monotonic() >= self.due_at:
            self.started_at = time.monotonic()
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def stop(self) -> None:
        """Ask nicely, then end it with everything it started."""
        if self.process:
            with suppress(ProcessLookupError):
                self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
            self._end_group()
            self.process.wait()

    def _bury(self) -> None:
        self._end_group()
        lived = time.monotonic() - self.started_at
        self.pause = 0.0 if lived > A_WHILE else min(LONGEST_PAUSE, self.pause * 2 or 0.5)
        self.due_at = time.monotonic() + self.pause
        status = self.process.returncode if self.process else None
        say(f"The {self.role} ended (status {status}); starting it again.")
        self.process = None

    def _end_group(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def serve(data_dir: Path, prepare: Callable[[], None]) -> None:
    """Serve the site until told to stop; nothing is left running. `prepare` runs once the database is up."""
    host, port = os.environ.get("BIND") or "127.0.0.1", _port()
    data_dir.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with suppress(Stopped), _only_one(data_dir):
        _end_leftovers(data_dir)
        _refuse_a_taken_port(host, port)
        is_ours = not os.environ.get("DATABASE_URL")
        with localdb.running(data_dir, say) if is_ours else nullcontext():
            prepare()
            _keep_serving(data_dir, host, port, is_ours)


def serve_web() -> None:
    """Become the web server alone, for one of many machines. Whatever started us keeps us alive."""
    if not os.environ.get("DATABASE_URL"):
        raise Refusal("The web server alone needs a database that others keep: set DATABASE_URL.")
    os.chdir(ROOT)
    command = _web_command(os.environ.get("BIND") or "127.0.0.1", _port())
    os.execve(sys.executable, command, _web_environment())  # noqa: S606


def say(line: str) -> None:
    """Print, even when the terminal has gone: a closed window must not keep the rest from stopping."""
    if os.environ.get("PUBLIC_URL"):
        logger.info(line.strip())
        return
    with suppress(OSError):
        print(line, flush=True)


def _keep_serving(data_dir: Path, host: str, port: int, has_database: bool) -> None:
    mark = {MARK: str(data_dir)}
    children = [
        Child("web", _web_command(host, port), _web_environment() | mark),
        Child("worker", [sys.executable, "manage.py", "worker"], _worker_environment() | mark),
    ]
    children[1].due_at = time.monotonic() + 2  # readers first: mail can wait for the web server to be up
    say("Starting the web server and the mail worker.")
    make_has_stopped = _watch_make()
    told = ready = False
    recorded: dict[str, int] = {}
    try:
        while not make_has_stopped():
            if has_database:
                _keep_database(data_dir)
            for child in children:
                child.keep_alive()
            pids = {child.role: child.process.pid for child in children if child.process}
            if has_database and (database := localdb.running_pid(data_dir)):
                pids["database"] = database
            if pids != recorded:
                _record(data_dir, pids)
                recorded = pids
            ready = ready or _answers(host, port)
            if ready and not told:
                say(_welcome(data_dir, host, port))
                told = True
            time.sleep(TICK)
    finally:
        say("\nStopping.")
        for child in children:
            child.stop()
        (data_dir / "run.json").unlink(missing_ok=True)


def _web_environment() -> dict[str, str]:
    """With a folder where its processes count together, if anybody asks for the figures.

    Its threads share one store of memory. Each would else keep a store of its own, as large as the largest page it drew.
    """
    environment = {"MALLOC_ARENA_MAX": "1"} | os.environ
    if not os.environ.get("METRICS_PORT"):
        return environment
    return environment | {"PROMETHEUS_MULTIPROC_DIR": tempfile.mkdtemp(prefix="kyphoplasty-metrics-")}


def _worker_environment() -> dict[str, str]:
    """On one machine the web server has METRICS_PORT, and the worker the next one."""
    port = os.environ.get("METRICS_PORT")
    return os.environ | ({"METRICS_PORT": str(int(port) + 1)} if port else {})


def _web_command(host: str, port: int) -> list[str]:
    return [sys.executable, "-m", "kyphoplasty_site.granian_server", *_web_options(host, port)]


def _web_options(host: str, port: int) -> list[str]:
    """No access log: an address with its query string is nobody's business but the reader's.

    Granian's backpressure is a number of connections, those that wait for a next request too. Beyond it nobody gets in, so one
    process alone takes what the nginx of a machine of eight processors keeps open. A process may open 1,024 files, as a rule.
    """
    return [
        *("--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"),
        *("--workers", "2", "--blocking-threads", str(THREADS), "--backpressure", "512"),
        *("--respawn-failed-workers", "--respawn-interval", "2", "--workers-kill-timeout", "2"),
        *("--log-level", "warning", "--no-access-log", "kyphoplasty_site.wsgi:application"),
    ]


def _keep_database(data_dir: Path) -> None:
    if localdb.running_pid(data_dir):
        return
    say("The database ended; starting it again.")
    try:
        localdb.start(data_dir, say)
    except localdb.Failure as failure:
        say(f"{failure}\nTrying again.")
        time.sleep(1)


def _record(data_dir: Path, pids: dict[str, int]) -> None:
    unfinished = data_dir / "run.json.unfinished"
    unfinished.write_text(json.dumps(pids))
    unfinished.replace(data_dir / "run.json")


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # nosec B104  # told to listen everywhere


def _welcome(data_dir: Path, host: str, port: int) -> str:
    name = _reachable(host)
    site = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
    return f"""
The site is ready.
  Home            {site}/
  The explainer   {site}/procedures/balloon-kyphoplasty/
  Staff           {site}/admin/   (`make staff`, in another window, makes a login for each role)
  Mail it sends   {data_dir / "mail"}
Ctrl-C stops everything."""


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Refusal(f"PORT is {given!r}; it must be a number from 1 to 65535.")
    return int(given)


def _refuse_a_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
            tried.listen()
        except PermissionError as error:
            raise Refusal(f"Only root may use port {port}. Try: PORT=8001 make serve") from error
        except OSError as error:
            other = port + 1 if port < 65535 else 8000
            raise Refusal(
                f"Port {port} on {host} cannot be used ({error.strerror}). Try another: PORT={other} make serve"
            ) from error


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    with (data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(f"The site is being served from {data_dir} already. Stop that first.") from error
        yield


def _end_leftovers(data_dir: Path) -> None:
    """End what a supervisor that was killed outright left behind, known by the mark in its environment."""
    mark = f"{MARK}={data_dir}".encode()
    deadline = time.monotonic() + PATIENCE
    while (left := _marked(mark)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(TICK)


def _marked(mark: bytes) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def _watch_make() -> Callable[[], bool]:
    """Whether the make that started us has been interrupted, or has gone.

    A Ctrl-C sent to make alone is not passed on: make drops its own handler and waits for us, for ever.
    """
    if "MAKELEVEL" not in os.environ:
        return lambda: False
    parent = os.getppid()
    handlers = _handlers(parent)
    return lambda: os.getppid() != parent or _handlers(parent) != handlers


def _handlers(pid: int) -> str:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return line
    return ""


def _die_with_parent() -> None:
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
