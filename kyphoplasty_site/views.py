"""Pages that belong to no single app: home, notices, health, and what is shown when something fails."""

import sys
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultants.confirming import csrf_failed_on_confirm
from enquiries import retention
from enquiries.models import ServicePolicy
from enquiries.outages import is_database_away
from enquiries.private_page import csrf_failed_on_change
from enquiries.views import csrf_failed_on_send, kept_after_fault
from kyphoplasty_site.accounts.carrying import csrf_failed_on_desk
from kyphoplasty_site.context_processors import SiteFacts
from kyphoplasty_site.readiness import readiness
from kyphoplasty_site.search import SearchForm, find

SECURITY_TXT_HOLDS = timedelta(days=182)


@require_safe
def home(request: HttpRequest) -> TemplateResponse:
    """What the site is for, and the four things people come to do."""
    return TemplateResponse(request, "home.html")


@require_safe
def search(request: HttpRequest) -> TemplateResponse:
    """What the words in the address lead to, and why."""
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    typed, kind = asked.get("q", ""), asked.get("kind", "")
    context = {"typed": typed, "kind": kind, "results": find(typed, kind)}
    return TemplateResponse(request, "search.html", context)


@require_safe
def privacy(request: HttpRequest) -> TemplateResponse:
    """What is kept about people who write to us, why, and for how long; the most it can be where we cannot look it up."""
    context: dict[str, object] = {"rules": retention.RULES}
    try:
        context["how_long"] = f"{ServicePolicy.objects.current().requests_days} days"
    except Error:  # A database that does not answer is not asked a second time.
        context |= {"how_long": f"No more than {retention.REQUESTS.most} days", "site": SiteFacts()}
    return TemplateResponse(request, "privacy.html", context)


@require_safe
def accessibility(request: HttpRequest) -> TemplateResponse:
    """How the site is made for everybody, and what to do when it is not."""
    return TemplateResponse(request, "accessibility.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read, and where the list of pages is."""
    return render(request, "robots.txt", content_type="text/plain")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to tell us of a hole in the site (RFC 9116). It is for half a year from the day that it is read."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {localdate() + SECURITY_TXT_HOLDS}T00:00:00Z",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether a request can be stored, whether mail leaves, whether the worker is there and the clock right."""
    told = readiness.now()
    can_store = told["database"] == "ok"
    return JsonResponse(told, status=HTTPStatus.OK if can_store else HTTPStatus.SERVICE_UNAVAILABLE)


def failure(request: HttpRequest, name: str, status: HTTPStatus) -> HttpResponse:
    """A page that says whose fault it is and what to do next, with the phone number."""
    response = render(request, f"{name}.html", status=status)
    add_never_cache_headers(response)
    return response


def _is_staff_on_desk(request: HttpRequest) -> bool:
    """Whether somebody who may open the desk asked for a page of it."""
    user = getattr(request, "user", None)
    return (
        request.path.startswith(reverse("admin:index"))
        and user is not None
        and admin.site.has_permission(request)
    )


def _desk_failure(request: HttpRequest, title: str, reason: str, status: HTTPStatus) -> HttpResponse:
    """A page of the desk that says why, in the desk's own frame."""
    context = {**admin.site.each_context(request), "title": title, "reason": reason}
    response = render(request, "staff/failure.html", context, status=status)
    add_never_cache_headers(response)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request we cannot read: 413 when it is too large, else 400."""
    if isinstance(exception, RequestDataTooBig):
        return failure(request, "413", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return failure(request, "400", HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not for this person. On the staff desk, with the reason if there is one."""
    if _is_staff_on_desk(request):
        reason = str(exception or "") or "Your role does not let you do this. Ask an administrator."
        return _desk_failure(request, "You may not do that", reason, HTTPStatus.FORBIDDEN)
    return failure(request, "403", HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or one that may not be told of."""
    if _is_staff_on_desk(request):
        reason = "Nothing stands at this address. It may have been deleted."
        return _desk_failure(request, "There is no such page", reason, HTTPStatus.NOT_FOUND)
    return failure(request, "404", HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Our fault: 503 when the database cannot be reached, since that passes, else 500, with what a patient typed."""
    if is_database_away(sys.exc_info()[1]):
        response = failure(request, "503", HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = "30"
        return response
    return kept_after_fault(request) or failure(request, "500", HTTPStatus.INTERNAL_SERVER_ERROR)


def too_many(request: HttpRequest) -> HttpResponse:
    """Somebody who signs in, or looks after their account, has tried too often."""
    reason = "That was tried too often in a short time. Wait some minutes, then try again."
    return _desk_failure(request, "Too many tries", reason, HTTPStatus.TOO_MANY_REQUESTS)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form whose token is stale or missing. What a patient, a secretary or staff sent comes back with a fresh one."""
    return (
        csrf_failed_on_send(request)
        or csrf_failed_on_change(request)
        or csrf_failed_on_confirm(request)
        or csrf_failed_on_desk(request)
        or failure(request, "403_csrf", HTTPStatus.FORBIDDEN)
    )
