"""HTML made into a tagged PDF by WeasyPrint, or the words that say what this machine lacks for it."""

import mimetypes
import warnings
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

# WeasyPrint finds the system's own libraries as it is imported. Without them it fails with an OSError and a message on
# stdout, which belongs to the JSON line of our commands. The rest of the site has to run all the same.
try:
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore", DeprecationWarning)
        from weasyprint import DEFAULT_OPTIONS, HTML
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse
except OSError:
    CAN_PRINT = False
    URLFetcher, URLFetcherResponse, FatalURLFetchingError = object, object, OSError
else:
    CAN_PRINT = True

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
    if not CAN_PRINT:
        raise CannotPrint(LACKING)
    page = HTML(string=html, base_url=f"{settings.SITE_URL}/", url_fetcher=OwnFiles())
    try:
        options = DEFAULT_OPTIONS | {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
        document = page.render(**options)
        pdf = document.write_pdf(finisher=_give_headers_their_scope, **options)
    except FatalURLFetchingError as error:
        raise CannotPrint(str(error)) from error
    return Printed(pdf, len(document.pages))


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
