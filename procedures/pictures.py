"""Pictures: what may be uploaded, how it is made safe, and how it is kept, in several sizes, under a name that never changes."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.validators import FileExtensionValidator
from PIL import Image, ImageOps

WIDTHS = (320, 640, 960, 1280, 1600)
PORTRAIT_WIDTHS = (112, 224, 336)
PORTRAIT_SIDE = 448  # four times as wide as the largest circle
LARGEST = (1600, 2400)
LONGEST_SIDE = 1600
SMALL = 640  # narrower, and it looks coarse across a phone
MOST_BYTES = 10 * 1024 * 1024
LONGEST_OPENING = 30.0  # seconds

# How each kind is written. AVIF at a speed that costs about a second for all the widths of a large photograph.
WRITTEN: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 55, "speed": 9},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "png": {"format": "PNG", "optimize": True},
}

REFUSALS = {
    "unreadable": "This file cannot be read as a picture. Use a JPEG, PNG or WebP file.",
    "pixels": "This picture has too many pixels. Save a smaller copy and upload that.",
    "moves": "This picture moves. Save one still of it and upload that.",
    "costly": "This picture takes too much to open safely. Save a fresh copy as a plain JPEG and upload that.",
}


def not_too_large(picture: File) -> None:
    """Refuse a file larger than MOST_BYTES.

    Raises ValidationError.
    """
    if picture.size > MOST_BYTES:
        raise ValidationError("This picture is over 10 MB. Save a smaller copy and upload that.")


picture_validators: list[Callable[[Any], None]] = [
    FileExtensionValidator(["jpg", "jpeg", "png", "webp"]),
    not_too_large,
]


def opened(picture: File, *, most: tuple[int, int] = LARGEST) -> Image.Image:
    """The bare pixels of an upload, upright, at most so wide and high, in the colours of the web.

    A stranger's file is only ever opened by a process of its own: procedures/decoding.py.

    Raises ValidationError when it is no picture, or one too costly to open.
    """
    not_too_large(picture)
    picture.seek(0)
    command = [sys.executable, "-W", "ignore", "-m", "procedures.decoding", *map(str, most)]
    try:
        done = subprocess.run(
            command,
            input=picture.read(),
            capture_output=True,
            cwd=Path(__file__).resolve().parent.parent,
            timeout=LONGEST_OPENING,
        )
    except subprocess.TimeoutExpired as error:
        raise ValidationError(REFUSALS["costly"]) from error
    said, _, pixels = done.stdout.partition(b"\n")
    answer = json.loads(said) if done.returncode == 0 else {"refused": "costly"}
    if "refused" in answer:
        raise ValidationError(REFUSALS[answer["refused"]])
    return Image.frombytes(answer["mode"], tuple(answer["size"]), pixels)


def written_anew(picture: File, *, longest: int = LONGEST_SIDE) -> ContentFile:
    """The picture as a fresh WebP, at most `longest` pixels a side, without its EXIF or place data.

    Raises ValidationError when it is no picture, or one too costly to open.
    """
    fresh = _written(opened(picture, most=(longest, longest)), "webp")
    return ContentFile(fresh, name=f"{PurePath(picture.name or 'picture').stem}.webp")


@dataclass
class Picture:
    """A picture that was opened safely, and the files it is kept in."""

    image: Image.Image
    ladder: tuple[int, ...] = WIDTHS
    folder: str = "pictures"

    @property
    def widths(self) -> list[int]:
        """How wide each copy is: never wider than the picture itself."""
        return [*(width for width in self.ladder if width < self.image.width), self.image.width]

    @property
    def is_small(self) -> bool:
        """Whether it looks coarse across a phone."""
        return self.image.width < SMALL

    @cached_property
    def master(self) -> bytes:
        """The widest copy that every browser shows. Its content gives the picture its name."""
        return _written(self.image, self._fallback)

    @cached_property
    def digest(self) -> str:
        """The picture's fingerprint, of which its name is made."""
        return hashlib.sha256(self.master).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Where the widest copy is kept that every browser shows."""
        return f"{self.folder}/{self.digest}-{self.image.width}.{self._fallback}"

    def store(self) -> None:
        """Keep every copy. The master goes last: where that stands whole, so do the others."""
        if not _stands(self.name, self.master):
            for width in self.widths:
                image = self.image.resize(
                    (width, max(1, round(self.image.height * width / self.image.width)))
                )
                for kind in ("avif", "webp", self._fallback):
                    if (width, kind) != (self.image.width, self._fallback):
                        _put(f"{self.folder}/{self.digest}-{width}.{kind}", _written(image, kind))
            _put(self.name, self.master)

    @property
    def _fallback(self) -> str:
        return "png" if self.image.mode == "RGBA" else "jpg"


@dataclass(frozen=True)
class Copies:
    """Where a stored picture is found: the name of its master, and how wide its copies are."""

    name: str
    widths: list[int]

    @property
    def address(self) -> str:
        """Where every browser finds it."""
        return default_storage.url(self.name)

    @property
    def digest(self) -> str:
        """The fingerprint of the picture: another picture has another."""
        return PurePath(self.name).stem.partition("-")[0]

    @property
    def avif(self) -> str:
        """The smallest copies, which most browsers take, for a srcset. None of a drawing."""
        return self._of_kind(".avif")

    @property
    def webp(self) -> str:
        """Copies for browsers that do not take AVIF."""
        return self._of_kind(".webp")

    @property
    def plain(self) -> str:
        """Copies for all others, as JPEG or PNG."""
        return self._of_kind(PurePath(self.name).suffix)

    def _of_kind(self, kind: str) -> str:
        stem = f"{PurePath(self.name).parts[0]}/{self.digest}"
        return ", ".join(f"{default_storage.url(f'{stem}-{width}{kind}')} {width}w" for width in self.widths)


def portrait(image: Image.Image, *, across: int = 50, down: int = 25) -> Picture:
    """A photograph of a person as our pages show it: square, and small.

    What is cut off is as much to the left and above, of all that is cut off, as `across` and `down` say in per cent.
    """
    side = min(*image.size, PORTRAIT_SIDE)
    square = ImageOps.fit(image, (side, side), centering=(across / 100, down / 100))
    return Picture(square, ladder=PORTRAIT_WIDTHS, folder="portraits")


@lru_cache
def keep(drawing: str) -> str:
    """Copy one of our own drawings, as it is now, to where it stays for good, and say under which name.

    What was published goes on showing this copy when the drawing is changed. Once done it costs nothing: a page
    that is drawn again reads no file. A changed drawing is seen when the site starts again, as in all static files.

    Raises FileNotFoundError.
    """
    found = finders.find(f"img/drawings/{drawing}")
    if not isinstance(found, str):
        raise FileNotFoundError(f"There is no drawing {drawing}.")
    return kept("pictures", Path(found).read_bytes(), "svg")


def kept(folder: str, content: bytes, kind: str) -> str:
    """Keep the content under a name that is made of it, and say which. The same content is kept once."""
    name = f"{folder}/{hashlib.sha256(content).hexdigest()[:32]}.{kind}"
    if not _stands(name, content):
        _put(name, content)
    return name


def _stands(name: str, content: bytes) -> bool:
    """Whether it is kept already, and whole: a process may have died while it wrote."""
    return default_storage.exists(name) and default_storage.size(name) == len(content)


def _put(name: str, content: bytes) -> None:
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


def _written(image: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    image.save(written, **WRITTEN[kind])
    return written.getvalue()
