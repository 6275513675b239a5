"""What people type, in a cell or on a page, as we keep it: one line, several things, a fee in pounds."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError

PARTING = re.compile("[,;]")
FEE = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d{1,2})?", re.ASCII)
NO_FEE = "Write a fee in pounds, such as 250 or 250.50. Leave it empty where there is none."


def one_line(text: str) -> str:
    """The text with single spaces and none around it."""
    return " ".join(text.split())


def several(text: str) -> list[str]:
    """Several things, parted by commas or semicolons."""
    return [part for part in map(one_line, PARTING.split(text)) if part]


def pounds(text: str) -> Decimal | None:
    """A fee as people write it: “£1,250”. None where nothing is written.

    Raises ValidationError.
    """
    plain = text.replace("£", "").strip()
    if not plain:
        return None
    fee = Decimal(plain.replace(",", "")) if FEE.fullmatch(plain) else Decimal()
    if not 0 < fee < 100_000:
        raise ValidationError(NO_FEE)
    return fee
