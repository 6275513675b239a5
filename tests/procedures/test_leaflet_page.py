"""The leaflet's own address: the kept PDF, whole or not at all, and a way on while there is none."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from procedures.models import Edition, Leaflet
from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/leaflet.pdf"


@pytest.fixture
def edition() -> Edition:
    return factories.published_procedure().editions.get()


def body(response: Any) -> bytes:
    content: bytes = response.getvalue() if response.streaming else response.content
    return content


def test_kept_pdf_is_shown_under_a_plain_name(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)

    response = client.get(ADDRESS)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="balloon-kyphoplasty-leaflet-edition-1.pdf"'
    assert body(response) == b"%PDF-1.7 a leaflet"
    assert int(response["Content-Length"]) == 18


def test_large_print_has_its_own_file(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)
    factories.leaflet(edition, Leaflet.Size.LARGE)

    response = client.get(f"{ADDRESS}?size=large")

    assert "balloon-kyphoplasty-leaflet-edition-1-large-print.pdf" in response["Content-Disposition"]


def test_size_we_do_not_have_gives_the_standard_one(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)

    assert "edition-1.pdf" in client.get(f"{ADDRESS}?size=huge")["Content-Disposition"]


def test_whoever_has_it_already_is_told_so(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)
    first = client.get(ADDRESS)

    by_tag = client.get(ADDRESS, headers={"if-none-match": first["ETag"]})
    by_time = client.get(ADDRESS, headers={"if-modified-since": first["Last-Modified"]})

    assert (by_tag.status_code, body(by_tag)) == (304, b"")
    assert by_time.status_code == 304


def test_head_tells_its_length_without_sending_it(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)

    response = client.head(ADDRESS)

    assert (response.status_code, response["Content-Length"], body(response)) == (200, "18", b"")


def test_it_is_not_compressed_again(client: Client, edition: Edition) -> None:
    Leaflet.objects.create(edition=edition, size="standard", pdf=b"%PDF-1.7" + 9000 * b" ", pages=1)

    response = client.get(ADDRESS, headers={"accept-encoding": "br, gzip"})

    assert "Content-Encoding" not in response
    assert len(body(response)) == 9008


def test_search_engines_are_sent_to_the_page(client: Client, edition: Edition) -> None:
    factories.leaflet(edition)

    assert client.get(ADDRESS)["Link"] == (
        '<http://testserver/procedures/balloon-kyphoplasty/>; rel="canonical"'
    )


def test_while_there_is_none_readers_are_told_to_print_the_page(client: Client, edition: Edition) -> None:
    factories.hospital()

    response = client.get(ADDRESS)

    assert response.status_code == 404
    assert "no-store" in response["Cache-Control"]
    assert b"The leaflet is being made" in response.content
    assert b"print that page" in response.content
    assert b"01632 960101" in response.content


def test_leaflet_of_a_replaced_edition_is_not_shown_as_the_current_one(client: Client) -> None:
    procedure = factories.procedure()
    old = factories.edition(procedure=procedure, published_at=timezone.now() - timedelta(days=2))
    factories.leaflet(old)
    factories.edition(procedure=procedure, number=2)

    assert client.get(ADDRESS).status_code == 404


def test_edition_still_to_come_shows_no_leaflet(client: Client) -> None:
    factories.leaflet(
        factories.edition(procedure=factories.procedure(), published_at=timezone.now() + timedelta(days=1))
    )

    response = client.get(ADDRESS)

    assert response.status_code == 404
    assert b"being made" not in response.content


def test_page_links_to_each_leaflet_with_its_pages_and_size(client: Client, edition: Edition) -> None:
    assert b"leaflet.pdf" not in client.get("/procedures/balloon-kyphoplasty/").content
    factories.leaflet(edition)
    factories.leaflet(edition, Leaflet.Size.LARGE)

    page = client.get("/procedures/balloon-kyphoplasty/").content.decode().replace("\xa0", " ")

    assert f'href="{ADDRESS}">Leaflet to print (PDF, 12 pages, 18 bytes)</a>' in page
    assert f'href="{ADDRESS}?size=large">Large print (PDF, 12 pages, 18 bytes)</a>' in page
