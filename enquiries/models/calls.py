"""When the team can ring people back."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from enquiries.models.staff import HospitalRowsQuerySet
from procedures.models import Hospital
from procedures.models.hospitals import Weekday


class CallWindowQuerySet(HospitalRowsQuerySet["CallWindow"]):
    """Which call windows."""

    def offered(self) -> Self:
        """Windows a patient may choose: on the public site only those that a person has confirmed."""
        return self.exclude(confirmed_on=None) if settings.PUBLIC_URL else self.all()

    def unconfirmed(self) -> Self:
        """Windows that nobody at the hospital has confirmed."""
        return self.filter(confirmed_on=None)


class CallWindow(models.Model):
    """A stretch of one weekday when the team rings people back, and how many it can ring in it.

    Places are counted by when a window begins. A patient's request keeps the times it was promised, whatever becomes of this row.
    """

    hospital = models.ForeignKey(
        Hospital,
        on_delete=models.CASCADE,
        related_name="call_windows",
        help_text="Whose team rings. Its patients are offered this window.",
    )
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday, help_text="Choose the day. A day may have several windows."
    )
    starts_at = models.TimeField("from", help_text="When the team begins to ring, such as 09:00.")
    ends_at = models.TimeField("until", help_text="When the team is done. It is later than the beginning.")
    places = models.PositiveSmallIntegerField(help_text="How many people the team can ring in it.")
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        help_text="When the team last confirmed it. Until then the public site does not offer it.",
    )

    objects = CallWindowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_window_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="The window must end later than it starts.",
            ),
            models.CheckConstraint(
                name="call_window_is_on_a_weekday",
                condition=Q(weekday__range=(0, 6)),
                violation_error_message="Choose a day of the week.",
            ),
            models.CheckConstraint(
                name="call_window_has_a_place",
                condition=Q(places__gte=1),
                violation_error_message="A window needs room for one call at least. To close it, delete it.",
            ),
            models.UniqueConstraint(
                fields=["hospital", "weekday", "starts_at"],
                name="call_window_stands_once",
                violation_error_message="A window that starts then is already listed for this day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hospital}, {self.get_weekday_display()} {self.starts_at:%H:%M} to {self.ends_at:%H:%M}"
