"""A copy of the database sends nothing until a person lets it; the original sends on."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from enquiries.models import MailFence, OutgoingMail
from enquiries.models.fence import lift_fence, may_mail_leave
from kyphoplasty_site import localdb
from kyphoplasty_site.management.commands.worker import Command
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink, postgres
from tests.enquiries.pages import Page
from tests.staff import signed_in


@pytest.fixture
def backup(hospital: Hospital, tmp_path: Path) -> Path:
    """A dump of the database, with a mail that waits."""
    factories.stored_enquiry(hospital, email="")
    dump = tmp_path / "backup.dump"
    postgres("pg_dump", "--format=custom", f"--file={dump}", connection.settings_dict["NAME"])
    return dump


@pytest.fixture
def restored(backup: Path) -> Iterator[str]:
    """The dump loaded into a database beside the original, which this test now works with."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}_copy"
    postgres("createdb", copy)
    postgres("pg_restore", "--no-owner", f"--dbname={copy}", str(backup))
    connection.close()
    connection.settings_dict["NAME"] = copy
    yield copy
    connection.close()
    connection.settings_dict["NAME"] = original
    postgres("dropdb", "--force", copy)


def sent_by_a_round(mail_server: Sink) -> int:
    Command().round()
    return len(mail_server.mails)


@pytest.mark.django_db(transaction=True)
def test_restored_backup_sends_nothing_until_a_person_lifts_the_fence(
    restored: str, mail_server: Sink
) -> None:
    assert OutgoingMail.objects.unsent().count() == 1
    assert not may_mail_leave()
    assert sent_by_a_round(mail_server) == 0

    lift_fence(User.objects.create(username="robin"))

    assert sent_by_a_round(mail_server) == 1


@pytest.mark.django_db(transaction=True)
def test_backup_loaded_over_the_database_it_came_from_sends_nothing(backup: Path) -> None:
    connection.close()

    postgres(
        "pg_restore", "--clean", "--no-owner", f"--dbname={connection.settings_dict['NAME']}", str(backup)
    )

    assert not may_mail_leave()


@pytest.mark.django_db(transaction=True)
def test_rows_alone_of_a_backup_send_nothing(backup: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM enquiries_mailfence")

    postgres(
        "pg_restore",
        "--data-only",
        "--table=enquiries_mailfence",
        f"--dbname={connection.settings_dict['NAME']}",
        str(backup),
    )

    assert MailFence.objects.exists()
    assert not may_mail_leave()


@pytest.mark.django_db(transaction=True)
def test_original_sends_on_after_a_backup_and_a_vacuum(backup: Path, mail_server: Sink) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (FULL, FREEZE) enquiries_mailfence")

    assert may_mail_leave()
    assert sent_by_a_round(mail_server) == 1


@pytest.mark.django_db(transaction=True)
def test_another_cluster_or_a_wound_back_one_is_a_copy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE enquiries_mailfence SET place = ''")
        cursor.execute(
            "UPDATE enquiries_mailfence SET place = (SELECT system_identifier + 1 FROM pg_control_system())"
            " || '/' || (SELECT timeline_id FROM pg_control_checkpoint()) || '/' || xmin"
        )

    assert not may_mail_leave()


@pytest.fixture
def promoted(hospital: Hospital) -> Iterator[None]:
    """A standby of the database, put in its place a moment ago, which this test now works with."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        primary = Path(cursor.fetchone()[0])
    programs, at = localdb._programs(primary), connection.settings_dict
    folder = Path(tempfile.mkdtemp(prefix="standby-", dir="/var/tmp"))
    os.chown(folder, primary.stat().st_uid, -1)

    def run(program: str, *arguments: str) -> None:
        assert localdb._run([programs / program, "-D", folder / "data", *arguments], primary).returncode == 0

    run("pg_basebackup", "-h", at["HOST"], "-p", str(at["PORT"]), "-U", at["USER"], "-R", "-c", "fast")
    run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses=")
    run("pg_ctl", "promote", "-w")
    connection.close()
    original = at["HOST"]
    at["HOST"] = str(folder)
    yield
    connection.close()
    at["HOST"] = original
    run("pg_ctl", "stop", "-m", "immediate")
    shutil.rmtree(folder)


@pytest.mark.django_db(transaction=True)
def test_standby_that_took_over_is_a_copy_at_once(promoted: None) -> None:
    """Not only after its first checkpoint, which may take minutes: mail that it does not know as sent would leave."""
    assert not may_mail_leave()


@pytest.mark.django_db
def test_fence_that_was_never_written_lets_nothing_leave(hospital: Hospital, mail_server: Sink) -> None:
    factories.stored_enquiry(hospital)
    MailFence.objects.all().delete()

    call_command("worker", "--once")

    assert mail_server.mails == []


def administrator(**facts: Any) -> User:
    return factories.person("ada", is_staff=True, is_superuser=True, **facts)


@pytest.mark.django_db
@pytest.mark.parametrize("is_lost", [False, True])
def test_administrator_is_told_and_lifts_it_with_one_press(
    client: Client, hospital: Hospital, is_lost: bool
) -> None:
    ada = administrator()
    signed_in(client, ada)
    if is_lost:
        MailFence.objects.all().delete()
    MailFence.objects.update(place="elsewhere")
    assert client.get("/readyz").json()["may_mail_leave"] is False
    front = Page(client.get("/admin/"))
    assert "Now: No mail leaves: this looks like a copy of the database" in front.text

    (button,) = front.tree.xpath("//a[contains(., 'No mail leaves')]/@href")
    assert "Let mail leave from here" in client.get(button).content.decode()
    client.post(button, {"_save": "Let mail leave from here"})

    assert may_mail_leave()
    assert MailFence.objects.get().lifted_by == ada
    assert client.get("/readyz").json()["may_mail_leave"] is True
    assert "No mail leaves" not in Page(client.get("/admin/")).text
