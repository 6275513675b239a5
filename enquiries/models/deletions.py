"""Receipts of what was deleted: how much, when and why. Never whose it was or what it said."""

from typing import Self

from django.db import models
from django.utils import timezone

from enquiries import references, retention
from enquiries.encryption import EncryptedTextField


class DeletionQuerySet(models.QuerySet["Deletion"]):
    """Which receipts."""

    def past_keeping(self) -> Self:
        """Receipts that have been kept long enough."""
        return self.filter(at__lt=timezone.now() - retention.DELETIONS)


class Deletion(models.Model):
    """That rows were deleted, counted by their kind. An erased request leaves its reference, to show that it was done."""

    class Cause(models.TextChoices):
        TIME = "time", "Their time was over"
        ERASURE = "erasure", "Somebody asked us to erase it"

    at = models.DateTimeField("when", default=timezone.now, editable=False)
    cause = models.CharField(max_length=7, choices=Cause, editable=False)
    reference = models.CharField(max_length=references.LENGTH, blank=True, editable=False)
    counts = models.JSONField("how many of each", editable=False)
    reason = EncryptedTextField("how we knew that it was them", blank=True, editable=False)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at", "id"], name="deletions_by_time")]
        constraints = [
            models.CheckConstraint(
                name="only_an_erasure_names_a_request",
                condition=models.Q(cause="time", reference="")
                | (models.Q(cause="erasure") & ~models.Q(reference="")),
                violation_error_message="Name the request that was erased, and no other.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}, {self.at:%d %B %Y %H:%M}"
