"""A real server with the seed content, in this process so that a test can break it, and a browser that is watched.

The tables are filled once and never flushed.
"""

import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pgtrigger
import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from django.test.testcases import LiveServerThread
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.plugin import DjangoDbBlocker

from enquiries.models import Enquiry
from kyphoplasty_site import settings as site_settings
from tests.journeys.hands import Finger, Hand, Keyboard
from tests.journeys.states import DESK, PHONE, STATES, Standing, known_hospital
from tests.journeys.watch import Watch

# The server's threads, and this one once a browser has run in it, hold connections that nobody can reach.
END_SESSIONS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of processes side by side, one does all that is tested of a state, and so opens it once.

    What adds to the seed comes after the stories, which know one hospital. The states come last: they are many and
    short, so no process is left alone with a long story at the end.
    """
    last = ("second_hospital", "standing")
    for item in items:
        if "standing" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(getattr(item, "callspec").params["standing"]))  # noqa: B009
    items.sort(key=lambda item: [name in getattr(item, "fixturenames", ()) for name in reversed(last)])


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium, or whichever the runner of the whole suite has found."""
    return {"executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium")}


@pytest.fixture(scope="session")
def database(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, data_dir: Path
) -> Iterator[None]:
    """A database and a media folder of this run's own, open to every test here, with the seed in them.

    pytest-django makes one only for tests that carry its mark, and would open the development copy to the others.
    """
    media = override_settings(MEDIA_ROOT=data_dir / "media")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), media:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        made = setup_databases(verbosity=0, interactive=False)
        try:
            assert str(connection.settings_dict["NAME"]).startswith("test_")
            call_command("seed_content", stdout=StringIO())
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(END_SESSIONS)
            teardown_databases(made, verbosity=0)


@pytest.fixture
def second_hospital(database: None) -> str:
    """The page of a hospital of which everything is known. It stays, so what asks for it comes after the stories."""
    return known_hospital()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    """The static files collected, compressed, named by their content: by one process for all that run beside it."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "static"
    folder.mkdir(exist_ok=True)
    with (
        (folder / ".lock").open("w") as lock,
        override_settings(STORAGES=site_settings.STORAGES, STATIC_ROOT=folder),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "staticfiles.json").exists():
            call_command("collectstatic", verbosity=0, interactive=False)
    (data_dir / "static").symlink_to(folder)
    return folder


@pytest.fixture(scope="session")
def origin(database: None, static_root: Path) -> Iterator[str]:
    """Where the site answers as it does in earnest."""
    with override_settings(
        MIDDLEWARE=site_settings.MIDDLEWARE, STORAGES=site_settings.STORAGES, STATIC_ROOT=static_root
    ):
        plain: Any = lambda application: application  # noqa: E731 - WhiteNoise serves the static files, not Django
        server = LiveServerThread("127.0.0.1", static_handler=plain)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()


@pytest.fixture
def visit(browser: Browser, origin: str) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own, with the options given; whatever it does wrong fails the test at its end.

    One status that is otherwise an error may be expected.
    """
    opened: list[tuple[BrowserContext, Watch]] = []
    Enquiry.objects.all().delete()  # no test sees what another has sent
    cache.clear()

    def new_page(*, expected: int = 200, **options: Any) -> Page:
        context = browser.new_context(**CONTEXT | {"base_url": origin, "viewport": DESK} | options)
        opened.append((context, Watch(context, origin, expected)))
        return context.new_page()

    yield new_page
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.assert_nothing_wrong()


@pytest.fixture
def all_left_as_found(database: None) -> Iterator[None]:
    """Every row that is added goes again, whatever guards it: the other journeys read the same tables.

    What stood there before must be left as it was.
    """
    models = apps.get_models(include_auto_created=True)
    keys = {model._meta.db_table: model._meta.pk.column for model in models if model._meta.managed}
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f'CREATE TEMP TABLE "was_{at}" AS TABLE "{at}"' for at in keys))
        yield
        with pgtrigger.ignore(), transaction.atomic():
            for at, key in keys.items():
                cursor.execute(f'DELETE FROM "{at}" WHERE "{key}" NOT IN (SELECT "{key}" FROM "was_{at}")')
        cursor.execute("; ".join(f'DROP TABLE "was_{at}"' for at in keys))


# Still pages: a smooth scroll or a fading colour would be measured half-way.
CONTEXT: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/London", "reduced_motion": "reduce"}

HANDS: dict[str, tuple[type[Hand], dict[str, Any]]] = {
    "keyboard": (Keyboard, {"viewport": DESK}),
    "finger, no script": (Finger, {"viewport": PHONE, "java_script_enabled": False, "has_touch": True}),
}


@pytest.fixture(params=HANDS)
def hand(request: pytest.FixtureRequest, visit: Callable[..., Page]) -> Hand:
    """Somebody at the site: with the keyboard alone, or with a finger on a phone and no JavaScript."""
    kind, options = HANDS[request.param]
    return kind(visit(**options))


@pytest.fixture(scope="session")
def window(browser: Browser, origin: str) -> Iterator[tuple[Page, Watch]]:
    """One phone for all states: a window of its own for each takes longer to open than all that is tested of it."""
    context = browser.new_context(**CONTEXT | {"base_url": origin, "viewport": PHONE, "has_touch": True})
    watch = Watch(context, origin)
    yield context.new_page(), watch
    context.close()


@pytest.fixture(scope="session", params=STATES)
def standing(request: pytest.FixtureRequest, window: tuple[Page, Watch]) -> Iterator[Standing]:
    """Every page and every form state in turn, opened once for all that is tested of it, its folds open."""
    state, (page, watch) = STATES[request.param], window
    page.context.clear_cookies()
    watch.start_again(expected=state.status)
    standing = Standing(request.param, page, watch)
    standing.at(PHONE["width"])
    state.reach(page)
    page.wait_for_load_state()
    assert watch.documents, f"{request.param} was not reached"
    assert watch.documents[-1].status == state.status
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    yield standing
    watch.assert_nothing_wrong()


@pytest.fixture(scope="session")
def checker() -> Iterator[str]:
    """The Nu HTML checker, one process for all pages; where it answers."""
    if not (jar := os.environ.get("VNU_JAR")):
        pytest.skip("VNU_JAR names no HTML checker")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    java = ["java", "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", jar, "nu.validator.servlet.Main"]
    with subprocess.Popen(
        [*java, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}/?out=json"
        wait_for(address)
        yield address
        process.terminate()


def wait_for(address: str, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            with urlopen(address):
                return
        except URLError as error:
            if getattr(error, "code", None):  # It answers, if only to ask for a page.
                return
            assert time.monotonic() < deadline
            time.sleep(0.1)
