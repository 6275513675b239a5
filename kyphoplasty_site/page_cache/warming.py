"""Draws what nobody has asked for yet, so that every page is there when the database is not."""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.db import Error, connection

from kyphoplasty_site.page_cache.content import Content
from kyphoplasty_site.page_cache.pages import alone_on_this_machine
from kyphoplasty_site.sitemaps import SITEMAPS, ByKey

logger = logging.getLogger(__name__)

SETTLED = 2.0  # seconds without a change: while somebody edits, a page is drawn when it is read
LOOK_EVERY = 1.0
MOST_OF_A_KIND = 200  # of a directory of thousands, the first


class Warmer(Thread):
    """Asks the site for every page that its sitemap names, once after each change, as one process of this machine."""

    def __init__(self, site: Callable[..., Any], content: Content) -> None:
        super().__init__(name="warmer", daemon=True)
        self.site, self.content = site, content

    def run(self) -> None:
        warmed = seen = ""
        since = 0.0
        while True:
            time.sleep(LOOK_EVERY)
            generation = self.content.generation()
            if generation != seen:
                seen, since = generation, time.monotonic()
            elif generation not in ("", warmed) and time.monotonic() - since > SETTLED:
                with alone_on_this_machine("warming") as is_alone:
                    if is_alone and self.warm(generation):
                        warmed = generation
                connection.close()

    def warm(self, generation: str) -> bool:
        """Whether every page was asked for. Not when the content changes meanwhile, or the database goes away."""
        try:
            for address in addresses():
                if self.content.generation() != generation:
                    return False
                self._ask(address)
        except Error:
            return False
        except Exception:  # it must not end, or nothing is warm any more
            logger.exception("A page cannot be drawn before it is asked for.")
        return True

    def _ask(self, address: str) -> None:
        public = urlsplit(settings.SITE_URL)
        environ: dict[str, Any] = {"PATH_INFO": address, "HTTP_HOST": public.netloc}
        setup_testing_defaults(environ)
        for _ in self.site(environ | {"HTTP_X_FORWARDED_PROTO": public.scheme}, lambda *_: None):
            pass


def addresses() -> Iterator[str]:
    """What the sitemap names, of each kind the first."""
    for kind in SITEMAPS.values():
        part: Any = kind()
        rows = part.items()
        first = (rows.rows if isinstance(rows, ByKey) else rows)[:MOST_OF_A_KIND]
        yield from (part.location(row) for row in first)
