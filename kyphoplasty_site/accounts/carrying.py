"""What somebody typed outlives their session: it comes back to them, with a way to send it once they are signed in again.

The page shows only what the browser itself has just posted, from a page of ours: it is asked for after the check for
forgery, or where that check found the sender's origin to be our own. The seal names who was writing and to which
address, so nobody else who signs in there sends it, and no other site can have one made.
"""

from http import HTTPStatus

from django.contrib import admin
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare

from kyphoplasty_site.accounts.sessions import LAPSED, is_whole

SEAL = "sent_again"
SALT = "accounts.carrying"
HOURS = 12 * 3600
LEFT_OUT = {"csrfmiddlewaretoken", SEAL}


def signed_out(request: HttpRequest) -> HttpResponse:
    """You were signed out: sign in in another tab, then send it again."""
    return _page(request, request.user.pk or request.session.get(LAPSED))


def csrf_failed_on_desk(request: HttpRequest) -> HttpResponse | None:
    """A form of the desk whose token is of an earlier session, sent from a page of ours; None for any other."""
    if not (request.path_info.startswith("/admin/") and _is_from_here(request)):
        return None
    writer = request.user.pk or request.session.get(LAPSED)
    return None if _writer(request) not in (None, writer) else _page(request, writer)


def is_sealed(request: HttpRequest) -> bool:
    """Whether this was typed by who is signed in now, for this very address, and comes from our own page."""
    writer = _writer(request)
    return writer is not None and writer == request.user.pk and _is_from_here(request)


def _page(request: HttpRequest, writer: int | None) -> HttpResponse:
    carried = [
        (name, value) for name, values in request.POST.lists() if name not in LEFT_OUT for value in values
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Your page has waited for you" if is_whole(request) else "You were signed out",
        "carried": carried,
        "seal": signing.dumps([writer, request.get_full_path()], salt=SALT) if writer else "",
        "seal_name": SEAL,
        "files": [name for name, file in request.FILES.items() if file],
    }
    response = render(request, "staff/signed_out.html", context, status=HTTPStatus.UNAUTHORIZED)
    response["WWW-Authenticate"] = "Form"
    add_never_cache_headers(response)
    return response


def _writer(request: HttpRequest) -> int | None:
    """Who typed it, by our seal on it; None where there is none, or one for another address."""
    try:
        writer, path = signing.loads(request.POST.get(SEAL, ""), salt=SALT, max_age=HOURS)
    except signing.BadSignature:
        return None
    return int(writer) if constant_time_compare(path, request.get_full_path()) else None


def _is_from_here(request: HttpRequest) -> bool:
    """The browser itself says from which site a form was sent."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
