"""A consultant at a hospital: what they do there, and how sure anybody is that it still holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Subquery, When
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models import Hospital, Offering, Procedure, Source
from procedures.models.confirmations import CHECK_AFTER, HIDE_AFTER, Confirmed, not_in_the_future

# When their secretary is reminded, so that they can still answer before nobody is listed on it.
REMIND_AFTER = HIDE_AFTER - timedelta(days=14)


NAMED_SINCE = 1990
# How many practices stand on a page that is about something else, and up to how many of all the rest are counted.
FEW = 6
FEW_IN_A_CELL = 3
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Few:
    """The first few practices of a list that may be very long; how many consultants it has, or 0 where they are not counted."""

    practices: "Sequence[Practice]"
    goes_on: bool = False
    everyone: int = 0


class PracticeQuerySet(models.QuerySet["Practice"]):
    """Which practices."""

    def shown(self) -> Self:
        """Practices that readers may be told of: of listed consultants, and not lapsed."""
        return self.filter(consultant__is_listed=True).exclude(confirmed_on__lte=lapsed_date())

    def by_surname(self) -> Self:
        """Those with an entry in the directory, in its order: the one order of every list, since any other would advertise."""
        return self.filter(entry__isnull=False).order_by("entry__sort_key")

    def listed(self) -> Self:
        """Practices that readers may be told of, by surname."""
        return self.shown().select_related("consultant", "hospital").by_surname()

    def few(self) -> Few:
        """The first few that readers may be told of, by surname; and how many consultants there are, if there are more."""
        first = list(self.listed()[: FEW + 1])
        if len(first) <= FEW:
            return Few(first)
        some = self.shown().order_by().values_list("consultant", flat=True)[: MOST_COUNTED + 1]
        return Few(first[:FEW], goes_on=True, everyone=len(set(some)) if len(some) <= MOST_COUNTED else 0)

    def few_by_offering(self, offerings: Iterable[Offering]) -> dict[int, Few]:
        """Who does the procedure at the hospital, by the key of each offering: the first few by surname."""
        there = self.filter(entry__hospital=OuterRef("hospital"), procedures=OuterRef("procedure"))
        return self._few_of_each(
            Offering.objects.filter(pk__in=[each.pk for each in offerings]),
            there.shown().by_surname().values("pk"),
        )

    def few_where_not_offered(self, procedures: Iterable[Procedure]) -> dict[int, Few]:
        """Who does a procedure at hospitals that do not say that they offer it, by its key: one at each of the first few."""
        there = self.filter(entry__hospital=OuterRef("pk"), procedures=OuterRef(OuterRef("pk")))
        offered = Offering.objects.filter(hospital=OuterRef("pk"), procedure=OuterRef(OuterRef("pk")))
        somebody = Subquery(there.shown().by_surname().values("pk")[:1])
        # As a case, so that nobody is looked for at all the hospitals that do offer it.
        silent = Hospital.objects.annotate(somebody=Case(When(~Exists(offered), then=somebody))).exclude(
            somebody=None
        )
        return self._few_of_each(
            Procedure.objects.filter(pk__in=[each.pk for each in procedures]), silent.values("somebody")
        )

    def _few_of_each(self, rows: "models.QuerySet[Any]", fitting: "models.QuerySet[Any]") -> dict[int, Few]:
        """One query picks, one reads who was picked, however many rows there are."""
        found = dict(rows.order_by().values_list("pk", ArraySubquery(fitting[: FEW_IN_A_CELL + 1])))
        practices = self.listed().in_bulk([pk for picked in found.values() for pk in picked])
        return {
            row: Few([practices[pk] for pk in picked[:FEW_IN_A_CELL]], goes_on=len(picked) > FEW_IN_A_CELL)
            for row, picked in found.items()
            if picked
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
        "consultants.Consultant",
        on_delete=models.CASCADE,
        related_name="practices",
        help_text="Who works there. Each consultant stands once for a hospital.",
    )
    hospital = models.ForeignKey(
        Hospital,
        on_delete=models.PROTECT,
        related_name="practices",
        help_text="Where they see patients. Each hospital stands once for a consultant.",
    )
    procedures = models.ManyToManyField(
        Procedure,
        related_name="practices",
        blank=True,
        help_text="What they do at this hospital, as they or the hospital told you.",
    )
    clinic_days = models.CharField(
        max_length=120, blank=True, help_text="When they see patients there, such as “Monday mornings”."
    )
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When the consultant or their secretary last confirmed these facts. If you change a fact, give a new day: without one, it is no longer told as confirmed.",
    )
    named_in = models.PositiveSmallIntegerField(
        "named by the hospital in",
        null=True,
        blank=True,
        validators=[a_year_of_ours],
        help_text="The year in which the hospital named them, if nobody has confirmed it yet.",
    )
    named_source = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="named_practices",
        help_text="Where the hospital named them, if nobody has confirmed it yet.",
    )

    objects = PracticeQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[procedures])

    class Meta:
        ordering = ["hospital__position", "consultant__family_name"]
        indexes = [models.Index(fields=["confirmed_on", "consultant"], name="practices_by_confirmation")]
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

    def unconfirm(self, reason: str) -> None:
        """What it says now was confirmed by nobody: from this year on the hospital names them for it, and no source does."""
        self.confirmed_on, self.named_in, self.named_source = None, timezone.localdate().year, None
        self._change_reason = reason[:100]
        self.save(update_fields=["confirmed_on", "named_in", "named_source"])


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
        "consultants.Consultant",
        on_delete=models.CASCADE,
        related_name="procedure_counts",
        help_text="Whose number it is, as the source names them.",
    )
    procedure = models.ForeignKey(
        Procedure,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="What was counted. Each procedure and year stands once.",
    )
    done = models.PositiveIntegerField(
        "how many", help_text="How many in that year, exactly as the source says it."
    )
    until_date = models.DateField(
        "in the year that ended on", help_text="The last day of the year that was counted."
    )
    source = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        related_name="procedure_counts",
        help_text="Who counted. Readers are told, and can look it up.",
    )

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
