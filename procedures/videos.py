"""Films: what may be uploaded as one, checked by what is in it and not by its name."""

import re
import struct
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File

MOST_BYTES = 20 * 1024 * 1024
MOST_SECONDS = 15 * 60
MOST_BYTES_OF_CAPTIONS = 200 * 1024
MOST_BOXES = 5_000

TOO_LARGE = "This film is over 20 MB. Save a smaller copy and upload that."
NO_MP4 = "This file cannot be read as an MP4 film. Save the film again as MP4 with H.264."
NOT_H264 = "This film is not in H.264, which every phone plays. Save it again as MP4 with H.264."
NO_LENGTH = "This film does not say how long it runs, or it runs for more than 15 minutes."
NO_WEBM = "This file cannot be read as a WebM film. Leave it out, or save the film again as WebM."
NO_CAPTIONS = "This file cannot be read as captions. Use a WebVTT file: plain text that begins with “WEBVTT”."

# Where a phone writes down the place and the device. A player needs none of it.
HIDDEN = {b"udta", b"meta", b"uuid"}

_time = r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
TIMES = re.compile(rf"({_time})[ \t]+-->[ \t]+({_time})(?:[ \t].*)?")
VOICE = re.compile(r"</?v(?:[ \t][^<>&]*)?>")


@dataclass(frozen=True)
class Film:
    """An MP4 film: its content without hidden data, and what it says of itself."""

    content: bytes
    seconds: int
    width: int
    height: int
    has_sound: bool
    starts_at_once: bool  # its index stands before its pictures, so a player need not look for it first


@dataclass(frozen=True)
class Box:
    """A piece of an MP4 file, which may hold others. `start` and `end` bound what is in it, after its name."""

    file: bytearray
    kind: bytes
    start: int
    end: int

    def inside(self) -> list["Box"]:
        """The boxes in it, in order.

        Raises ValidationError where they do not fit into each other.
        """
        boxes: list[Box] = []
        here = self.start
        while here < self.end:
            if len(boxes) == MOST_BOXES or here + 8 > self.end:
                raise ValidationError(NO_MP4)
            size, kind = struct.unpack_from(">I4s", self.file, here)
            head = 16 if size == 1 else 8
            if size == 1:
                (size,) = struct.unpack_from(">Q", self.file, here + 8)
            end = here + size if size else self.end
            if not here + head <= end <= self.end:
                raise ValidationError(NO_MP4)
            boxes.append(Box(self.file, kind, here + head, end))
            here = end
        return boxes

    def all(self, kind: bytes) -> list["Box"]:
        """The boxes of this kind in it."""
        return [box for box in self.inside() if box.kind == kind]

    def at(self, *path: bytes) -> "Box":
        """The first box at the end of the path.

        Raises ValidationError.
        """
        box = self
        for kind in path:
            box = next(iter(box.all(kind)), None) or _no_box()
        return box

    def numbers(self, form: str, offset: int = 0) -> tuple[Any, ...]:
        """What is written so far into it.

        Raises struct.error.
        """
        return struct.unpack_from(f">{form}", self.file[self.start : self.end], offset)

    def blank(self) -> None:
        """Leave as much room as before, with nothing in it."""
        self.file[self.start : self.end] = bytes(self.end - self.start)
        name = self.file.rindex(self.kind, 0, self.start)
        self.file[name : name + 4] = b"free"


def _no_box() -> Box:
    raise ValidationError(NO_MP4)


def film(upload: File) -> Film:
    """The MP4 film that was uploaded, without the place and device that a phone wrote into it.

    Raises ValidationError.
    """
    file = bytearray(_read(upload, MOST_BYTES, TOO_LARGE))
    whole = Box(file, b"", 0, len(file))
    if file[4:8] != b"ftyp":
        raise ValidationError(NO_MP4)
    try:
        index = whole.at(b"moov")
        for part in (whole, index, *index.all(b"trak")):
            for box in part.inside():
                if box.kind in HIDDEN:
                    box.blank()
        return _described(whole, index)
    except struct.error as error:
        raise ValidationError(NO_MP4) from error


def _described(whole: Box, index: Box) -> Film:
    tracks = {track.at(b"mdia", b"hdlr").numbers("4s", 8)[0]: track for track in index.all(b"trak")}
    if b"vide" not in tracks:
        raise ValidationError(NO_MP4)
    seen = tracks[b"vide"]
    if seen.at(b"mdia", b"minf", b"stbl", b"stsd").numbers("4s", 12)[0] not in (b"avc1", b"avc3"):
        raise ValidationError(NOT_H264)
    order = [box.kind for box in whole.inside()]
    width, height = _size(seen.at(b"tkhd"))
    return Film(
        content=bytes(whole.file),
        seconds=_seconds(index.at(b"mvhd")),
        width=width,
        height=height,
        has_sound=b"soun" in tracks,
        starts_at_once=b"mdat" in order and order.index(b"moov") < order.index(b"mdat"),
    )


def _seconds(header: Box) -> int:
    (version,) = header.numbers("B")
    scale, length = header.numbers("IQ", 20) if version else header.numbers("II", 12)
    if not (scale and 0 < length / scale <= MOST_SECONDS):
        raise ValidationError(NO_LENGTH)
    return max(1, round(length / scale))


def _size(header: Box) -> tuple[int, int]:
    """As it is shown: a phone held upright films on its side and says so."""
    (version,) = header.numbers("B")
    matrix = 52 if version else 40
    width, height = (number >> 16 for number in header.numbers("II", matrix + 36))
    if not (0 < width <= 8192 and 0 < height <= 8192):
        raise ValidationError(NO_MP4)
    is_on_its_side = header.numbers("i", matrix)[0] == 0
    return (height, width) if is_on_its_side else (width, height)


def webm(upload: File) -> bytes:
    """The WebM film that was uploaded.

    Raises ValidationError.
    """
    content = _read(upload, MOST_BYTES, TOO_LARGE)
    if not content.startswith(b"\x1a\x45\xdf\xa3") or b"\x42\x82\x84webm" not in content[:80]:
        raise ValidationError(NO_WEBM)
    return content


def captions(upload: File) -> tuple[bytes, float]:
    """The captions that were uploaded, as every browser reads them, and the second at which the last one goes.

    Raises ValidationError, naming the line at fault.
    """
    content = _read(upload, MOST_BYTES_OF_CAPTIONS, "These captions are too long: over 200 KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError("These captions are not in UTF-8. Save the file again as UTF-8.") from error
    lines = re.split(r"\r\n|\r|\n", text)
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]) or "\0" in text:
        raise ValidationError(NO_CAPTIONS)
    return "\n".join(lines).encode(), _end_of_the_last(lines)


def _end_of_the_last(lines: list[str]) -> float:
    """When the last caption goes. Each comes after the one before and has something to read.

    Raises ValidationError.
    """
    last_start = last_end = 0.0
    for number, line in enumerate(lines, start=1):
        if re.match(r"(STYLE|REGION)\b", line):
            raise _at_fault(number, "styles are not taken, only words")
        if re.search(r"[<>]", VOICE.sub("", line).replace("-->", "")):
            raise _at_fault(number, "captions hold plain words, without “<” or “>”")
        if "-->" not in line:
            continue
        found = TIMES.fullmatch(line.strip())
        if not found:
            raise _at_fault(number, "times look like “00:01.000 --> 00:04.000”")
        start, end = (_in_seconds(time) for time in found.groups())
        if end <= start:
            raise _at_fault(number, "this caption ends before it starts")
        if start < last_start:
            raise _at_fault(number, "this caption starts before the one above it")
        if not "".join(lines[number : number + 1]).strip():
            raise _at_fault(number, "this caption has no words")
        last_start, last_end = start, max(end, last_end)
    if not last_end:
        raise ValidationError("These captions are empty. Put in every word that is spoken or shown.")
    return last_end


def _at_fault(number: int, what: str) -> ValidationError:
    return ValidationError(f"Line {number} of the captions: {what}.")


def _in_seconds(time: str) -> float:
    seconds = 0.0
    for part in time.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def _read(upload: File, most: int, too_large: str) -> bytes:
    if upload.size > most:
        raise ValidationError(too_large)
    upload.seek(0)
    return bytes(upload.read())
