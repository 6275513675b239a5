"""The guide on the desk: short pages, each on one thing to do and a plain file in the `guide` folder of its app.

In a step, **words** are words on the screen, to be pressed, filled in or seen; __words__ stand for what differs each
time, such as a name. The browser tests follow the steps by these marks, so a button cannot be renamed without its step.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe

from kyphoplasty_site.access import Role

MARKED = re.compile(r"(\*\*.+?\*\*|__.+?__)")


@dataclass(frozen=True)
class Words:
    """Some words of a step."""

    text: str
    is_on_screen: bool = False
    is_yours: bool = False

    @classmethod
    def read(cls, piece: str) -> "Words":
        """As they are marked in the file."""
        return cls(piece.strip("*_"), is_on_screen=piece.startswith("**"), is_yours=piece.startswith("__"))


Step = tuple[Words, ...]


def _step(line: str) -> Step:
    return tuple(Words.read(piece) for piece in MARKED.split(line) if piece)


@dataclass(frozen=True)
class GuidePage:
    """How one thing is done. `about` names the desk's pages that lead to it, by how the names of their addresses begin."""

    slug: str
    title: str
    roles: frozenset[Role]
    about: tuple[str, ...]
    steps: tuple[Step, ...]
    wrong: tuple[Step, ...]

    @classmethod
    def read(cls, file: Path) -> "GuidePage":
        """A file as it is written; a key too many, or an unknown role, is an error."""
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        roles = frozenset(Role(name) for name in written.pop("roles"))
        steps, wrong = (tuple(map(_step, written.pop(part))) for part in ("steps", "wrong"))
        return cls(
            slug=file.stem,
            roles=roles,
            steps=steps,
            wrong=wrong,
            about=tuple(written.pop("about")),
            **written,
        )

    @property
    def in_words(self) -> list[str]:
        """Whom it is for, in the order of the roles."""
        return [role for role in Role if role in self.roles]

    def concerns(self, user: Any) -> bool:
        """Whether whoever is signed in holds one of the roles that do this."""
        return user.is_superuser or not self.roles.isdisjoint(getattr(user, "roles", ()))

    def is_about(self, address: str) -> bool:
        """Whether the page of the desk at an address of that name is one it tells of."""
        return any(address == one or address.startswith(f"{one}_") for one in self.about)


@cache
def guide_pages() -> dict[str, GuidePage]:
    """Every page by its slug, in the order of their titles."""
    files = [file for app in apps.get_app_configs() for file in Path(app.path).glob("guide/*.toml")]
    return {page.slug: page for page in sorted(map(GuidePage.read, files), key=lambda page: page.title)}


class GuidedDesk(AdminSite):
    """A desk with the guide inside, and on each page the way to what the guide says of it."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        one, every = self.admin_view(require_safe(self.guide_page)), self.admin_view(require_safe(self.guide))
        return [
            path("guide/", every, name="guide"),
            path("guide/<slug:slug>/", one, name="guide_page"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "how_to": list(_how_to(request))}

    def guide(self, request: HttpRequest) -> TemplateResponse:
        """Every page: first those of this person's roles."""
        every = guide_pages().values()
        yours = [page for page in every if page.concerns(request.user)]
        parts = {"What you do": yours, "What colleagues do": [page for page in every if page not in yours]}
        context = {**self.each_context(request), "title": "Guide", "parts": parts}
        return TemplateResponse(request, "staff/guide.html", context)

    def guide_page(self, request: HttpRequest, slug: str) -> TemplateResponse:
        """One of them, step by step."""
        page = guide_pages().get(slug)
        if page is None:
            raise Http404
        context = {**self.each_context(request), "title": page.title, "page": page}
        return TemplateResponse(request, "staff/guide_page.html", context)


def _how_to(request: HttpRequest) -> Iterator[GuidePage]:
    """What the guide says of the page that was asked for."""
    match = request.resolver_match
    if match and match.namespaces == ["admin"]:
        about_it = (page for page in guide_pages().values() if page.is_about(match.url_name or ""))
        yield from (page for page in about_it if page.concerns(request.user))
