"""The film: as long as its script says, small, silent, and with the same words in captions and transcript."""

import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from lxml import etree
from PIL import Image

from procedures import readability
from procedures.film import script
from procedures.richtext import clean

FILM = script.read()
WEBM, MP4, CAPTIONS, POSTER, TRANSCRIPT = (
    script.MADE / f"balloon-kyphoplasty{ending}"
    for ending in (".webm", ".mp4", ".vtt", ".avif", "-transcript.html")
)
MOST_BYTES = 1_500_000
MAKE = [sys.executable, "-m", "procedures.film"]

# Parts of a WebM file (EBML): those that hold others, and those we look at.
SEGMENT, INFO, TRACKS, TRACK, VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
SCALE, DURATION, CODEC, ACROSS, DOWN = 0x2AD7B1, 0x4489, 0x86, 0xB0, 0xBA


def webm_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every part that holds no others, with its number, as far as the pictures themselves."""
    place = 0
    while place < len(data):
        size = 9 - data[place].bit_length()
        number = int.from_bytes(data[place : place + size])
        place += size
        size = 9 - data[place].bit_length()
        length = int.from_bytes(data[place : place + size]) & ((1 << 7 * size) - 1)
        place += size
        body = data[place : place + length]
        if number in (SEGMENT, INFO, TRACKS, TRACK, VIDEO):
            yield from webm_parts(body)
        else:
            yield number, body
        place += length


def mp4_boxes(data: bytes, within: str = "") -> Iterator[tuple[str, bytes]]:
    """Every box with its path, in order: moov/trak/tkhd."""
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        name = within + data[place + 4 : place + 8].decode("latin-1")
        body = data[place + 8 : place + length]
        yield name, body
        if name.split("/")[-1] in ("moov", "trak", "mdia", "minf", "stbl"):
            yield from mp4_boxes(body, f"{name}/")
        place += length


def cues() -> list[tuple[float, float, str]]:
    """What the caption file holds, read as a player reads it."""
    head, *blocks = CAPTIONS.read_text(encoding="utf-8").strip().split("\n\n")
    assert head == "WEBVTT"
    return [
        (seconds(lines[0][:12]), seconds(lines[0][17:]), "\n".join(lines[1:]))
        for lines in map(str.splitlines, blocks)
    ]


def seconds(clock: str) -> float:
    assert re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d\.\d{3}", clock)
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_webm_is_as_long_and_as_large_as_the_script_says() -> None:
    found = dict(webm_parts(WEBM.read_bytes()))
    ticks = struct.unpack(">d" if len(found[DURATION]) == 8 else ">f", found[DURATION])[0]

    assert ticks * int.from_bytes(found[SCALE]) / 1e9 == pytest.approx(FILM.seconds, abs=0.2)
    assert (int.from_bytes(found[ACROSS]), int.from_bytes(found[DOWN])) == (960, 720)
    assert found[CODEC] in (b"V_VP9", b"V_AV1")


def test_mp4_is_as_long_and_as_large_as_the_script_says() -> None:
    found = dict(mp4_boxes(MP4.read_bytes()))
    a_second, ticks = struct.unpack(">II", found["moov/mvhd"][12:20])
    across, down = struct.unpack(">II", found["moov/trak/tkhd"][-8:])

    assert ticks / a_second == pytest.approx(FILM.seconds, abs=0.2)
    assert (across >> 16, down >> 16) == (960, 720)
    assert found["moov/trak/mdia/minf/stbl/stsd"][12:16] == b"avc1"


def test_mp4_can_be_played_from_its_first_bytes() -> None:
    names = [name for name, _ in mp4_boxes(MP4.read_bytes())]

    assert names.index("moov") < names.index("mdat")


def test_film_has_no_sound_that_would_need_words() -> None:
    assert [name for name, _ in mp4_boxes(MP4.read_bytes())].count("moov/trak") == 1
    assert [number for number, _ in webm_parts(WEBM.read_bytes())].count(CODEC) == 1


def test_film_runs_between_45_and_90_seconds() -> None:
    assert 45 <= FILM.seconds <= 90


@pytest.mark.parametrize("path", [WEBM, MP4], ids=lambda path: path.suffix)
def test_film_is_small(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("path", [WEBM, MP4], ids=lambda path: path.suffix)
def test_film_was_made_from_the_drawings_and_shots_as_they_stand(path: Path) -> None:
    assert FILM.fingerprint.encode() in path.read_bytes(), (
        "A drawing or a shot has changed since the film was made: python -m procedures.film"
    )


def test_poster_is_small_and_has_the_shape_of_the_film() -> None:
    assert POSTER.stat().st_size <= 15_000
    with Image.open(POSTER) as poster:
        assert poster.size == (720, 540)


def test_captions_stand_from_the_first_moment_to_the_last_and_never_overlap() -> None:
    found = cues()

    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(FILM.seconds, abs=0.01)
    assert all(ends == starts for (_, ends, _), (starts, _, _) in pairwise(found))


def test_captions_leave_time_to_read_them() -> None:
    for starts, ends, words in cues():
        assert len(words) / (ends - starts) <= 17, words
        assert ends - starts >= 2, words


def test_captions_are_at_most_two_short_lines() -> None:
    for _, _, words in cues():
        assert len(words.splitlines()) <= 2
        assert all(len(line) <= script.CAPTION_LINE for line in words.splitlines()), words


def test_captions_and_transcript_are_those_of_the_script() -> None:
    assert CAPTIONS.read_text(encoding="utf-8") == FILM.captions()
    assert TRANSCRIPT.read_text(encoding="utf-8") == FILM.transcript()


def test_transcript_says_every_caption_in_order() -> None:
    text = " ".join(" ".join(etree.HTML(TRANSCRIPT.read_text(encoding="utf-8")).itertext()).split())

    places = [text.index(" ".join(words.split())) for _, _, words in cues()]

    assert places == sorted(places)


def test_transcript_says_what_is_seen_in_every_chapter() -> None:
    html = TRANSCRIPT.read_text(encoding="utf-8")

    assert html.count("<p>In the film: ") == html.count("<h4>") == len(FILM.film["chapters"])


def test_transcript_is_html_that_the_site_keeps() -> None:
    html = TRANSCRIPT.read_text(encoding="utf-8")

    assert clean(html) == html
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "h4", "ol", "li"}


def test_transcript_is_easy_to_read() -> None:
    html = TRANSCRIPT.read_text(encoding="utf-8")

    assert readability.smog(html) <= 11
    assert readability.long_sentences(html, limit=19) == []


@pytest.mark.parametrize(
    "words",
    [
        "not to scale",
        "You have choices",
        "Cement can leak",
        "Nerve harm",
        "Not everyone feels better",
        "Doing nothing",
        "999",
    ],
)
def test_film_tells_both_sides(words: str) -> None:
    assert words in TRANSCRIPT.read_text(encoding="utf-8")


def test_shots_change_calmly() -> None:
    for shot in FILM.shots:
        assert 0.5 <= shot["change"] <= shot["seconds"], shot


def test_every_part_a_shot_names_is_in_the_drawing_it_names() -> None:
    ids = {
        name: set(re.findall(r'^<\w+ (?:[^>]* )?id="([\w-]+)"', svg, re.MULTILINE))
        for name, svg in FILM.drawings.items()
    }

    for shot in FILM.shots:
        for part, drawing in shot["but"].items():
            assert part in ids[drawing or shot["drawing"]], (shot["drawing"], part)


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAKE, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_words_alone_can_be_made_anew(tmp_path: Path) -> None:
    made = make("--words-only", "--into", str(tmp_path))

    assert made.returncode == 0
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        path.name: path.read_text() for path in (CAPTIONS, TRANSCRIPT)
    }


def test_command_explains_itself() -> None:
    asked = make("--help")

    assert asked.returncode == 0
    assert "--words-only" in asked.stdout


def test_command_says_which_browser_it_misses(tmp_path: Path) -> None:
    made = make("--into", str(tmp_path), "--chromium", "/no/such/browser")

    assert made.returncode == 1
    assert "There is no browser at /no/such/browser" in made.stderr
    assert "apt-get install chromium" in made.stderr


def test_command_says_that_ffmpeg_is_missing(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)

    made = make("--into", str(tmp_path / "film"), "--chromium", str(browser), PATH=str(tmp_path))

    assert made.returncode == 1
    assert "ffmpeg is not installed" in made.stderr
    assert "apt-get install ffmpeg" in made.stderr
