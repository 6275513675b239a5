"""What a session must have shown before staff see anything, and how long it lasts."""

import re
from time import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

SIGNED_IN, SEEN, LAPSED = "signed_in_at", "seen_at", "lapsed_user"
NOTED_EVERY = 60.0  # seconds; less often than every page, so that reading costs no write
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

BROWSERS = ["Edg:Edge", "OPR:Opera", "Firefox", "FxiOS:Firefox", "CriOS:Chrome", "Chrome", "Safari"]
SYSTEMS = [
    "iPhone:an iPhone",
    "iPad:an iPad",
    "Android",
    "Windows",
    "Macintosh:a Mac",
    "CrOS:ChromeOS",
    "Linux",
]


def is_whole(request: HttpRequest) -> bool:
    """Whether this very session has shown a second factor, or a passkey with its owner's finger, face or PIN.

    It is the session that counts, not the account: whatever else signs somebody in leaves no such record.
    """
    records = get_authentication_records(request, request.user)
    return SIGNED_IN in request.session and any(record.get("method") == "mfa" for record in records)


def has_factor(user: User) -> bool:
    """Whether they can show a second factor. Recovery codes alone are none."""
    return is_mfa_enabled(user, FACTORS)


def begin(request: HttpRequest) -> None:
    """The session starts now."""
    request.session[SIGNED_IN] = request.session[SEEN] = time()
    request.session.pop(LAPSED, None)


def keep_time(request: HttpRequest) -> None:
    """Sign out whoever did nothing for half an hour, or came half a day ago; note that the others are here."""
    if not request.user.is_authenticated:
        return
    now, session = time(), request.session
    idle, age = now - session.get(SEEN, 0), now - session.get(SIGNED_IN, 0)
    if idle > settings.STAFF_IDLE.total_seconds() or age > settings.STAFF_LONGEST.total_seconds():
        lapsed = request.user.pk
        logout(request)
        request.session[LAPSED] = lapsed
    elif idle > NOTED_EVERY:
        session[SEEN] = now


def next_step(request: HttpRequest) -> str:
    """Where a session that is not whole is led: to set up a second factor, or to show the one they have."""
    user: User = request.user  # type: ignore[assignment]
    if not has_factor(user):
        return reverse("account_second_factor")
    step = (
        "mfa_reauthenticate"
        if is_mfa_enabled(user, [Authenticator.Type.TOTP])
        else "mfa_reauthenticate_webauthn"
    )
    return f"{reverse(step)}?{urlencode({'next': reverse('admin:index')})}"


def end_all(user: User) -> None:
    """Sign them out wherever they are signed in."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def forget_old() -> int:
    """Delete sessions that have ended, and what was kept of them; say how many."""
    over, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return over


def in_words(user_agent: str) -> str:
    """What somebody signed in with, such as “Firefox on Windows”."""
    return f"{_first(BROWSERS, user_agent) or 'A browser'} on {_first(SYSTEMS, user_agent) or 'an unknown device'}"


def _first(names: list[str], user_agent: str) -> str:
    """The first that is named there. What stands before a colon is looked for, what stands after it is said."""
    found = (name for name in names if re.search(rf"\b{name.partition(':')[0]}\b", user_agent))
    return next(found, "").rpartition(":")[2]
