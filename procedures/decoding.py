"""Opens a stranger's picture in a process of its own, so that a hostile one harms nothing but that.

`python -m procedures.decoding MOST_WIDE MOST_HIGH` reads a file on standard input. It answers with one line of JSON and
then, if it could be opened, the bare pixels: upright, no larger than asked for, in the colours of the web, and nothing
else of the file. It knows nothing of Django, so that it starts quickly.
"""

import json
import resource
import signal
import sys
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

# What opening one picture may cost. Whatever asks for more is ended by the system.
MOST_MEMORY = 170 * 1024 * 1024
MOST_SECONDS = 1.4

# What fits into that. A JPEG is opened at a fraction of its size, unless it comes in layers (“progressive”).
MOST_PIXELS = {"JPEG": 60_000_000, "MPO": 60_000_000, "PNG": 12_500_000, "WEBP": 8_000_000}
MOST_PIXELS_IN_LAYERS = 16_000_000
MOST_LAYERS = 100
KINDS = [
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
]

SEE_THROUGH = ("RGBA", "LA", "PA", "RGBa", "La")


class Refused(Exception):
    """A picture that is not taken, and in one word why."""


def decoded(content: bytes, most: tuple[int, int]) -> Image.Image:
    """The picture, upright, within `most` pixels across and down, as RGB or RGBA in the colours of the web.

    Raises Refused, and what Pillow raises for a file that is damaged.
    """
    image: Image.Image = Image.open(BytesIO(content), formats=KINDS)
    _look_before_opening(image, content)
    profile = image.info.get("icc_profile")
    across, down = _lying(image, most)
    factor = min(1, across / image.width, down / image.height)
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    image.draft(None, size)  # a JPEG gives us a smaller one of itself, at little cost
    if image.mode in ("P", "1"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode.startswith("I"):  # sixteen bits of grey, as an X-ray may have
        image = image.point(lambda level: level / 256).convert("L")
    shown = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0) if factor < 1 else image
    return _in_web_colours(ImageOps.exif_transpose(shown), profile)


def _look_before_opening(image: Any, content: bytes) -> None:
    """Refuse by what the first bytes say, before any pixel is made."""
    kind = image.format
    in_layers = "progressive" in image.info
    if image.width * image.height > (MOST_PIXELS_IN_LAYERS if in_layers else MOST_PIXELS[kind]):
        raise Refused("pixels")
    if getattr(image, "n_frames", 1) > 1 and kind != "MPO":
        raise Refused("moves")
    if in_layers and content.count(b"\xff\xda") > MOST_LAYERS:
        raise Refused("costly")


def _lying(image: Image.Image, most: tuple[int, int]) -> tuple[int, int]:
    """What it may measure as it is stored, which may be on its side."""
    on_its_side = image.getexif().get(0x0112, 1) >= 5
    return (most[1], most[0]) if on_its_side else most


def _in_web_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.mode in SEE_THROUGH or "transparency" in image.info else "RGB"
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = (
                ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=mode)
                or image
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that describes no colours: they are taken for the web's
    return image.convert(mode)


def main() -> None:
    """Answer for the one picture on standard input."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    Image.MAX_IMAGE_PIXELS = None  # ours are stricter, and told apart
    try:
        image = decoded(sys.stdin.buffer.read(), (int(sys.argv[1]), int(sys.argv[2])))
        answer: dict[str, Any] = {"mode": image.mode, "size": image.size}
        pixels = image.tobytes()
    except Refused as refused:
        answer, pixels = {"refused": str(refused)}, b""
    except MemoryError:
        answer, pixels = {"refused": "costly"}, b""
    except Exception:  # a damaged file breaks a decoder in any way
        answer, pixels = {"refused": "unreadable"}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main()
