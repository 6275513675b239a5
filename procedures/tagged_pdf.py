"""HTML made into a tagged PDF by WeasyPrint, which takes most of a second to load: ask `printing` for a PDF.

WeasyPrint finds the system's own libraries as it is imported, and raises OSError where one is lacking.
"""

import mimetypes
import warnings
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

# What it prints as it fails would spoil the JSON line of our commands.
with warnings.catch_warnings(), redirect_stdout(StringIO()):
    warnings.simplefilter("ignore", DeprecationWarning)
    from weasyprint import DEFAULT_OPTIONS, HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


def rendered(html: str) -> tuple[bytes, int]:
    """The page as a tagged PDF that declares PDF/UA-1, and how many sheets it has. It holds our own files alone.

    Raises FatalURLFetchingError when one of our own pictures is lacking.
    """
    page = HTML(string=html, base_url=f"{settings.SITE_URL}/", url_fetcher=OwnFiles())
    options = DEFAULT_OPTIONS | {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
    document = page.render(**options)
    return document.write_pdf(finisher=_give_headers_their_scope, **options), len(document.pages)


class OwnFiles(URLFetcher):
    """Opens our own static files and uploads from the disk, and nothing else: no network, no data, no other file."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """The file behind one of our addresses.

        Raises ValueError for any other address, which leaves the thing out; FatalURLFetchingError for a file of ours
        that is not there, since a leaflet without its picture must not be made.
        """
        path = unquote(urlsplit(url).path)
        if not url.startswith((_address(settings.STATIC_URL), _address(settings.MEDIA_URL))):
            raise ValueError("Only our own files are printed.")
        content = _own_file(path)
        if content is None:
            raise FatalURLFetchingError(f"{path} is not there, so the leaflet would lack it.")
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return URLFetcherResponse(url, content, {"Content-Type": kind})


def _address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _own_file(path: str) -> bytes | None:
    """What a static file or upload holds, by its path of address; None when there is none."""
    with suppress(SuspiciousFileOperation, OSError):
        if path.startswith(settings.MEDIA_URL):
            with default_storage.open(path.removeprefix(settings.MEDIA_URL)) as upload:
                return upload.read()
        name = path.removeprefix(settings.STATIC_URL)
        if found := finders.find(name):
            return Path(found).read_bytes()
        with staticfiles_storage.open(name) as collected:
            return collected.read()
    return None


def _give_headers_their_scope(document: Any, pdf: Any) -> None:
    """Say of each table header whether it heads its row or its column, which WeasyPrint leaves out."""
    for page in document.pages:
        for box in page._page_box.descendants():
            element = getattr(box, "mark", None)
            if element is not None and element["S"] == "/TH":
                is_row = box.element.get("scope") in ("row", "rowgroup")
                element["A"]["Scope"] = "/Row" if is_row else "/Column"
