"""The staff desk's pages about procedures, hospitals and evidence: one module a subject."""

from procedures.admin import (
    blocks,
    editions,
    evidence,
    hospitals,
    pictures,
    procedures,
    safety,
    search,
    sign_off,
    upkeep,
)

__all__ = [
    "blocks",
    "editions",
    "evidence",
    "hospitals",
    "pictures",
    "procedures",
    "safety",
    "search",
    "sign_off",
    "upkeep",
]
