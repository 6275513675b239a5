"""What search engines are told about a consultant: nothing that the page does not show."""

from typing import Any

from consultants.models import Consultant
from procedures.structured_data import SCHEMA


def physician(consultant: Consultant, address: str) -> dict[str, Any]:
    """A consultant's page, while the directory shows them. Until somebody confirms a practice, only the name and the hospitals are stated."""
    practices = consultant.told_practices
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Physician",
        "url": address,
        "name": consultant.name,
        "hospitalAffiliation": [
            {"@type": "Hospital", "name": practice.hospital.name} for practice in practices
        ],
    }
    confirmed = [practice for practice in practices if practice.is_confirmed]
    if confirmed:
        procedures = {procedure.name for practice in confirmed for procedure in practice.procedures.all()}
        facts["availableService"] = [
            {"@type": "MedicalProcedure", "name": name} for name in sorted(procedures)
        ]
    return facts
