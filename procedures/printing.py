"""HTML made into a PDF, or the words that say what this machine lacks for it.

WeasyPrint is loaded by the first who prints: readers never wait for it, and a machine without its libraries serves.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

LACKING = (
    "Leaflets cannot be made: this machine lacks libraries that WeasyPrint needs. On Debian: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. Then start the worker again."
)


class CannotPrint(Exception):
    """No PDF can be made, and why, in a sentence for whoever runs the site."""


@dataclass(frozen=True)
class Printed:
    """A PDF, and how many pages it has."""

    pdf: bytes
    pages: int


def printed(html: str) -> Printed:
    """The page as a tagged PDF that declares PDF/UA-1. It holds our own files and fetches nothing else.

    Raises CannotPrint when a library is lacking, or one of our own pictures is.
    """
    if not (tagged_pdf := _tagged_pdf()):
        raise CannotPrint(LACKING)
    try:
        pdf, pages = tagged_pdf.rendered(html)
    except tagged_pdf.FatalURLFetchingError as error:
        raise CannotPrint(str(error)) from error
    return Printed(pdf, pages)


def can_print() -> bool:
    """Whether this machine has the libraries that WeasyPrint needs."""
    return _tagged_pdf() is not None


@cache
def _tagged_pdf() -> ModuleType | None:
    try:
        return import_module("procedures.tagged_pdf")
    except OSError:
        return None
