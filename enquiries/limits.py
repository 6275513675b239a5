"""What looks like spam, and when one address has sent far too much. Generous: a care home, a ward or a library shares one.

Who looks like spam is never refused, nor told: the request is stored, and a person looks at it before anybody is mailed.
"""

import logging
from datetime import timedelta
from ipaddress import ip_address
from uuid import UUID

from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from enquiries.models import Enquiry

logger = logging.getLogger(__name__)
HOUR = 3600
# So many times SENDS_PER_HOUR, and we ask to wait and keep what was typed in the page: nobody can look at so many.
FLOOD = 10
# The box of templates/enquiries/check.html that people do not see.
TRAP = "subject"


def is_over_limit(request: HttpRequest) -> bool:
    """Count this send, and say whether its address floods us.

    The address itself is never stored: only a keyed hash of it and the hour, for an hour.
    With the cache away everybody gets through, since losing a patient's message is worse than taking a stranger's.
    """
    try:
        cache.add(_key(request), 0, timeout=HOUR)
        return cache.incr(_key(request)) > FLOOD * settings.SENDS_PER_HOUR
    except Exception:
        logger.warning("The cache could not count a send, so it was let through.")
        return False


def mint_submission_id(request: HttpRequest) -> UUID:
    """An id for a check page: the moment when the page was made, which browser asked, and our seal on both."""
    made_at = int(timezone.now().timestamp() * 1000).to_bytes(6)
    body = made_at + _browser(request)
    return UUID(bytes=body + _seal(body))


def is_of_this_browser(request: HttpRequest, submission_id: UUID) -> bool:
    """Whether the check page that had this id was made for the browser that asks now."""
    return constant_time_compare(submission_id.bytes[6:10], _browser(request))


def _browser(request: HttpRequest) -> bytes:
    """A keyed hash of its cookie that nobody else knows, as far as an id has room for it: 26 bits."""
    get_token(request)  # makes one where there is none
    seen = salted_hmac("enquiries.browser", request.META["CSRF_COOKIE"], algorithm="sha256")
    return UUID(bytes=bytes(6) + seen.digest()[:10], version=4).bytes[6:10]


def why_suspected(request: HttpRequest, enquiry: Enquiry) -> Enquiry.Suspicion | None:
    """Why this send looks like spam; None where it does not."""
    if request.POST.get(TRAP):
        return Enquiry.Suspicion.TRAP
    if _came_too_fast(enquiry.submission_id):
        return Enquiry.Suspicion.SPEED
    if _sends_from(request) > settings.SENDS_PER_HOUR:
        return Enquiry.Suspicion.ADDRESS
    by_email = Q(email__iexact=enquiry.email) & ~Q(email="")  # as its index has it
    if enquiry.email and _sends_lately(by_email) >= settings.SENDS_PER_NUMBER:
        return Enquiry.Suspicion.NUMBER
    return why_number_suspected(enquiry.phone_in_full)


def why_number_suspected(phone_in_full: str) -> Enquiry.Suspicion | None:
    """Why a wish to ring this number looks like spam; None where it does not."""
    if phone_in_full and _sends_lately(Q(phone_in_full=phone_in_full)) >= settings.SENDS_PER_NUMBER:
        return Enquiry.Suspicion.NUMBER
    return None


def _came_too_fast(submission_id: UUID) -> bool:
    """Whether no person could have read the check page, or we never made one."""
    body, seal = submission_id.bytes[:10], submission_id.bytes[10:]
    age = timezone.now().timestamp() - int.from_bytes(body[:6]) / 1000
    is_ours = constant_time_compare(seal, _seal(body))
    return bool(settings.QUICKEST_SEND) and (not is_ours or age < settings.QUICKEST_SEND)


def _seal(body: bytes) -> bytes:
    return salted_hmac("enquiries.check_page", body, algorithm="sha256").digest()[:6]


def _sends_from(request: HttpRequest) -> int:
    try:
        return int(cache.get(_key(request), 0))
    except Exception:
        return 0


def _sends_lately(for_whom: Q) -> int:
    return Enquiry.objects.filter(for_whom, created_at__gt=timezone.now() - timedelta(days=1)).count()


def _key(request: HttpRequest) -> str:
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    seen = salted_hmac("enquiries.limits", f"{hour} {seen_from(request)}", algorithm="sha256")
    return f"sends:{seen.hexdigest()}"


def seen_from(request: HttpRequest) -> str:
    """The address that counts, of IPv6 the network: whoever has one address there has as many as they like."""
    return truncate_ip(sent_from(request))


def sent_from(request: HttpRequest) -> str:
    """The address that the outermost of our TRUSTED_PROXIES saw; with none, whoever connects to us.

    Each proxy adds on the right the address it was called from. Anything further left is the sender's own word, and
    whoever could choose the address they are counted by could send without end, or use up the sends of somebody else.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    count = settings.TRUSTED_PROXIES
    if not 0 < count <= len(seen):
        return str(request.META["REMOTE_ADDR"])
    address = _without_port(seen[-count].strip())
    try:
        known = ip_address(address)
    except ValueError:  # nothing that a proxy saw: who sends it is as good as unknown
        return str(request.META["REMOTE_ADDR"])
    return str(getattr(known, "ipv4_mapped", None) or address)  # some write an IPv4 address as one of IPv6


def _without_port(address: str) -> str:
    """Some proxies add the sender's port, which changes with every send. An IPv6 address has colons of its own."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
