"""nginx as the project sets it up, within Debian's nginx.conf and within that of nginx's own image, before a web that is a stub."""

import http.client
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from kyphoplasty_site.media import POLICY
from kyphoplasty_site.page_cache.serving import KEPT
from tests.headers import ALWAYS, POWERS
from tests.scan.serving import HOST, authority
from tests.serve.conftest import ROOT, free_port
from tests.serve.machines import until

OURS = ROOT / "kyphoplasty_site" / "nginx"
TOKEN = "k3y-of-a-private-page-that-nobody-else-may-have"
SOMEBODY = "127.0.0.77"
FILM = bytes(range(256)) * 4 * 1024 * 3  # three parts
# What the image has in /etc/nginx/nginx.conf, as far as it is said for all servers.
IMAGE = """
user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                    '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log /var/log/nginx/access.log main;
    sendfile on;
    keepalive_timeout 65;
    include /etc/nginx/conf.d/*.conf;
}
"""


@dataclass
class Said:
    """What the stub answers at an address, whatever is asked of it."""

    status: int = 200
    body: bytes = b"a page"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0
    is_sent_whole: bool = False


class Stub(ThreadingHTTPServer):
    """In place of the web processes: answers as it is told, and remembers what it was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Said] = {}
        self.lines: set[Any] = set()
        threading.Thread(target=partial(self.serve_forever, 0.01), daemon=True).start()

    def says(self, path: str, kept: str = "", **said: Any) -> None:
        answer = Said(**said)
        if kept:
            answer.headers = answer.headers | {"X-Accel-Expires": kept}
        self.answers[path] = answer

    def away(self) -> None:
        """Ends, and hangs up on whoever is still connected."""
        self.shutdown()
        self.server_close()
        for line in list(self.lines):
            with suppress(OSError):
                line.connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def setup(self) -> None:
        super().setup()
        self.server.lines.add(self)

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        said = self.server.answers.get(self.path.partition("?")[0], Said())
        time.sleep(said.wait)
        status, body, headers = said.status, said.body, dict(said.headers)
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if part and status == 200 and not said.is_sent_whole:
            first, last = int(part[1]), min(int(part[2]), len(said.body) - 1)
            status, body = 206, said.body[first : last + 1]
            headers["Content-Range"] = f"bytes {first}-{last}/{len(said.body)}"
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815, http.server's own names

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


class Nginx:
    """One that runs within a nginx.conf, and the stub behind it."""

    def __init__(self, around: str, web: str, *, ends_https: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.port, self.https_port, self.stub = free_port(), free_port(), Stub()
        for name in ("conf.d", "log", "cache", "srv/static/errors", "temp"):
            (self.folder / name).mkdir(parents=True)
        for name in ("413", "429", "503"):
            (self.folder / f"srv/static/errors/{name}.html").write_text("we are sorry")
        (self.folder / "srv/static/site.css").write_text("p {}")
        if "sites-enabled" not in around:  # as in the image, whose logs go to the container engine
            for name, stream in (("access", "stdout"), ("error", "stderr")):
                (self.folder / "log" / f"{name}.log").symlink_to(f"/dev/{stream}")
        site = (OURS / "site.conf").read_text()
        (self.folder / "conf.d" / "default.conf").write_text(self.here(site))
        (self.folder / "conf.d" / "web.conf").write_text(web.replace("127.0.0.1:8000", self.web))
        (self.folder / "nginx.conf").write_text(self.here(around))
        if ends_https:
            (self.folder / "tls.conf").write_text(self.here((OURS / "tls.conf").read_text()))
            (self.folder / "tls").mkdir()
            authority(self.folder / "tls")
        with (self.folder / "told").open("ab") as told:
            command = ["nginx", "-c", f"{self.folder}/nginx.conf", "-g", "daemon off;"]
            self.process = subprocess.Popen(command, stdout=told, stderr=told)
        until(lambda: self.process.poll() is not None or self.is_up(), 10, "nginx answers")
        assert self.process.poll() is None, self.written()
        self.stub.asked.clear()

    @property
    def web(self) -> str:
        return f"127.0.0.1:{self.stub.server_address[1]}"

    def here(self, conf: str) -> str:
        """The same with the places of this test."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f" {kind}_temp_path {self.folder}/temp/{kind};" for kind in kinds)
        places = {
            "listen 8080": f"listen 127.0.0.1:{self.port}",
            "listen 80 default_server;": "",
            "listen 443": f"listen 127.0.0.1:{self.https_port}",
            "/srv/site": f"{self.folder}/srv",
            "/var/cache/nginx": f"{self.folder}/cache",
            "/var/log/nginx": f"{self.folder}/log",
            "/run/nginx.pid": f"{self.folder}/pid",
            "/etc/nginx/conf.d": f"{self.folder}/conf.d",
            "include /etc/nginx/sites-enabled/*;": "",
            "\nhttp {": f"\nhttp {{{temporary}",
        }
        for place, mine in places.items():
            conf = conf.replace(place, mine)
        return re.sub(r"(?m)^user .*;", "user root;" if os.getuid() == 0 else "", conf)

    def is_up(self) -> bool:
        try:
            return self.asked("/static/site.css").status == 200
        except OSError:
            return False

    def asked(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(SOMEBODY, 0))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path, body, named)
            answer = line.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, answer.read(), told)
        finally:
            line.close()

    def is_kept(self, path: str, **headers: str) -> bool:
        """Whether it is answered without asking the web."""
        before = len(self.stub.asked)
        self.asked(path, **headers)
        return len(self.stub.asked) == before

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # so that it writes what it has
        self.process.wait(10)

    def written(self) -> str:
        """All that it has put into a file, and said."""
        all_of_it = (path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
        files = [path for path in all_of_it if path.suffix != ".conf"]
        return "\n".join(path.read_bytes().decode(errors="replace") for path in files)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.stub.away()
        shutil.rmtree(self.folder)


def started(around: str, web: str = "") -> Iterator[Nginx]:
    nginx = Nginx(around, web or (OURS / "web.conf").read_text())
    try:
        yield nginx
    finally:
        nginx.end()


def debians() -> str:
    return Path("/etc/nginx/nginx.conf").read_text()


def composes() -> str:
    """With the file that it includes, as compose.yaml mounts it."""
    around = str(compose()["configs"]["nginx"]["content"])
    asked_for = "include /etc/nginx/connections.conf;"
    assert asked_for in around
    return around.replace(asked_for, (OURS / "connections.conf").read_text())


@pytest.fixture(params=["Debian's", "the image's"])
def either(request: pytest.FixtureRequest) -> Iterator[Nginx]:
    yield from started(debians() if request.param == "Debian's" else IMAGE)


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    yield from started(debians())


def test_nothing_that_is_written_tells_who_read_what(either: Nginx) -> None:
    private = f"/requests/{TOKEN}/?q=back+pain"
    assert either.asked(private, Referer=f"http://localhost{private}").status == 200
    for path in (
        "Jo%20Larkspur/",
        "jo@larkspur.example/",
        "procedures/07700-900-123/",
        "07700900123",
        "admin/07700900123",
        "glossary/",
        "admin/enquiries/enquiry/1234567/change/",
    ):
        either.asked(f"/{path}")
    shutil.rmtree(either.folder / "temp" / "client_body")
    assert (
        either.asked(private, "POST", b"x" * 100_000).status == 500
    )  # it cannot keep what is sent: a grave error
    either.stub.away()
    assert either.asked(private).status == 502
    assert either.asked("/search/?q=back+pain").status == 502
    either.stop()

    written = either.written()
    assert '"path":"/requests/…/"' in written
    assert '"path":"/glossary/"' in written
    assert '"path":"/admin/enquiries/enquiry/1234567/change/"' in written
    assert f'"web":"{either.web}"' in written
    for secret in (TOKEN, "back+pain", "back%20pain", "Larkspur", "larkspur", SOMEBODY):
        assert secret not in written
    assert not any("900" in path for path in re.findall(r'"path":"([^"]*)"', written))


def test_nginx_can_start_in_a_container_where_it_may_write_to_little() -> None:
    """No file beside the logs, which are links there; and what it keeps is where compose.yaml lets it."""
    for nginx in started(composes()):
        nginx.asked("/")
        logs = list((nginx.folder / "log").iterdir())

        assert {path.name for path in logs} == {"access.log", "error.log"}
        assert all(path.is_symlink() for path in logs)
    assert "/var/cache/nginx" in compose()["services"]["nginx"]["tmpfs"]
    assert set(re.findall(r"/var/\w+/nginx", (OURS / "site.conf").read_text())) == {
        "/var/cache/nginx",
        "/var/log/nginx",
    }


def test_composes_own_files_fit() -> None:
    """But for looking the name up again, which this nginx may be too old for."""
    web = compose()["configs"]["web"]["content"].replace("$$", "$")
    assert "resolver 127.0.0.11 valid=5s ipv6=off;" in web
    assert "server web:8000 resolve " in web
    older = re.sub(r"resolver .*?;", "", web).replace("web:8000 resolve", "127.0.0.1:8000")

    for nginx in started(composes(), older):
        assert nginx.asked("/").body == b"a page"
        assert nginx.stub.asked[0][1]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "staff=abc"},
        {"Cookie": "__Host-staff=abc"},
        {"Cookie": "a=1; staff=abc"},
        {"Cookie": "a=1; __Host-staff=abc"},
        {"Cookie": "a=1;staff=abc; b=2"},
        {"Authorization": "Basic abc"},
        {"Authorization": "Basic abc", "Cookie": "a=1"},
    ],
)
def test_staff_are_given_nothing_that_is_kept_and_leave_nothing(
    nginx: Nginx, headers: dict[str, str]
) -> None:
    nginx.stub.says("/", kept="60")

    assert not nginx.is_kept("/", **headers)
    assert not nginx.is_kept("/")
    assert nginx.is_kept("/")
    assert not nginx.is_kept("/", **headers)


def test_other_cookies_are_no_staffs(nginx: Nginx) -> None:
    nginx.stub.says("/", kept="60")
    nginx.asked("/")

    assert nginx.is_kept("/", Cookie="a=1; csrf=staff")


def test_names_that_matter_are_those_of_the_page_cache() -> None:
    names = re.search(r"%\|\((p\|[a-z|]+)\)", (OURS / "site.conf").read_text())

    assert names
    assert set(names[1].split("|")) == set(chain.from_iterable(KEPT.values()))


def test_what_advertisers_add_makes_no_page_of_its_own(nginx: Nginx) -> None:
    nginx.stub.says("/glossary/", kept="60")
    nginx.asked("/glossary/")

    for query in ("?utm_id=1", "?utm_id=2&gclid=x%20y", "?", "?apq=1", "?utm_q=1", "?x"):
        assert nginx.is_kept(f"/glossary/{query}"), query
    nginx.stub.away()
    assert nginx.asked("/glossary/?utm_source=1").body == b"a page"
    assert len([path for path in (nginx.folder / "cache").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "query", ["q=knee", "q", "gender=female", "a=1&after=2", "%71=knee", "a=1&%61fter=2"]
)
def test_query_that_asks_for_another_page_is_asked_of_the_web(nginx: Nginx, query: str) -> None:
    """Also after the plain page was kept; and nothing of it stays."""
    nginx.stub.says("/consultants/", kept="60")
    nginx.asked("/consultants/")

    assert not nginx.is_kept(f"/consultants/?{query}")
    assert not nginx.is_kept(f"/consultants/?{query}")
    assert nginx.stub.asked[-1][0] == f"/consultants/?{query}"


@pytest.mark.parametrize("path", ["/glossary//", "/./glossary/", "/gloss%61ry/"])
def test_address_written_in_an_unusual_way_is_not_kept(nginx: Nginx, path: str) -> None:
    """There is no end of them, and each would take a place."""
    nginx.stub.says(path, kept="60")

    assert not nginx.is_kept(path)
    assert not nginx.is_kept(path)


def test_path_that_holds_a_question_mark_is_no_query(nginx: Nginx) -> None:
    nginx.stub.says("/", kept="60", body=b"the start page")
    nginx.stub.says("/%3Futm_id=1", kept="60", status=404, body=b"no such page")
    for _ in range(2):
        assert nginx.asked("/%3Futm_id=1").status == 404
        assert nginx.asked("/?utm_id=1").body == b"the start page"


def test_staff_may_send_films_and_others_may_not(nginx: Nginx) -> None:
    film = b"x" * 20_000_000

    assert nginx.asked("/admin/procedures/video/add/", "POST", film).status == 200
    assert nginx.asked("/enquiry/", "POST", film).status == 413


def test_film_is_fetched_and_kept_in_parts(nginx: Nginx) -> None:
    nginx.stub.says(
        "/media/videos/a.mp4", body=FILM, headers={"Last-Modified": "Thu, 26 Nov 2026 10:00:00 GMT"}
    )
    sought = nginx.asked("/media/videos/a.mp4", Range="bytes=2097160-2097169")

    assert sought.status == 206
    assert sought.body == FILM[2097160:2097170]
    assert sought.headers["content-range"] == f"bytes 2097160-2097169/{len(FILM)}"
    assert [headers["range"] for _, headers in nginx.stub.asked] == ["bytes=2097152-3145727"]
    assert nginx.is_kept("/media/videos/a.mp4", Range="bytes=2097152-")
    whole = nginx.asked("/media/videos/a.mp4")
    assert whole.status == 200
    assert whole.body == FILM
    assert nginx.is_kept("/media/videos/a.mp4")
    assert nginx.asked("/media/videos/a.mp4", Range="bytes=-5").body == FILM[-5:]
    nginx.stub.away()
    assert nginx.asked("/media/videos/a.mp4").body == FILM


def test_text_among_the_pictures_comes_whole(nginx: Nginx) -> None:
    nginx.stub.says("/media/a.vtt", body=b"WEBVTT", is_sent_whole=True)

    assert nginx.asked("/media/a.vtt").body == b"WEBVTT"
    assert nginx.is_kept("/media/a.vtt")


def test_picture_that_cannot_be_had_is_not_kept(nginx: Nginx) -> None:
    nginx.stub.says("/media/a.png", status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"})

    assert nginx.asked("/media/a.png").status == 503
    assert not nginx.is_kept("/media/a.png")


def test_picture_that_was_taken_away_does_not_come_back(nginx: Nginx) -> None:
    was = f"@{int(time.time()) - 1}"
    nginx.stub.says("/media/a.png", kept=was)
    assert nginx.asked("/media/a.png").status == 200
    nginx.stub.says("/media/a.png", status=404)
    assert nginx.asked("/media/a.png").status == 404
    nginx.stub.away()

    assert nginx.asked("/media/a.png").status == 404


def test_scheme_is_nginxs_own(nginx: Nginx) -> None:
    nginx.asked("/", X_Forwarded_Proto="https")

    assert nginx.stub.asked[0][1]["x-forwarded-proto"] == "http"
    assert "strict-transport-security" not in nginx.asked("/static/site.css").headers


def balanced() -> str:
    """The file of the place with the lines for a load balancer in place of the one without."""
    web = (OURS / "web.conf").read_text().replace("map $scheme ", "# map $scheme ")
    web = re.sub(r"(?m)^# (map \$http_x_forwarded_proto|set_real_ip_from)", r"\1", web)
    assert web.count("\nmap") == web.count("\nset_real_ip_from") == 1
    return web.replace("10.0.0.0/8", "127.0.0.0/8")


def test_load_balancer_is_believed_where_the_place_says_so() -> None:
    for nginx in started(debians(), balanced()):
        before = {"X_Forwarded_For": "192.0.2.9, 203.0.113.7"}
        nginx.asked("/", X_Forwarded_Proto="https", **before)
        nginx.asked("/", X_Forwarded_Proto="javascript", **before)
        secure, other = (headers for _, headers in nginx.stub.asked)

        assert secure["x-forwarded-proto"] == "https"
        assert other["x-forwarded-proto"] == "http"
        assert secure["x-forwarded-for"].rpartition(", ")[2] == "203.0.113.7"


def test_what_nginx_says_itself_is_as_guarded_as_the_pages() -> None:
    for nginx in started(debians(), balanced()):
        file = nginx.asked("/static/site.css", X_Forwarded_Proto="https")
        refused = nginx.asked("/static/site.css", "POST", X_Forwarded_Proto="https")
        nginx.stub.away()
        sorry = nginx.asked("/", X_Forwarded_Proto="https")

        assert (file.status, refused.status, sorry.status) == (200, 405, 502)
        for answer in (file, refused, sorry):
            assert answer.headers["strict-transport-security"] == "max-age=63072000"
            assert answer.headers["x-frame-options"] == "DENY"
            for name, value in {**ALWAYS, "Permissions-Policy": POWERS}.items():
                assert answer.headers[name.lower()] == value
        assert file.headers["content-security-policy"] == POLICY
        assert "immutable" in file.headers["cache-control"]
        assert "cache-control" not in refused.headers
        assert sorry.headers["cache-control"] == "no-store"


def test_page_that_is_sorry_says_when_to_come_again(nginx: Nginx) -> None:
    assert "retry-after" not in nginx.asked("/").headers
    nginx.stub.away()
    sorry = nginx.asked("/")

    assert sorry.body == b"we are sorry"
    assert sorry.headers["retry-after"] == "30"


def test_form_is_waited_for_until_the_site_says_that_it_is_sorry(nginx: Nginx) -> None:
    nginx.stub.says("/enquiry/send/", status=503, body=b"what you typed", wait=7)
    nginx.stub.says("/search/", wait=7)
    answers: dict[str, Answer] = {}
    threads = [
        threading.Thread(target=lambda path=path, way=way: answers.update({path: nginx.asked(path, way)}))
        for path, way in (("/enquiry/send/", "POST"), ("/search/", "GET"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers["/enquiry/send/"].body == b"what you typed"
    assert answers["/search/"].status == 504


@pytest.mark.parametrize("status", [301, 404, 410])
def test_page_that_has_gone_does_not_come_back_when_the_web_is_away(nginx: Nginx, status: int) -> None:
    was = f"@{int(time.time()) - 1}"
    nginx.stub.says("/hospitals/a/", kept=was, body=b"the hospital", headers={"ETag": '"1"'})
    assert nginx.asked("/hospitals/a/").body == b"the hospital"
    nginx.stub.says("/hospitals/a/", kept=was, status=status, body=b"it has gone")
    assert nginx.asked("/hospitals/a/").status == status
    nginx.stub.away()

    assert nginx.asked("/hospitals/a/").status == status


def test_kept_page_stands_in_for_a_web_that_is_sorry_but_not_for_a_page_that_cannot_be_drawn(
    nginx: Nginx,
) -> None:
    nginx.stub.says("/", kept=f"@{int(time.time()) - 1}")
    nginx.asked("/")

    nginx.stub.says("/", status=503)
    assert nginx.asked("/").body == b"a page"
    nginx.stub.says("/", status=500)
    assert nginx.asked("/").status == 500


@pytest.mark.parametrize("around", ["Debian's", "the image's"])
def test_nginx_can_end_https_itself(around: str) -> None:
    """Not with what the nginx.conf around it would take as well."""
    within = debians() if around == "Debian's" else IMAGE
    nginx = Nginx(within, (OURS / "web.conf").read_text(), ends_https=True)
    trusting = ssl.create_default_context(cafile=str(nginx.folder / "tls" / "ca.pem"))
    older = ssl.create_default_context(cafile=str(nginx.folder / "tls" / "ca.pem"))
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    older.set_ciphers("ECDHE-ECDSA-AES128-SHA")  # CBC with SHA-1, which nginx by itself takes
    try:
        with secured(nginx, trusting) as line:
            line.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            assert b" 200 " in line.recv(4096).partition(b"\r\n")[0]
            assert line.version() == "TLSv1.3"
        assert nginx.stub.asked[-1][1]["x-forwarded-proto"] == "https"
        with pytest.raises(ssl.SSLError), secured(nginx, older):
            pass
    finally:
        nginx.end()


def secured(nginx: Nginx, how: ssl.SSLContext) -> ssl.SSLSocket:
    return how.wrap_socket(
        socket.create_connection(("127.0.0.1", nginx.https_port), 10), server_hostname=HOST
    )


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process may open more of them than it is given to begin with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(10_000, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("around", ["Debian's", "the image's"])
def test_two_thousand_who_never_finish_their_question_leave_room_for_a_reader(
    around: str, many_files: None
) -> None:
    """From one address, within what nginx allows for the head of a request."""
    nginx = Nginx(
        with_connections(debians() if around == "Debian's" else IMAGE), (OURS / "web.conf").read_text()
    )
    slow: list[socket.socket] = []
    try:
        for _ in range(2_000):
            line = socket.create_connection(("127.0.0.1", nginx.port), 10, source_address=("127.0.0.78", 0))
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
            slow.append(line)
        assert nginx.asked("/").body == b"a page"
    finally:
        for line in slow:
            line.close()
        nginx.end()


def with_connections(around: str) -> str:
    """A nginx.conf with connections.conf in place of its events block, as that file asks for."""
    ours = (OURS / "connections.conf").read_text()
    changed = re.sub(r"events\s*\{[^}]*\}", lambda _: ours, around)
    assert ours in changed
    return changed


def test_private_pages_are_compressed_by_the_site_alone(nginx: Nginx) -> None:
    """Debian's nginx.conf would have nginx do it, and the size of a page could tell what is in it."""
    nginx.stub.says("/requests/a/", body=b"a page " * 100, headers={"Content-Type": "text/html"})

    assert "content-encoding" not in nginx.asked("/requests/a/", Accept_Encoding="gzip").headers


def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
