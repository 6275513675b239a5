"""Backups: the database, the pictures and films, and which keys they need, in one sealed file; and restoring one.

A backup shows one moment: pg_dump and our own count of rows and hashes look through the same snapshot. It counts as made
only once it was read again from the disk. A restore reads the whole file before it writes anything, compares every file before
it loads the database in one transaction, and then compares every table with what was counted.
"""

import hashlib
import json
import os
import posixpath
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg2.extensions import make_dsn

from enquiries.models.fence import MailFence, put_up_fence
from kyphoplasty_site import localdb
from kyphoplasty_site.keys import LOST, keys_in_use
from kyphoplasty_site.media import part
from kyphoplasty_site.models import Backup
from kyphoplasty_site.sealing import CHUNK, Broken, Sealer, fingerprint, unsealed

Manifest = dict[str, Any]
Say = Callable[[str], object]
DATABASE, MEDIA, MANIFEST = "database", "media/", "manifest"
WORDS = ("--format=custom", "--no-owner", "--no-privileges")
# For a table that somebody alters. Whoever asks for it then waits behind both.
LOCK_WAIT = "60s"
# Tables of the site: not PostgreSQL's own, nor those that belong to an extension.
TABLES = r"""
    SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    ORDER BY 1
"""
# Of each row as text; their sum is the same in whatever order they lie. The text must not depend on who asks.
HASH = "SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(one::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint), 0)::text FROM {} AS one"
AS_TEXT = {
    **{"datestyle": "ISO, YMD", "intervalstyle": "postgres", "timezone": "UTC"},
    **{"bytea_output": "hex", "extra_float_digits": "1", "xmloption": "content"},
}


class Refused(Exception):
    """Why there is no backup, or why nothing was restored, in words for whoever asked."""


def make_backup(folder: Path, say: Say) -> tuple[Path, Manifest]:
    """Write a backup into the folder, read it again, and note that it was made; its file and what is in it.

    Until it is whole its name ends in `.unfinished`. Nobody but its owner may read it. Raises Refused, OSError and Broken.
    """
    if not _key():
        raise Refused("BACKUP_KEY is not set, so there is nothing to seal a backup with.")
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}.")
    path = folder / f"kyphoplasty-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup"
    unfinished = path.with_suffix(".unfinished")
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(opened, "wb") as file:
            manifest = _written(file, say)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(
                file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED
            )  # so that it is the disk that is read
        say("Reading the backup again.")
        if read_backup(unfinished) != manifest:
            raise Broken("What was read again is not what was written.")
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(folder)
    Backup.objects.create(taken_at=manifest["taken_at"], size=path.stat().st_size)
    return path, manifest


def read_backup(path: Path) -> Manifest:
    """What is in a backup, once all of it was read and proved to be what was written. Raises Broken and OSError."""
    found, manifest_text = {}, b""
    for name, chunks in _parts(path):
        seen, size = hashlib.sha256(), 0
        for data in chunks:
            seen.update(data)
            size += len(data)
            manifest_text += data if name == MANIFEST else b""
        found[name] = {"bytes": size, "sha256": seen.hexdigest()}
    found.pop(MANIFEST, None)
    manifest: Manifest = json.loads(manifest_text or b"{}")
    if not manifest or manifest["parts"] != found:
        raise Broken("What is in this file is not what it says was put in.")
    return manifest


def restore_backup(path: Path, say: Say) -> Manifest:
    """Load a backup into an empty database, and what files are missing into the media store; what was in it.

    Nothing is written unless the whole file is as it was made and every key that it needs is there. A file whose name is
    taken in the media store is left as it is; where it is another, the database stays empty. Raises Refused, Broken and
    OSError.
    """
    if not _key():
        raise Refused("BACKUP_KEY is not set, so no backup can be opened.")
    if _tables():
        raise Refused("The database is not empty. Restore into an empty one; nothing was written.")
    say("Reading the whole backup before anything is written.")
    manifest = read_backup(path)
    _refuse_what_cannot_be_used(manifest)
    say("Restoring pictures and films.")
    for name, chunks in _parts(path):
        if name.startswith(MEDIA):
            _keep(name.removeprefix(MEDIA), chunks)
    say("Comparing every file with the backup.")
    _refuse_other_files(manifest)
    say("Loading the database.")  # last: while it is empty, a restore that failed can be tried again
    for name, chunks in _parts(path):
        if name == DATABASE:
            _load(chunks)
    put_up_fence()
    say("Comparing every table with the backup.")
    _refuse_other_tables(manifest)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return manifest


def told(manifest: Manifest) -> dict[str, Any]:
    """What is in a backup, in few words and numbers."""
    tables, files = manifest["tables"], [name for name in manifest["parts"] if name.startswith(MEDIA)]
    return {
        "taken_at": manifest["taken_at"],
        "tables": len(tables),
        "rows": sum(table["rows"] for table in tables.values()),
        "files": len(files),
        "field_keys": manifest["field_keys"],
    }


def what_is_next(manifest: Manifest) -> list[str]:
    """What a person still has to do after a restore, in the order in which to do it."""
    known, had = set(MigrationLoader(None).disk_migrations), {tuple(one) for one in manifest["migrations"]}
    taken_at = manifest["taken_at"]
    return [
        *(
            ["This copy of the site is older than the backup. Put the newer one in place."]
            if had - known
            else []
        ),
        *(["Run manage.py migrate."] if known - had else []),
        f"Erase again who was erased since {taken_at}: the site’s log, and what the command erase printed, name each request"
        " in a line “was erased on request”.",
        f"Withdraw again the texts, and take back again the sign-offs, that were since {taken_at}: the site’s log names each.",
        f"Close again the accounts of staff who have left since {taken_at}, and take away again what was lost or stolen.",
        f"Tell the enquiry team that calls and changes since {taken_at} are forgotten: the site’s log names what has changed.",
        "Look at the outgoing mail, then let mail leave: Mail fence on the staff desk.",
    ]


def _parts(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    with path.open("rb") as file:
        for name, chunks in groupby(unsealed(file, _key()), key=itemgetter(0)):
            yield name, (data for _, data in chunks)


# ---- Writing ----


def _written(out: BinaryIO, say: Say) -> Manifest:
    sealer = Sealer(out, _key())
    parts: dict[str, dict[str, Any]] = {}
    say("Dumping the database.")
    with _moment() as (snapshot, taken_at):
        words = (*WORDS, f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}")
        with _program("pg_dump", *words, stdout=subprocess.PIPE) as dump:
            parts[DATABASE] = _add(sealer, DATABASE, dump.stdout)
        say("Counting the rows of each table, and which keys they need.")
        manifest = {
            "taken_at": taken_at.isoformat(timespec="seconds"),
            "server": _server(),
            "migrations": _migrations(),
            "tables": _hashes(),
            "field_keys": keys_in_use(),
        }
    say("Adding pictures and films.")
    for name in _names():
        if file := _opened(name):
            with file as kept:
                parts[MEDIA + name] = _add(sealer, MEDIA + name, part(kept))
    manifest["parts"] = parts
    sealer.part(MANIFEST)
    sealer.write(json.dumps(manifest).encode())
    sealer.close()
    return manifest


def _add(sealer: Sealer, name: str, source: IO[bytes]) -> dict[str, Any]:
    """A part of that name; how long it was, and its hash."""
    seen, size = hashlib.sha256(), 0
    sealer.part(name)
    for data in iter(partial(source.read, CHUNK), b""):
        sealer.write(data)
        seen.update(data)
        size += len(data)
    return {"bytes": size, "sha256": seen.hexdigest()}


def _opened(name: str) -> File | None:
    """A file of the media store; None where it was deleted since it was listed, and not where it may not be read."""
    try:
        return default_storage.open(name)
    except FileNotFoundError:
        if default_storage.exists(name):
            raise
        return None


@contextmanager
def _moment() -> Iterator[tuple[str, datetime]]:
    """One moment of the database, for as long as the block runs: the name under which pg_dump sees it too, and when it is."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), now()")
        yield cursor.fetchone()


def _names(folder: str = "") -> Iterator[str]:
    """Of every file in the media store. A folder that is not there has none."""
    folders: list[str] = []
    files: list[str] = []
    with suppress(FileNotFoundError):
        folders, files = default_storage.listdir(folder)
    yield from (posixpath.join(folder, name) for name in sorted(files) if name)
    for inner in sorted(folders):
        yield from _names(posixpath.join(folder, inner))


# ---- Restoring ----


def _refuse_what_cannot_be_used(manifest: Manifest) -> None:
    here = {LOST, *map(fingerprint, settings.FIELD_KEYS)}
    needed = manifest["field_keys"].items()
    if missing := [f"{key} (for {count} values)" for key, count in needed if key not in here]:
        raise Refused(
            f"FIELD_KEYS lacks the key of fingerprint {', '.join(missing)}, without which what patients wrote is lost."
            " Nothing was written."
        )
    if manifest["server"] > _server():
        raise Refused(
            f"The backup is of PostgreSQL {manifest['server']}, and this is {_server()}. Restore it into"
            f" {manifest['server']} or later; nothing was written."
        )


def _load(dump: Iterator[bytes]) -> None:
    """All of it in one transaction: whatever goes wrong, the database stays empty."""
    words = (*WORDS, "--single-transaction", "--exit-on-error")
    with _program("pg_restore", *words, stdin=subprocess.PIPE) as load:
        load.stdin.writelines(dump)


def _keep(name: str, chunks: Iterator[bytes]) -> None:
    if default_storage.exists(name):
        for _ in chunks:
            pass
        return
    with tempfile.TemporaryFile() as file:
        file.writelines(chunks)
        file.seek(0)
        try:
            default_storage.save(name, File(file))
        except BaseException:
            default_storage.delete(
                name
            )  # half a file, which the next restore would take for what is there already
            raise


def _refuse_other_files(manifest: Manifest) -> None:
    parts = manifest["parts"].items()
    if other := [name for name, had in parts if name.startswith(MEDIA) and _file(name) != had["sha256"]]:
        raise Refused(
            f"Other files have the names of those in the backup: {', '.join(sorted(other))}. Move them away and restore"
            " again; the database is still empty."
        )


def _refuse_other_tables(manifest: Manifest) -> None:
    """All but the fence, which was just put up."""
    with transaction.atomic():
        found, had = _hashes(), manifest["tables"]
    names = {name for name in {*found, *had} if not name.endswith(f".{MailFence._meta.db_table}")}
    if other := [name for name in names if found.get(name) != had.get(name)]:
        raise Refused(f"Not as in the backup, so do not use this copy: {', '.join(sorted(other))}.")


def _file(name: str) -> str:
    seen = hashlib.sha256()
    with default_storage.open(name.removeprefix(MEDIA)) as kept:
        for data in iter(partial(part(kept).read, CHUNK), b""):
            seen.update(data)
    return seen.hexdigest()


# ---- The database ----


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [name for (name,) in cursor.fetchall()]


def _hashes() -> dict[str, Any]:
    """How many rows each table has, and their hash. In a transaction, since it sets how values are written as text."""
    found = {}
    with connection.cursor() as cursor:
        for name, value in AS_TEXT.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        for table in _tables():
            cursor.execute(HASH.format(table))
            found[table] = dict(zip(("rows", "hash"), cursor.fetchone(), strict=True))
    return found


def _migrations() -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [list(row) for row in cursor.fetchall()]


def _server() -> int:
    connection.ensure_connection()
    return int(connection.connection.server_version) // 10_000


def _programs() -> Path:
    return localdb.clients(settings.DATA_DIR, _server(), may_fetch=not settings.PUBLIC_URL)


@contextmanager
def _program(name: str, *words: str, **pipes: Any) -> Iterator[Any]:
    """One of PostgreSQL's programs at work on our own database. It is killed where the block fails; Refused where it fails.

    Its password is on no command line, where others could read it.
    """
    where = connection.get_connection_params() | {"cursor_factory": None, "client_encoding": None}
    password = where.pop("password", None)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment = inherited | {"LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {})
    command = [str(_programs() / name), f"--dbname={make_dsn(**where)}", "--no-password", *words]
    with tempfile.TemporaryFile() as errors:
        program = subprocess.Popen(command, stderr=errors, env=environment, **pipes)
        try:
            yield program
        except BrokenPipeError:
            pass  # it has ended, and said why
        except BaseException:
            program.kill()
            raise
        finally:
            program.communicate()
        if program.returncode:
            errors.seek(0)
            raise Refused(_reason(errors.read().decode(errors="replace")) or f"{name} failed.")


def _reason(errors: str) -> str:
    """The first line that tells of one: the others may quote a row. So may its end, which is left out."""
    line = next((line for line in errors.splitlines() if "error:" in line), "")
    return re.sub(r': ".*', "", line)


def _sync(folder: Path) -> None:
    """The folder too, or a power cut could take the new name away."""
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _key() -> str:
    return str(settings.BACKUP_KEY)
