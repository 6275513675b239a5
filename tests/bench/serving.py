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


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit(f"In {seconds:.0f} seconds it did not come to pass: {what}.")
        time.sleep(0.02)


class Site:
    """The site as it is served, and its processes."""

    def __init__(self, port: int) -> None:
        self.port = port

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def pid(self, role: str) -> int | None:
        """The process of that role, of the three that run.json lists."""
        with suppress(OSError, ValueError):
            found: int | None = json.loads((Path(settings.DATA_DIR) / "run.json").read_text()).get(role)
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
        pid = self.pid("web")
        with suppress(OSError, IndexError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            os.kill(int(random.choice(children)), signal.SIGKILL)
            return True
        return False


@contextmanager
def served(root: Path = ROOT, /, *options: str, **variables: str) -> Iterator[Site]:
    """The site, served until the block ends. What it says goes to serve.log in the data folder."""
    site = Site(free_port())
    folder = Path(variables.get("DATA_DIR", settings.DATA_DIR))
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PORT": str(site.port), "DATA_DIR": str(folder)} | variables
    environment.pop("MAKELEVEL", None)  # it is started by this process, and would watch it in place of make
    with (folder / "serve.log").open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, "manage.py", "serve", *options],
            cwd=root,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until(site.is_ready, 180, f"the site answers (see {folder}/serve.log)")
            yield site
        finally:
            serving.terminate()
            serving.wait(60)


def judged(promises: dict[str, bool]) -> int:
    """Print each promise and whether it was kept; the exit code."""
    for promise, is_kept in promises.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {promise}")
    return int(not all(promises.values()))
