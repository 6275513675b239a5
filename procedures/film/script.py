"""The film's script: the shots of film.toml in order, and the captions and transcript they give."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DRAWINGS = HERE.parent.parent / "static/img/drawings"
MADE = HERE.parent / "seed/film"

STAGE = HERE / "stage.html"

CHANGE = 2.0
CAPTION_LINE = 42


@dataclass(frozen=True)
class Cue:
    """One caption: when it stands and what it says."""

    starts: float
    ends: float
    words: str


@dataclass(frozen=True)
class Script:
    """film.toml, with every shot knowing when it starts."""

    film: dict[str, Any]
    shots: list[dict[str, Any]]

    @property
    def seconds(self) -> float:
        """How long the film runs."""
        last = self.shots[-1]
        return float(last["starts"] + last["seconds"])

    @property
    def frames(self) -> int:
        return round(self.seconds * self.film["frames_per_second"])

    @property
    def drawings(self) -> dict[str, str]:
        """Every drawing that some shot shows, whole or in part: its name and its SVG."""
        shown = {name for shot in self.shots for name in (shot["drawing"], *shot["but"].values()) if name}
        return {name: (DRAWINGS / f"{name}.svg").read_text(encoding="utf-8") for name in sorted(shown)}

    @property
    def cues(self) -> list[Cue]:
        """The captions, each standing until the next one."""
        spoken = [shot for shot in self.shots if shot["words"]]
        ends = [*(shot["starts"] for shot in spoken[1:]), self.seconds]
        return [Cue(shot["starts"], end, shot["words"]) for shot, end in zip(spoken, ends, strict=True)]

    @property
    def fingerprint(self) -> str:
        """Changes with anything that changes a frame. The films carry it, so that an old film can be told."""
        words = ("chapters", "title", "silence")
        camera = {key: value for key, value in self.film.items() if key not in words}
        shots = [{key: value for key, value in shot.items() if key != "words"} for shot in self.shots]
        seen = json.dumps([camera, shots, self.drawings, STAGE.read_text(encoding="utf-8")], sort_keys=True)
        return hashlib.sha256(seen.encode()).hexdigest()

    def captions(self) -> str:
        """The captions as a WebVTT file."""
        cues = [
            f"{_clock(cue.starts)} --> {_clock(cue.ends)}\n{_two_lines(cue.words)}\n" for cue in self.cues
        ]
        return "\n".join(["WEBVTT\n", *cues])

    def transcript(self) -> str:
        """The same words, and what is to be seen, as an HTML fragment under the headings of its chapters."""
        parts = [f"<p>{escape(self.film['silence'])}</p>"]
        for chapter in self.film["chapters"]:
            words = " ".join(shot["words"] for shot in chapter["shots"] if "words" in shot)
            seen = f"In the film: {chapter['seen']}"
            parts += [
                f"<h4>{escape(chapter['heading'])}</h4>",
                f"<p>{escape(words)}</p>",
                f"<p>{escape(seen)}</p>",
            ]
        return "\n".join(parts) + "\n"


def read(path: Path = HERE / "film.toml") -> Script:
    """The script as film.toml has it.

    Raises tomllib.TOMLDecodeError with the line at fault.
    """
    film = tomllib.loads(path.read_text(encoding="utf-8"))
    shots, starts = [], 0.0
    for row in (shot for chapter in film["chapters"] for shot in chapter["shots"]):
        shot = {"change": min(CHANGE, row["seconds"]), "cut": False, "but": {}, "words": ""} | row
        shots.append(shot | {"starts": starts})
        starts = round(starts + row["seconds"], 3)
    return Script(film, shots)


def _clock(seconds: float) -> str:
    """A time as WebVTT writes it: 00:01:04.500."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"00:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _two_lines(words: str) -> str:
    """A caption broken in the middle when it is too long for one line."""
    if len(words) <= CAPTION_LINE:
        return words
    spaces = [place for place, letter in enumerate(words) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(words) / 2))
    return f"{words[:middle]}\n{words[middle + 1 :]}"
