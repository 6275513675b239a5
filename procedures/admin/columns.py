"""Columns that several lists show, in words."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format

from procedures.models.confirmations import Confirmed, Standing

HOW_SURE = {
    Standing.CONFIRMED: "Confirmed {}",
    Standing.STALE: "Due: confirmed {}",
    Standing.LAPSED: "Lapsed: confirmed {}",
    Standing.UNCONFIRMED: "Never confirmed",
}
assert set(HOW_SURE) == set(Standing)  # noqa: S101


def day(of: date) -> str:
    """As staff read it: “3 May 2026”."""
    return date_format(of, "j F Y")


def moment(at: Any) -> str:
    """As staff read it, in our time: “3 May 2026, 09:30”."""
    return date_format(timezone.localtime(at), "j F Y, H:i")


@admin.display(description="how sure we are", ordering="confirmed_on")
def how_sure(row: Confirmed) -> str:
    """Whether it may be relied on, and when somebody last confirmed it."""
    return HOW_SURE[row.standing].format(day(row.confirmed_on) if row.confirmed_on else "")


@admin.display(description="standing", ordering="withdrawn_on")
def in_use(row: Any) -> str:
    """Whether pages may stand on it."""
    return f"Withdrawn {day(row.withdrawn_on)}" if row.withdrawn_on else "In use"
