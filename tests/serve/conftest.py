"""A fresh copy of the site, in a folder with a space in its name, and the life of one `make serve` in it."""

import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kyphoplasty_site import localdb

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", "var", ".git", "__pycache__", ".*_cache", ".hypothesis")


class Copy:
    """One copy of the site's files, whom its commands run as, and the port it is served on."""

    def __init__(self, folder: Path, user: str | None = None) -> None:
        self.folder, self.user, self.port = folder, user, free_port()
        self.serving: subprocess.Popen[bytes] | None = None
        self.log = folder.with_name(f"{folder.name}.log")
        self.first_run_seconds, self.first_run_told = 0.0, ""

    def options(self, **variables: str) -> dict[str, Any]:
        inherited = {
            key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DATA_DIR")
        }
        environment = inherited | {"PORT": str(self.port)} | variables
        if not self.user:
            return {"cwd": self.folder, "env": environment}
        account = pwd.getpwnam(self.user)
        own = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return {"cwd": self.folder, "env": environment | own, **who}

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, **self.options(**variables)
        )

    def serve(self, patience: float = 30, **variables: str) -> float:
        """Start `make serve`; how many seconds until the site answers."""
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.serving = subprocess.Popen(
                ["make", "serve"],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.options(**variables),
            )
        wait_until(lambda: self.is_ready() or self.has_ended(), patience, self.log)
        assert self.answers(), self.log.read_text()
        return time.monotonic() - began

    def is_ready(self) -> bool:
        """Whether this run says so and answers. A web server of the run before may, until it sees that its own is gone."""
        return "The site is ready." in self.log.read_text() and self.answers()

    def answers(self) -> bool:
        """Whether a page that needs the database comes back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def has_ended(self) -> bool:
        return self.serving is None or self.serving.poll() is not None

    def pids(self) -> dict[str, int]:
        return json.loads((self.folder / "var" / "run.json").read_text())

    def has_all_parts(self) -> bool:
        try:
            return set(self.pids()) == {"web", "worker", "database"} and all(
                map(is_alive, self.pids().values())
            )
        except FileNotFoundError:
            return False

    def interrupt(self, how: signal.Signals = signal.SIGINT, *, everyone: bool = True) -> None:
        """Press Ctrl-C (a signal to make and all it runs), or signal make alone, and wait for the end."""
        assert self.serving
        (os.killpg if everyone else os.kill)(self.serving.pid, how)
        self.serving.wait(20)

    def processes(self) -> list[str]:
        """What still runs out of this copy's folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if str(os.readlink(process / "cwd")).startswith(str(self.folder)):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def end(self) -> None:
        if self.serving and not self.has_ended():
            self.interrupt()
        self.run("python3", "-m", "kyphoplasty_site.localdb", "stop")
        forget(self.folder / "var")


def fresh_copy(user: str | None = None, *, sees_postgresql: bool = True) -> Copy:
    folder = Path(tempfile.mkdtemp(prefix="site-", dir="/var/tmp")) / "a copy"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    folder.parent.chmod(0o755)
    if not sees_postgresql:
        module = folder / "kyphoplasty_site" / "localdb.py"
        module.write_text(module.read_text().replace("/usr/lib/postgresql", "/nowhere"))
    if user:
        for path in (folder.parent, folder, *folder.rglob("*")):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)
    return Copy(folder, user)


@pytest.fixture(scope="session")
def made() -> Iterator[Copy]:
    """A copy that has been served once, from nothing."""
    copy = fresh_copy()
    try:
        copy.first_run_seconds = copy.serve(patience=180)
        wait_until(lambda: "Ctrl-C stops everything" in copy.log.read_text(), 10, copy.log)
        copy.first_run_told = copy.log.read_text()
        copy.interrupt()
        yield copy
    finally:
        copy.end()
        shutil.rmtree(copy.folder.parent)


@pytest.fixture
def served(made: Copy) -> Iterator[Copy]:
    try:
        made.serve()
        wait_until(made.has_all_parts, 10, made.log)
        yield made
    finally:
        if not made.has_ended():
            made.interrupt()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder of its own, with a space in its path, that the service user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="data-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder / "the data"
    localdb.stop(folder / "the data")
    forget(folder / "the data")
    shutil.rmtree(folder)


def forget(data_dir: Path) -> None:
    """Remove what a database leaves outside its data folder."""
    shutil.rmtree(localdb.socket_folder(data_dir), ignore_errors=True)
    if (data_dir / "postgres").is_symlink():
        shutil.rmtree(localdb.cluster_folder(data_dir).parent, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_until(is_so: Any, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
