"""Files made to do harm: each is refused in words or made harmless, within 2 seconds and 200 MB.

Each is opened by a process started for it alone, so that what it costs can be read off.
"""

import json
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from procedures import pictures
from procedures.models import Illustration
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

MOST_SECONDS, MOST_MEMORY = 2, 200 * 1024
SCRIPT = b"<script>alert(1)</script>"
EMPTY_MEGABYTE = zlib.compress(bytes(1_000_000), 9)

# Opens every file of a folder as an upload and says what came of it and what it cost, here and in the processes it starts.
# The most memory so far: whatever goes over the limit shows at the file that did it.
OPEN = """
import json, re, resource, sys, time
from pathlib import Path
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from procedures.pictures import Picture, opened

def spent():
    here, there = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return here.ru_utime + here.ru_stime + there.ru_utime + there.ru_stime

came = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    began = spent()
    try:
        image = opened(ContentFile(path.read_bytes(), name='me.jpg'))
        result = {'master': Picture(image).master.hex()}
    except ValidationError as refusal:
        result = {'refused': refusal.message}
    here = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])
    memory = max(here, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    came[path.name] = result | {'seconds': spent() - began, 'memory': memory}
print(json.dumps(came))
"""

UNREADABLE = "cannot be read as a picture"
PIXELS = "too many pixels"
MOVES = "This picture moves"
COSTLY = "takes too much to open safely"
HARMLESS = "a true picture, of which only the pixels are kept"
EITHER = f"{COSTLY}|{HARMLESS}"  # a fast machine opens it in time


def written(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: Any) -> bytes:
    file = BytesIO()
    Image.new(mode, size).save(file, kind, **more)
    return file.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), (level, 0, 0)) for level in range(200)]
    return written(kind, save_all=True, append_images=frames)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*between: bytes, size: tuple[int, int] = (40, 30), pixels: bytes | None = None) -> bytes:
    """A PNG with these chunks before its pixels, which may be fewer than it claims."""
    rows = (b"\0" + bytes(3 * size[0])) * size[1] if pixels is None else pixels
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *between, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def segments(*of: bytes, jpeg: bytes | None = None) -> bytes:
    """A JPEG with these segments before all others."""
    jpeg = jpeg or written("JPEG")
    return jpeg[:2] + b"".join(one[:2] + struct.pack(">H", len(one)) + one[2:] for one in of) + jpeg[2:]


def jpeg_that_claims(width: int, height: int, **more: Any) -> bytes:
    jpeg = written("JPEG", **more)
    at = jpeg.index(b"\xff\xc2" if more.get("progressive") else b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def progressive_bomb() -> bytes:
    """A large picture in thousands of layers, each of a few bytes, which all have to be worked through."""
    jpeg = jpeg_that_claims(4000, 4000, progressive=True)
    layer = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + layer * (2_000_000 // len(layer)) + jpeg[-2:]


def zip_after(picture: bytes) -> bytes:
    file = BytesIO(picture)
    file.seek(0, 2)
    with ZipFile(file, "a") as archive:
        archive.writestr("index.html", SCRIPT)
    return file.getvalue()


def webp_that_claims(width: int, height: int) -> bytes:
    webp = written("WEBP", lossless=True)
    at = webp.index(b"VP8L") + 9
    return webp[:at] + struct.pack("<I", (width - 1) | (height - 1) << 14) + webp[at + 4 :]


# What comes of each: the words it is refused with, or that it is harmless now.
HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "no bytes": (UNREADABLE, lambda: b""),
    "no picture": (UNREADABLE, lambda: b"no picture"),
    "cut off after its first bytes": (UNREADABLE, lambda: b"\xff\xd8\xff\xe0 cut off"),
    "JPEG cut in half": (UNREADABLE, lambda: (whole := written("JPEG", (400, 300)))[: len(whole) // 2]),
    "PNG cut in half": (UNREADABLE, lambda: (whole := written("PNG", (400, 300)))[: len(whole) // 2]),
    "WebP cut in half": (UNREADABLE, lambda: (whole := written("WEBP", (400, 300)))[: len(whole) // 2]),
    "PNG with fewer pixels than it claims": (UNREADABLE, lambda: png(size=(3000, 3000), pixels=b"\0\0\0")),
    "SVG with a script": (UNREADABLE, lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"),
    "HTML": (UNREADABLE, lambda: b"<!doctype html>" + SCRIPT),
    "PDF": (UNREADABLE, lambda: written("PDF")),
    "EPS": (UNREADABLE, lambda: written("EPS")),
    "TIFF": (UNREADABLE, lambda: written("TIFF")),
    "GIF": (UNREADABLE, lambda: written("GIF")),
    "BMP": (UNREADABLE, lambda: written("BMP")),
    "ICO": (UNREADABLE, lambda: written("ICO")),
    "PSD": (UNREADABLE, lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30000, 30000, 8, 3) + bytes(99)),
    "AVIF": (UNREADABLE, lambda: written("AVIF")),
    "moving GIF": (UNREADABLE, lambda: moving("GIF")),
    "moving AVIF": (UNREADABLE, lambda: moving("AVIF")),
    "moving WebP": (MOVES, lambda: moving("WEBP")),
    "moving PNG": (MOVES, lambda: moving("PNG")),
    "flood of one colour": (PIXELS, lambda: written("PNG", (20_000, 20_000), "1", compress_level=1)),
    "PNG that claims to be endless": (PIXELS, lambda: png(size=(2**31 - 1, 2**31 - 1), pixels=b"")),
    "JPEG that claims to be vast": (PIXELS, lambda: jpeg_that_claims(65_000, 65_000)),
    "WebP that claims to be vast": (f"{PIXELS}|{UNREADABLE}", lambda: webp_that_claims(16_383, 16_383)),
    "progressive JPEG that claims to be vast": (PIXELS, lambda: jpeg_that_claims(6000, 6000, progressive=True)),
    "progressive JPEG in thousands of layers": (COSTLY, progressive_bomb),
    "JPEG as large as is let in, and hollow": (HARMLESS, lambda: jpeg_that_claims(7000, 8000)),
    "PNG as large as is let in": (HARMLESS, lambda: written("PNG", (3500, 3500), "RGBA")),
    "WebP as large as is let in": (HARMLESS, lambda: written("WEBP", (2800, 2800), "RGBA")),
    "progressive JPEG as large as is let in": (HARMLESS, lambda: written("JPEG", (4000, 4000), progressive=True)),
    "text that unpacks to gigabytes": (
        UNREADABLE,
        lambda: png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 1))),
    ),
    "hundreds of texts that unpack": (
        UNREADABLE,
        lambda: png(*[chunk(b"zTXt", b"a\0\0" + EMPTY_MEGABYTE)] * 500),
    ),
    "colour profile that unpacks to gigabytes": (
        UNREADABLE,
        lambda: png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000), 1))),
    ),
    "colour profile of nonsense": (HARMLESS, lambda: written("JPEG", icc_profile=b"\0\1" * 4_000_000)),
    "EXIF of nonsense": (HARMLESS, lambda: segments(*[b"\xff\xe1Exif\0\0" + b"II*\0" + b"\xff" * 60_000] * 100)),
    "a million empty segments": (EITHER, lambda: segments(*[b"\xff\xe5"] * 1_000_000)),
    "hundreds of thousands of empty chunks": (EITHER, lambda: png(chunk(b"prVt", b"") * 600_000)),
    "JPEG with a page in its comment": (HARMLESS, lambda: segments(b"\xff\xfe*/=alert(1);/*" + SCRIPT)),
    "JPEG with a page after it": (HARMLESS, lambda: written("JPEG") + b"<html>" + SCRIPT),
    "PNG with a script in its text": (HARMLESS, lambda: png(chunk(b"tEXt", b"Comment\0" + SCRIPT))),
    "JPEG with an archive after it": (HARMLESS, lambda: zip_after(written("JPEG"))),
    "PNG with an archive after it": (HARMLESS, lambda: zip_after(written("PNG"))),
}  # fmt: skip


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each hostile file, and what it cost."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (_, made) in HOSTILE.items():
        (folder / name).write_bytes(made())
    command = [sys.executable, "-c", OPEN, str(folder)]
    done = subprocess.run(command, capture_output=True, cwd=settings.BASE_DIR, check=True)
    read: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return read


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_in_words_or_made_harmless_at_little_cost(
    name: str, came: dict[str, dict[str, Any]]
) -> None:
    expected, result = HOSTILE[name][0], came[name]

    assert re.search(expected, result.get("refused", HARMLESS))
    assert SCRIPT not in bytes.fromhex(result.get("master", ""))
    assert b"PK\3\4" not in bytes.fromhex(result.get("master", ""))
    assert result["seconds"] < MOST_SECONDS
    assert result["memory"] < MOST_MEMORY


def test_file_that_takes_too_long_to_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST_OPENING", 0.001)

    with pytest.raises(ValidationError, match="takes too much to open safely"):
        pictures.opened(ContentFile(written("JPEG"), name="me.jpg"))


def test_file_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(ValidationError, match="over 10 MB"):
        pictures.opened(ContentFile(bytes(pictures.MOST_BYTES + 1), name="me.jpg"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("spine.png", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", UNREADABLE),
        ("spine.jpg", written("GIF"), UNREADABLE),
        ("spine.png", written("PNG", (20_000, 20_000), "1", compress_level=1), PIXELS),
        ("spine.png", b"", "The submitted file is empty."),
    ],
)
def test_editor_reads_at_the_field_why_a_file_was_refused(
    client: Client, name: str, content: bytes, said: str
) -> None:
    signed_in(client, factories.person(is_staff=True, is_superuser=True))
    upload = SimpleUploadedFile(name, content, "image/png")
    answers = {"key": "spine", "alt": "A spine.", "focal_x": 50, "focal_y": 50, "upload": upload}

    page = Page(client.post(reverse("admin:procedures_illustration_add"), answers))

    assert said in page.tree.xpath("//*[contains(@class, 'field-upload')]")[0].text_content()
    assert not Illustration.objects.exists()


def test_name_of_the_file_is_never_kept() -> None:
    fresh = pictures.opened(ContentFile(written("JPEG"), name="../../<script>.php.jpg"))

    assert pictures.Picture(fresh).name == f"pictures/{pictures.Picture(fresh).digest}-40.jpg"
