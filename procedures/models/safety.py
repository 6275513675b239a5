"""When to get urgent help: the one text that stands on every clinical page, form and confirmation."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from procedures.richtext import RichTextField


class RedFlagCard(models.Model):
    """One card of the red-flag panel. The cards together are the whole text; no page shows part of it."""

    class Level(models.TextChoices):
        NOW = "now", "999 or A&E now"
        TODAY = "today", "111 or GP today"

    level = models.CharField(
        max_length=5,
        choices=Level,
        help_text="Choose how soon help is needed. The card takes its colour from it.",
    )
    heading = models.CharField(
        max_length=120, help_text="What to do and when, such as “Call 999 or go to A&E now if …”."
    )
    body = RichTextField(help_text="The signs, as a list. Never narrow a sign: numb or tingling is enough.")
    checked_on = models.DateField(
        null=True, blank=True, help_text="When a clinician last compared it with the NHS advice of that day."
    )
    position = models.PositiveSmallIntegerField(
        unique=True, help_text="The card with the lowest number comes first. Each number stands once."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="red_flag_card_says_how_urgent",
                condition=Q(level__in=["now", "today"]),
                violation_error_message="Choose how urgent it is.",
            ),
        ]

    def __str__(self) -> str:
        return self.heading
