"""Where allauth asks us: who is counted by which address, what is said, what is mailed, and how secrets are kept."""

from time import time
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe

from enquiries.encryption import keyring
from enquiries.limits import sent_from
from kyphoplasty_site.accounts import letters, sessions

WRONG = "The username or the password is not right. Type both again."
WRONG_CODE = "That code is not right, or was used already. Wait for the next one and type that."
TOO_MANY = "That was wrong too often. Wait 15 minutes, then try again."


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in with a password, and what becomes of an account."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "incorrect_password": "That is not your password. Type it again.",
        "enter_current_password": "That is not your password. Type it again.",
        "incorrect_code": WRONG_CODE,
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        return sent_from(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords from one address, whatever the names: a stranger uses up their own tries alone."""
        self._login_failed_rl_usage = ratelimit.consume(
            request, app="allauth.account", action="login_failed_here"
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Whose name and password these are. Locked is said of every name alike, whether it exists or not."""
        user = super().authenticate(request, **credentials)
        if user is None and getattr(request, "axes_locked_out", False):
            raise self.validation_error("too_many_login_attempts")
        return user

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, WRONG)
        return redirect("account_login")

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        """A passkey opens no account that a password would not."""
        if not (user.is_active and user.is_staff):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **facts)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        sessions.begin(request)

    def is_reauthentication_required(self, *, app: str, **facts: Any) -> bool:
        """Whoever has signed in or confirmed within five minutes need not confirm again."""
        records = get_authentication_records(context.request, context.request.user)
        return not any(
            time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Somebody’s way in has changed: they are told, in case it was not them."""
        letters.tell_of_change(user, template_prefix.rpartition("/")[2])

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """A link to a new password goes to staff alone, who may sign in."""
        if user.is_staff:
            letters.in_the_background(lambda: letters.link_mail(user))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        message: str | None = None,
        **facts: Any,
    ) -> None:
        """Of its many messages only those in our own words."""
        said = message or SAID.get(str(message_template).rpartition("/")[2])
        if said:
            messages.add_message(request, level, said)


SAID = {
    "logged_out.txt": "You are signed out.",
    "password_changed.txt": "Your password is changed. Everywhere else you are signed out.",
    "password_set.txt": "Your password is set.",
    "totp_activated.txt": "Your authenticator app is set up.",
    "totp_deactivated.txt": "Your authenticator app is taken away.",
    "webauthn_added.txt": "Your passkey is set up.",
    "webauthn_removed.txt": "The passkey is taken away.",
}


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: their secrets, names and drawings."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": "This is your only second factor. Set up another one first.",
    }

    def encrypt(self, text: str) -> str:
        return keyring().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return keyring().decrypt(encrypted_text).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return "Kyphoplasty staff desk"

    def build_totp_svg(self, url: str) -> SafeString:
        """Drawn by the same hand as the codes on leaflets, without the inline style of others."""
        drawn = segno.make(url, error="m").svg_inline(
            scale=5, border=4, dark="#000", light="#fff", omitsize=True
        )
        return mark_safe(drawn)  # noqa: S308  # nosec B308 B703  # made of black and white squares alone

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return may_take_away(authenticator)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        return sessions.in_words(context.request.headers.get("User-Agent", ""))


def may_take_away(authenticator: Authenticator) -> bool:
    """Whether they keep another second factor without it."""
    others = Authenticator.objects.filter(user=authenticator.user_id, type__in=sessions.FACTORS)
    return others.exclude(pk=authenticator.pk).exists()
