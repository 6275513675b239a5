"""Films: what may be uploaded, what is kept of it, and how readers meet it."""

import struct
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from lxml import html

from procedures import videos
from procedures.models import Video
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.test_pictures import picture
from tests.staff import signed_in

ADD = "admin:procedures_video_add"
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\nThe bone has collapsed.\n\n00:02.500 --> 00:05.000\nA balloon lifts it.\n"
PLACE = b"+51.8151-000.3569/"
MATRIX = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
ON_ITS_SIDE = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def box(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def track(of: bytes, codec: bytes, matrix: bytes = MATRIX) -> bytes:
    size = struct.pack(">II", 640 << 16, 360 << 16)
    return box(
        b"trak",
        box(b"tkhd", bytes(40), matrix, size),
        box(
            b"mdia",
            box(b"hdlr", bytes(8), of, bytes(12)),
            box(b"minf", box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), box(codec, bytes(78))))),
        ),
        box(b"udta", box(b"name", b"Jo's phone")),
    )


SEEN, HEARD = track(b"vide", b"avc1"), track(b"soun", b"mp4a")


def index(*tracks: bytes, lasting: int = 5) -> bytes:
    return box(
        b"moov",
        box(b"mvhd", bytes(12), struct.pack(">II", 1000, 1000 * lasting), bytes(80)),
        *(tracks or (SEEN,)),
        box(b"udta", box(b"\xa9xyz", PLACE)),
    )


START, FRAMES = box(b"ftyp", b"isom", bytes(4)), box(b"mdat", b"the frames")


def mp4(*tracks: bytes, **more: Any) -> bytes:
    """A film of five seconds, as far as its own description goes."""
    return START + index(*tracks, **more) + FRAMES


def webm(kind: bytes = b"webm") -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f" + b"\x42\x86\x81\x01" + b"\x42\x82\x84" + kind + b"the rest"


def read(content: bytes) -> videos.Film:
    return videos.film(ContentFile(content))


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def given(**facts: Any) -> dict[str, Any]:
    """The form of a film, filled in."""
    return {
        "key": "kyphoplasty",
        "title": "The treatment in drawings",
        "mp4": upload("film.mp4", mp4()),
        "poster": upload("poster.png", picture("PNG", size=(1200, 900)).read()),
        "captions": upload("words.vtt", CAPTIONS.encode()),
        "transcript": "<p>A balloon lifts the bone.</p>",
    } | facts


@pytest.fixture
def desk(client: Client) -> Client:
    """The staff desk, opened by somebody who may do everything."""
    signed_in(client, factories.person(is_staff=True, is_superuser=True))
    return client


def test_film_says_itself_how_long_and_large_it_is_and_whether_it_can_be_heard() -> None:
    silent, loud = read(mp4()), read(mp4(HEARD, track(b"vide", b"avc1", ON_ITS_SIDE), lasting=69))

    assert (silent.seconds, silent.width, silent.height, silent.has_sound) == (5, 640, 360, False)
    assert (loud.seconds, loud.width, loud.height, loud.has_sound) == (69, 360, 640, True)


def test_place_and_device_are_blanked_and_nothing_moves() -> None:
    sent = mp4() + box(b"uuid", b"a serial number")

    kept = read(sent).content

    assert len(kept) == len(sent)
    assert kept.index(b"the frames") == sent.index(b"the frames")
    for hidden in (PLACE, b"Jo's phone", b"a serial number"):
        assert hidden in sent
        assert hidden not in kept


def test_film_whose_index_stands_at_the_end_is_told_apart() -> None:
    assert read(mp4()).starts_at_once
    assert not read(START + FRAMES + index()).starts_at_once


NESTED = box(b"moov", *[box(b"free")] * 6000)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", videos.NO_MP4),
        (b"<html><script>alert(1)</script>", videos.NO_MP4),
        (webm(), videos.NO_MP4),
        (START, videos.NO_MP4),
        (mp4()[:-40], videos.NO_MP4),
        (START + index()[:200], videos.NO_MP4),
        (START + struct.pack(">I4sQ", 1, b"moov", 2**63), videos.NO_MP4),
        (START + struct.pack(">I4s", 4, b"moov"), videos.NO_MP4),
        (START + NESTED, videos.NO_MP4),
        (START + box(b"moov") * 6000, videos.NO_MP4),
        (mp4(HEARD), videos.NO_MP4),
        (mp4(track(b"vide", b"hvc1")), videos.NOT_H264),
        (mp4(track(b"vide", b"encv")), videos.NOT_H264),
        (mp4(lasting=0), videos.NO_LENGTH),
        (mp4(lasting=901), videos.NO_LENGTH),
        (mp4() + bytes(videos.MOST_BYTES), videos.TOO_LARGE),
    ],
)
def test_what_is_no_film_for_every_phone_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(content)

    assert refused.value.messages == [said]


@pytest.mark.parametrize("content", [b"", mp4(), webm(b"matroska"), b"\x1a\x45\xdf\xa3"])
def test_what_is_no_webm_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValidationError, match="cannot be read as a WebM film"):
        videos.webm(ContentFile(content))


def test_captions_are_kept_as_every_browser_reads_them() -> None:
    windows = ("\N{ZERO WIDTH NO-BREAK SPACE}" + CAPTIONS).replace("\n", "\r\n").encode()

    kept, last = videos.captions(ContentFile(windows))

    assert kept.decode() == CAPTIONS
    assert last == 5


def test_captions_may_name_who_speaks_and_hold_notes() -> None:
    written = "WEBVTT - for the film\n\nNOTE checked\n\none\n00:00.000 --> 01:00:02.000 line:90%\n<v Ada>Hello</v>\n"

    assert videos.captions(ContentFile(written.encode()))[1] == 3602


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "begins with “WEBVTT”"),
        ("1\n00:00:00,000 --> 00:00:02,000\nHello\n", "begins with “WEBVTT”"),
        ("WEBVTTX\n", "begins with “WEBVTT”"),
        ("WEBVTT\n\0\n", "begins with “WEBVTT”"),
        ("WEBVTT\n\nNOTE nothing here\n", "These captions are empty"),
        ("WEBVTT\n\n0:00 --> 0:02\nHello\n", "Line 3 of the captions: times look like"),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nHello\n", "Line 3 of the captions: this caption ends before"),
        ("WEBVTT\n\n00:00.000 --> 00:02.000\n\n", "Line 3 of the captions: this caption has no words"),
        (
            "WEBVTT\n\n00:02.000 --> 00:03.000\nB\n\n00:01.000 --> 00:02.000\nA\n",
            "Line 6 of the captions: this caption starts before",
        ),
        ("WEBVTT\n\n00:00.000 --> 00:02.000\n<script>alert(1)</script>\n", "Line 4 of the captions: captions hold"),
        ("WEBVTT\n\n00:00.000 --> 00:02.000\n<img src=x onerror=alert(1)>\n", "Line 4 of the captions"),
        ("WEBVTT\n\nSTYLE\n::cue{color:red}\n", "Line 3 of the captions: styles are not taken"),
    ],
)  # fmt: skip
def test_captions_that_cannot_be_shown_are_refused_by_line(written: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        videos.captions(ContentFile(written.encode()))

    assert said in refused.value.messages[0]


def test_captions_in_another_encoding_are_refused() -> None:
    with pytest.raises(ValidationError, match="not in UTF-8"):
        videos.captions(ContentFile(CAPTIONS.encode("utf-16")))


@pytest.mark.django_db
def test_editor_adds_a_film_that_readers_can_play_and_read(desk: Client) -> None:
    desk.post(reverse(ADD), given(webm=upload("film.webm", webm())))

    film = Video.objects.get()
    drawn = html.fromstring(render_to_string("components/film.html", {"video": film}))
    (player,) = drawn.xpath("//video")
    assert {"controls", "playsinline"} <= set(player.attrib)
    assert (player.get("preload"), player.get("width"), player.get("height")) == ("none", "640", "360")
    assert player.xpath(".//source/@type") == ["video/webm", "video/mp4"]
    assert dict(player.xpath(".//track")[0].attrib) == {
        "kind": "captions",
        "src": film.captions.url,
        "srclang": "en-GB",
        "label": "English",
        "default": "",
    }
    assert "5 seconds, no sound, with captions." in drawn.text_content()
    assert "A balloon lifts the bone." in drawn.xpath("//details")[0].text_content()
    for address in (player.get("poster"), *player.xpath(".//@src"), *drawn.xpath("//figcaption/a/@href")):
        response = desk.get(address)
        assert response.status_code == 200
        response.close()


@pytest.mark.django_db
def test_film_is_kept_under_names_made_of_its_content(desk: Client) -> None:
    desk.post(reverse(ADD), given())
    first = Video.objects.get()

    address = reverse("admin:procedures_video_change", args=[first.pk])
    opened = str(Page(desk.get(address)).tree.xpath("//input[@name='opened']/@value")[0])
    desk.post(address, given(mp4=upload("film.mp4", mp4(lasting=8)), poster="", captions="", opened=opened))

    second = Video.objects.get()
    assert (second.seconds, second.captions.name) == (8, first.captions.name)
    assert second.mp4.name != first.mp4.name
    assert default_storage.exists(str(first.mp4.name))
    assert str(first.poster.name).endswith(".webp")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"captions": ""}, "A film needs captions"),
        ({"transcript": ""}, "A film needs a transcript"),
        ({"transcript": "<p>&nbsp; </p>"}, "A film needs a transcript"),
        ({"transcript": "<p> </p>"}, "A film needs a transcript"),
        ({"mp4": ""}, "This field is required."),
        ({"poster": ""}, "This field is required."),
        ({"mp4": upload("film.mp4", b"<html>")}, "cannot be read as an MP4 film"),
        ({"webm": upload("film.webm", mp4())}, "cannot be read as a WebM film"),
        ({"poster": upload("poster.png", b"<svg/>")}, "cannot be read as a picture"),
        ({"captions": upload("words.vtt", b"Hello")}, "cannot be read as captions"),
        (
            {"captions": upload("words.vtt", CAPTIONS.replace("00:05", "00:09").encode())},
            "go on after the film has ended",
        ),
    ],
)
def test_film_with_a_hole_is_refused_at_the_field(desk: Client, missing: dict[str, Any], said: str) -> None:
    for file in missing.values():
        if file and not isinstance(file, str):
            file.seek(0)

    page = Page(desk.post(reverse(ADD), given(**missing)))

    (field,) = missing
    assert said in page.tree.xpath(f"//*[contains(@class, 'field-{field}')]")[0].text_content()
    assert not Video.objects.exists()


@pytest.mark.django_db
def test_editor_is_warned_of_a_film_that_starts_slowly(desk: Client) -> None:
    slow = upload("film.mp4", START + FRAMES + index())

    page = Page(desk.post(reverse(ADD), given(mp4=slow), follow=True))

    assert "This film starts slowly" in page.text
    assert Video.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (69, "69 seconds"), (120, "2 minutes"), (181, "3 minutes 1 second")],
)
def test_length_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert Video(seconds=seconds).length == said
