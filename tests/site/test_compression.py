"""How pages are made small: brotli where everybody gets the same page, padded gzip where a secret may be in it."""

import brotli
import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


def test_reading_page_comes_as_brotli_to_who_takes_it(client: Client) -> None:
    page = client.get("/privacy/", headers={"accept-encoding": "gzip, deflate, br"})

    assert page["Content-Encoding"] == "br"
    assert page["Content-Length"] == str(len(page.content))
    assert page["Vary"] == "Accept-Encoding"
    assert "What we keep" in brotli.decompress(page.content).decode()


def test_reading_page_comes_as_gzip_to_who_does_not(client: Client) -> None:
    assert client.get("/privacy/", headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"


def test_page_for_somebody_with_a_cookie_is_padded(client: Client) -> None:
    client.cookies["staff"] = "a-session"

    page = client.get("/privacy/", headers={"accept-encoding": "gzip, br"})

    assert page["Content-Encoding"] == "gzip"


def test_answer_to_what_was_posted_is_padded(client: Client) -> None:
    page = client.post("/enquiry/", {}, headers={"accept-encoding": "gzip, br"})

    assert page["Content-Encoding"] == "gzip"


def test_private_page_is_padded(client: Client) -> None:
    enquiry = factories.stored_enquiry(factories.hospital())

    page = client.get(enquiry.get_absolute_url(), headers={"accept-encoding": "gzip, br"})

    assert page.status_code == 200
    assert page["Content-Encoding"] == "gzip"


def test_page_at_a_plain_address_is_made_as_small_as_can_be(client: Client) -> None:
    page = client.get("/privacy/", headers={"accept-encoding": "br"})

    assert len(page.content) == len(brotli.compress(brotli.decompress(page.content), quality=11))


def test_answer_that_anybody_can_make_different_each_time_is_made_small_quickly(client: Client) -> None:
    """Else a stranger could keep the server busy with compression."""
    page = client.get("/procedures/?q=knee", headers={"accept-encoding": "br"})

    assert page.content == brotli.compress(brotli.decompress(page.content), quality=5)
