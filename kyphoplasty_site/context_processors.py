"""What every page's header and footer say."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from procedures.addresses import public_origin
from procedures.models import Hospital


@dataclass(frozen=True)
class SiteFacts:
    """The name and numbers at the head and foot of a page."""

    short_name: str = ""
    phone: str = ""
    self_pay_phone: str = settings.FALLBACK_PHONE


def facts() -> SiteFacts:
    """The first hospital's own name and number; the fallback number when there is none to read."""
    try:
        hospital = Hospital.objects.lead()
    except Error:
        return SiteFacts()
    if hospital is None:
        return SiteFacts()
    return SiteFacts(
        short_name=hospital.short_name,
        phone=hospital.phone,
        self_pay_phone=hospital.self_pay_phone or hospital.phone or SiteFacts.self_pay_phone,
    )


def site(request: HttpRequest) -> dict[str, Any]:
    """Read only by pages that show it, once a page."""
    return {"site": SimpleLazyObject(facts), "public_url": SimpleLazyObject(lambda: public_origin(request))}
