"""Nobody is led from here to another site: not by an address, a header or a form."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.enquiries.pages import Page
from tests.naughty import met
from tests.staff import half_signed_in, signed_in, wait_for_mails

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/%2fevil.example/",
    "/%5cevil.example/",
    "https:evil.example",
    "https:///evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "http://evil.example\\@testserver/",
    "javascript:alert(1)//evil",
    "data:text/html,evil",
    "/\t/evil.example",
    "\n//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/admin/\r\nLocation: https://evil.example",
    "///\u2044evil.example",
    "。evil.example",
]
NEXT = [
    reverse(name)
    for name in (
        "account_login",
        "admin:login",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_logout",
    )
]


@pytest.fixture
def robin() -> User:
    cache.clear()
    person = factories.person("robin", is_staff=True)
    factories.second_factor(person)
    return person


def assert_stays_here(response: object) -> None:
    place = urlsplit(str(getattr(response, "headers", {}).get("Location", "")))
    assert (place.scheme, place.netloc) in (("", ""), ("http", "testserver"))
    assert not place.path.startswith(("//", "/\\", "\\"))


@pytest.mark.parametrize("wanted", ELSEWHERE)
@pytest.mark.parametrize("address", NEXT)
def test_next_page_is_one_of_ours(robin: User, address: str, wanted: str) -> None:
    for client in (Client(), half_signed_in(Client(), robin), signed_in(Client(), robin)):
        answer = met(client.get, f"{address}?next={quote(wanted, safe='')}")
        assert_stays_here(answer)
        sent = {
            "next": wanted,
            "login": "robin",
            "password": "correct horse battery",
            "code": factories.code_now(),
        }
        assert_stays_here(met(client.post, address, sent))
        if answer.status_code == 200:
            places = Page(answer).tree.xpath(
                "//main//form/@action | //main//a/@href | //main//button/@formaction"
            )
            assert not any(
                str(place).strip().startswith(("//", "/\\", "http", "java", "data")) for place in places
            )


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_whoever_signs_in_lands_here(robin: User, wanted: str) -> None:
    client = Client()

    client.post(
        reverse("account_login"), {"login": "robin", "password": "correct horse battery", "next": wanted}
    )
    answer = client.post(reverse("mfa_authenticate"), {"code": factories.code_now(), "next": wanted})

    assert answer.status_code == 302
    assert_stays_here(answer)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/..",
        "/%2f/evil.example",
        "/\\evil.example",
        "//evil.example/enquiry",
        "/enquiry//evil.example",
        "/admin//evil.example/%2e%2e",
        "/.//evil.example/admin",
    ],
)
def test_path_without_its_last_stroke_leads_to_no_other_site(client: Client, path: str) -> None:
    answer = met(client.generic, "GET", "/", PATH_INFO=path)

    assert answer.status_code in (301, 302, 404)
    assert_stays_here(answer)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "Referer", "Origin"]
)
def test_header_that_names_another_site_leads_nobody_there(client: Client, robin: User, header: str) -> None:
    for path in ("/admin/", "/enquiry", "/enquiry/send/", "/accounts/login/", "/leaflets/?code=ABCD"):
        answer = met(client.get, path, headers={header: "evil.example"})
        assert_stays_here(answer)
        assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize(
    "code",
    ["/evil.example", "//evil.example", "..//evil.example", "%2f%2fevil.example", "\\evil", "a" * 5_000],
)
def test_code_of_a_leaflet_leads_to_a_leaflet(client: Client, code: str) -> None:
    answer = met(client.get, "/leaflets/", {"code": code})

    assert answer["Location"].startswith("/leaflets/")
    assert_stays_here(answer)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "Origin", "Referer"])
def test_mailed_link_is_made_of_our_own_address(
    robin: User, client: Client, mailoutbox: list[Any], settings: Any, header: str
) -> None:
    User.objects.update(email="robin@elmpark.example")

    client.post(
        reverse("account_reset_password"),
        {"email": "robin@elmpark.example"},
        headers={header: "evil.example"},
    )

    wait_for_mails(1)
    assert f"{settings.SITE_URL}/accounts/password/reset/key/" in mailoutbox[0].body
    assert "evil.example" not in str(mailoutbox[0].message())


def test_name_of_another_site_has_no_mail_sent(robin: User, client: Client, mailoutbox: list[Any]) -> None:
    User.objects.update(email="robin@elmpark.example")

    response = client.post(
        reverse("account_reset_password"),
        {"email": "robin@elmpark.example"},
        headers={"host": "evil.example"},
    )

    assert response.status_code == 400
    assert mailoutbox == []
