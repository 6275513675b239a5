"""The HTML an editor may write, and the one place that cleans it."""

from html import unescape
from typing import Any

import nh3
from django.db import models
from django.utils.html import strip_tags

PLAIN = [
    *("p", "br", "b", "strong", "em", "sub", "sup", "h4"),
    *("ul", "ol", "li"),
    *("table", "caption", "thead", "tbody", "tr", "td"),
]
ALLOWED: dict[str, set[str]] = {
    "a": {"href"},
    "abbr": {"title"},
    "th": {"scope"},
    **{tag: set() for tag in PLAIN},
}


def clean(html: str) -> str:
    """The fragment with everything outside ALLOWED removed, so that showing it unescaped is safe."""
    return nh3.clean(
        html,
        tags=set(ALLOWED),
        # nh3 itself lets title and lang stand on every tag, unless told of every tag.
        attributes={"*": set()} | {tag: attributes for tag, attributes in ALLOWED.items() if attributes},
        url_schemes={"https", "http", "tel", "mailto"},
        link_rel=None,
    )


def in_lines(html: str) -> str:
    """The words of a fragment alone: a line for each paragraph, point, row and heading."""
    html = clean(html)
    for end in ("</p>", "</li>", "</tr>", "</h4>", "</caption>", "<br>"):
        html = html.replace(end, f"{end}\n")
    return unescape(strip_tags(html)).strip()


class RichTextField(models.TextField):
    """An HTML fragment, cleaned on its way into the database, whoever or whatever writes it."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return clean(value) if isinstance(value, str) else value
