"""What a GP needs to refer somebody, gathered from an edition: nothing that the page does not say, nor says differently."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from itertools import dropwhile, groupby, takewhile
from typing import Any

from procedures.copies import copies
from procedures.models import Block, BlockFigure, Edition, Figure, Source
from procedures.models.evidence import Comparison, comparisons
from procedures.rendering import Page

Kind = Block.Kind
LISTED_SOURCE = re.compile(r'id="source-(\d+)"><a href="([^"]*)"')


@dataclass(frozen=True)
class Told:
    """A block with the figures and sources that it was published with. Pictures and films stay on the page."""

    kind: str
    heading: str
    anchor: str
    body: str
    why_they_differ: str
    figures: list[Figure] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    @property
    def comparisons(self) -> list[Comparison]:
        """Its figures, by what they count."""
        return comparisons(self.figures, self.why_they_differ)


class Referral:
    """An edition, read as a GP would ask. Of the registries as they are today it shows nothing."""

    def __init__(self, edition: Edition, page: Page) -> None:
        self._blocks = _told(edition, page)

    @property
    def suits(self) -> list[Told]:
        """Whom it may help, and what to ask about first."""
        return self._of_kind(Kind.SUITS) + self._of_kind(Kind.ASKS)

    @property
    def scans(self) -> Told | None:
        """The section of the page on scans, by its anchor."""
        return next((block for block in self._blocks if block.anchor == "tests"), None)

    @property
    def told_of_scans(self) -> list[tuple[str, list[Told]]]:
        """What that section says: neighbouring blocks of one kind, each with the template that draws them."""
        after = list(dropwhile(lambda block: block.anchor != "tests", self._blocks))[1:]
        inside = takewhile(lambda block: block.kind != Kind.SECTION, after)
        shown = (block for block in inside if block.kind != Kind.VIDEO)
        return [
            (f"procedures/blocks/{kind}.html", list(blocks))
            for kind, blocks in groupby(shown, key=lambda block: block.kind)
        ]

    @property
    def alternatives(self) -> list[Told]:
        """What else is tried, doing nothing for now among it."""
        return self._of_kind(Kind.ALTERNATIVE)

    @property
    def benefits(self) -> list[Told]:
        """What may be gained."""
        return self._of_kind(Kind.BENEFIT)

    @property
    def risks(self) -> list[Told]:
        """What may go wrong."""
        return self._of_kind(Kind.RISK)

    @property
    def disagreements(self) -> list[Told]:
        """What doctors do not agree on."""
        return self._of_kind(Kind.DISAGREEMENT)

    def _of_kind(self, kind: Kind) -> list[Told]:
        return [block for block in self._blocks if block.kind == kind]


def _told(edition: Edition, page: Page) -> list[Told]:
    """The blocks of an edition in their order, with the values that it keeps. What it keeps no values of is left out."""
    kept = edition.copies or copies(Edition.objects.with_blocks().get(pk=edition.pk).blocks.all())
    sources = _sources(kept.get("sources", {}), page["sources"])
    by_pk = {source.pk: source for source in sources.values()}
    figures = _figures(kept.get("figures", {}), sources)
    blocks = list(edition.blocks.order_by("position"))
    shown = BlockFigure.objects.filter(block__in=blocks).order_by("position")
    cited = Block.sources.through.objects.filter(block__in=blocks)
    figure_keys = _by_block(shown.values_list("block_id", "figure__key"))
    source_pks = _by_block(cited.values_list("block_id", "source_id"))
    return [
        Told(
            kind=block.kind,
            heading=block.heading,
            anchor=block.anchor,
            # A link to another part of the page leads there from here as well.
            body=block.body.replace('href="#', f'href="{edition.procedure.get_absolute_url()}#'),
            why_they_differ=block.why_they_differ,
            figures=[figures[key] for key in figure_keys[block.pk] if key in figures],
            sources=sorted((by_pk[pk] for pk in source_pks[block.pk] if pk in by_pk), key=_by_publisher),
        )
        for block in blocks
    ]


def _by_block(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for block, shown in pairs:
        found[block].append(shown)
    return found


def _sources(kept: dict[str, dict[str, Any]], listed: str) -> dict[str, Source]:
    """The sources as they were, each with its place in the list of sources that the page keeps."""
    places = {unescape(url): int(place) for place, url in LISTED_SOURCE.findall(listed)}
    return {
        key: Source(pk=places[values["url"]], **_as_kept(Source, values))
        for key, values in kept.items()
        if values["url"] in places
    }


def _figures(kept: dict[str, dict[str, Any]], sources: dict[str, Source]) -> dict[str, Figure]:
    """The figures as they were, each with the source that it was then taken from."""
    return {
        key: Figure(source=sources[values["source"]], **_as_kept(Figure, values))
        for key, values in kept.items()
        if values["source"] in sources
    }


def _as_kept(model: type[Figure] | type[Source], values: dict[str, Any]) -> dict[str, Any]:
    """The columns of a row of which a value was kept."""
    return {
        column.name: column.to_python(values[column.name])
        for column in model._meta.concrete_fields
        if column.name in values and not column.is_relation
    }


def _by_publisher(source: Source) -> tuple[str, int, str]:
    return source.publisher.lower(), source.year or 0, source.title
