"""The first pages, as data a person can read, and how they get into the database."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.utils.text import slugify

from procedures.models import (
    AvoidedWord,
    Block,
    BlockFigure,
    Edition,
    Figure,
    GlossaryTerm,
    Hospital,
    Illustration,
    Offering,
    Procedure,
    RedFlagCard,
    Source,
    Synonym,
    Video,
)
from procedures.pictures import kept
from procedures.publishing import publish_first_text
from procedures.videos import film

HERE = Path(__file__).parent


def read(path: Path) -> dict[str, Any]:
    """A seed file as it stands.

    Raises tomllib.TOMLDecodeError with the line at fault.
    """
    return tomllib.loads(path.read_text(encoding="utf-8"))


def load() -> None:
    """Write the first hospitals, evidence, pictures and pages into an empty database."""
    for row in read(HERE / "sources.toml")["sources"]:
        Source.objects.create(**row)
    sources = {source.key: source for source in Source.objects.all()}
    for row in read(HERE / "figures.toml")["figures"]:
        Figure.objects.create(**row | {"source": sources[row["source"]]})
    for row in read(HERE / "illustrations.toml")["illustrations"]:
        Illustration.objects.create(**row | {"key_lines": "\n".join(row.pop("key_lines", []))})
    for row in read(HERE / "glossary.toml")["terms"]:
        GlossaryTerm.objects.create(slug=slugify(row["term"]), **row)
    for row in read(HERE / "avoided_words.toml")["words"]:
        AvoidedWord.objects.create(**row)
    for row in read(HERE / "synonyms.toml")["synonyms"]:
        Synonym.objects.create(**row)
    for row in read(HERE / "films.toml")["films"]:
        _show_film(row)
    for position, row in enumerate(read(HERE / "red_flags.toml")["cards"], start=1):
        RedFlagCard.objects.create(position=position, **row)
    for page in sorted((HERE / "pages").glob("*.toml")):
        _publish(read(page), sources)
    for row in read(HERE / "hospitals.toml")["hospitals"]:
        _open(row)


def _show_film(row: dict[str, str]) -> None:
    """One film from its files, which `python -m procedures.film` made."""
    made = {
        kind: (HERE / "film" / f"{row['key']}.{kind}").read_bytes() for kind in ("mp4", "webm", "vtt", "avif")
    }
    video = Video(
        key=row["key"],
        title=row["title"],
        mp4=kept("videos", made["mp4"], "mp4"),
        webm=kept("videos", made["webm"], "webm"),
        captions=kept("videos", made["vtt"], "vtt"),
        poster=kept("pictures", made["avif"], "avif"),
        transcript=(HERE / "film" / f"{row['key']}-transcript.html").read_text(encoding="utf-8"),
    )
    video.show(film(ContentFile(made["mp4"])))
    video.save()


def _publish(page: dict[str, Any], sources: dict[str, Source]) -> None:
    """One procedure with its first edition, which readers see from now on."""
    procedure = Procedure.objects.create(
        name=page["name"],
        slug=page["slug"],
        kind=page["kind"],
        summary=page["summary"],
        aliases=", ".join(page.get("aliases", [])),
    )
    edition = Edition.objects.create(
        procedure=procedure,
        number=1,
        lead=page["lead"],
        description=page["description"],
    )
    figures = {figure.key: figure for figure in Figure.objects.all()}
    pictures = {picture.key: picture for picture in Illustration.objects.all()}
    films = {shown.key: shown for shown in Video.objects.all()}
    for position, row in enumerate(page["blocks"], start=1):
        block = Block.objects.create(
            edition=edition,
            position=position,
            kind=row["kind"],
            heading=row.get("heading", ""),
            anchor=row.get("anchor", ""),
            body=row.get("body", "").strip(),
            why_they_differ=row.get("why_they_differ", ""),
            illustration=pictures[row["illustration"]] if "illustration" in row else None,
            video=films[row["video"]] if "video" in row else None,
        )
        block.sources.set([sources[key] for key in row.get("sources", [])])
        for place, key in enumerate(row.get("figures", [])):
            BlockFigure.objects.create(block=block, figure=figures[key], position=place)
    publish_first_text(edition)


def _open(row: dict[str, Any]) -> None:
    """One hospital with what it offers."""
    offered = row.pop("procedures")
    hospital = Hospital.objects.create(**row)
    for procedure in Procedure.objects.filter(slug__in=offered):
        Offering.objects.create(procedure=procedure, hospital=hospital)
