"""Development defaults, as data a person can read."""

import tomllib
from pathlib import Path

from django.db import transaction

from enquiries.models import CallWindow
from procedures.models import Hospital
from procedures.models.hospitals import Weekday

CALL_WINDOWS = Path(__file__).parent / "call_windows.toml"


@transaction.atomic
def load() -> None:
    """Give each hospital without call windows the default ones. What staff changed is left alone."""
    windows = tomllib.loads(CALL_WINDOWS.read_text())["windows"]
    for hospital in Hospital.objects.filter(call_windows=None):
        CallWindow.objects.bulk_create(
            CallWindow(
                hospital=hospital,
                weekday=Weekday[day.upper()],
                starts_at=window["starts_at"],
                ends_at=window["ends_at"],
                places=window["places"],
            )
            for window in windows
            for day in window["days"]
        )
