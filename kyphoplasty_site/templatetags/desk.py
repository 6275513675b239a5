"""What the desk's own templates ask for."""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from django import template
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Django's pictures for yes and no.
BOOLEAN = re.compile(r'<img src="[^"]+" alt="(True|False|None)">')
YES_OR_NO = {"True": "Yes", "False": "No", "None": "Not known"}


@register.filter
def labelled(cells: Iterable[SafeString], headers: Iterable[dict[str, Any]]) -> Iterator[SafeString]:
    """The cells of a row as Django wrote them, each with the name of its column for a card on a phone."""
    names = (strip_tags(str(header["text"])) for header in headers)
    for cell, name in zip_longest(cells, map(escape, names), fillvalue=""):
        shown = f' data-label="{name[:1].upper()}{name[1:]}"' if name else ""
        tag, space, rest = str(cell).partition(" ")
        rest = BOOLEAN.sub(lambda icon: YES_OR_NO[icon[1]], rest)
        yield mark_safe(f"{tag}{shown}{space}{rest}")  # noqa: S308  # nosec B308 B703  # whoever wrote the cell escaped it
