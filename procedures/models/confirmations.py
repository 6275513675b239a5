"""How long a confirmation holds: of what a hospital offers, and of what consultants do."""

from datetime import date, timedelta
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

# After the first, readers are asked to ring and check; after the second, nobody relies on it.
CHECK_AFTER = timedelta(days=180)
HIDE_AFTER = timedelta(days=365)


class Standing(StrEnum):
    """How sure we are that something still holds, the surest first."""

    CONFIRMED = "confirmed"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"
    LAPSED = "lapsed"


def not_in_the_future(day: date) -> None:
    """Refuse a day on which nobody can have confirmed anything yet, since it would never lapse.

    Raises ValidationError.
    """
    if day > timezone.localdate():
        raise ValidationError("This day has not come yet.")


class Confirmed(models.Model):
    """What somebody confirms on a day. `confirmed_on` is empty where nobody has."""

    confirmed_on: date | None

    class Meta:
        abstract = True

    @property
    def standing(self) -> Standing:
        """How sure we are that it still holds, by the day it was last confirmed."""
        if self.confirmed_on is None:
            return Standing.UNCONFIRMED
        age = timezone.localdate() - self.confirmed_on
        if age >= HIDE_AFTER:
            return Standing.LAPSED
        return Standing.STALE if age >= CHECK_AFTER else Standing.CONFIRMED

    @property
    def is_confirmed(self) -> bool:
        """Whether it was confirmed lately enough to be stated as it is now."""
        return self.standing == Standing.CONFIRMED

    @property
    def is_lapsed(self) -> bool:
        """Whether it was confirmed too long ago to rely on."""
        return self.standing == Standing.LAPSED
