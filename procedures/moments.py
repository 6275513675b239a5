"""A moment in words, the same wherever staff read one."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from procedures.models.hospitals import clock


def moment(at: datetime | None) -> str:
    """“Thu 26 Nov, 3.05pm”, as the clock on the wall says it; with its year where that is not this one."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    year = "" if local.year == timezone.localdate().year else f" {local.year}"
    return f"{local:%a %-d %b}{year}, {clock(local.time())}"


def time_of_day(at: datetime | None) -> str:
    """“3.05pm”, as the clock on the wall says it."""
    return clock(timezone.localtime(at).time()) if at else ""


def in_words(day: date) -> str:
    """“26 November 2026”; of a moment, also the time of it."""
    return moment(day) if isinstance(day, datetime) else date_format(day, "j F Y")
