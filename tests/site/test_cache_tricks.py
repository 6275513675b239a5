"""No cache is tricked: into keeping what is private under a name of its own, or what one sender asked for as everybody's page."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.site.readers import Server, nothing_kept
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
# What caches by the end of a path would take for a file that anybody may keep.
FILES = ["x.css", "x.js", "x.png", ".css", ";x.css", "%0Ax.css", "%23x.css", "%3Fx.css", "%2Fx.css", "%00.css", "..%2fx.css", "x.avif"]  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    factories.published_procedure()
    with nothing_kept():
        yield Server()


def said(server: Server, address: str, **headers: str) -> tuple[str, str]:
    answer = server.get(address, **headers)
    return answer.headers.get("cache-control", ""), answer.content.decode()


@pytest.mark.parametrize("file", FILES)
def test_private_page_under_the_name_of_a_file_shows_nothing_and_is_kept_by_nobody(
    client: Client, hospital: Hospital, file: str
) -> None:
    enquiry = factories.stored_enquiry(hospital)

    for address in (f"{enquiry.get_absolute_url()}{file}", f"{enquiry.get_absolute_url()}phone/{file}"):
        response = client.get(address)
        text = response.content.decode()
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
        for private in (enquiry.reference_in_groups, enquiry.reference, enquiry.token):
            assert private not in text


@pytest.mark.parametrize("file", FILES)
def test_desk_under_the_name_of_a_file_is_kept_by_nobody(
    hospital: Hospital, admin_user: User, file: str
) -> None:
    client = signed_in(Client(), admin_user)

    for address in ("/admin/", "/admin/procedures/edition/", "/accounts/sessions/"):
        response = client.get(f"{address}{file}")
        assert response.status_code in (301, 302, 404)
        assert "no-store" in response["Cache-Control"]
        assert "public" not in response["Cache-Control"]


@pytest.mark.parametrize("file", FILES)
def test_page_of_readers_under_the_name_of_a_file_is_not_found_and_not_kept(
    server: Server, file: str
) -> None:
    for address in ("/procedures/balloon-kyphoplasty/", "/enquiry/", "/call-back/"):
        for _ in range(2):
            assert server.get(f"{address}{file}").status[:3] == "404"
    assert len(server.drawn) == 6


def test_what_somebody_typed_is_kept_by_nobody(client: Client, question: Answers) -> None:
    for address, answers in (("/enquiry/", question), ("/enquiry/", {}), ("/enquiry/send/", question)):
        assert "no-store" in client.post(address, answers)["Cache-Control"]


POISONS = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_HOST": "evil.example",
    "HTTP_X_FORWARDED_SERVER": "evil.example",
    "HTTP_X_FORWARDED_PORT": "8443",
    "HTTP_X_FORWARDED_SCHEME": "nothttps",
    "HTTP_X_FORWARDED_PROTO": "evil",
    "HTTP_X_FORWARDED_PREFIX": "/evil",
    "HTTP_FORWARDED": "host=evil.example;proto=evil",
    "HTTP_X_ORIGINAL_URL": "/admin/",
    "HTTP_X_REWRITE_URL": "/admin/",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "POST",
    "HTTP_ORIGIN": "https://evil.example",
    "HTTP_REFERER": "https://evil.example/",
    "HTTP_USER_AGENT": "evil",
    "HTTP_ACCEPT_LANGUAGE": "evil",
    "HTTP_ACCEPT": "evil/evil",
    "HTTP_RANGE": "bytes=0-3",
    "HTTP_X_REQUEST_ID": "evil-evil-evil-evil",
    "HTTP_COOKIE": "csrf=evil; messages=evil",
    "HTTP_IF_NONE_MATCH": '"evil"',
    "HTTP_X_ACCEL_EXPIRES": "9999",
    "CONTENT_TYPE": "text/evil; charset=hex",
}


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize(
    "address", ["/procedures/balloon-kyphoplasty/", "/procedures/", "/robots.txt", "/sitemap.xml"]
)
def test_header_of_one_reader_is_in_nobody_s_page(server: Server, address: str, poison: str) -> None:
    plain = server.get(address)
    with nothing_kept():
        fresh = Server()
        poisoned = fresh.get(address, **{poison: POISONS[poison]})
        later = fresh.get(address)

    assert poisoned.status == later.status == "200 OK"
    assert poisoned.content == later.content == plain.content
    assert "evil" not in str(later.headers)
    assert later.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize(
    "query", ["utm_source=<script>evil", "evil=1&evil=2", "%71=evil", "q%3Devil", ";q=evil", "?q=evil"]
)
def test_question_of_one_reader_is_in_nobody_s_page(server: Server, query: str) -> None:
    for address in ("/procedures/balloon-kyphoplasty/", "/procedures/", "/consultants/"):
        server.get(f"{address}?{query}")
        _, text = said(server, address)
        assert "evil" not in text


@pytest.mark.parametrize(
    "coding",
    ["evil", "br;q=0, gzip;q=0, identity;q=0", "*;q=0", "br, br, br", "gzip;q=evil", "\xff", "," * 2_000],
)
def test_coding_that_nobody_knows_spoils_no_page(server: Server, coding: str) -> None:
    _, plain = said(server, "/procedures/")

    answer = server.get("/procedures/", HTTP_ACCEPT_ENCODING=coding)

    assert answer.headers.get("content-encoding") in (None, "br", "gzip")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert said(server, "/procedures/")[1] == plain


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1:1",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "127.0.0.1/evil",
        "localhost\tevil",
    ],
)
def test_page_asked_by_a_name_that_is_not_ours_is_never_kept(server: Server, host: str) -> None:
    answer = server.get("/", HTTP_HOST=host)

    assert answer.status[:3] in ("200", "400")
    assert "x-accel-expires" not in answer.headers
    assert "evil" not in said(server, "/")[1]


def test_reader_s_page_never_holds_what_a_colleague_is_shown(server: Server, admin_user: User) -> None:
    """Asked first by somebody of the desk, then by a reader, under every other spelling of its address."""
    cookie = f"staff={signed_in(Client(), admin_user).cookies['staff'].value}"

    for address in ("/", "//", "/./", "/%2e/", "/?", "/?staff"):
        server.get(address, HTTP_COOKIE=cookie)
        assert "/admin/" not in said(server, address)[1]
    assert Page(Client().get("/")).status == 200
