"""What search engines are told, as schema.org data: nothing that the page does not show."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from procedures.models import Edition, Hospital
from procedures.opening import ClosedDay, Stretch
from procedures.rendering import Page

SCHEMA = "https://schema.org"


def medical_web_page(edition: Edition, page: Page, address: str) -> dict[str, Any]:
    """A procedure's page: the lines of its short version as they were kept, and who reviewed it, if anybody did."""
    procedure = edition.procedure
    about: dict[str, Any] = {"@type": "MedicalProcedure" if procedure.kind == "treatment" else "MedicalTest"}
    facts = {
        "@context": SCHEMA,
        "@type": "MedicalWebPage",
        "url": address,
        "name": procedure.name,
        "description": edition.lead,
        "abstract": [words for place, words in edition.lines if place == _short(page) != words],
        "inLanguage": "en-GB",
        "datePublished": _day(edition.first_published_at),
        "dateModified": _day(edition.published_at),
        "about": about | {"name": procedure.name},
    }
    return {key: value for key, value in (facts | _review(edition)).items() if value}


def _short(page: Page) -> str | None:
    """The heading of the short version."""
    return next((heading for anchor, heading in page["contents"] if anchor == "short"), None)


def _review(edition: Edition) -> dict[str, Any]:
    """Only what a live sign-off says."""
    if not (given := edition.sign_off):
        return {}
    reviewer = {"@type": "Person", "name": given.reviewer_name, "jobTitle": given.reviewer_post}
    return {"lastReviewed": _day(given.signed_at), "reviewedBy": reviewer}


def _day(moment: datetime | None) -> str:
    return localdate(moment).isoformat()


def hospital(
    hospital: Hospital, address: str, week: list[Stretch], closed_days: list[ClosedDay]
) -> dict[str, Any]:
    """A hospital's page; a fact that nobody gave is left out. The hours are those of its phone, so they stand with that."""
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
    if hospital.phone and (week or closed_days):
        facts["contactPoint"] = {
            "@type": "ContactPoint",
            "telephone": hospital.phone,
            "hoursAvailable": [*_hours(week), *_closed(closed_days)],
        }
    return {key: value for key, value in facts.items() if value}


def _hours(week: list[Stretch]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [day.label for day in stretch.days],
            "opens": f"{hours.opens_at:%H:%M}",
            "closes": f"{hours.closes_at:%H:%M}",
        }
        for stretch in week
        for hours in stretch.hours
    ]


def _closed(closed_days: list[ClosedDay]) -> list[dict[str, Any]]:
    """A day that opens and closes at the same time is a day closed."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "validFrom": closed.day.isoformat(),
            "validThrough": closed.day.isoformat(),
            "opens": "00:00",
            "closes": "00:00",
        }
        for closed in closed_days
    ]
