"""The address the public knows a page by, which search engines and shared links are given."""

from django.conf import settings
from django.http import HttpRequest


def public_origin(request: HttpRequest) -> str:
    """PUBLIC_URL, or in development the origin the request came to."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


def public_address(request: HttpRequest) -> str:
    """This page's own address, without what stands after the question mark."""
    return f"{public_origin(request)}{request.path}"
