"""Strings that break parsers, in every place of a request for a page that anybody may open."""

import json
import re
from base64 import urlsafe_b64encode
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as some

from kyphoplasty_site.access import EVERYONE, Role, addresses
from kyphoplasty_site.page_cache.serving import KEPT
from procedures.models import Hospital
from tests import factories
from tests.naughty import NASTY, STRINGS, bounded, met
from tests.site.readers import Server, nothing_kept
from tests.site.test_access import ANONYMOUS, Cast
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
PUBLIC = [address for address in addresses() if address.row and address.row.read == EVERYONE]
# What each address reads of its query; of the kept pages, the site itself says. All others are asked the same, and read nothing.
READS = {
    **KEPT,
    "search": {"q", "kind"},
    "procedures:leaflet": {"size"},
    "procedures:leaflet_find": {"code"},
    "enquiries:enquire": {"procedure", "consultant", "hospital", "name", "questions", "submission_id"},
    "enquiries:request_callback": {"procedure", "consultant", "hospital", "call_time", "needs", "consent"},
    "enquiries:request_status": {"changed"},
    "account_login": {"next", "login"},
    "admin:login": {"next"},
    "sitemap": {"p"},
    "sitemap_part": {"p"},
}
ASKING = [address for address in PUBLIC if READS.get(address.name)]
# Every header that we, Django or what stands before us reads.
HEADERS = [
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding", "Cookie"),
    *("Expect", "Forwarded", "From", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range"),
    *("If-Unmodified-Since", "Origin", "Range", "Referer", "Sec-Fetch-Site", "User-Agent", "X-CSRFToken"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Original-URL"),
    *("X-Request-ID", "X-Requested-With", "X-Rewrite-URL"),
]
COOKIES = ("staff", "csrf", "messages", "sessionid", "csrftoken", "__Host-staff", "lapsed")


@pytest.fixture
def cast() -> Cast:
    """A row of every model, and a browser of somebody who has not signed in."""
    cache.clear()
    return Cast([ANONYMOUS, Role.CLINICAL_REVIEWER])


@pytest.fixture
def stranger(cast: Cast) -> Client:
    return cast.browsers[ANONYMOUS]


def as_sent(text: str) -> str:
    """Bytes on the wire, as a web server hands them on: without what ends a header or a request."""
    return re.sub("[\0\r\n]", " ", text[:8_000]).encode().decode("latin-1")


def in_quotes(text: str) -> str:
    """A cookie may hold any byte so, NUL too."""
    return '"' + "".join(f"\\{byte:03o}" for byte in text[:300].encode()) + '"'


def test_every_address_that_reads_its_query_is_asked() -> None:
    assert set(READS) <= {address.name for address in PUBLIC}
    assert len(ASKING) > 10


def test_in_every_question_that_an_address_may_be_asked(cast: Cast, stranger: Client) -> None:
    for address, naughty in product(ASKING, STRINGS):
        query = urlencode(dict.fromkeys(sorted(READS[address.name]), naughty))
        path, _, given_already = cast.url(address).partition("?")
        met(stranger.get, f"{path}?{query}&{given_already}")


def test_in_every_part_of_a_path_that_takes_any_text(client: Client) -> None:
    """What takes a slug or a number takes none of these: one of each stands for all."""
    routes = [address.route for address in PUBLIC if re.search(r"<(str|path):|\(\?P", address.route)]
    assert len(routes) > 4

    for route, naughty in product(
        [*routes, "<all>", "procedures/<slug>/", "procedures/a/editions/<number>/"], STRINGS
    ):
        path = re.sub(r"<[^>]+>|\(\?P.*?\)", "{}", route).strip("^$/")
        met(client.get, "/" + path.replace("{}", quote(naughty, safe="")))


@pytest.mark.parametrize("path", ["/enquiry/", "/media/a.webp", "/accounts/login/", "/admin/"])
def test_in_every_header(client: Client, hospital: Hospital, path: str) -> None:
    default_storage.delete("a.webp")
    default_storage.save("a.webp", ContentFile(b"a picture"))

    for naughty in map(as_sent, STRINGS):
        for headers in (dict.fromkeys(HEADERS, naughty), {"host": naughty}):
            response = met(client.get, path, headers=headers)
            if response.streaming:
                response.getvalue()
            assert response.status_code in (200, 206, 302, 304, 400, 404, 412, 416)


def test_in_every_cookie(client: Client, hospital: Hospital) -> None:
    for naughty in STRINGS:
        headers = {"cookie": "; ".join(f"{name}={in_quotes(naughty)}" for name in COOKIES)}
        for path in ("/accounts/login/", "/admin/"):
            assert met(client.get, path, headers=headers).status_code in (200, 302)
        met(client.post, "/enquiry/send/", {"name": "Jo"}, headers=headers)


def test_as_a_name_and_a_password_at_the_door(client: Client) -> None:
    for naughty in STRINGS:
        cache.clear()
        for typed in ({"login": naughty, "password": "x"}, {"login": "robin", "password": naughty}):
            response = met(client.post, reverse("account_login"), typed)
            assert response.status_code in (200, 429)
    assert "_auth_user_id" not in client.session


def test_in_forwarded_addresses_and_browsers_of_who_tries_to_sign_in(client: Client, settings: Any) -> None:
    """They are counted by them, and written down. Each proxy of ours adds an address; one that is none is nobody's."""
    settings.TRUSTED_PROXIES = 1

    for naughty in map(as_sent, STRINGS):
        cache.clear()
        headers = {"X-Forwarded-For": naughty, "User-Agent": naughty}
        for path, typed in (
            ("account_login", {"login": "a", "password": "x"}),
            ("account_reset_password", {"email": "a@b.example"}),
        ):
            met(client.post, reverse(path), typed, headers=headers)


def test_wherever_else_a_stranger_types_at_the_door(client: Client) -> None:
    factories.second_factor(factories.person("robin", is_staff=True))

    for naughty in STRINGS:
        cache.clear()
        part = quote(naughty or "a", safe="")
        met(client.post, reverse("account_reset_password"), {"email": naughty})
        for key in (f"{part}/set-password", f"1/{part}"):
            met(client.get, f"/accounts/password/reset/key/{key}/")
        met(client.post, "/accounts/password/reset/key/1/set-password/", {"password1": naughty})


def test_as_a_code(client: Client) -> None:
    factories.second_factor(factories.person("robin", is_staff=True))

    for naughty in STRINGS:
        cache.clear()
        client.post(reverse("account_login"), {"login": "robin", "password": "correct horse battery"})
        assert met(client.post, reverse("mfa_authenticate"), {"code": naughty}).status_code == 200
    assert "_auth_user_id" not in client.session


DOORS = {reverse("account_login"), reverse("account_reauthenticate")}
PARTS = ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "userHandle"]
CREDENTIALS = some.recursive(
    some.sampled_from([None, True, 1, "", "AAAA", "public-key", "NUL\0", "{}", "e30"]) | NASTY,
    lambda made: some.lists(made, max_size=3) | some.dictionaries(some.sampled_from(PARTS), made, max_size=8),
    max_leaves=12,
)


def in_base64(words: bytes) -> str:
    return urlsafe_b64encode(words).decode().rstrip("=")


# Well made, save that the number at its end is cut off.
CUT_SHORT = {
    "id": "AA",
    "rawId": "AA",
    "type": "public-key",
    "response": {
        "clientDataJSON": in_base64(
            b'{"type": "webauthn.get", "challenge": "AA", "origin": "http://localhost"}'
        ),
        "authenticatorData": in_base64(bytes(32) + b"\x80" + bytes(4) + b"\x19"),
        "attestationObject": in_base64(b"\x19"),
        "signature": "AA",
        "userHandle": "AA",
    },
    "clientExtensionResults": {},
}


@pytest.mark.parametrize(
    "place", ["mfa_login_webauthn", "mfa_authenticate", "mfa_reauthenticate_webauthn", "mfa_add_webauthn"]
)
@bounded(5)
@given(credential=CREDENTIALS.map(json.dumps) | NASTY)
@example(credential="[" * 3_000)
@example(credential='{"id": "x"}')
@example(credential='{"id": "AA", "rawId": "AA", "type": "public-key", "response": "x"}')
@example(credential=json.dumps(CUT_SHORT))
def test_as_a_passkey_that_no_browser_made(place: str, credential: str) -> None:
    cache.clear()
    with transaction.atomic():
        robin = factories.person("robin", is_staff=True)
        factories.second_factor(robin)
        client = Client()
        if place == "mfa_authenticate":
            client.post(reverse("account_login"), {"login": "robin", "password": "correct horse battery"})
        elif place != "mfa_login_webauthn":
            signed_in(client, robin)
        client.get(reverse(place))

        response = met(client.post, reverse(place), {"credential": credential})

        assert response.status_code == 200 or response["Location"] in DOORS
        assert Authenticator.objects.count() == 2
        assert ("_auth_user_id" in client.session) == (
            place not in ("mfa_login_webauthn", "mfa_authenticate")
        )
        transaction.set_rollback(True)


def test_before_the_kept_pages(db: None) -> None:
    """As the web server hands it on: the page cache reads it before Django does."""
    factories.published_procedure()

    with nothing_kept():
        server = Server()
        for naughty in map(as_sent, STRINGS):
            headers = dict.fromkeys(("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_COOKIE"), naughty)
            for address in (f"/{naughty}/", f"/consultants/?q={naughty}&{naughty}={naughty}", f"/?{naughty}"):
                assert server.get(address, **headers).status[:3] in ("200", "301", "304", "400", "404")


@pytest.mark.parametrize(
    "charset",
    ["hex", "rot13", "unicode_escape", "utf-7", "utf-16", "idna", "undefined", "no-such", "'", "a" * 5_000],
)
@pytest.mark.parametrize("said", ["; charset=", ";CHARSET = ", "; charset*=x''"])
@pytest.mark.parametrize("kind", ["text/html", "multipart/form-data; boundary=a"])
def test_charset_is_ours_whatever_a_sender_calls_it(
    hospital: Hospital, charset: str, said: str, kind: str
) -> None:
    """Django decodes as it is told, also with codecs that give no text or halves of characters, before any of our code."""
    with nothing_kept():
        answer = Server().get("/enquiry/?name=%5Cud800&q=%ff", CONTENT_TYPE=f"{kind}{said}{charset}")

    assert answer.status[:3] == "200"
