"""The real site for the scanners, alone in a network of its own: what is in here runs in a process that `unshare` started.

There is no way out of that network, so no scanner can call anywhere; and all that is started ends with that process. nginx
is Debian's, with our own files where README says that they belong. Its certificate is of a CA made for this run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kyphoplasty_site import localdb
from tests.serve.conftest import ROOT
from tests.serve.machines import KEY, SECRET, ip, until

HOST = "kyphoplasty.example"
SITE = f"https://{HOST}"
NGINX = ROOT / "kyphoplasty_site" / "nginx"


def environment(folder: Path) -> dict[str, str]:
    """As production has it. The limits on senders are left out: they would turn a scanner away before it has tried."""
    here = {
        "PUBLIC_URL": SITE,
        "ALLOWED_HOSTS": HOST,
        "SECRET_KEY": SECRET,
        "FIELD_KEYS": KEY,
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": localdb.url(folder / "data"),
        "CACHE_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "TRUSTED_PROXIES": "1",
        "PORT": "8000",
        "DJANGO_SETTINGS_MODULE": "kyphoplasty_site.settings",
        **{"SENDS_PER_HOUR": "1000000", "SENDS_PER_NUMBER": "1000000", "QUICKEST_SEND": "0"},
    }
    return {key: value for key, value in os.environ.items() if key != "MAKELEVEL"} | here


def apart(folder: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Run this without a network, and with processes and mounts of its own."""
    alone = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
    return subprocess.run([*alone, *command], cwd=ROOT, env=environment(folder), check=False)


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """The site with nginx before it, on ports 80 and 443 of HOST."""
    _settle(folder)
    authority(folder)
    log = (folder / "processes.log").open("ab")
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> None:
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))

    data = folder / "data"
    with localdb.running(data, say=lambda _line: None):
        try:
            start("redis-server", "--bind", "127.0.0.1", "--save", "")
            start(sys.executable, "manage.py", "serve")
            until(
                lambda: answers("http://127.0.0.1:8000/readyz", "--header", f"Host: {HOST}"),
                600,
                f"the site answers ({log.name})",
            )
            _mount(data, Path("/srv/site"))
            _configure(folder)
            start("nginx", "-g", "daemon off;")
            until(lambda: answers(SITE, "--cacert", str(folder / "ca.pem")), 20, f"nginx ({log.name})")
            yield
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(60)


def answers(address: str, *options: str) -> bool:
    asked = ["curl", "--silent", "--fail", "--max-time", "5", "--output", "/dev/null", *options, address]
    return subprocess.run(asked, check=False).returncode == 0


def authority(folder: Path) -> None:
    """A CA of our own, ca.pem, and a certificate of it for HOST, with its key."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90")
    ours = ("-subj", "/CN=A CA for one scan", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl(*curve, *ours, "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem")
    by = ("-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key", "-subj", f"/CN={HOST}")
    uses = [
        *("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"),
        *("extendedKeyUsage=serverAuth", f"subjectAltName=DNS:{HOST}"),
    ]
    added = [word for use in uses for word in ("-addext", use)]
    _openssl(*curve, *by, *added, "-keyout", f"{folder}/site.key", "-out", f"{folder}/site.pem")


def _openssl(*options: str) -> None:
    subprocess.run(["openssl", "req", "-x509", *options], check=True, capture_output=True)


def _settle(folder: Path) -> None:
    """A loopback, a name for it, and folders that the site and nginx may write to in place of this machine's own."""
    ip("link", "set", "lo", "up")
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
    _mount(hosts, Path("/etc/hosts"))
    for place in ("/srv", "/var/cache", "/var/lib", "/var/log", "/run"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place], check=True)
    for place in ("/srv/site", "/var/cache/nginx", "/var/log/nginx", "/var/lib/nginx"):
        Path(place).mkdir()


def _configure(folder: Path) -> None:
    """Debian's /etc/nginx with our files in it, in place of its own first page."""
    ours = folder / "nginx"
    shutil.copytree("/etc/nginx", ours, symlinks=True)
    (ours / "sites-enabled" / "default").unlink(missing_ok=True)
    main = ours / "nginx.conf"
    main.write_text(re.sub(r"events\s*\{[^}]*\}", "include connections.conf;", main.read_text()))
    for name in ("site", "web"):
        shutil.copy(NGINX / f"{name}.conf", ours / "conf.d")
    for name in ("tls", "brotli", "connections"):
        shutil.copy(NGINX / f"{name}.conf", ours)
    (ours / "tls").mkdir()
    for name in ("site.pem", "site.key"):
        shutil.copy(folder / name, ours / "tls")
    _mount(ours, Path("/etc/nginx"))


def _mount(place: Path, at: Path) -> None:
    subprocess.run(["mount", "--bind", str(place), str(at)], check=True)
