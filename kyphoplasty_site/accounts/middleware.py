"""What is asked of every request for a staff address, before its view. Readers' pages are left alone, and set no cookie."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from kyphoplasty_site.accounts import carrying, sessions
from kyphoplasty_site.accounts.titles import TITLES

View = Callable[[HttpRequest], HttpResponse]

# Where a session that is not whole may go: to set up a second factor, or to show the one they have.
SETTING_UP = {"account_second_factor", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
SHOWING = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
ALWAYS = {
    "account_logout",
    "admin:logout",
    "admin:login",
    "account_reset_password_from_key",
    "account_passkey_from_key",
}


def is_for_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/admin/", "/accounts/"))


class SentAgainMiddleware:
    """A form that waited while its writer signed in again holds our own seal in place of the token of the old session."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        if request.method == "POST" and is_for_staff(request) and carrying.is_sealed(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]


class StaffSessionMiddleware:
    """Keeps the time of a session, and lets nothing be seen that has not shown both factors."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_staff(request):
            return self.get_response(request)
        sessions.keep_time(request)
        response = self.get_response(request)
        add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if not is_for_staff(request):
            return None
        if _is(request, ALWAYS) or sessions.is_whole(request):
            return None
        if request.method == "POST" and request.path_info.startswith("/admin/"):
            return carrying.signed_out(request)
        if not request.user.is_authenticated:
            return None
        allowed = SHOWING if sessions.has_factor(request.user) else SETTING_UP
        return None if _is(request, allowed) else redirect(sessions.next_step(request))

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """The pages of an account stand in the desk's own frame."""
        title = TITLES.get(_name(request)) if is_for_staff(request) else None
        if title:
            frame = {**admin.site.each_context(request), "title": title}
            response.context_data = frame | (response.context_data or {})
        return response


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _is(request: HttpRequest, names: set[str]) -> bool:
    return _name(request) in names
