"""How often one address may send. Generous: a care home, a ward or a library shares one."""

import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)
HOUR = 3600


def is_over_limit(request: HttpRequest) -> bool:
    """Count this send, and say whether its address has sent too often this hour.

    The address itself is never stored: only a keyed hash of it and the hour, for an hour.
    With the cache away everybody gets through, since losing a patient's message is worse than taking a stranger's.
    """
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    key = (
        "sends:"
        + salted_hmac("enquiries.limits", f"{hour} {sent_from(request)}", algorithm="sha256").hexdigest()
    )
    try:
        cache.add(key, 0, timeout=HOUR)
        return cache.incr(key) > settings.SENDS_PER_HOUR
    except Exception:
        logger.warning("The cache could not count a send, so it was let through.")
        return False


def sent_from(request: HttpRequest) -> str:
    """The address that the outermost of our TRUSTED_PROXIES saw; with none, whoever connects to us.

    Each proxy adds on the right the address it was called from. Anything further left is the sender's own word, and
    whoever could choose the address they are counted by could send without end, or use up the sends of somebody else.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    count = settings.TRUSTED_PROXIES
    if not 0 < count <= len(seen):
        return str(request.META["REMOTE_ADDR"])
    return _without_port(seen[-count].strip()) or str(request.META["REMOTE_ADDR"])


def _without_port(address: str) -> str:
    """Some proxies add the sender's port, which changes with every send. An IPv6 address has colons of its own."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
