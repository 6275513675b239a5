"""What search engines are told about a consultant: nothing that the page does not show."""

from typing import Any

from consultants.models import Consultant
from procedures.structured_data import SCHEMA


def physician(consultant: Consultant, address: str) -> dict[str, Any]:
    """A consultant’s page. What was confirmed lately states its services; what has lapsed is not told at all."""
    practices = consultant.practices_shown
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Physician",
        "url": address,
        "name": consultant.name,
    }
    if practices:
        facts["hospitalAffiliation"] = [
            {"@type": "Hospital", "name": practice.hospital.name} for practice in practices
        ]
    confirmed = [practice for practice in practices if practice.is_confirmed]
    services = {procedure.name for practice in confirmed for procedure in practice.procedures.all()}
    if services:
        facts["availableService"] = [{"@type": "MedicalProcedure", "name": name} for name in sorted(services)]
    return facts
