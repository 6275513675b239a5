"""What stands between the server and every view."""

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

QUALITY = 5


class CompressionMiddleware(GZipMiddleware):
    """Brotli, a seventh smaller, for pages that are the same for everybody; Django's gzip for all others.

    Django pads its gzip at random, so that the size of a page with a secret in it tells nobody anything. Brotli here
    is not padded, so it is kept to answers that anybody may store, without a cookie, to people without a cookie.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not _may_have_brotli(request, response):
            return super().process_response(request, response)
        response.content = brotli.compress(response.content, quality=QUALITY)
        response["Content-Encoding"] = "br"
        response["Content-Length"] = str(len(response.content))
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


def _may_have_brotli(request: HttpRequest, response: HttpResponse) -> bool:
    takes_it = "br" in request.headers.get("Accept-Encoding", "").replace(",", " ").split()
    is_private = "no-store" in response.get("Cache-Control", "")
    is_secret = is_private or request.COOKIES or response.cookies or request.method == "POST"
    return takes_it and not is_secret and not response.has_header("Content-Encoding")
