"""Makes the film from its script and our drawings: python -m procedures.film

Chromium draws each frame, ffmpeg makes the two films of them, and the words come straight from the script.
"""

import argparse
import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from PIL import Image
from playwright.sync_api import CDPSession, Error, sync_playwright

from procedures.film import script
from procedures.film.script import Script

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")

POSTER_SIZE = (720, 540)

# AV1 keeps the grain of the bone in two thirds of the bytes; H.264 plays everywhere, from its first bytes.
WEBM = ["-c:v", "libsvtav1", "-crf", "50", "-preset", "5"]
MP4 = ["-c:v", "libx264", "-crf", "31", "-preset", "slower", "-tune", "animation", "-movflags", "+faststart"]
COLOURS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-pix_fmt", "yuv420p"]
SHARED = ["-vf", "scale=out_color_matrix=bt709", *COLOURS, "-g", "200", "-fflags", "+bitexact"]


class Refusal(Exception):
    """Why the film cannot be made, in words for the person at the keyboard."""


def main() -> int:
    arguments = _arguments()
    film = script.read()
    arguments.into.mkdir(parents=True, exist_ok=True)
    try:
        _write_words(film, arguments.into)
        if not arguments.words_only:
            _write_pictures(film, arguments.into, _browser(arguments.chromium), _program("ffmpeg"))
    except Refusal as refusal:
        sys.stderr.write(f"The film was not made. {refusal}\n")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m procedures.film",
        description="Make the film, its poster, captions and transcript from procedures/film/film.toml.",
    )
    parser.add_argument("--into", type=Path, default=script.MADE, help="the folder to write to (%(default)s)")
    parser.add_argument(
        "--words-only", action="store_true", help="write only the captions and the transcript"
    )
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM"), help="path of the browser")
    return parser.parse_args()


def _write_words(film: Script, into: Path) -> None:
    """The captions and the transcript: the same words twice."""
    name = film.film["name"]
    for path, words in (
        (into / f"{name}.vtt", film.captions()),
        (into / f"{name}-transcript.html", film.transcript()),
    ):
        path.write_text(words, encoding="utf-8")
        _say(f"{path.name}: {len(words)} characters\n")


def _write_pictures(film: Script, into: Path, chromium: str, ffmpeg: str) -> None:
    """The poster and the film in its two kinds, put in their place once all three are whole."""
    with TemporaryDirectory(dir=into) as folder, _stage(film, chromium) as page:
        poster, *films = (Path(folder) / f"{film.film['name']}.{kind}" for kind in ("avif", "webm", "mp4"))
        _write_poster(_frame(page, film.film["poster_at"]), poster)
        _encode(film, page, films, ffmpeg)
        for path in (poster, *films):
            _say(f"{path.name}: {path.stat().st_size:,} bytes\n")
            path.replace(into / path.name)


def _write_poster(frame: bytes, path: Path) -> None:
    """A smaller picture than the film's: everybody loads it, the film only those who play it."""
    picture = Image.open(BytesIO(frame)).convert("RGB")
    picture.thumbnail(POSTER_SIZE)
    picture.save(path, "AVIF", quality=40, speed=2)


@contextmanager
def _stage(film: Script, chromium: str) -> Iterator[CDPSession]:
    """The page that draws any moment of the film, with the script and the drawings loaded.

    Raises Refusal when the browser does not start.
    """
    size = {"width": film.film["width"], "height": film.film["height"]}
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=_browser_arguments())
        except Error as error:
            raise Refusal(f"{chromium} does not start: {error.message.splitlines()[0]}") from error
        page = browser.new_page(viewport=size, color_scheme="light")  # type: ignore[arg-type]
        page.goto(script.STAGE.as_uri())
        page.evaluate(
            "([script, svgs]) => load(script, svgs)",
            [{"film": film.film, "shots": film.shots}, film.drawings],
        )
        yield page.context.new_cdp_session(page)
        browser.close()


def _browser_arguments() -> list[str]:
    """Chromium's sandbox does not run as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def _frame(page: CDPSession, seconds: float) -> bytes:
    """A PNG of one moment. Asked for by protocol, since page.screenshot() takes twice as long."""
    page.send("Runtime.evaluate", {"expression": f"draw({seconds})"})
    picture = page.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    return base64.b64decode(picture["data"])


def _encode(film: Script, page: CDPSession, films: list[Path], ffmpeg: str) -> None:
    """Hand every frame to one ffmpeg that writes both films.

    Raises Refusal with its last words when it fails.
    """
    rate = str(film.film["frames_per_second"])
    mark = ["-metadata", f"comment={film.fingerprint}"]
    outputs = [
        part
        for path, how in zip(films, (WEBM, MP4), strict=True)
        for part in (*how, *SHARED, *mark, str(path))
    ]
    inputs = ["-y", "-loglevel", "error", "-f", "image2pipe", "-framerate", rate, "-i", "-"]
    command, quiet = [ffmpeg, *inputs, *outputs], os.environ | {"SVT_LOG": "1"}
    with subprocess.Popen(command, env=quiet, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        frames, complaints = cast("tuple[IO[bytes], IO[bytes]]", (process.stdin, process.stderr))
        try:
            for number in range(film.frames):
                frames.write(_frame(page, number / film.film["frames_per_second"]))
                if number % 20 == 0 or number == film.frames - 1:
                    _say(f"\rframe {number + 1} of {film.frames}")
            frames.close()
        except BrokenPipeError:
            pass  # its own words below say more
        _say("\n")
        last_words = complaints.read().decode(errors="replace").strip()
    if process.returncode:
        raise Refusal(f"ffmpeg says: {last_words}")


def _browser(named: str | None) -> str:
    """The path of the browser: the one named, or the first one installed.

    Raises Refusal when there is none.
    """
    for name in [named] if named else CHROMIUMS:
        if found := shutil.which(name):
            return found
    raise Refusal(
        f"There is no browser{f' at {named}' if named else ''}. On Debian: apt-get install chromium"
    )


def _program(name: str) -> str:
    """The path of a program.

    Raises Refusal when it is not installed.
    """
    if found := shutil.which(name):
        return found
    raise Refusal(f"{name} is not installed. On Debian: apt-get install {name}")


def _say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
