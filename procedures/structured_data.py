"""What search engines are told, as schema.org data: nothing that the page does not show."""

from typing import Any

from django.utils.timezone import localdate

from procedures.models import Edition, Hospital

SCHEMA = "https://schema.org"


def medical_web_page(edition: Edition, address: str) -> dict[str, Any]:
    """A procedure's page. It names no reviewer, because nobody has signed it off."""
    procedure = edition.procedure
    about: dict[str, Any] = {"@type": "MedicalProcedure" if procedure.kind == "treatment" else "MedicalTest"}
    return {
        "@context": SCHEMA,
        "@type": "MedicalWebPage",
        "url": address,
        "name": procedure.name,
        "description": edition.lead,
        "inLanguage": "en-GB",
        "datePublished": localdate(edition.published_at).isoformat(),
        "about": about | {"name": procedure.name},
    }


def hospital(hospital: Hospital, address: str) -> dict[str, Any]:
    """A hospital's page; a fact that nobody gave is left out."""
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Hospital",
        "url": address,
        "name": hospital.name,
        "telephone": hospital.phone,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": hospital.street,
            "addressLocality": hospital.town,
            "addressRegion": hospital.county,
            "postalCode": hospital.postcode,
        },
    }
    facts["address"] = {key: value for key, value in facts["address"].items() if value}
    return {key: value for key, value in facts.items() if value}
