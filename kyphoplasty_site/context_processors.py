"""What every page's header and footer say."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kyphoplasty_site.models import SiteSettings
from procedures.addresses import public_origin
from procedures.remembering import remembered


@dataclass(frozen=True)
class SiteFacts:
    """The name, numbers and notice at the head and foot of a page."""

    name: str = ""
    short_name: str = ""
    phone: str = ""
    self_pay_phone: str = settings.FALLBACK_PHONE
    notice: str = ""


def facts() -> SiteFacts:
    """As staff set them; what they left empty is the first hospital's own; the fallback number when there is none to read."""
    try:
        return _as_set()
    except Error:
        return SiteFacts()


@remembered
def _as_set() -> SiteFacts:
    said: Any = SiteSettings.objects.with_lead_hospital().first()
    if said is None:
        return SiteFacts()
    hospital = said.hospital or {"short_name": "", "phone": "", "self_pay_phone": ""}
    phone = said.phone or hospital["phone"]
    return SiteFacts(
        name=said.name,
        short_name=hospital["short_name"],
        phone=phone,
        self_pay_phone=said.self_pay_phone or hospital["self_pay_phone"] or phone or SiteFacts.self_pay_phone,
        notice=said.current_notice,
    )


def site(request: HttpRequest) -> dict[str, Any]:
    """Read only by pages that show it, once a page."""
    return {"site": SimpleLazyObject(facts), "public_url": SimpleLazyObject(lambda: public_origin(request))}
