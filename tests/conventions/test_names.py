"""One word, three places: search once, find all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conventions.sources import APPS

# Answers without a page of their own: a redirect or another view's page, JSON, plain text, a file.
PAGELESS = {
    *("enquire_send", "callback_send", "healthz", "media", "readyz", "robots", "security_txt"),
    *("account_logout", "account_passkey_from_key", "account_stay"),
}


def views(resolver: URLResolver) -> list[tuple[str, Callable[..., Any]]]:
    """Our own views, by the name of their address."""
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            found += views(pattern)
        elif isinstance(pattern, URLPattern) and pattern.callback.__module__.split(".")[0] in APPS:
            found.append((str(pattern.name), pattern.callback))
    return found


each_view = pytest.mark.parametrize(
    ("name", "view"), views(get_resolver()), ids=[name for name, _ in views(get_resolver())]
)


@each_view
def test_view_is_named_as_its_address(name: str, view: Callable[..., Any]) -> None:
    assert view.__name__ == name


@each_view
def test_template_is_named_as_its_view(name: str, view: Callable[..., Any]) -> None:
    """Django says which template it looked for in vain."""
    app = view.__module__.split(".")[0]
    folders = {
        "kyphoplasty_site.views": "",
        "kyphoplasty_site.media": "",
        "kyphoplasty_site.accounts.views": "account/",
    }
    folder = folders.get(view.__module__, f"{app}/")

    if name not in PAGELESS:
        get_template(f"{folder}{name}.html")


@each_view
def test_view_says_what_it_does(name: str, view: Callable[..., Any]) -> None:
    assert view.__doc__


def test_every_app_has_been_looked_at() -> None:
    assert {view.__module__.split(".")[0] for _, view in views(get_resolver())} == set(APPS)
