"""A backup restored is the same site at the same moment, silent until a person lets mail leave; a damaged one writes nothing."""

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg2.extensions import make_dsn

from enquiries.models import Enquiry, MailFence
from enquiries.models.fence import lift_fence, may_mail_leave
from kyphoplasty_site import backups, localdb
from kyphoplasty_site.management.commands.worker import Command as Worker
from kyphoplasty_site.models import Backup
from kyphoplasty_site.sealing import fingerprint
from procedures.models import Hospital
from tests import factories
from tests.bucket import NAME, BucketServer, kept_at
from tests.enquiries.conftest import Sink, mail_server, postgres

__all__ = ["mail_server"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """A media store of this test's own, with a picture and a film."""
    settings.MEDIA_ROOT = tmp_path / "media"
    default_storage.save("pictures/spine.webp", ContentFile(b"a picture"))
    default_storage.save("videos/long.mp4", ContentFile(os.urandom(700_000)))
    default_storage.save("empty.txt", ContentFile(b""))
    return tmp_path / "media"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def backup(hospital: Hospital, folder: Path) -> Path:
    """Of a site with a request whose mail still waits."""
    factories.stored_enquiry(hospital, email="")
    return Path(made(folder)["file"])


def made(folder: Path) -> dict[str, Any]:
    """What the command says of the backup that it made."""
    printed = StringIO()
    call_command("backup", to=folder, stdout=printed, stderr=StringIO())
    (line,) = printed.getvalue().splitlines()
    return dict(json.loads(line))


def restored(backup: Path) -> dict[str, Any]:
    printed = StringIO()
    call_command("restore", str(backup), stdout=printed, stderr=StringIO())
    (line,) = printed.getvalue().splitlines()
    return dict(json.loads(line))


@contextmanager
def empty_site(settings: Any, place: Path) -> Iterator[None]:
    """An empty database beside this one and an empty media store, which all is done with until the block ends."""
    original = connection.settings_dict["NAME"]
    postgres("createdb", f"{original}_copy")
    connection.close()
    connection.settings_dict["NAME"] = f"{original}_copy"
    settings.MEDIA_ROOT = place / "restored media"
    yield
    connection.close()
    connection.settings_dict["NAME"] = original
    postgres("dropdb", "--force", f"{original}_copy")


def rows() -> dict[str, str]:
    """Every row of every table, read by other means than the backup's own."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT md5(string_agg(row::text, chr(10) ORDER BY row::text)) FROM "{table}" AS row'
            )
            found[table] = cursor.fetchone()[0]
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def content(name: str) -> bytes:
    with default_storage.open(name) as kept:
        found: bytes = kept.read()
    return found


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def is_untouched(place: Path) -> bool:
    """Whether neither the database nor the media store has anything at all."""
    return not tables() and not files(place / "restored media")


class NoRoom(File):
    """What the disk has room for the beginning of."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def deleting(name: str) -> Callable[..., list[str]]:
    """The names of all files, one of which is deleted once they are listed."""
    listed = backups._names

    def then_delete(folder: str = "") -> list[str]:
        names = list(listed(folder))
        if not folder:
            default_storage.delete(name)
        return names

    return then_delete


def test_restored_copy_has_the_same_rows_and_files_and_mails_nobody_until_a_person_lets_it(
    backup: Path, settings: Any, tmp_path: Path, media: Path, mail_server: Sink
) -> None:
    Backup.objects.all().delete()  # it was noted after the moment that the backup shows
    before, pictures = rows(), files(media)

    with empty_site(settings, tmp_path):
        said = restored(backup)
        assert rows() == before | {"enquiries_mailfence": None}
        assert files(tmp_path / "restored media") == pictures
        assert said["may_mail_leave"] is may_mail_leave() is False
        Worker().round()
        assert mail_server.mails == []

        lift_fence(User.objects.create(username="robin"))
        Worker().round()

        assert len(mail_server.mails) == 1


def test_backup_is_its_owners_alone_names_nobody_and_is_noted(hospital: Hospital, folder: Path) -> None:
    factories.stored_enquiry(hospital)
    printed, told = StringIO(), StringIO()

    call_command("backup", to=folder, stdout=printed, stderr=told)

    (path,) = folder.iterdir()
    assert path.suffix == ".backup"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"Larkspur" not in path.read_bytes()
    for private in ("Larkspur", "900123", "mother"):
        assert private not in printed.getvalue() + told.getvalue()
    said, noted = json.loads(printed.getvalue()), Backup.objects.get()
    assert (said["bytes"], said["files"]) == (noted.size, 3) == (path.stat().st_size, 3)
    assert said["taken_at"] == noted.taken_at.isoformat()


def test_rows_that_come_in_meanwhile_are_in_the_next_one(
    hospital: Hospital, folder: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is dumped and what is counted show one moment, though both take their time."""
    factories.stored_enquiry(hospital)
    where = connection.get_connection_params() | {"cursor_factory": None, "client_encoding": None}
    migrations = backups._migrations

    def somebody_writes() -> list[list[str]]:
        with psycopg2.connect(make_dsn(**where)) as other, other.cursor() as cursor:
            cursor.execute("UPDATE enquiries_enquiry SET name = 'Wren'")
        other.close()
        return migrations()

    monkeypatch.setattr(backups, "_migrations", somebody_writes)
    path = Path(made(folder)["file"])

    assert Enquiry.objects.get().name == "Wren"
    with empty_site(settings, tmp_path):
        restored(path)
        assert Enquiry.objects.get().name == "Jo Larkspur"


def test_flipped_byte_is_noticed_and_nothing_is_written(backup: Path, settings: Any, tmp_path: Path) -> None:
    """In what says what it is, the head, the first chunk, the database, the films, the manifest, the end."""
    content = backup.read_bytes()
    size = len(content)

    with empty_site(settings, tmp_path):
        for place in (0, 25, 40, size // 10, size // 2, size * 9 // 10, size - 25, size - 1):
            backup.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(CommandError, match="This file"):
                restored(backup)
        assert is_untouched(tmp_path)


def test_file_that_was_cut_off_is_noticed_and_nothing_is_written(
    backup: Path, settings: Any, tmp_path: Path
) -> None:
    content = backup.read_bytes()

    with empty_site(settings, tmp_path):
        for length in (0, 30, len(content) // 2, len(content) - 21, len(content) - 1):
            backup.write_bytes(content[:length])
            with pytest.raises(CommandError, match="This file"):
                restored(backup)
        assert is_untouched(tmp_path)


def test_another_key_opens_nothing(backup: Path, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_KEY = Fernet.generate_key().decode()

    with empty_site(settings, tmp_path):
        with pytest.raises(CommandError, match="made with another BACKUP_KEY"):
            restored(backup)
        assert is_untouched(tmp_path)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_without_a_key_neither_is_done(backup: Path, folder: Path, settings: Any, command: str) -> None:
    settings.BACKUP_KEY = ""

    with pytest.raises(CommandError, match="BACKUP_KEY is not set"):
        made(folder) if command == "backup" else restored(backup)


def test_database_that_is_not_empty_is_left_as_it_is(backup: Path) -> None:
    before = rows()

    with pytest.raises(CommandError, match="The database is not empty"):
        restored(backup)

    assert rows() == before


def test_missing_key_of_what_patients_wrote_is_named_and_nothing_is_written(
    backup: Path, settings: Any, tmp_path: Path
) -> None:
    (needed,) = settings.FIELD_KEYS
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with empty_site(settings, tmp_path):
        with pytest.raises(
            CommandError, match=f"lacks the key of fingerprint {fingerprint(needed)}"
        ) as refused:
            restored(backup)
        assert needed not in str(refused.value)
        assert is_untouched(tmp_path)


def test_key_that_nothing_needs_any_more_is_not_asked_for(
    hospital: Hospital, folder: Path, settings: Any, tmp_path: Path
) -> None:
    used = settings.FIELD_KEYS
    factories.stored_enquiry(hospital)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *used]
    said = made(folder)
    settings.FIELD_KEYS = used

    with empty_site(settings, tmp_path):
        restored(Path(said["file"]))

    assert list(said["field_keys"]) == [fingerprint(key) for key in used]


def test_what_no_key_opens_is_told_and_does_not_stand_in_the_way(
    hospital: Hospital, folder: Path, settings: Any, tmp_path: Path
) -> None:
    factories.stored_enquiry(hospital)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    said = made(folder)

    assert list(said["field_keys"]) == ["no key"]
    with empty_site(settings, tmp_path):
        assert restored(Path(said["file"]))["rows"] == said["rows"]


def test_check_reads_all_of_it_and_writes_nothing(backup: Path, settings: Any, tmp_path: Path) -> None:
    printed = StringIO()

    with empty_site(settings, tmp_path):
        call_command("restore", str(backup), check=True, stdout=printed)
        assert is_untouched(tmp_path)

    assert json.loads(printed.getvalue())["files"] == 3


def test_another_picture_under_a_name_of_the_backup_is_left_and_told_before_the_database_is_loaded(
    backup: Path, settings: Any, tmp_path: Path
) -> None:
    with empty_site(settings, tmp_path):
        default_storage.save("pictures/spine.webp", ContentFile(b"another picture"))
        with pytest.raises(
            CommandError, match=r"Other files .* in the backup: media/pictures/spine\.webp\. "
        ):
            restored(backup)
        assert content("pictures/spine.webp") == b"another picture"
        assert not tables()

        default_storage.delete("pictures/spine.webp")
        restored(backup)

        assert content("pictures/spine.webp") == b"a picture"


def test_restore_that_filled_the_disk_can_be_run_again(
    backup: Path, settings: Any, tmp_path: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = files(media)

    with empty_site(settings, tmp_path):
        with monkeypatch.context() as full:
            full.setattr(backups, "File", NoRoom)
            with pytest.raises(CommandError, match="No space left on device"):
                restored(backup)
        assert is_untouched(tmp_path)

        restored(backup)

        assert files(tmp_path / "restored media") == pictures
        assert Enquiry.objects.get().name == "Jo Larkspur"


def test_copy_that_differs_is_told_and_sends_no_mail_either(
    backup: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty_site(settings, tmp_path):
        monkeypatch.setattr(backups, "_hashes", dict)
        with pytest.raises(CommandError, match=r"do not use this copy: .*public\.enquiries_enquiry"):
            restored(backup)
        assert Enquiry.objects.exists()
        assert not MailFence.objects.exists()


def test_picture_that_is_deleted_meanwhile_is_left_out(
    hospital: Hospital, folder: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was listed, and before it is opened."""
    monkeypatch.setattr(backups, "_names", deleting("pictures/spine.webp"))

    said = made(folder)

    assert said["files"] == 2
    with empty_site(settings, tmp_path):
        assert restored(Path(said["file"]))["files"] == 2


def test_picture_that_is_deleted_from_the_bucket_meanwhile_is_left_out(
    hospital: Hospital,
    folder: Path,
    settings: Any,
    bucket_server: BucketServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with kept_at(bucket_server.port, settings):
        gone = default_storage.save("backups/gone.webp", ContentFile(b"a picture"))
        kept = len(list(backups._names())) - 1
        monkeypatch.setattr(backups, "_names", deleting(gone))

        assert made(folder)["files"] == kept


def test_picture_that_is_there_and_cannot_be_opened_is_not_left_out(
    hospital: Hospital, folder: Path, media: Path
) -> None:
    (media / "pictures" / "lost.webp").symlink_to(media / "nowhere")

    with pytest.raises(CommandError, match=r"lost\.webp: No such file"):
        made(folder)

    assert list(folder.iterdir()) == []


def test_pictures_of_a_bucket_come_with_it(
    hospital: Hospital, folder: Path, settings: Any, tmp_path: Path, bucket_server: BucketServer
) -> None:
    with kept_at(bucket_server.port, settings):
        names = [default_storage.save(f"backups/{n}.mp4", ContentFile(os.urandom(600_000))) for n in range(2)]
        contents = [content(name) for name in names]
        path = Path(made(folder)["file"])
        for name in names:
            bucket_server.client.delete_object(Bucket=NAME, Key=name)

        with empty_site(settings, tmp_path):
            restored(path)

        assert [content(name) for name in names] == contents


def test_backup_fails_plainly_while_the_bucket_is_away(
    hospital: Hospital, folder: Path, settings: Any, closed_port: int
) -> None:
    with (
        kept_at(closed_port, settings),
        pytest.raises(CommandError, match="The bucket of pictures and films failed"),
    ):
        made(folder)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("missing", "There is no folder"),
        ("/proc", "/proc/kyphoplasty-"),
        ("/etc/hostname", "There is no folder"),
    ],
)
def test_folder_that_cannot_be_written_to_is_told(hospital: Hospital, place: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        made(Path(place))

    assert not Backup.objects.exists()


def test_without_the_servers_own_pg_dump_it_says_what_to_install(
    hospital: Hospital, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_BIN", str(folder))

    with pytest.raises(CommandError, match=r"The database server is PostgreSQL \d+, and its own pg_dump"):
        made(folder)

    assert list(folder.iterdir()) == []


@pytest.fixture
def only_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing is installed, and the wheel would be of the server's version; where it would lie."""
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr(localdb, "_installed", lambda program: [])
    monkeypatch.setattr(localdb, "WHEEL_MAJOR", backups._server())
    monkeypatch.setattr(localdb, "_wheel_folder", lambda cluster: tmp_path / "wheel")
    return tmp_path / "wheel"


def test_in_production_no_pg_dump_is_fetched_for_a_backup(
    hospital: Hospital, folder: Path, settings: Any, only_the_wheel: Path
) -> None:
    settings.PUBLIC_URL = "https://kyphoplasty.example"

    with pytest.raises(CommandError, match=r"on Debian: apt-get install postgresql-client-\d+"):
        made(folder)

    assert not only_the_wheel.exists()


@pytest.mark.parametrize("may_fetch", [False, True])
def test_pg_dump_that_was_fetched_once_is_used(only_the_wheel: Path, settings: Any, may_fetch: bool) -> None:
    only_the_wheel.mkdir()

    found = localdb.clients(settings.DATA_DIR, backups._server(), may_fetch=may_fetch)

    assert found.is_relative_to(only_the_wheel)


def test_backup_gives_up_where_a_table_is_being_altered(
    hospital: Hospital, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "LOCK_WAIT", "50ms")
    where = connection.get_connection_params() | {"cursor_factory": None, "client_encoding": None}

    with closing(psycopg2.connect(make_dsn(**where))) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE enquiries_enquiry IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(CommandError, match="canceling statement due to statement timeout"):
            made(folder)

    assert list(folder.iterdir()) == []


def test_dump_that_fails_leaves_no_backup(
    hospital: Hospital, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "WORDS", ("--format=custom", "--table=no_such_table"))

    with pytest.raises(CommandError, match="pg_dump: error: no matching tables were found"):
        made(folder)

    assert list(folder.iterdir()) == []
    assert not Backup.objects.exists()


def test_backup_that_the_disk_did_not_keep_is_no_backup(
    hospital: Hospital, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte turns over between writing it and reading it again."""

    def turn_over(file: int, *_: int) -> None:
        os.lseek(file, -9, os.SEEK_END)
        os.write(file, b"!")

    monkeypatch.setattr(os, "posix_fadvise", turn_over)

    with pytest.raises(CommandError, match="This file was"):
        made(folder)

    assert list(folder.iterdir()) == []
    assert not Backup.objects.exists()


def test_restore_that_breaks_half_way_leaves_the_database_empty(
    backup: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last rows do not come: the tables and rows before them do not stay."""
    load = backups._load
    monkeypatch.setattr(backups, "_load", lambda dump: load(iter([b"".join(dump)[:-100]])))

    with empty_site(settings, tmp_path):
        with pytest.raises(CommandError, match="pg_restore: error: could not read from input file"):
            restored(backup)
        assert not tables()


def test_line_that_may_hold_a_value_is_cut_before_it() -> None:
    said = 'pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type date: "Jo"\nCONTEXT: COPY t, line 1, column name: "Jo"'

    assert backups._reason(said).endswith("invalid input syntax for type date")
