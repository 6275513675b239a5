"""What an edition takes with it from the registries, and the fingerprint a clinician signs.

Figures, sources, hard words, pictures and films are kept in one place each and go on changing. An edition that is
published carries the values it was published with.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from procedures.glossing import first_uses
from procedures.models import Block, Edition, GlossaryTerm

Values = dict[str, Any]

# Our own upkeep of a source or figure, which tells a reader nothing about the medicine.
UPKEEP = frozenset({"id", "checked_on", "gone_on", "withdrawn_on", "withdrawn_reason"})


def copies(blocks: Iterable[Block]) -> dict[str, dict[str, Values]]:
    """The values of everything the blocks show, by registry and then by key: what is kept in a published edition."""
    return _shown(blocks) | {"glossary": _meanings(blocks, GlossaryTerm.objects.all())}


def _shown(blocks: Iterable[Block]) -> dict[str, dict[str, Values]]:
    taken: dict[str, dict[str, Values]] = {
        "figures": {}, "sources": {}, "glossary": {}, "pictures": {}, "films": {},
    }  # fmt: skip
    for block in blocks:
        for figure in block.figures.all():
            taken["figures"][figure.key] = _values(figure) | {"source": figure.source.key}
            taken["sources"][figure.source.key] = _values(figure.source)
        for source in block.sources.all():
            taken["sources"][source.key] = _values(source)
        if block.illustration:
            taken["pictures"][block.illustration.key] = _values(block.illustration) | {
                "digest": block.illustration.copies.digest
            }
        if block.video:
            taken["films"][block.video.key] = _values(block.video)
    return taken


def clinical_hash(edition: Edition, glossary: Iterable[GlossaryTerm] | None = None) -> str:
    """SHA-256, in hex, of all that a clinician approves: the clinical blocks in their order, with all that they show.

    It moves with any change to them, to a figure, source, picture or film that they show, and to the meaning of any
    hard word on the page. It stays when only what is not clinical changes. The edition needs its blocks
    (Edition.objects.with_blocks()). Who asks about many editions gives the glossary, to have it read once.
    """
    blocks = [block for block in edition.blocks.all() if block.is_clinical]
    terms = GlossaryTerm.objects.all() if glossary is None else glossary
    shown = _shown(blocks) | {"glossary": _meanings(edition.blocks.all(), terms)}
    text = {
        "lead": edition.lead,
        "description": edition.description,
        "blocks": [_words(block) for block in blocks],
        "shown": {
            registry: {
                key: {name: value for name, value in values.items() if name not in UPKEEP}
                for key, values in rows.items()
            }
            for registry, rows in shown.items()
        },
    }
    canonical = json.dumps(text, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _words(block: Block) -> Values:
    """A block's own part of the fingerprint."""
    return {
        "kind": block.kind,
        "heading": block.heading,
        "anchor": block.anchor,
        "body": block.body,
        "why_they_differ": block.why_they_differ,
        "illustration": block.illustration.key if block.illustration else "",
        "video": block.video.key if block.video else "",
        "figures": [figure.key for figure in block.figures.all()],
        "sources": sorted(source.key for source in block.sources.all()),
    }


def _meanings(blocks: Iterable[Block], terms: Iterable[GlossaryTerm]) -> dict[str, Values]:
    """The glossary's entries for words that the blocks say, by slug."""
    said = " ".join(piece for block in blocks for piece in _sayings(block))
    return {term.slug: _values(term) for _, _, term in first_uses(said, terms)}


def _sayings(block: Block) -> Iterator[str]:
    """What a block says in running text, its own and that of what it shows."""
    yield from (block.body, block.why_they_differ)
    for figure in block.figures.all():
        yield from (figure.what, figure.others, figure.setting, figure.quality, figure.range, figure.scale)
        yield from (figure.treatment, figure.comparator)
    if block.illustration:
        yield from (block.illustration.caption, block.illustration.key_lines)
    if block.video:
        yield block.video.transcript


def _values(row: Model) -> Values:
    """The columns of a row as they stand, files by their names."""
    columns = {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}
    return {
        name: value.name if hasattr(value, "name") and hasattr(value, "storage") else value
        for name, value in columns.items()
        if name not in ("id", "source_id")
    }
