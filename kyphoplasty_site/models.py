"""What every page says at its head and foot, as the hospital set it: one row."""

from datetime import datetime
from typing import Self
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models import Hospital
from procedures.models.hospitals import can_be_dialled


class SiteSettingsQuerySet(models.QuerySet["SiteSettings"]):
    """The one row, and what it falls back on."""

    def with_lead_hospital(self) -> Self:
        """With `hospital`: what the first hospital is called and its numbers, read in the same query."""
        called = JSONObject(short_name="short_name", phone="phone", self_pay_phone="self_pay_phone")
        return self.annotate(hospital=Subquery(Hospital.objects.leading().values(called=called)))

    def next_turn_of_notice(self) -> datetime | None:
        """When the notice next appears or goes."""
        turns = self.exclude(notice="").values_list("notice_from", "notice_until")
        return min((turn for row in turns for turn in row if turn > timezone.now()), default=None)


class SiteSettings(models.Model):
    """The site's name, the numbers and the notice that every page shows: one row, never deleted."""

    name = models.CharField(
        "site name",
        max_length=60,
        blank=True,
        help_text="It stands at the top of every page and in the title of every browser tab."
        " Leave it empty to have “Kyphoplasty at” and the short name of the first hospital.",
    )
    self_pay_phone = models.CharField(
        "self-pay line",
        max_length=30,
        blank=True,
        validators=[can_be_dialled],
        help_text="The number for people who pay for themselves. It stands at the foot of every page, on the"
        " “Call us” button of a phone, and wherever a page says to call us."
        " Leave it empty to have the self-pay line of the first hospital.",
    )
    phone = models.CharField(
        "number for anything else",
        max_length=30,
        blank=True,
        validators=[can_be_dialled],
        help_text="It stands at the foot of every page, as the number for anything else."
        " Leave it empty to have the switchboard of the first hospital."
        " Each hospital’s own page and each consultant’s keep the hospital’s own numbers.",
    )
    notice = models.CharField(
        max_length=200,
        blank=True,
        help_text="A sentence or two at the very top of every public page, such as"
        " “Our phones are not answered on 25 and 26 December.” Paper outlives it, so it is not printed."
        " Leave it empty to show none.",
    )
    notice_from = models.DateTimeField(
        "show the notice from", null=True, blank=True, help_text="London time. It appears by itself."
    )
    notice_until = models.DateTimeField(
        "show the notice until", null=True, blank=True, help_text="London time. It goes by itself."
    )

    objects = SiteSettingsQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "site name, phones and notice"
        constraints = [
            models.CheckConstraint(
                name="site_settings_are_one_row",
                condition=Q(pk=1),
                violation_error_message="There is one site, so its settings are one row.",
            ),
            models.CheckConstraint(
                name="notice_says_from_when_until_when",
                condition=Q(notice="") | Q(notice_from__isnull=False, notice_until__isnull=False),
                violation_error_message="Say from when and until when the notice is shown.",
            ),
            models.CheckConstraint(
                name="notice_ends_after_it_begins",
                condition=Q(notice_until__gt=F("notice_from")),
                violation_error_message="The notice must end later than it begins.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="site_settings_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return "Site name, phones and notice"

    @property
    def current_notice(self) -> str:
        """The notice, between its two moments; nothing at any other time."""
        if not self.notice_from or not self.notice_until:
            return ""
        return self.notice if self.notice_from <= timezone.now() < self.notice_until else ""


class Backup(models.Model):
    """A backup that was written whole, read again and found to be what was written: `taken_at` is the moment it shows."""

    taken_at = models.DateTimeField()
    size = models.BigIntegerField(help_text="In bytes.")

    def __str__(self) -> str:
        return f"Backup of {self.taken_at:%Y-%m-%d %H:%M}"

    @classmethod
    def last_taken_at(cls) -> datetime | None:
        """The moment that the latest shows, if there was any."""
        last = cls._default_manager.order_by("taken_at").last()
        return last.taken_at if last else None


class ContentVersion(models.Model):
    """Which state of the public content this is: one row, whose version the database replaces with every change to it.

    Triggers on each table that reading pages show do so as the last thing before the change is committed. So whoever reads
    the new version reads the new content, and the row is locked for no longer than that. It is drawn by lot, since a number
    could be used again after a restore, or by a standby that missed the last change.
    """

    version = models.UUIDField(default=uuid4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="content_version_is_one_row",
                condition=Q(pk=1),
                violation_error_message="There is one site, so its content has one version.",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"
