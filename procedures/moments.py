"""Days, and moments of them, as staff read them."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


def in_words(day: date) -> str:
    """A day, with the time of it in London where that is known."""
    if isinstance(day, datetime):
        return date_format(timezone.localtime(day), "j F Y, H:i")
    return date_format(day, "j F Y")
