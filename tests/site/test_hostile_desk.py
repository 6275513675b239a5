"""Whoever may do everything at the desk, typing and uploading what breaks things: answered in words, and nothing of it runs."""

from http.cookies import SimpleCookie
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from kyphoplasty_site.access import Role, addresses
from tests import factories
from tests.consultants.sheets import csv_file
from tests.enquiries.pages import Page
from tests.naughty import NASTY, NAUGHTY, STRINGS, bounded, met
from tests.procedures.test_videos import given as a_film
from tests.procedures.test_videos import webm
from tests.scan.pages import Scope
from tests.scan.serving import HOST
from tests.site.test_access import Cast
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
TYPED = "//main//form[@method='post']//*[self::textarea or self::input[not(@type='hidden' or @type='file' or @type='checkbox' or @type='radio' or @type='submit')]]/@name"
FORMS = [
    address
    for address in addresses()
    if address.name.startswith("admin:") and address.name.endswith(("_add", "_change"))
]
UPLOADS = ["admin:procedures_illustration_add", "admin:procedures_video_add", "admin:consultants_consultant_import", "admin:consultants_consultant_add"]  # fmt: skip
BREAKERS = [
    *("NUL", "no characters", "long line", "SQL that waits", "nothing", "a minus"),
    *("a huge number", "more than a number", "a day that is none"),
]
SCRIPT = b"<script>alert(1)</script>"
# What each form would send, and its fields that take text.
Filled = dict[str, tuple[dict[str, Any], list[str]]]


@pytest.fixture(autouse=True)
def nothing_stored(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def cast() -> Cast:
    return Cast([Role.CLINICAL_REVIEWER])


@pytest.fixture
def desk(cast: Cast) -> Client:
    """Somebody who may do everything, in the team of the hospital."""
    person = factories.person("alex", is_staff=True, is_superuser=True)
    factories.team_member(person, cast.hospital)
    return signed_in(Client(), person)


def form_of(desk: Client, address: str) -> tuple[dict[str, Any], list[str]]:
    """What pressing save would send, and which of its fields take text; nothing where there is no form."""
    response = desk.get(address)
    if response.status_code != 200:
        return {}, []
    page = Page(response)
    (form,) = page.tree.xpath("//main//form[@method='post'][.//*[@type='submit']]")[:1] or [None]
    if form is None:
        return {}, []
    return dict(form.form_values()), [str(name) for name in page.tree.xpath(TYPED)]


@pytest.fixture
def filled(cast: Cast, desk: Client) -> Filled:
    """Every form of the desk that adds or changes a row, by its address."""
    urls = {cast.url(address) for address in FORMS}
    return {url: form for url in sorted(urls) if (form := form_of(desk, url))[1]}


def test_naughty_strings_in_every_field_of_every_form(desk: Client, filled: Filled) -> None:
    """Each form holds as many of them at once as it has fields, until each was in each form."""
    assert len(filled) > 25

    for url, (sent, names) in filled.items():
        for first in range(0, len(STRINGS), len(names)):
            typed = {name: STRINGS[(first + place) % len(STRINGS)] for place, name in enumerate(names)}
            with transaction.atomic():
                assert met(desk.post, url, sent | typed).status_code in (200, 302, 403)
                transaction.set_rollback(True)


def test_what_breaks_parsers_in_every_parameter_that_scanners_find(settings: Any) -> None:
    """Of every page, for whoever may open it: what its links ask, what its forms hide, and boxes beside lists."""
    settings.ALLOWED_HOSTS = [HOST]
    scope = Scope()
    tried = 0

    for visitor, form in scope.distinct():
        browser = scope.cast.browsers[visitor]
        ask = browser.post if form.method == "POST" else browser.get
        sent: dict[str, list[str]] = {}
        for name, value in form.fields:
            sent.setdefault(name, []).append(value)
        for first in range(len(BREAKERS)):
            for place, name in enumerate(form.fresh):
                sent[name] = [NAUGHTY[BREAKERS[(first + place) % len(BREAKERS)]]]
            with transaction.atomic():
                met(ask, form.path, sent, secure=True, HTTP_HOST=HOST)
                transaction.set_rollback(True)
            browser.cookies = SimpleCookie(scope.cookies(visitor))
        tried += len(form.fresh)

    assert tried > 800


@bounded(2)
@given(data=some.data())
def test_any_text_in_any_fields_of_any_form(desk: Client, filled: Filled, data: some.DataObject) -> None:
    """One field or several that are not as the form had them, choices too: typed, tampered with or left out."""
    for url, (sent, _) in filled.items():
        changed = data.draw(some.dictionaries(some.sampled_from(sorted(sent)), NASTY, min_size=1, max_size=3))
        left_out = data.draw(some.sets(some.sampled_from(sorted(sent)), max_size=2))
        kept = {name: value for name, value in (sent | changed).items() if name not in left_out}
        with transaction.atomic():
            assert met(desk.post, url, kept).status_code in (200, 302, 403)
            transaction.set_rollback(True)


def picture(kind: str = "PNG", **more: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30)).save(file, kind, **more)
    return file.getvalue()


def bomb() -> bytes:
    file = BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    return file.getvalue()


FILES = {
    "a bomb of pixels": bomb,
    "a page": lambda: b"<html>" + SCRIPT,
    "a drawing that runs": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + SCRIPT + b"</svg>",
    "a picture that is a page": lambda: picture("JPEG", comment=SCRIPT) + b"<html>" + SCRIPT,
    "a picture that is an archive": lambda: picture() + b"PK\x03\x04" + SCRIPT,
    "captions that run": lambda: b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + SCRIPT + b"\n",
    "a film of nothing": lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\xff" * 500,
    "boxes in boxes": lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08moov" * 3_000,
    "nothing": lambda: b"",
}  # fmt: skip


TRUE_PICTURES = {"a picture that is a page", "a picture that is an archive"}
TAKEN = dict.fromkeys(("upload", "photograph", "poster"), TRUE_PICTURES)  # for nothing but the pixels is kept


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def harmless(address: str) -> dict[str, Any]:
    """What makes the form right, with a harmless file in each field that takes one."""
    image = SimpleUploadedFile("a.png", picture(), "image/png")
    return {
        UPLOADS[0]: {"key": "spine", "alt": "A spine.", "upload": image},
        UPLOADS[1]: a_film(webm=SimpleUploadedFile("film.webm", webm())),
        UPLOADS[2]: {"sheet": csv_file(["Slug", "Full profile"], ["ada-quill", "https://a.example/"])},
        UPLOADS[3]: {"given_name": "Fern", "family_name": "Larkspur", "slug": "fern", "photograph": image},
    }[address]


@pytest.mark.parametrize("address", UPLOADS)
def test_hostile_file_in_every_upload_field_leaves_nothing_that_runs(
    desk: Client, cast: Cast, address: str
) -> None:
    """Each in one field of a form that is taken with a harmless file there. A sheet is read, and no file is kept of it."""
    sent, _ = form_of(desk, reverse(address))
    files = {name: file for name, file in harmless(address).items() if isinstance(file, SimpleUploadedFile)}
    fields = Page(desk.get(reverse(address))).tree.xpath("//main//input[@type='file']/@name")

    def is_taken(**file: SimpleUploadedFile) -> bool:
        with transaction.atomic():
            response = met(desk.post, reverse(address), {**sent, **harmless(address), **file})
            transaction.set_rollback(True)
        assert response.status_code in (200, 302)
        return response.status_code == 302 or b'name="preview"' in response.content

    assert files.keys() == set(fields)
    assert is_taken()
    assert bool(stored()) == (address != UPLOADS[2])
    for field, (number, (what, made)) in product(files, enumerate(FILES.items())):
        name = STRINGS[number][:90] + Path(str(files[field].name)).suffix
        taken = is_taken(**{field: SimpleUploadedFile(name, made(), "image/png")})
        assert taken == (what in TAKEN.get(field, ())), (field, what)
    for path in stored():
        assert SCRIPT not in path.read_bytes()
        assert path.suffix in (".png", ".jpg", ".webp", ".avif", ".mp4", ".webm", ".vtt")
        assert path.parent.parent == Path(settings.MEDIA_ROOT)


def test_every_upload_field_is_tried(cast: Cast, desk: Client) -> None:
    """A form that takes a file and is not named here would be tried with none."""
    with_files = {
        address.name
        for address in addresses()
        if address.name.startswith("admin:")
        and address.name.endswith(("_add", "_import"))
        and (response := desk.get(cast.url(address))).status_code == 200
        and Page(response).tree.xpath("//main//input[@type='file']")
    }

    assert with_files == set(UPLOADS)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "/etc/passwd.png",
        "a\0.png",
        ".htaccess",
        "evil.svg",
        "evil.html",
        "evil.php.png",
        "a" * 90 + ".png",
        "\u202egnp.exe",
        "=cmd.png",
    ],
)
def test_name_of_a_file_decides_nothing(desk: Client, cast: Cast, name: str) -> None:
    upload = SimpleUploadedFile(name, picture(), "text/html")
    answers = {"key": "spine", "alt": "A spine.", "focal_x": 50, "focal_y": 50, "upload": upload}

    met(desk.post, reverse("admin:procedures_illustration_add"), answers)

    assert stored()
    for path in stored():
        assert path.suffix in (".jpg", ".webp", ".avif")
        assert "evil" not in path.name
        response = Client().get(default_storage.url(str(path.relative_to(settings.MEDIA_ROOT))))
        assert response["Content-Type"].startswith("image/")
        response.close()


def test_name_of_a_file_that_goes_on_for_ever_is_refused_in_words(desk: Client, cast: Cast) -> None:
    answers = harmless(UPLOADS[0]) | {"upload": SimpleUploadedFile("a" * 5_000 + ".png", picture())}

    page = Page(met(desk.post, reverse(UPLOADS[0]), answers))

    assert "Ensure this filename has at most" in page.text
    assert not stored()
