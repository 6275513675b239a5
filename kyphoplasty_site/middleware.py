"""What stands between the server and every view."""

import re
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from uuid import uuid4

import brotli
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from enquiries.patience import ANY_WORD, DESK_WAITS, Watch
from kyphoplasty_site.logs import request_id
from kyphoplasty_site.media import POLICY
from kyphoplasty_site.metrics import SECONDS

QUALITY, QUICK_QUALITY = 11, 5
MOST_BYTES_TO_THE_DESK = 24 * 1024 * 1024  # a film and what is said of it, as nginx has it
# What proxies write, as nginx's $request_id or a UUID. Nothing else, since it stands in every line of the log.
GIVEN_ID = re.compile(r"[0-9a-fA-F-]{16,64}")


# What may be opened by itself, and so could do something. Our pages use none of these powers of a browser.
DOCUMENTS = ("text/html", "image/svg+xml")
OF_A_DOCUMENT = {
    "Content-Security-Policy": POLICY,  # where django-csp has none: drawings, and the way from http to https
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def guarded(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add what neither Django nor django-csp says. No other site may show what is ours within its own pages."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if response.headers.get("Content-Type", "").startswith(DOCUMENTS):
            for name, value in OF_A_DOCUMENT.items():
                response.headers.setdefault(name, value)
        return response

    return answer


def modest(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse unread what is larger than anything we ask for. Django would write a file of any size to the disk."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        is_to_the_desk = request.path.startswith("/admin/")
        most = MOST_BYTES_TO_THE_DESK if is_to_the_desk else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            size = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError as error:  # which Django reads again, and would fail at
            raise BadRequest("The length of the body is no number.") from error
        if size > most:
            raise RequestDataTooBig
        return get_response(request)

    return answer


def traced(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give each request an id, that of the proxy in front if it has one, and measure how long its answer took."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        given, began = request.headers.get("X-Request-ID", ""), perf_counter()
        request_id.set(given if GIVEN_ID.fullmatch(given) else uuid4().hex)
        response = get_response(request)
        response["X-Request-ID"] = request_id.get()
        view = request.resolver_match.view_name if request.resolver_match else "none"
        SECONDS.labels(view, response.status_code).observe(perf_counter() - began)
        return response

    return answer


def patient(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """No answer waits for ever for a database that says nothing: each such thread would be one less for the next reader."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        longest = DESK_WAITS if request.path.startswith("/admin/") else ANY_WORD
        with Watch(connections[DEFAULT_DB_ALIAS], longest):
            return get_response(request)

    return answer


class CompressionMiddleware(GZipMiddleware):
    """Brotli, a seventh smaller, for pages that are the same for everybody; Django's gzip for all others.

    Django pads its gzip at random, so that the size of a page with a secret in it tells nobody anything. Brotli here
    is not padded, so it is kept to answers that anybody may store, without a cookie, to people without a cookie.

    The best quality takes 160 ms for the explainer, so the same content is compressed once a process and kept. That is
    for pages found at an address without a question: there are only so many of those, so nobody can make us do it often.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(
            response, FileResponse
        ):  # pictures and films, which are small already, and are sent in part
            return response
        if not isinstance(response, HttpResponse) or not _may_have_brotli(request, response):
            return super().process_response(request, response)
        is_countable = response.status_code == 200 and not request.META.get("QUERY_STRING")
        response.content = (
            _compressed(response.content) if is_countable else _compressed_quickly(response.content)
        )
        response["Content-Encoding"] = "br"
        response["Content-Length"] = str(len(response.content))
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return brotli.compress(content, quality=QUALITY)


def _compressed_quickly(content: bytes) -> bytes:
    return brotli.compress(content, quality=QUICK_QUALITY)


def _may_have_brotli(request: HttpRequest, response: HttpResponse) -> bool:
    takes_it = "br" in request.headers.get("Accept-Encoding", "").replace(",", " ").split()
    is_private = "no-store" in response.get("Cache-Control", "")
    is_secret = is_private or request.COOKIES or response.cookies or request.method == "POST"
    return takes_it and not is_secret and not response.has_header("Content-Encoding")
