"""A hospital, when it is open, and when it is not."""

import datetime
import re
from typing import Self
from urllib.parse import urlencode

import phonenumbers
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models.confirmations import Confirmed, not_in_the_future
from procedures.models.vectors import vector


class Weekday(models.IntegerChoices):
    """The days of the week, numbered as Python's date.weekday() does."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def clock(moment: datetime.time) -> str:
    """A time of day as people say it: “9am”, “5.30pm”, “noon”."""
    if (moment.hour, moment.minute) == (12, 0):
        return "noon"
    minutes = f".{moment:%M}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'am' if moment.hour < 12 else 'pm'}"


def can_be_dialled(number: str) -> None:
    """Refuse what is no phone number, since every page draws it as a link that dials.

    Raises ValidationError.
    """
    try:
        is_possible = phonenumbers.is_possible_number(phonenumbers.parse(number, "GB"))
    except phonenumbers.NumberParseException:
        is_possible = False
    if not is_possible or not re.fullmatch(r"\+?[\d ()-]+", number):
        raise ValidationError("Give one phone number and nothing else, such as 01632 960100.")


class HospitalQuerySet(models.QuerySet["Hospital"]):
    """Which hospitals."""

    def leading(self) -> Self:
        """The hospital whose name and phone number head every page: the first in staff's own order."""
        return self[:1]


class Hospital(Confirmed):
    """A hospital patients may be seen at. A fact that nobody has given stays empty and is not shown."""

    class BankHolidays(models.TextChoices):
        CLOSED = "closed", "The phone is not answered"
        USUAL = "usual", "The phone is answered at the usual hours"

    name = models.CharField(max_length=120, unique=True, help_text="The full name, as on the sign outside.")
    short_name = models.CharField(
        max_length=40, help_text="What people call it. The site's own name ends with it: “Kyphoplasty at …”."
    )
    slug = models.SlugField(
        unique=True, help_text="The last part of its address. Changing it breaks old links."
    )
    provider = models.CharField(max_length=120, blank=True, help_text="The company or trust that runs it.")
    street = models.CharField(
        max_length=120, blank=True, help_text="The house number and the street, as on a letter."
    )
    town = models.CharField(max_length=60, blank=True, help_text="The town or city, as on a letter.")
    county = models.CharField(
        max_length=60, blank=True, help_text="The county, if people use it in the address."
    )
    postcode = models.CharField(
        max_length=10, blank=True, help_text="The whole postcode, with its space. A map is found by it."
    )
    phone = models.CharField(
        "switchboard",
        max_length=30,
        blank=True,
        validators=[can_be_dialled],
        help_text="The number that anybody may ring. It stands on the hospital’s page as a link that dials.",
    )
    self_pay_phone = models.CharField(
        "self-pay line",
        max_length=30,
        blank=True,
        validators=[can_be_dialled],
        help_text="The number for people who pay for themselves. It stands on every page.",
    )
    enquiries_email = models.EmailField(
        "enquiry team’s email",
        blank=True,
        help_text="Told about each new request, by a link. Never shown to patients.",
    )
    bank_holidays = models.CharField(
        "on bank holidays",
        max_length=6,
        choices=BankHolidays,
        blank=True,
        help_text="Leave it empty if you do not know: readers are then told nothing of bank holidays.",
    )
    directions = models.TextField(
        "how to get there",
        blank=True,
        help_text="How to come by train, bus and car, in short plain sentences.",
    )
    parking = models.TextField(
        blank=True, help_text="Where to park, what it costs, and where the spaces for blue badges are."
    )
    access = models.TextField(
        "getting in and around",
        blank=True,
        help_text="Say what there is: ramps, lifts, hearing loops, toilets.",
    )
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When somebody at the hospital last confirmed these facts.",
    )
    position = models.PositiveSmallIntegerField(
        default=0,
        help_text="The hospital with the lowest number comes first, and stands at the top of every page.",
    )
    search = vector(name="A", short_name="A", town="B", county="C", postcode="C")

    objects = HospitalQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        ordering = ["position", "name"]
        indexes = [GinIndex(fields=["search"], name="hospitals_by_words")]
        constraints = [
            models.CheckConstraint(
                name="bank_holidays_are_closed_usual_or_not_known",
                condition=Q(bank_holidays__in=["", "closed", "usual"]),
                violation_error_message="Choose from the list, or leave it empty.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("procedures:hospital_detail", args=[self.slug])

    @property
    def address_lines(self) -> list[str]:
        """The postal address, a line each, without the empty ones."""
        return [line for line in (self.street, self.town, self.county, self.postcode) if line]

    @property
    def map_url(self) -> str:
        """A search for the address on a map of another site; nothing where there is no address."""
        search = urlencode({"query": ", ".join(self.address_lines)})
        return f"https://www.openstreetmap.org/search?{search}" if self.address_lines else ""

    @property
    def price_phone(self) -> str:
        """Where to ask for a price: the self-pay line, or the switchboard."""
        return self.self_pay_phone or self.phone


class OpeningHours(models.Model):
    """A stretch of one weekday when the phone is answered."""

    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday, help_text="Choose the day. A day with a break at noon has two rows."
    )
    opens_at = models.TimeField(help_text="When somebody starts to answer the phone, such as 08:30.")
    closes_at = models.TimeField(
        help_text="When the phone is last answered. It is later than the opening time."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["weekday", "opens_at"]
        verbose_name = verbose_name_plural = "opening hours"
        constraints = [
            models.CheckConstraint(
                name="opening_hours_end_after_they_begin",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message="The closing time must be later than the opening time.",
            ),
            models.CheckConstraint(
                name="opening_hours_are_on_a_weekday",
                condition=Q(weekday__range=(0, 6)),
                violation_error_message="Choose a day of the week.",
            ),
            models.UniqueConstraint(
                fields=["hospital", "weekday", "opens_at"],
                name="opening_hours_stand_once",
                violation_error_message="That opening time is already listed for this day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M} to {self.closes_at:%H:%M}"


class ClosureQuerySet(models.QuerySet["Closure"]):
    """Which closures."""

    def upcoming(self) -> Self:
        """Closures today or later."""
        return self.filter(closed_on__gte=timezone.localdate())


class Closure(models.Model):
    """A day when the phone is not answered, such as a bank holiday."""

    hospital = models.ForeignKey(Hospital, on_delete=models.CASCADE, related_name="closures")
    closed_on = models.DateField(help_text="The day on which nobody answers the phone.")
    reason = models.CharField(max_length=80, help_text="Why, as patients read it, such as “Christmas Day”.")

    objects = ClosureQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["closed_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["hospital", "closed_on"],
                name="closure_stands_once",
                violation_error_message="That day is already listed as closed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.closed_on:%-d %B %Y}: {self.reason}"
