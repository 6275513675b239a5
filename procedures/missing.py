"""Facts that readers miss where nobody gave them: by the field that would hold each, and what is said of it."""

from collections.abc import Mapping

from django.db.models import Model

from procedures.gate import Finding

OF_HOSPITAL = {
    "street": "No address",
    "phone": "No switchboard number",
    "self_pay_phone": "No self-pay line",
    "confirmed_on": "Address and phone numbers not confirmed by the hospital",
    "enquiries_email": "No email address for its enquiry team, so nobody is told of a new request",
    "directions": "No directions",
    "parking": "Nothing about parking",
    "access": "Nothing about getting in and around",
}
OF_OFFERING = {
    "confirmed_on": "Not confirmed that it is offered there",
    "has_current_price": "No guide price, so patients are asked to ring",
}


def missing(row: Model, facts: Mapping[str, str]) -> dict[str, str]:
    """What the row lacks."""
    return {fact: what for fact, what in facts.items() if not getattr(row, fact)}


def as_findings(row: Model, facts: Mapping[str, str], fix: str) -> list[Finding]:
    """What the row lacks, each at its field, with what to do about it."""
    found = missing(row, facts) if row.pk else {}
    return [Finding(None, "", f"{what}.", fix, is_blocking=False, field=fact) for fact, what in found.items()]
