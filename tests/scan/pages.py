"""What there is to scan: for each visitor the addresses that they may open, and the forms and parameters in those."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl, urljoin, urlsplit

import lxml.html
from django.db import connections
from django.urls import Resolver404, resolve

from kyphoplasty_site.access import EVERYONE, STAFF, Address, Role, addresses
from tests.scan.serving import HOST, SITE
from tests.site.test_access import ANONYMOUS, Cast

STAFF_VISITORS = [*map(str, Role)]
VISITORS = [ANONYMOUS, *STAFF_VISITORS]
EVERY = 300.0  # seconds between two looks at the desk
FILLED = ("/call-back/", "/enquiry/")
TOKEN = "csrfmiddlewaretoken"


@dataclass(frozen=True)
class Form:
    """Names with the values that a browser would send, and where to; of these, the names that are new."""

    method: str
    address: str
    fields: tuple[tuple[str, str], ...]
    fresh: tuple[str, ...] = ()

    @cached_property
    def view(self) -> str:
        return named(self.address)

    @property
    def path(self) -> str:
        """Its address, without query and fragment."""
        return urlsplit(self.address)._replace(query="", fragment="").geturl()

    def key(self, name: str) -> tuple[str, str, str]:
        """What makes a parameter another one. Rows of one kind have theirs in common."""
        return self.view, self.method, re.sub(r"-\d+-", "-N-", name)


class Scope:
    """Each distinct form and parameter, with the first visitor who has it."""

    def __init__(self) -> None:
        self.cast = Cast(VISITORS)
        self.had: set[tuple[str, str, str]] = set()
        self.opened: dict[str, list[str]] = {}
        self.drawn: set[str] = set()
        self.forms: dict[str, list[Form]] = {}
        for visitor in VISITORS:
            self.opened[visitor] = [self.cast.url(one) for one in addresses() if may_read(visitor, one)]
            self.forms[visitor] = [
                form for url in self.opened[visitor] for form in self._new(url, self._page(visitor, url))
            ]
        self.forms[ANONYMOUS] += [form for url in FILLED for form in self._new(url, self._filled(url))]

    def distinct(self) -> list[tuple[str, Form]]:
        """With who has each first; what deletes comes last, since much else needs what it would delete."""
        forms = [(visitor, form) for visitor, held in self.forms.items() for form in held if form.fresh]
        return sorted(forms, key=lambda one: "delete" in one[1].address)

    def cookies(self, visitor: str) -> dict[str, str]:
        """Those of their session and of the token of their forms."""
        return {name: held.value for name, held in self.cast.browsers[visitor].cookies.items() if held.value}

    def is_in(self, visitor: str) -> bool:
        """Whether their session still opens the desk; to ask is to be seen there."""
        return self.cast.browsers[visitor].get("/admin/", secure=True, HTTP_HOST=HOST).status_code == 200

    @contextmanager
    def seen(self) -> Iterator[None]:
        """Nobody is signed out for having done nothing while the block runs."""
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(EVERY):
                for visitor in STAFF_VISITORS:
                    self.is_in(visitor)
            connections.close_all()

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()

    def pages(self, visitor: str) -> list[str]:
        """The addresses that answer this visitor with a page."""
        return [url for url in self.opened[visitor] if url in self.drawn]

    def _page(self, visitor: str, url: str) -> bytes:
        answer = self.cast.browsers[visitor].get(url, secure=True, HTTP_HOST=HOST)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code == 200
        if is_page:
            self.drawn.add(url)
        content: bytes = answer.getvalue()  # of a file to its end, which closes it
        return content if is_page else b""

    def _filled(self, url: str) -> bytes:
        """The page that follows a form: check your answers."""
        hospital = self.cast.hospital.slug
        answers = {"name": "Jo Larkspur", "phone": "07700 900123", "hospital": hospital, "consent": "1"}
        said = answers | {"question": "Could this help?"}
        return self.cast.browsers[ANONYMOUS].post(url, said, secure=True, HTTP_HOST=HOST).content

    def _new(self, url: str, page: bytes) -> Iterator[Form]:
        """The forms of this page that hold a name which nobody has had at their address yet."""
        if not page:
            return
        for form in forms_of(page, urljoin(SITE, url)):
            keys = {form.key(name): name for name, _ in form.fields if name != TOKEN}
            if fresh := tuple(sorted(name for key, name in keys.items() if key not in self.had)):
                self.had |= set(keys)
                yield replace(form, fresh=fresh)


def named(address: str) -> str:
    """The name of an address in the list of them, or itself."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return address


def may_read(visitor: str, address: Address) -> bool:
    readers = address.row.read if address.row else frozenset()
    return readers >= EVERYONE or (visitor != ANONYMOUS and (readers >= STAFF or visitor in readers))


def forms_of(page: bytes, base: str) -> Iterator[Form]:
    """Its forms that can be sent, and its links with a query."""
    root = lxml.html.fromstring(page, base_url=base)
    for form in root.forms:
        if form.method == "POST" and not form.xpath(".//*[@type='submit'] | .//button[not(@type)]"):
            continue  # of a page that this visitor only reads
        fields = tuple((name, str(value)) for name, value in form.form_values())
        unset = {field.name for field in form.inputs if field.name} - {name for name, _ in fields}
        yield Form(
            form.method,
            urljoin(base, form.action or base),
            fields + tuple((name, "1") for name in sorted(unset)),
        )
    for link in root.xpath("//a[contains(@href, '?')]/@href"):
        whole = urlsplit(urljoin(base, link))
        if whole.netloc == HOST:
            yield Form(
                "GET",
                whole._replace(query="", fragment="").geturl(),
                tuple(parse_qsl(whole.query, keep_blank_values=True)),
            )
