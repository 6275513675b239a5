"""Pages of an account that allauth does not have, and what we add to those it has."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.forms import UserTokenForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.models import Login
from allauth.account.views import logout as allauth_logout
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import auto_generate_recovery_codes
from allauth.mfa.webauthn.internal import auth, flows
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_safe

from kyphoplasty_site.accounts import adapters, letters, sessions
from kyphoplasty_site.accounts.forms import AddPasskeyForm

View = Callable[..., HttpResponse]


def to_the_door(request: HttpRequest) -> HttpResponse:
    """On to the sign-in page, or to where they wanted to go."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    wanted = wanted if is_ours else reverse("admin:index")
    if request.user.is_authenticated:
        return redirect(wanted if sessions.is_whole(request) else sessions.next_step(request))
    return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")


def account_logout(request: HttpRequest) -> HttpResponse:
    """Out, leaving nothing of the desk in the browser of a shared computer."""
    response: HttpResponse = allauth_logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_required
@require_safe
def account_home(request: HttpRequest) -> TemplateResponse:
    """The ways in that they have, and what they can do with each."""
    mine = Authenticator.objects.filter(user=request.user.pk).order_by("created_at")
    context = {
        "app": mine.filter(type=Authenticator.Type.TOTP).first(),
        "passkeys": mine.filter(type=Authenticator.Type.WEBAUTHN),
        "codes": mine.filter(type=Authenticator.Type.RECOVERY_CODES).first(),
    }
    return TemplateResponse(request, "account/account_home.html", context)


@login_required
@require_safe
def account_second_factor(request: HttpRequest) -> TemplateResponse:
    """Which second factor to set up. Until there is one, nothing of the desk is seen."""
    return TemplateResponse(request, "account/account_second_factor.html")


@login_required
@require_safe
def account_stay(request: HttpRequest) -> HttpResponse:
    """Still here: asking for any page of the desk keeps a session, and this one is nothing else."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@login_required
@require_http_methods(["GET", "POST"])
def account_sessions(request: HttpRequest) -> HttpResponse:
    """Where they are signed in. Any of the others can be ended, or all of them."""
    mine = UserSession.objects.purge_and_list(request.user)
    others = [session for session in mine if not session.is_current()]
    if request.method == "POST":
        wanted = request.POST.get("end")
        ended = [session for session in others if wanted in ("others", str(session.pk))]
        for session in ended:
            session.end()
        messages.success(request, f"Signed out elsewhere: {len(ended)}.")
        return redirect("account_sessions")
    rows = [
        {"session": session, "what": sessions.in_words(session.user_agent), "is_this": session.is_current()}
        for session in sorted(mine, key=lambda session: session.created_at, reverse=True)
    ]
    return TemplateResponse(
        request, "account/account_sessions.html", {"rows": rows, "has_others": bool(others)}
    )


@require_http_methods(["GET", "POST"])
def account_passkey_from_key(request: HttpRequest, uidb36: str) -> HttpResponse:
    """Choose a passkey in place of a password, by the link that was mailed. Who has made one is signed in with it."""
    link = UserTokenForm({"uidb36": uidb36, "key": request.session.get("_password_reset_key", "")})
    if not link.is_valid():
        return redirect("account_reset_password_from_key", uidb36, "set-password")
    user: Any = link.reset_user
    if sessions.has_factor(user) or not (user.is_active and user.is_staff):
        return redirect("account_login")
    form = AddPasskeyForm(request.POST or None, user=user)  # type: ignore[call-arg]
    if request.method == "POST" and form.is_valid():
        return _signed_in_with_new_passkey(request, user, form)
    context = {
        "form": form,
        "js_data": {"creation_options": auth.begin_registration(user, passwordless=True)},
    }
    return TemplateResponse(request, "mfa/webauthn/add_form.html", context)


def _signed_in_with_new_passkey(request: HttpRequest, user: User, form: AddPasskeyForm) -> HttpResponse:
    name, credential = form.cleaned_data["name"], form.cleaned_data["credential"]
    passkey = auth.WebAuthn.add(user, name, credential).instance
    letters.tell_of_change(user, "webauthn_added")
    response: HttpResponse = flows.perform_passwordless_login(request, passkey, Login(user=user))
    if request.user.is_authenticated and auto_generate_recovery_codes(request):
        return redirect("mfa_view_recovery_codes")
    return response


def starting_anew(view: View) -> View:
    """Who opens a mailed link has done with a sign-in that they left half done, be it as somebody else."""

    @wraps(view)
    def without_half(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            clear_login(request)
        return view(request, *args, **kwargs)

    return without_half


def with_factor(view: View) -> View:
    """Whose second factors were taken away between password and code starts anew: there is nothing left to show."""

    @wraps(view)
    def unless_none_is_left(request: HttpRequest) -> HttpResponse:
        login = unstash_login(request, peek=True)
        if login and not sessions.has_factor(login.user):
            clear_login(request)
            return redirect("account_login")
        return view(request)

    return unless_none_is_left


def setting_up(view: View) -> View:
    """A factor that has just been set up was shown as well, so this session need not show it again; nor can its code."""

    @wraps(view)
    def with_record(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        before = set(Authenticator.objects.filter(user=request.user.pk).values_list("pk", flat=True))
        response = view(request, *args, **kwargs)
        added = Authenticator.objects.filter(user=request.user.pk, type__in=sessions.FACTORS)
        for factor in added.exclude(pk__in=before):
            record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type)
            if factor.type == Authenticator.Type.TOTP:
                factor.wrap().validate_code(request.POST["code"])
        return response

    return with_record


def keeping_one(view: View) -> View:
    """The only second factor is not taken away by its owner."""

    @wraps(view)
    def unless_last(request: HttpRequest, pk: int) -> HttpResponse:
        factor = Authenticator.objects.filter(pk=pk, user=request.user.pk).first()
        if factor is None:
            return redirect("account_home")
        if not adapters.may_take_away(factor):
            messages.error(request, adapters.MFAAdapter.error_messages["cannot_delete_authenticator"])
            return redirect("account_home")
        return view(request, pk=pk)

    return unless_last
