"""Who read which request. The database takes new lines and refuses to change, delete or empty them before their time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from enquiries import references, retention
from enquiries.models.staff import HospitalRowsQuerySet
from procedures.models import Hospital

if TYPE_CHECKING:
    from enquiries.models.requests import Enquiry

_REFUSE = "RAISE EXCEPTION 'Who read what is kept.' USING ERRCODE = 'restrict_violation';"


class ReadingQuerySet(HospitalRowsQuerySet["Reading"]):
    """Which lines of the record."""

    def of(self, *references: str) -> "ReadingQuerySet":
        """Lines about the requests with these references, the latest first; also once the request has gone."""
        return self.filter(references__overlap=references).order_by("-at", "-pk")

    def past_keeping(self) -> "ReadingQuerySet":
        """Lines that the database lets go."""
        return self.filter(at__lt=timezone.now() - retention.READINGS)


class Reading(models.Model):
    """That somebody read, or may have read, requests of one hospital: their references, and nothing of what they say."""

    class Deed(models.TextChoices):
        LISTED = "listed", "Saw it in a list"
        SEARCHED = "searched", "Found it by a search"
        OPENED = "opened", "Opened it"
        PRINTED = "printed", "Printed it"
        EXPORTED = "exported", "Exported it"

    at = models.DateTimeField("when", db_default=Now(), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="readings",
        help_text="Empty for whoever ran a command on the server.",
    )
    deed = models.CharField("what they did", max_length=8, choices=Deed)
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="readings")
    references = ArrayField(models.CharField(max_length=references.LENGTH))

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = "line of the read record"
        verbose_name_plural = "read record"
        indexes = [
            GinIndex(fields=["references"], name="readings_of_a_request"),
            models.Index(fields=["at"], name="readings_by_time"),
            models.Index(fields=["deed", "at", "id"], include=["hospital"], name="readings_by_deed"),
        ]
        constraints = [
            models.CheckConstraint(
                name="reading_has_a_deed_we_know",
                condition=models.Q(deed__in=["listed", "searched", "opened", "printed", "exported"]),
                violation_error_message="Say what they did.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="readings_are_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                # The one way out, for purge: a line whose time is over may be deleted. The database looks at its age.
                func=f"IF TG_OP = 'DELETE' AND OLD.at < now() - interval '{retention.READINGS.days} days'"
                f" THEN RETURN OLD; END IF; {_REFUSE}",
            ),
            pgtrigger.Trigger(
                name="readings_are_not_emptied",
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                func=_REFUSE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or 'A command'}, {self.at:%d %B %Y %H:%M}"


def record(user: User | None, deed: Reading.Deed, enquiries: Iterable["Enquiry"]) -> None:
    """Put down that somebody read these requests, before they are shown: one line for each hospital among them.

    No user stands for whoever ran a command on the server.
    """
    record_together(user, {deed: enquiries})


def record_together(user: User | None, read: Mapping[Reading.Deed, Iterable["Enquiry"]]) -> None:
    """The same for requests that were read in several ways on one page."""
    references_at: dict[tuple[Reading.Deed, int], list[str]] = defaultdict(list)
    for deed, enquiries in read.items():
        for enquiry in enquiries:
            references_at[deed, enquiry.hospital_id].append(enquiry.reference)
    Reading.objects.bulk_create(
        Reading(user=user, deed=deed, hospital_id=hospital_id, references=references)
        for (deed, hospital_id), references in references_at.items()
    )
