"""How often one address may send. Generous: a care home, a ward or a library shares one."""

import logging

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)
HOUR = 3600


def is_over_limit(address: str) -> bool:
    """Count this send, and say whether its address has sent too often this hour.

    The address itself is never stored: only a keyed hash of it and the hour, for an hour.
    With the cache away everybody gets through, since losing a patient's message is worse than taking a stranger's.
    """
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    key = "sends:" + salted_hmac("enquiries.limits", f"{hour} {address}", algorithm="sha256").hexdigest()
    try:
        cache.add(key, 0, timeout=HOUR)
        return cache.incr(key) > settings.SENDS_PER_HOUR
    except Exception:
        logger.warning("The cache could not count a send, so it was let through.")
        return False
