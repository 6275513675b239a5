"""How pictures and films are sent: as what they are, for good, and in the parts that players ask for."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import brotli
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from procedures.models import Illustration
from procedures.pictures import keep, kept
from tests.bucket import kept_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_store")]
FILM = bytes(range(256)) * 40


def headers(client: Client, address: str) -> dict[str, str]:
    """What is said of a file before it is sent."""
    response = client.get(address)
    response.close()
    return dict(response.items())


@pytest.fixture(params=["folder", "bucket"])
def each_store(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Whatever is said of one holds for the other."""
    keep.cache_clear()
    is_bucket = request.param == "bucket"
    with kept_at(request.getfixturevalue("bucket_server").port, settings) if is_bucket else nullcontext():
        yield


@pytest.fixture
def film() -> str:
    """A stored film of 10,240 bytes."""
    return default_storage.url(kept("videos", FILM, "mp4"))


def test_film_is_sent_whole_and_says_that_it_can_be_had_in_parts(client: Client, film: str) -> None:
    response = client.get(film, headers={"accept-encoding": "gzip, br"})

    assert response.status_code == 200
    assert response.getvalue() == FILM
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "10240"
    assert "Content-Encoding" not in response


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=10000-", 10000, 10239),
        ("bytes=10000-99999", 10000, 10239),
        ("bytes=-240", 10000, 10239),
        ("bytes=-99999", 0, 10239),
    ],
)
def test_film_is_sent_in_part(client: Client, film: str, asked: str, first: int, last: int) -> None:
    response = client.get(film, headers={"range": asked, "accept-encoding": "gzip, br"})

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/10240"
    assert response["Content-Length"] == str(last - first + 1)
    assert response.getvalue() == FILM[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_part_beyond_the_end_is_refused(client: Client, film: str, asked: str) -> None:
    response = client.get(film, headers={"range": asked})

    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */10240"


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", f"bytes={'9' * 400}-"]
)
def test_part_that_nobody_can_read_is_as_good_as_none(client: Client, film: str, asked: str) -> None:
    response = client.get(film, headers={"range": asked})

    assert response.status_code == 200
    assert response.getvalue() == FILM


def test_asking_only_about_a_film_sends_none_of_it(client: Client, film: str) -> None:
    whole, part = client.head(film), client.head(film, headers={"range": "bytes=0-99"})

    assert (whole.status_code, whole["Content-Length"], whole.getvalue()) == (200, "10240", b"")
    assert (part.status_code, part["Content-Length"], part.getvalue()) == (206, "100", b"")


def test_what_is_named_by_its_content_is_kept_for_good_and_the_rest_for_an_hour(
    client: Client, film: str
) -> None:
    other = default_storage.url(default_storage.save("consultants/ada.webp", ContentFile(b"a picture")))

    assert headers(client, film)["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers(client, other)["Cache-Control"] == "public, max-age=3600"


def test_drawing_may_colour_itself_and_do_nothing_else(client: Client) -> None:
    response = client.get(Illustration(drawing="step-1-tubes.svg").copies.address)

    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]


def test_drawing_is_as_light_on_the_way_as_our_static_files(client: Client) -> None:
    address = Illustration(drawing="step-1-tubes.svg").copies.address
    plain = client.get(address).content

    packed = client.get(address, headers={"accept-encoding": "gzip, br"})

    assert packed["Content-Encoding"] == "br"
    assert brotli.decompress(packed.content) == plain
    assert len(packed.content) <= len(brotli.compress(plain, quality=11))


def test_what_has_not_changed_is_not_sent_again(client: Client, film: str) -> None:
    response = client.get(film, headers={"if-modified-since": headers(client, film)["Last-Modified"]})

    assert response.status_code == 304
    assert response.content == b""


@pytest.mark.parametrize("name", ["notes.html", "script.js", "me.pdf", "me.SVGZ", "none"])
def test_nothing_but_pictures_and_films_can_be_had(client: Client, name: str) -> None:
    stored = default_storage.save(f"pictures/{name}", ContentFile(b"<script>alert(1)</script>"))

    assert client.get(f"/media/{stored}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["../settings.py", "..%2f..%2fmanage.py", "/etc/passwd", "pictures", "pictures/", "a%00.svg", "no.svg"],
)
def test_nothing_outside_the_folder_can_be_had(client: Client, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize(
    "name", [300 * "a", "a%00", "%00", 5000 * "a/", "../a", "%2e%2e/a", "%F0%9F%A6%B4" * 100]
)
def test_name_that_no_file_can_have_is_that_of_none(client: Client, name: str) -> None:
    assert client.get(f"/media/{name}.png").status_code == 404
