"""The drills: a backup restored into another server, and a server wound forward to a minute before it was ruined.

On real servers, with the commands as they are typed, by a database role that is no superuser.
"""

import json
import os
import pwd
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import ROOT
from tests.serve.machines import Database, until

SITE, ADDRESS = "site", "127.0.0.1"
LET_MAIL_LEAVE = "from enquiries.models.fence import lift_fence; lift_fence(None)"
WAITS = """
    UPDATE enquiries_outgoingmail SET sent_at = NULL, held_at = NULL, created_at = now(), attempts = 0
    WHERE id = (SELECT min(id) FROM enquiries_outgoingmail);
    UPDATE procedures_hospital SET enquiries_email = 'team@elmpark.example'
"""
Answer = subprocess.CompletedProcess[str]


class Site:
    """The site on one database server, with a data folder of its own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def make_empty(self) -> None:
        where = ("-h", ADDRESS, "-p", str(self.database.port), "-U", "kyphoplasty")
        self.database._run("createuser", *where, SITE)
        self.database._run("createdb", *where, "-O", SITE, SITE)
        self.database._run("createdb", *where, "kyphoplasty")

    def command(self, *words: str, **options: Any) -> Answer:
        given = {"DATA_DIR", "DATABASE_URL", "PUBLIC_URL", "BACKUP_KEY", "FIELD_KEYS", "EMAIL_URL"}
        inherited = {key: value for key, value in os.environ.items() if key not in given}
        address = f"postgresql://{SITE}@{ADDRESS}:{self.database.port}/{SITE}"
        environment = inherited | {"DATA_DIR": str(self.folder), "DATABASE_URL": address}
        command = [sys.executable, "-W", "error", "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, **options
        )

    def says(self, *words: str) -> dict[str, Any]:
        done = self.command(*words)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def asked(self, question: str) -> list[Any]:
        return self.database.asked(question, SITE)

    def requests(self) -> list[tuple[Any, ...]]:
        return self.asked("SELECT * FROM enquiries_enquiry ORDER BY id")

    def sent_by_the_worker(self) -> int:
        return int(self.says("worker", "--once")["sent"])


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that the servers' own user can reach, with a folder in it that is theirs."""
    made = Path(tempfile.mkdtemp(prefix="backups-", dir="/var/tmp"))
    made.chmod(0o755)
    for place in (made / "data", made / "data" / "archive"):
        place.mkdir()
        if os.getuid() == 0:
            names = {account.pw_name for account in pwd.getpwall()}
            shutil.chown(place, "postgres" if "postgres" in names else "nobody")
    yield made
    time.sleep(0.5)
    shutil.rmtree(made, ignore_errors=True)


@contextmanager
def server(folder: Path, name: str) -> Iterator[Database]:
    """A database server that is yet to be made. What is left running is ended."""
    database = Database(folder / "data" / name, ADDRESS)
    yield database
    database.kill()


@pytest.fixture(scope="module")
def original(folder: Path) -> Iterator[Site]:
    """A site with some requests, and one mail that waits. No test changes it."""
    with server(folder, "original") as database:
        database.make(f"{ADDRESS}/32")
        database.start()
        site = Site(database, folder / "site")
        site.make_empty()
        site.command("migrate", "-v0")
        site.says("seed_content")
        site.says("seed_demo", "--consultants", "5", "--enquiries", "40")
        site.asked(WAITS)
        yield site


@pytest.fixture
def empty(folder: Path) -> Iterator[Site]:
    """Another server, with an empty database."""
    with server(folder, "empty") as database:
        database.make(f"{ADDRESS}/32")
        database.start()
        site = Site(database, folder / "elsewhere")
        site.make_empty()
        yield site


@pytest.fixture
def doomed(original: Site, folder: Path) -> Iterator[Site]:
    """A site that may be ruined. Its server hands on each piece of its log (WAL) that is full."""
    archive = folder / "data" / "archive"
    with server(folder, "doomed") as database:
        copied(original.database, database)
        part, whole = f"{archive}/%f.part", f"{archive}/%f"
        keep = f"archive_command='test ! -f {whole} && cp %p {part} && mv {part} {whole}'"
        database.start("archive_mode=on", keep)
        yield Site(database, folder / "doomed")


def copied(first: Database, to: Database) -> None:
    source = f"host={ADDRESS} port={first.port} user=kyphoplasty"
    first._run("pg_basebackup", "-D", str(to.folder), "-d", source, "--checkpoint=fast")


def test_backup_restored_on_another_server_is_the_same_and_sends_no_mail_until_it_may(
    original: Site, empty: Site, tmp_path: Path
) -> None:
    backup = original.says("backup", "--to", str(tmp_path))
    requests = original.requests()

    said = empty.says("restore", backup["file"])

    assert (said["rows"], said["tables"], said["files"]) == (
        backup["rows"],
        backup["tables"],
        backup["files"],
    )
    assert said["files"] > 5
    assert empty.requests() == requests
    assert len(requests) == 40
    assert empty.sent_by_the_worker() == 0
    empty.command("shell", "-c", LET_MAIL_LEAVE)
    assert empty.sent_by_the_worker() == 1
    again = empty.command("restore", backup["file"])
    assert (again.returncode, again.stdout) == (1, "")
    assert "The database is not empty" in again.stderr
    assert "Traceback" not in again.stderr


def test_full_disk_leaves_no_backup(original: Site, tmp_path: Path) -> None:
    """A file that may not grow beyond a megabyte stands for a disk that is full."""
    most = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    failed = original.command("backup", "--to", str(tmp_path), preexec_fn=most)

    assert (failed.returncode, failed.stdout) == (1, "")
    assert "File too large" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_server_is_wound_forward_to_a_moment_before_it_was_ruined(doomed: Site, folder: Path) -> None:
    """As docs/backups.md says, step by step."""
    archive = folder / "data" / "archive"
    with server(folder, "recovered") as database:
        copied(doomed.database, database)
        doomed.says("seed_demo", "--enquiries", "20")
        requests, ((moment,),) = doomed.requests(), doomed.asked("SELECT clock_timestamp()::text")
        doomed.asked("DROP TABLE enquiries_enquiry CASCADE")
        ((last,),) = doomed.database.asked("SELECT pg_walfile_name(pg_switch_wal())")
        until(lambda: (archive / last).exists(), 30, "the last piece of the log is kept")
        doomed.database.kill()

        with (database.folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
            settings.write(f"recovery_target_time = '{moment}'\nrecovery_target_action = 'promote'\n")
        (database.folder / "recovery.signal").touch()
        database.start()
        until(lambda: database.asked("SELECT pg_is_in_recovery()") == [(False,)], 60, "it takes writes")

        recovered = Site(database, folder / "recovered")
        assert len(requests) == 60
        assert recovered.requests() == requests
        assert recovered.sent_by_the_worker() == 0
        recovered.command("shell", "-c", LET_MAIL_LEAVE)
        assert recovered.sent_by_the_worker() == 1
