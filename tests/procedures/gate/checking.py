"""What the stories of the publish gate share: blocks with something planted in them, and what is found."""

from datetime import date
from typing import Any

from procedures import gate
from procedures.gate import Finding
from procedures.models import Block, Edition, Source, Video
from tests import factories

Kind = Block.Kind
TODAY = date(2026, 12, 1)
LONG = "It is " + "very " * 23 + "long."


def found(draft: Edition, today: date = TODAY) -> list[Finding]:
    return gate.findings(Edition.objects.with_blocks().get(pk=draft.pk), today)


def only(draft: Edition, today: date = TODAY) -> Finding:
    """The one thing that is found."""
    (finding,) = found(draft, today)
    return finding


def block(draft: Edition, kind: str = Kind.TEXT, **facts: Any) -> Block:
    """One more block, sourced unless the story says that it is not."""
    sources = facts.pop("sources", [Source.objects.get(key="elm-study-2020")])
    made = factories.block(draft, kind, **{"heading": "More"} | facts)
    factories.cited_in(made, *sources)
    return made


def says(draft: Edition, sentence: str, kind: str = Kind.TEXT) -> Block:
    """A block with the sentence between two honest ones."""
    return block(draft, kind, body=f"<p>You lie down. {sentence} You go home.</p>")


def film(**facts: Any) -> Video:
    return Video.objects.create(
        **{
            "key": "film",
            "title": "How it is done",
            "mp4": "videos/a.mp4",
            "poster": "videos/a.jpg",
            "captions": "videos/a.vtt",
            "transcript": "<p>You see a bone.</p>",
            "seconds": 60,
            "width": 640,
            "height": 360,
        }
        | facts
    )
