"""The whole suite, as `make test` runs it; `python -m tests serve` runs the slow tests of `make serve` instead.

Each part has a process of its own: a browser's event loop must not meet the rest of the tests, and the tests
of serving start databases of their own. What this machine lacks is said in the closing lines; in CI it fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.npm import fetched

ROOT = Path(__file__).resolve().parent.parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Two processes, each with a database of its own. A file stays in one of them, with what its tests share; of the
# journeys, all that is tested of one state of a page does, in the order of tests/journeys/conftest.py.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
STATE_BY_STATE = ("-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder")
VNU = "vnu-jar@26.9.27"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["serve"]:
        return serve(*arguments[1:])
    missing: list[str] = []
    environment = dict(os.environ)
    if jar := html_checker():
        environment["VNU_JAR"] = str(jar)
    else:
        missing.append("HTML checker, install java and npm")
    here = ("tests", "--ignore=tests/serve", "--ignore=tests/journeys")
    failed = pytest(*here, *SIDE_BY_SIDE, *arguments, env=environment)
    if browser := chromium():
        environment |= {"CHROMIUM": browser, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
        failed |= pytest("tests/journeys", *STATE_BY_STATE, *arguments, env=environment)
    else:
        missing.append("browser journeys, install chromium")
    if not shutil.which("redis-server"):
        missing.append("shared cache, install redis-server")
    if not can_print():
        missing.append("leaflets, install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    return told(missing, failed)


def serve(*arguments: str) -> int:
    """The tests of serving, without nginx and many machines where a part of those is not installed."""
    if lacking := [name for name in ("nginx", "redis-server") if not shutil.which(name)]:
        arguments += ("--ignore=tests/serve/test_many_machines.py",)
    if "nginx" in lacking:
        arguments += ("--ignore=tests/serve/test_nginx.py",)
    missing = [f"many machines, install {' '.join(lacking)}"] if lacking else []
    return told(missing, pytest("tests/serve", *arguments))


def told(missing: list[str], failed: int) -> int:
    """Say what was not run, which in CI is as bad as a failure."""
    for what in missing:
        print(f"not run: {what}")
    return int(bool(failed or (missing and os.environ.get("CI") == "true")))


def pytest(*arguments: str, env: dict[str, str] | None = None) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT, env=env, check=False
    ).returncode


def can_print() -> bool:
    """Whether WeasyPrint finds the libraries of the system that it needs."""
    ask = "from procedures.printing import can_print; raise SystemExit(not can_print())"
    quietly = os.environ | {"DJANGO_SETTINGS_MODULE": "kyphoplasty_site.settings"}
    return subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=quietly, check=False).returncode == 0


def chromium() -> str | None:
    """Any Chromium or Chrome on the PATH; root on Debian may fetch one."""
    if not _browser() and os.getuid() == 0 and shutil.which("apt-get"):
        print("Installing chromium from Debian's packages.", flush=True)
        _apt_get("update", "-qq")
        _apt_get("install", "-qq", "--no-install-recommends", "chromium")
    return _browser()


def _apt_get(*arguments: str) -> None:
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *arguments], check=False, stdout=subprocess.DEVNULL, env=quietly)


def _browser() -> str | None:
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def html_checker() -> Path | None:
    """The Nu HTML checker's jar; it needs Java to run, npm to fetch."""
    package = fetched(VNU)
    return package / "build" / "dist" / "vnu.jar" if package and shutil.which("java") else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
