"""The real `make serve`, started for a bench in a data folder of its own, with processes that can be killed."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kyphoplasty_site.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the site must be set up first

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def comes_true(is_so: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """Whether it does, within so many seconds; it is looked at again after a while."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    if not comes_true(is_so, seconds):
        sys.exit(f"In {seconds:.0f} seconds it did not come to pass: {what}.")


class Site:
    """The site as it is served, and its processes. What it says goes to serve.log in the data folder."""

    def __init__(self, root: Path = ROOT, /, *options: str, **variables: str) -> None:
        self.port, self.folder = free_port(), Path(variables.get("DATA_DIR", settings.DATA_DIR))
        self.root, self.options = root, options
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "serve.log"
        self.log.write_bytes(b"")
        own = {"PORT": str(self.port), "DATA_DIR": str(self.folder)}
        self.environment = os.environ | own | variables
        # It is started by this process, which it would watch in place of make.
        self.environment.pop("MAKELEVEL", None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", "serve", *self.options]
            self.serving = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        self.serving.terminate()
        self.serving.wait(60)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def pid(self, role: str) -> int | None:
        """The process of that role, of the three that run.json lists."""
        with suppress(OSError, ValueError):
            found: int | None = json.loads((self.folder / "run.json").read_text()).get(role)
            return found
        return None

    def kill(self, role: str, how: signal.Signals = signal.SIGKILL) -> bool:
        pid = self.pid(role)
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, how)
                return True
        return False

    def kill_a_web_process(self) -> bool:
        """One of those that answer readers: a child of the web server."""
        with suppress(OSError, IndexError):
            os.kill(random.choice(self._web_processes()), signal.SIGKILL)
            return True
        return False

    def kill_web(self) -> int:
        """The web server and all its processes, at once; how many they were."""
        with suppress(OSError):
            return sum(map(_kill, [*filter(None, [self.pid("web")]), *self._web_processes()]))
        return 0

    def kill_everything(self) -> None:
        """As by a power cut: first who would start the others again."""
        self.serving.kill()
        self.kill_web()
        self.kill("worker")
        self.kill("database")
        self.serving.wait(60)

    def _web_processes(self) -> list[int]:
        pid = self.pid("web")
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _kill(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


@contextmanager
def served(root: Path = ROOT, /, *options: str, **variables: str) -> Iterator[Site]:
    """The site, or the code of another folder, served until the block ends."""
    site = Site(root, *options, **variables)
    site.start()
    try:
        wait_until(site.is_ready, 180, f"the site answers (see {site.log})")
        yield site
    finally:
        site.stop()


def judged(promises: dict[str, bool]) -> int:
    """Print each promise and whether it was kept; the exit code."""
    for promise, is_kept in promises.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {promise}")
    return int(not all(promises.values()))
