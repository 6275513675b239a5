"""What makes the PDF: it opens our own files alone, and where its libraries are lacking the site runs without it."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kyphoplasty_site.launch import gaps
from procedures import printing
from procedures.on_paper import on_paper
from procedures.printing import LACKING, CannotPrint, printed
from tests import factories
from tests.procedures.hostile import FRAGMENTS

ROOT = Path(__file__).resolve().parents[2]
needs_libraries = pytest.mark.skipif(not printing.can_print(), reason="WeasyPrint's libraries are lacking")
PAGE = '<!DOCTYPE html><html lang="en-GB"><head><title>A page</title></head><body><h1>A page</h1>{}</body></html>'


def tagged_pdf() -> ModuleType:
    """Loaded where a test needs it: the rest run on a machine that lacks its libraries."""
    return import_module("procedures.tagged_pdf")


# What a machine without pango does when the library is asked for.
WITHOUT_PANGO = """
import cffi
real = cffi.FFI.dlopen
def dlopen(self, name, *flags):
    if name and "pango" in name:
        raise OSError(f"cannot load library {name!r}")
    return real(self, name, *flags)
cffi.FFI.dlopen = dlopen
"""


@pytest.fixture
def without_pango(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python whose every process finds no pango."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_PANGO)
    return os.environ | {"PYTHONPATH": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}


def test_without_its_libraries_the_command_says_what_to_install(without_pango: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "make_leaflets"],
        cwd=ROOT,
        env=without_pango,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode != 0
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in ran.stderr
    assert ran.stdout == ""


def test_without_its_libraries_the_site_still_serves(without_pango: dict[str, str]) -> None:
    ask = (
        "import django; django.setup(); from django.test import Client;"
        "from procedures import printing;"
        "print(printing.can_print(), Client().get('/healthz', headers={'host': 'localhost'}).status_code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env=without_pango | {"DJANGO_SETTINGS_MODULE": "kyphoplasty_site.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout == "False 200\n", ran.stderr


def test_web_process_loads_nothing_that_only_paper_needs() -> None:
    """It would lie in the memory of every one."""
    ask = (
        "import sys, kyphoplasty_site.wsgi, kyphoplasty_site.urls;"
        "print({'lxml', 'weasyprint', 'fontTools'} & sys.modules.keys())"
    )

    ran = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"


def test_without_its_libraries_the_worker_says_so_once_and_works_on(without_pango: dict[str, str]) -> None:
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=without_pango,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    with worker:
        assert worker.stderr
        for line in worker.stderr:
            said.append(line)
            if sum("The database is away" in earlier for earlier in said) > 7:  # it is in its third round
                break
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=20)

    assert worker.returncode == 0
    assert json.loads(out) == {"sent": 0}
    assert sum(LACKING in line for line in said) == 1


@pytest.mark.django_db
def test_check_before_launch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "can_print", lambda: False)

    assert LACKING in [gap.what for gap in gaps()["Texts"]]


@pytest.mark.django_db
def test_check_before_launch_names_leaflets_still_to_be_made() -> None:
    edition = factories.edition(procedure=factories.procedure(), leaflet_code="ABCD2345")
    factories.leaflet(edition)

    found = {(gap.about, gap.what) for gap in gaps()["Texts"]}

    assert (str(edition), "No leaflet yet (large print, 24 point)") in found
    assert (str(edition), "No leaflet yet (12 point)") not in found


@needs_libraries
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/a.png",
        "http://127.0.0.1:9/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "ftp://evil.example/a",
        f"{settings.SITE_URL}/admin/",
        f"{settings.SITE_URL}.evil.example/static/css/site.css",
        f"{settings.SITE_URL}@evil.example/static/css/site.css",
    ],
)
def test_nothing_but_our_own_files_is_opened(address: str) -> None:
    with pytest.raises(ValueError, match="Only our own files"):
        tagged_pdf().OwnFiles().fetch(address)


@needs_libraries
@pytest.mark.parametrize(
    "way", ["../../manage.py", "%2e%2e/%2e%2e/manage.py", "..%2f..%2fmanage.py", "//etc/passwd"]
)
@pytest.mark.parametrize("folder", [settings.STATIC_URL, settings.MEDIA_URL])
def test_no_way_leads_out_of_our_folders(folder: str, way: str) -> None:
    with pytest.raises(BaseException, match="is not there"):
        tagged_pdf().OwnFiles().fetch(f"{settings.SITE_URL}{folder}{way}")


@needs_libraries
def test_our_own_files_are_opened() -> None:
    uploaded = default_storage.url(default_storage.save("leaf.png", ContentFile(b"a picture")))

    style = tagged_pdf().OwnFiles().fetch(f"{settings.SITE_URL}/static/css/leaflet.css")
    picture = tagged_pdf().OwnFiles().fetch(f"{settings.SITE_URL}{uploaded}")

    assert style.content_type == "text/css"
    assert (picture.content_type, picture.read()) == ("image/png", b"a picture")


@needs_libraries
def test_leaflet_without_one_of_its_pictures_is_not_made() -> None:
    with pytest.raises(CannotPrint, match=r"/static/img/lost\.svg is not there"):
        printed(PAGE.format('<img src="/static/img/lost.svg" alt="A bone">'))


@needs_libraries
def test_hostile_fragments_fetch_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, as if nobody had cleaned them when they were stored; the network itself is watched, and every file."""
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **how: asked.append(where))
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: asked.append(where))
    opened: list[str] = []
    monkeypatch.setattr(tagged_pdf(), "_own_file", lambda path: opened.append(path))

    assert len(FRAGMENTS) >= 200
    made = printed(PAGE.format("".join(f"<div>{on_paper(fragment)}</div>" for fragment in FRAGMENTS)))

    assert (asked, opened) == ([], [])
    assert made.pages >= 1
    for active in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"javascript:"):
        assert active not in made.pdf


@needs_libraries
def test_hostile_fragments_that_slip_past_the_cleaning_fetch_nothing_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **how: asked.append(where))
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: asked.append(where))

    for fragment in FRAGMENTS:
        with suppress(CannotPrint):  # it asks for a file of ours that is not there
            printed(PAGE.format(fragment))

    assert asked == []
