"""Tries to sign in that failed: what is kept of them, for how long, and how many there were."""

from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from enquiries import limits

KEPT = timedelta(days=7)


def failed_in_the_last_day() -> int:
    """How many tries to sign in failed in the last 24 hours."""
    since = timezone.now() - timedelta(days=1)
    return AccessFailureLog.objects.filter(attempt_time__gt=since).count()


def forget_old_tries() -> int:
    """Delete what is kept of tries that failed a week ago; say how many rows went."""
    return sum(
        model.objects.filter(attempt_time__lt=timezone.now() - KEPT).delete()[0]
        for model in (AccessAttempt, AccessFailureLog)
    )


def hidden_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name as it is counted: a keyed hash. People type their password, or a patient's name, in the wrong box."""
    given = (credentials or request.POST).get("username") or ""
    return salted_hmac("accounts.attempts", str(given).strip().lower(), algorithm="sha256").hexdigest()


def seen_from(request: HttpRequest) -> str | None:
    """The address that the try came from. None where nothing came over a wire, as from a command."""
    return limits.seen_from(request) if request.META.get("REMOTE_ADDR") else None


def somebody(*facts: object) -> str:
    """What a log line calls whoever tried."""
    return "somebody"
