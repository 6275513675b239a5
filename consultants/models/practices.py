"""A consultant at a hospital: what they do there, and how sure anybody is that it still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models import Hospital, Offering, Procedure, Source
from procedures.models.confirmations import CHECK_AFTER, HIDE_AFTER, Confirmed, not_in_the_future

# When their secretary is reminded, so that they can still answer before nobody is listed on it.
REMIND_AFTER = HIDE_AFTER - timedelta(days=14)


NAMED_SINCE = 1990
# How many practices stand on a page that is about something else.
FEW = 6
FEW_IN_A_CELL = 3
BY_SURNAME = ("consultant__family_name", "consultant__given_name", "consultant")


@dataclass(frozen=True)
class Few:
    """The first few practices of a list that may be very long, and how many consultants it has where it goes on, else 0."""

    practices: "Sequence[Practice]"
    everyone: int = 0


class PracticeQuerySet(models.QuerySet["Practice"]):
    """Which practices."""

    def shown(self) -> Self:
        """Practices that readers may be told of: of listed consultants, and not lapsed."""
        return self.filter(consultant__is_listed=True).exclude(confirmed_on__lte=lapsed_date())

    def listed(self) -> Self:
        """Practices that readers may be told of, by surname."""
        return self.shown().select_related("consultant", "hospital").order_by(*BY_SURNAME)

    def few(self) -> Few:
        """The first few that readers may be told of, by surname; and how many consultants there are, if there are more."""
        first = list(self.listed()[: FEW + 1])
        if len(first) <= FEW:
            return Few(first)
        return Few(first[:FEW], **self.shown().aggregate(everyone=Count("consultant", distinct=True)))

    def few_by_offering(self, offerings: Sequence[Offering]) -> dict[int, Few]:
        """Who does the procedure at the hospital, by the key of each offering: the first few by surname, and how many.

        One query counts and picks, one reads who was picked. The hospitals are named so that no other's practices are read.
        """
        cells = (
            self.shown()
            .filter(
                hospital__in={offering.hospital_id for offering in offerings},
                procedures__offerings__in=offerings,
                procedures__offerings__hospital=F("hospital"),
            )
            .order_by()
            .values("procedures__offerings")
            .annotate(everyone=Count("pk"), picked=ArrayAgg("pk", order_by=BY_SURNAME))
            .values_list("procedures__offerings", "everyone", F("picked")[:FEW_IN_A_CELL])
        )
        found = list(cells)
        practices = self.listed().in_bulk([pk for _, _, picked in found for pk in picked])
        return {
            offering: Few([practices[pk] for pk in picked], everyone if everyone > len(picked) else 0)
            for offering, everyone, picked in found
        }

    def with_procedures(self) -> Self:
        """With the hospital, what they do there that has a page, and who named them."""
        return self.select_related("hospital", "named_source").prefetch_related(
            Prefetch("procedures", Procedure.objects.published().alphabetical())
        )

    def unconfirmed(self) -> Self:
        """Practices that nobody has confirmed."""
        return self.filter(confirmed_on=None)

    def due(self) -> Self:
        """Practices of listed consultants that somebody should confirm: never confirmed, or too long ago. The oldest first."""
        long_ago = Q(confirmed_on=None) | Q(confirmed_on__lte=timezone.localdate() - CHECK_AFTER)
        return self.filter(long_ago, consultant__is_listed=True).order_by(
            F("confirmed_on").asc(nulls_first=True), "consultant__family_name"
        )


def a_year_of_ours(year: int) -> None:
    """Refuse a slip of the finger. Raises ValidationError."""
    this_year = timezone.localdate().year
    if not NAMED_SINCE <= year <= this_year:
        raise ValidationError(f"Write a year between {NAMED_SINCE} and {this_year}.")


class Practice(Confirmed):
    """A consultant at a hospital: what they do there, when, and who says so."""

    consultant = models.ForeignKey(
        "consultants.Consultant", on_delete=models.CASCADE, related_name="practices"
    )
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="practices")
    procedures = models.ManyToManyField(Procedure, related_name="practices", blank=True)
    clinic_days = models.CharField(max_length=120, blank=True)
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When the consultant or their secretary last confirmed these facts.",
    )
    named_in = models.PositiveSmallIntegerField(
        "named by the hospital in",
        null=True,
        blank=True,
        validators=[a_year_of_ours],
        help_text="The year, for a practice nobody has confirmed.",
    )
    named_source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="named_practices"
    )

    objects = PracticeQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[procedures])

    class Meta:
        ordering = ["hospital__position", "consultant__family_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultant", "hospital"],
                name="practice_stands_once",
                violation_error_message="This consultant is already listed at that hospital.",
            ),
            models.CheckConstraint(
                name="practice_says_who_stands_behind_it",
                condition=Q(confirmed_on__isnull=False) | Q(named_in__isnull=False),
                violation_error_message="Say when it was confirmed, or in which year the hospital named them.",
            ),
            models.CheckConstraint(
                name="practice_was_named_in_1990_or_later",
                condition=Q(named_in=None) | Q(named_in__gte=NAMED_SINCE),
                violation_error_message=f"Write {NAMED_SINCE} or a later year.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultant} at {self.hospital}"

    @property
    def lapses_on(self) -> date | None:
        """The day from which it is not listed unless somebody confirms it."""
        return self.confirmed_on + HIDE_AFTER if self.confirmed_on else None

    def confirm(self, day: date, reason: str) -> None:
        """Its facts were confirmed that day, and how, for its history. An older day than the one that stands changes nothing."""
        if self.confirmed_on is None or self.confirmed_on < day:
            self.confirmed_on = day
            self._change_reason = reason[:100]
            self.save(update_fields=["confirmed_on"])


def lapsed_date() -> date:
    """A practice last confirmed on this day or before it has lapsed."""
    return timezone.localdate() - HIDE_AFTER


class ProcedureCountQuerySet(models.QuerySet["ProcedureCount"]):
    """Which counts."""

    def published(self) -> Self:
        """Counts of procedures that the public may see, from sources that still stand."""
        return self.filter(procedure__in=Procedure.objects.published(), source__withdrawn_on=None)


class ProcedureCount(models.Model):
    """How many times a consultant did a procedure in a year, as a source says it. Never counted by us."""

    consultant = models.ForeignKey(
        "consultants.Consultant", on_delete=models.CASCADE, related_name="procedure_counts"
    )
    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="+")
    done = models.PositiveIntegerField("how many", help_text="As the source says it.")
    until_date = models.DateField("in the year that ended on")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="procedure_counts")

    objects = ProcedureCountQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-until_date", "procedure__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultant", "procedure", "until_date"],
                name="procedure_count_stands_once",
                violation_error_message="There is a number for this procedure and year already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultant}: {self.done} × {self.procedure}, year to {self.until_date:%-d %B %Y}"
