"""What every test stands on: folders and a database of this run's own, and the seeded site, read once."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from io import StringIO
from math import inf
from pathlib import Path
from types import SimpleNamespace

import pgtrigger
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, TransactionTestCase
from hypothesis import settings as properties
from pytest_django.plugin import DjangoDbBlocker
from zeal.constants import initialize_app_registry
from zeal.middleware import zeal_middleware
from zeal.patch import patch

from enquiries import patience
from enquiries.models import ConsentWording, MailText, OutgoingMail, ServicePolicy
from enquiries.models.fence import lift_fence
from kyphoplasty_site.models import ContentVersion, SiteSettings
from procedures import clocks, remembering
from procedures.remembering import Memory
from tests.seeded import SeededSite
from tests.staff import signed_in

FOLDER = Path(tempfile.mkdtemp(prefix="kyphoplasty-tests-"))
# For `pytest --hypothesis-profile=thorough`: what tests/naughty.py bounds is tried forty times as often.
properties.register_profile("thorough", max_examples=4_000, deadline=None)


def pytest_configure() -> None:
    """Nothing that this run writes meets another run or the development copy.

    Static files are served as they stand, so that nothing need be collected first. Passwords are hashed quickly, and
    a page that asks the database the same thing again for each row fails its test (zeal).
    """
    for folder in ("media", "static"):
        (FOLDER / folder).mkdir()
    settings.MEDIA_ROOT, settings.STATIC_ROOT = FOLDER / "media", FOLDER / "static"
    settings.CACHES["pages"]["LOCATION"] = str(FOLDER / "pages")
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    connection.settings_dict["TEST"]["NAME"] = f"test_kyphoplasty_{os.getpid()}"
    initialize_app_registry()
    patch()
    setattr(TransactionTestCase, "_fixture_teardown", emptied)  # noqa: B010, its stubs leave it out
    settings.MIDDLEWARE = ["tests.conftest.asks_once", *settings.MIDDLEWARE]


CONSENT = "You may use what I type here, and what it says about my health, to answer me."
EMPTY = vars(TransactionTestCase)["_fixture_teardown"]


def emptied(case: TransactionTestCase) -> None:
    """After a test with real transactions every table is emptied, which the site's own triggers would refuse.

    The roles, the leave to send mail and the settings, which migrations made, are put back: another file's tests may come next in this process.
    """
    roles = {
        role.name: [
            f"{app}.{name}"
            for app, name in role.permissions.values_list("content_type__app_label", "codename")
        ]
        for role in Group.objects.all()
    }
    with pgtrigger.ignore():
        EMPTY(case)
    everything = {
        f"{may.content_type.app_label}.{may.codename}": may
        for may in Permission.objects.select_related("content_type")
    }
    for name, allowed in roles.items():
        Group.objects.create(name=name).permissions.set(everything[may] for may in allowed)
    lift_fence(by=None)
    SiteSettings.objects.create(pk=1)
    ContentVersion.objects.create(pk=1)
    ServicePolicy.objects.create(pk=1)
    ConsentWording.objects.create(number=1, text=CONSENT)
    for purpose in OutgoingMail.Purpose:
        MailText.objects.create(purpose=purpose)


def asks_once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Fail where a page asks the same of each row. Django's own desk may: some of its pages name every row. So may allauth."""
    watched = zeal_middleware(get_response)
    return lambda request: (get_response if request.path.startswith(("/admin/", "/accounts/")) else watched)(
        request
    )


def pytest_unconfigure() -> None:
    """The folders go with the run."""
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks the seeded site needs the test database made, though it opens no page itself."""
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    """By the next test: versions of the content are used again, and a web server of a test looks at its own."""
    yield
    remembering.memory.__init__()  # type: ignore[misc]


@pytest.fixture(autouse=True)
def nothing_is_in_doubt() -> Iterator[None]:
    """That the database was silent in one test is nothing to the next."""
    yield
    patience.turns.clear()
    patience.storing.__init__(patience.storing.trying)  # type: ignore[misc]
    patience.Turns.newly_silent_at = -inf


@pytest.fixture(autouse=True)
def clocks_are_not_compared() -> Iterator[None]:
    """With the time that the database had told in an earlier test."""
    yield
    clocks.clocks.__init__()  # type: ignore[misc]


@pytest.fixture(autouse=True)
def each_look_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What /readyz told in one test is not told in the next."""
    monkeypatch.setattr("kyphoplasty_site.readiness.HOLDS_FOR", -1.0)


@pytest.fixture
def closed_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    """A superuser at the desk, who has shown both factors."""
    return signed_in(Client(), admin_user)


@pytest.fixture
def database_away(transactional_db: None, closed_port: int) -> Iterator[None]:
    """The database really refuses: the connection leads to a port that nothing listens on."""
    away, kept = connection.settings_dict, dict(connection.settings_dict)
    connection.close()
    away.update(HOST="127.0.0.1", PORT=closed_port)
    yield
    connection.close()
    away.update(kept)


@pytest.fixture
def seeded(db: None) -> None:
    """The database as a newcomer first meets it: the seed content, and nobody's requests."""
    call_command("seed_content", stdout=StringIO())


@pytest.fixture
def clocks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock moves with ours, as on another day and not as under a clock that is wrong."""
    monkeypatch.setattr("kyphoplasty_site.management.commands.worker.is_clock_right", lambda: True)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """What a web process remembers, nothing so far. A test says of which state of the content, and is no transaction to it."""
    fresh = Memory()
    monkeypatch.setattr(remembering, "memory", fresh)
    monkeypatch.setattr(remembering, "connection", SimpleNamespace(in_atomic_block=False))
    return fresh


@pytest.fixture(params=["", "as it stands"], ids=["anew", "remembered"])
def as_any_process(request: pytest.FixtureRequest, memory: Memory) -> None:
    """As commands draw a page, and as a web process does, which remembers."""
    memory.generation = lambda: request.param


@pytest.fixture(scope="session")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> SeededSite:
    """Every page of the seeded site as a reader meets it, read once. The database is left as empty as before."""
    assert connection.settings_dict["NAME"].startswith("test_")
    with django_db_blocker.unblock():
        with transaction.atomic():
            read = SeededSite.read()
            transaction.set_rollback(True)
        connection.close()
    return read
