"""The site on many machines, from Debian's own packages: nginx, two web machines, a worker, PostgreSQL and its replica, Redis.

As root each web machine has a network of its own (a namespace) and a cable that can be pulled. As anybody else they are
addresses of the loopback.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg2
from aiosmtpd.controller import Controller

from kyphoplasty_site import localdb
from tests.serve.conftest import ROOT, free_port

SECRET = "dGhpcyBrZXkgaXMgZm9yIG9uZSB0ZXN0IGFsb25lIGFuZCBvcGVucyBub3RoaW5nIGVsc2U"
KEY = "dGhpcy1pcy1vbmx5LWEtY2hlY2sta2V5LTMyLWJ5dGU="
PLACES = {
    "listen 8080 default_server;": "listen",
    "root /srv/site;": "root",
    "/var/cache/nginx/site": "cache",
    "/var/cache/nginx/media": "media",
    "/var/log/nginx/access.log": "log",
    "/var/log/nginx/error.log": "errors",
}


class Mails:
    """A mail server that counts."""

    def __init__(self) -> None:
        self.references: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802, aiosmtpd's own name
        headers = envelope.content.decode(errors="replace").partition("\r\n\r\n")[0]
        kept = [line for line in headers.splitlines() if line.lower().startswith("message-id")]
        self.references.append((envelope.rcpt_tos[0], kept[0]))
        return "250 OK"


class Machine:
    """One address, in a network of its own where we may make one."""

    def __init__(self, number: int, network: "Network") -> None:
        self.name, self.address = f"kypho{os.getpid()}n{number}", f"{network.prefix}.{number}"
        self.cable = f"ky{os.getpid()}{number}"[-12:]
        self.is_apart = network.is_apart
        if self.is_apart:
            inside = f"i{self.cable}"
            ip("netns", "add", self.name)
            ip("link", "add", self.cable, "type", "veth", "peer", "name", inside)
            ip("link", "set", inside, "netns", self.name)
            ip("link", "set", self.cable, "master", network.bridge, "up")
            ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", inside)
            ip("-n", self.name, "link", "set", inside, "up")
            ip("-n", self.name, "link", "set", "lo", "up")

    def command(self, *words: str) -> list[str]:
        return [*(["ip", "netns", "exec", self.name] if self.is_apart else []), *words]

    def pull_cable(self) -> None:
        ip("link", "set", self.cable, "down")

    def put_cable_back(self) -> None:
        ip("link", "set", self.cable, "up")

    def end(self) -> None:
        if self.is_apart:
            ip("netns", "del", self.name)


class Network:
    """What joins the machines: a bridge with an address for all else, or the loopback."""

    def __init__(self) -> None:
        self.is_apart = os.getuid() == 0 and _can_part()
        self.bridge = f"ky{os.getpid()}b"[-12:]
        self.prefix = f"10.79.{os.getpid() % 250}" if self.is_apart else "127.0.0"
        self.address = f"{self.prefix}.1"
        if self.is_apart:
            ip("link", "add", self.bridge, "type", "bridge")
            ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
            ip("link", "set", self.bridge, "up")

    def end(self) -> None:
        if self.is_apart:
            ip("link", "del", self.bridge)


class Database:
    """A PostgreSQL server, first or replica."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address, self.port = folder, address, free_port()
        self.programs = localdb._programs(folder)
        self.options = f"-p {self.port} -k {folder.parent} -c listen_addresses={address}"

    def make(self, network: str) -> None:
        settings = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "-U", localdb.NAME)
        self._run("initdb", "-D", str(self.folder), *settings)
        with (self.folder / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all,replication all {network} trust\n")

    def copy(self, first: "Database") -> None:
        """A replica of the first, as it streams on."""
        source = f"host={first.address} port={first.port} user={localdb.NAME} application_name=replica"
        self._run("pg_basebackup", "-D", str(self.folder), "-R", "-d", source, "--checkpoint=fast")

    def start(self, *more: str) -> None:
        options = " ".join([self.options, *(f"-c {option}" for option in more)])
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "start", "-w", "-s", "-D", str(self.folder), "-l", log, "-o", options)

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "-w", "-s", "-D", str(self.folder))

    def kill(self) -> None:
        """As a power cut does."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)

    def asked(self, question: str, database: str = localdb.NAME) -> list[Any]:
        where = {"host": self.address, "port": self.port, "user": localdb.NAME, "dbname": database}
        with closing(psycopg2.connect(**where)) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: str) -> None:
        done = localdb._run([self.programs / program, *arguments], self.folder.parent)
        assert done.returncode == 0, f"{program}: {done.stderr}"


class Machines:
    """All of them. Every part can be killed and started again by its name."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machines-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.network, self.processes = Network(), dict[str, subprocess.Popen[bytes]]()
        self.mails, self.ports = Mails(), {name: free_port() for name in ("nginx", "redis", "mail", "web")}
        address = self.network.address
        (self.folder / "data").mkdir()
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres") if _has_user("postgres") else pwd.getpwnam("nobody")
            os.chown(self.folder / "data", account.pw_uid, account.pw_gid)
        self.first = Database(self.folder / "data" / "first", address)
        self.replica = Database(self.folder / "data" / "replica", address)
        self.machines = [Machine(number, self.network) for number in (2, 3)]
        self.mail = Controller(self.mails, hostname=address, port=self.ports["mail"])
        (self.folder / "nginx.conf").write_text(self._nginx())
        self.commands = {
            "redis": ["redis-server", "--bind", address, "--port", str(self.ports["redis"]), "--save", ""],
            "nginx": ["nginx", "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"],
            "worker": [sys.executable, "manage.py", "worker"],
        }
        web = [sys.executable, "manage.py", "serve", "--only", "web"]
        for number, machine in enumerate(self.machines, 1):
            self.commands[f"web {number}"] = machine.command(*web)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.ports['nginx']}"

    def environment(self, part: str) -> dict[str, str]:
        number = int(part[-1]) if part.startswith("web") else 0
        hosts = ",".join([self.first.address, self.replica.address])
        ports = f"{self.first.port},{self.replica.port}"
        place = self.network.address
        settings = {
            "PUBLIC_URL": self.site,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECRET_KEY": SECRET,
            "FIELD_KEYS": KEY,
            "DATABASE_URL": database_url(hosts, ports),
            "CACHE_URL": f"redis://{place}:{self.ports['redis']}/0",
            "EMAIL_URL": f"smtp://{place}:{self.ports['mail']}",
            "TRUSTED_PROXIES": "1",
            "DATA_DIR": str(self.folder / part.replace(" ", "-")),
            "BIND": self.machines[number - 1].address if number else "127.0.0.1",
            "PORT": str(self.ports["web"]),
            **{"SENDS_PER_HOUR": "1000000", "SENDS_PER_NUMBER": "1000000", "QUICKEST_SEND": "0"},
        }
        inherited = {key: value for key, value in os.environ.items() if key != "MAKELEVEL"}
        return inherited | settings

    def begin(self) -> None:
        self.mail.start()
        network = f"{self.network.prefix}.0/24"
        self.first.make(network)
        self.first.start()
        self.first._run(
            "createdb", "-h", self.first.address, "-p", str(self.first.port), "-U", localdb.NAME, localdb.NAME
        )
        self.replica.copy(self.first)
        self.replica.start()
        self.first.asked("ALTER SYSTEM SET synchronous_standby_names = 'replica'")
        self.first.asked("SELECT pg_reload_conf()")
        self.start("redis")
        for words in (["migrate", "-v0"], ["collectstatic", "-v0", "--no-input"], ["write_error_pages"]):
            self.manage(*words)
        self.manage("seed_content")
        (self.folder / "srv").mkdir()
        (self.folder / "srv" / "static").symlink_to(self.folder / "worker" / "static")
        for number in (1, 2):
            place = self.folder / f"web-{number}"
            place.mkdir()
            (place / "static").symlink_to(self.folder / "worker" / "static")
        for part in ("web 1", "web 2", "worker", "nginx"):
            self.start(part)
        until(lambda: self.status("/") == 200, 60, "the site answers")

    def manage(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment("worker"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def start(self, part: str) -> None:
        with (self.folder / f"{part.replace(' ', '-')}.log").open("ab") as log:
            self.processes[part] = subprocess.Popen(
                self.commands[part],
                cwd=ROOT,
                env=self.environment(part),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, part: str, how: signal.Signals = signal.SIGKILL) -> None:
        """With everything that it started."""
        process = self.processes.pop(part)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait(20)

    def answers_again(self, web: str) -> None:
        until(lambda: self.status(f"{web[-1]}/") == 200, 30, f"{web} answers again")

    def first_is_up(self) -> bool:
        try:
            return bool(self.first.asked("SELECT true"))
        except psycopg2.OperationalError:
            return False

    def status(self, address: str, timeout: float = 5) -> int:
        return self.read(address, timeout)[0]

    def read(self, address: str, timeout: float = 5) -> tuple[int, bytes]:
        """Through nginx, or from one web machine by its number: `2/procedures/`."""
        number, slash, path = address.partition("/")
        base = f"http://{self.machines[int(number) - 1].address}:{self.ports['web']}" if number else self.site
        asked = urllib.request.Request(
            f"{base}{slash}{path}", headers={"Host": f"127.0.0.1:{self.ports['nginx']}"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def told_of_failures(self) -> str:
        """What nginx wrote of each page that it could not bring."""
        time.sleep(6)  # it writes every five seconds
        lines = (self.folder / "access.log").read_text().splitlines()
        return "\n".join(line for line in lines if '"status":5' in line and '"method":"GET"' in line)

    def end(self) -> None:
        for part in list(self.processes):
            self.kill(part)
        self.mail.stop()
        for database in (self.replica, self.first):
            database.kill()
        for machine in self.machines:
            machine.end()
        self.network.end()
        time.sleep(0.5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _nginx(self) -> str:
        """The project's own configuration, with the places of this test put in."""
        port = self.ports["web"]
        here = {
            "listen": f"listen 127.0.0.1:{self.ports['nginx']} default_server;",
            "root": f"root {self.folder}/srv;",
            "cache": f"{self.folder}/cache",
            "media": f"{self.folder}/cache-media",
            "log": f"{self.folder}/access.log",
            "errors": f"{self.folder}/site-error.log",
        }
        said = (ROOT / "kyphoplasty_site" / "nginx" / "site.conf").read_text()
        for place, name in PLACES.items():
            assert said.count(place) == 1, place
            said = said.replace(place, here[name])
        (self.folder / "site.conf").write_text(said)
        one = "server 127.0.0.1:8000 max_fails=1 fail_timeout=2s;"
        web = (ROOT / "kyphoplasty_site" / "nginx" / "web.conf").read_text()
        assert web.count(one) == 1
        each = [one.replace("127.0.0.1:8000", f"{machine.address}:{port}") for machine in self.machines]
        (self.folder / "web.conf").write_text(web.replace(one, " ".join(each)))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self.folder}/temp-{kind}; " for kind in kinds)
        who = "user root;" if os.getuid() == 0 else ""
        return (
            f"{who} worker_processes 2; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;"
            "events { worker_connections 2048; }"
            f"http {{ include /etc/nginx/mime.types; {temporary} include {self.folder}/web.conf; include {self.folder}/site.conf; }}"
        )


def database_url(hosts: str, ports: str) -> str:
    """Both servers: the one that takes writes is asked."""
    pairs = ",".join(f"{host}:{port}" for host, port in zip(hosts.split(","), ports.split(","), strict=True))
    return f"postgresql://{localdb.NAME}@{pairs}/{localdb.NAME}"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _can_part() -> bool:
    """Whether networks can be made here: a container without the right to may not."""
    if not shutil.which("ip"):
        return False
    name = f"kypho{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made


def _has_user(name: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False
