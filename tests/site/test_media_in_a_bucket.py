"""Pictures and films on S3: the whole site with them, our own address for all of them, and a bucket that is away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from procedures.pictures import kept
from tests.bucket import NAME, BucketServer, kept_at, store
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
EXPLAINER = "/procedures/balloon-kyphoplasty/"


@pytest.fixture
def bucket(bucket_server: BucketServer, settings: Any) -> Iterator[BucketServer]:
    with kept_at(bucket_server.port, settings):
        yield bucket_server


def test_seeded_site_shows_every_picture_and_film_from_it_by_our_own_address(
    bucket: BucketServer, seeded: None, client: Client, settings: Any
) -> None:
    tree = Page(client.get(EXPLAINER)).tree
    addresses = {
        offered.split()[0]
        for value in tree.xpath("//main//@src | //main//@srcset | //main//@poster")
        for offered in value.split(", ")
    }

    files = {address for address in addresses if address.startswith(settings.MEDIA_URL)}
    assert len(files) > 5
    assert all(address.startswith("/") for address in addresses)
    for address in files:
        response = client.get(address)
        assert (response.status_code, bool(response.getvalue())) == (200, True), address
        assert bucket.client.head_object(Bucket=NAME, Key=address.removeprefix(settings.MEDIA_URL))


def test_name_that_is_taken_is_left_to_whom_it_belongs(bucket: BucketServer, client: Client) -> None:
    first, second = (
        default_storage.save("consultants/ada.webp", ContentFile(content)) for content in (b"1", b"2")
    )

    assert client.get(default_storage.url(first)).getvalue() == b"1"
    assert client.get(default_storage.url(second)).getvalue() == b"2"


def test_part_of_a_film_is_all_that_is_fetched(
    bucket: BucketServer, client: Client, monkeypatch: Any
) -> None:
    """Not the whole of it first, which django-storages would keep on the disk."""
    film = default_storage.url(kept("videos", bytes(100_000), "mp4"))
    monkeypatch.setattr("storages.backends.s3.S3File._get_file", lambda file: pytest.fail("fetched whole"))

    assert client.get(film, headers={"range": "bytes=5-9"}).getvalue() == bytes(5)


def test_with_the_bucket_away_a_picture_says_so_and_its_page_stays(
    bucket: BucketServer, seeded: None, client: Client, settings: Any, closed_port: int
) -> None:
    with kept_at(closed_port, settings):
        pages = [client.get(path).status_code for path in (EXPLAINER, "/", "/consultants/")]
        picture = client.get("/media/pictures/any.png")

    assert pages == [200, 200, 200]
    assert (picture.status_code, picture["Cache-Control"]) == (503, "no-store")


def test_bucket_that_we_may_not_open_has_no_picture(
    bucket: BucketServer, client: Client, settings: Any
) -> None:
    found = store(bucket.port)
    found["OPTIONS"]["bucket_name"] = "nobodys"
    settings.STORAGES = settings.STORAGES | {"default": found}

    assert client.get("/media/pictures/any.png").status_code == 404
