"""What is mailed to staff about their accounts: a link that ends, or that something has changed. Never a password."""

import logging
from collections.abc import Callable
from threading import Thread
from time import sleep

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

logger = logging.getLogger(__name__)
WAITS = (0, 2, 10)  # seconds before each try to send

# What has happened, by allauth's name for it.
CHANGES = {
    "password_changed": "The password of your account was changed.",
    "password_reset": "A new password was chosen for your account, with a link that we had mailed.",
    "password_set": "A password was chosen for your account.",
    "recovery_codes_generated": "New recovery codes were made for your account. The old ones no longer work.",
    "totp_activated": "An authenticator app was set up for your account.",
    "totp_deactivated": "The authenticator app of your account was taken away.",
    "webauthn_added": "A passkey was set up for your account.",
    "webauthn_removed": "A passkey of your account was taken away.",
    "factors_taken_away": "An administrator took away the password, passkeys and authenticator app of your account, and "
    "signed you out everywhere. Another mail brings you a link to set them up anew.",
    "address_changed": "The email address of your account was changed. We write there from now on.",
}


def link_to_choose(user: User) -> str:
    """A link to choose a password or passkey: for three days, and until one is chosen or somebody signs in."""
    key = default_token_generator.make_token(user)
    where = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return settings.SITE_URL + where


def link_mail(user: User, what: str = "") -> EmailMessage:
    """The link, with why it comes: an invitation for whoever has never signed in, or a new password, unless `what` says."""
    what = what or ("new_password" if user.last_login else "invitation")
    subjects = {
        "new_password": "Choose a new password",
        "invitation": "You are invited to the staff desk",
        "start_again": "Set up your way in again",
    }
    return _mail(subjects[what], what, user.email, user=user, link=link_to_choose(user))


def tell_of_change(user: User, change: str, *, to: str = "") -> None:
    """Somebody’s way in has changed: they are told, in case it was not them."""
    if to or user.email:
        words = {"user": user, "what": CHANGES[change]}
        in_the_background(lambda: _mail("Your account has changed", "changed", to or user.email, **words))


def in_the_background(mail: Callable[[], EmailMessage]) -> None:
    """Made and sent beside the answer, so that its time tells nobody whether there was a mail to send."""
    Thread(target=_send, args=[mail]).start()


def _send(mail: Callable[[], EmailMessage]) -> None:
    for wait in WAITS:
        sleep(wait)
        try:
            mail().send()
        except OSError as error:
            logger.warning("A mail about an account was not sent (%s).", type(error).__name__)
        else:
            return


def _mail(subject: str, template: str, to: str, **words: object) -> EmailMessage:
    words |= {"desk_url": settings.SITE_URL + reverse("admin:index")}
    return EmailMessage(subject, render_to_string(f"account/mail/{template}.txt", words), to=[to])
