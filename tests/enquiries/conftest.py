"""What the stories about requests share: a hospital, answers that can be sent, a mail server, a database that is away."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from kyphoplasty_site import localdb
from procedures.models import Hospital
from tests import factories

Answers = dict[str, Any]


@pytest.fixture
def hospital(db: None) -> Hospital:
    factories.red_flag_card()
    return factories.hospital()


@pytest.fixture
def question(hospital: Hospital) -> Answers:
    """The least an enquiry needs, and a question."""
    return {
        "name": "Jo Larkspur",
        "phone": "07700 900123",
        "hospital": hospital.slug,
        "question": "Could this help my mother?",
        "consent": "1",
    }


@pytest.fixture
def wish_to_be_rung(hospital: Hospital) -> Answers:
    """The least a call-back needs."""
    return {"name": "Jo Larkspur", "phone": "07700 900123", "hospital": hospital.slug, "consent": "1"}


class Sink:
    """A mail server that keeps what it is sent, or refuses some addresses."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refused: set[str] = set()
        self.refuses_with = 550

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return f"{self.refuses_with} no such person as {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def mail_server(settings: Any, closed_port: int) -> Iterator[Sink]:
    """A real mail server on this machine, which the site sends to."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=closed_port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield sink
    controller.stop()


def postgres(program: str, *arguments: str) -> bytes:
    """One of PostgreSQL's own programs, of the version that runs, on the test database or a copy of it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        programs = localdb._programs(Path(cursor.fetchone()[0]))
    at = connection.settings_dict
    where = ["-h", at["HOST"], "-p", str(at["PORT"] or 5432), "-U", at["USER"]]
    environment = os.environ | {"PGPASSWORD": at["PASSWORD"]}
    done = subprocess.run(
        [programs / program, *where, *arguments], capture_output=True, check=True, env=environment
    )
    return done.stdout


def is_on_disk(word: str, place: Path) -> bool:
    """Whether the bytes of the word stand in a file, or anywhere in a folder."""
    command = ["grep", "--recursive", "--text", "--quiet", "--fixed-strings", word, str(place)]
    searched = subprocess.run(command, check=False)
    assert searched.returncode in (0, 1)
    return searched.returncode == 0


def places_on_disk(tmp_path: Path) -> tuple[Path, list[Path]]:
    """The database's whole folder; and its tables, its log of what is written (WAL) and a dump, all up to date."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    dump = tmp_path / "dump.sql"
    postgres("pg_dump", f"--file={dump}", connection.settings_dict["NAME"])
    return folder, [folder / "base", folder / "pg_wal", dump]
