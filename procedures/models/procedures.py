"""Treatments, tests and scans, and where each is offered."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models.confirmations import Confirmed, not_in_the_future
from procedures.models.editions import Edition
from procedures.models.hospitals import Hospital
from procedures.models.vectors import Lexemes, vector


class ProcedureQuerySet(models.QuerySet["Procedure"]):
    """Which procedures."""

    def published(self) -> Self:
        """Procedures with a current edition: the only ones the public may see."""
        return self.filter(Exists(Edition.objects.published().filter(procedure=OuterRef("pk"))))

    def at(self, hospital: Hospital) -> Self:
        """Procedures offered at the hospital."""
        return self.filter(offerings__hospital=hospital)

    def of_kind(self, kind: str) -> Self:
        """Treatments, tests or scans."""
        return self.filter(kind=kind)

    def matching(self, lexemes: str) -> Self:
        """Procedures whose name, other names, kind or summary say what is asked for, as a tsquery."""
        return self.filter(search=Lexemes(lexemes))

    def with_offerings(self, hospital: Hospital | None = None) -> Self:
        """With the hospitals that offer them, or only the one; in one more query however many there are."""
        offerings = Offering.objects.select_related("hospital")
        return self.prefetch_related(
            Prefetch("offerings", offerings.filter(hospital=hospital) if hospital else offerings)
        )

    def alphabetical(self) -> Self:
        """In the order of the A to Z."""
        return self.order_by("name")


class Procedure(models.Model):
    """A treatment, test or scan. What its page says is in its editions."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        TEST = "test", "Test"
        SCAN = "scan", "Scan"

    name = models.CharField(
        max_length=80, unique=True, help_text="What it is called on its page and in every list."
    )
    slug = models.SlugField(
        unique=True, help_text="The last part of its address. Changing it breaks old links."
    )
    kind = models.CharField(
        max_length=10, choices=Kind, help_text="Choose one. Readers find it in the list of that kind."
    )
    summary = models.CharField(max_length=200, help_text="One plain sentence for lists.")
    aliases = models.CharField(
        "other names",
        max_length=300,
        blank=True,
        help_text="What else people call it, separated by commas. The finder looks here too.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who keeps its page right, and is reminded when a review is due.",
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who is reminded as well, and stands in.",
    )

    search = vector(name="A", aliases="A", kind="C", summary="C")

    objects = ProcedureQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        indexes = [GinIndex(fields=["search"], name="procedures_by_words")]
        constraints = [
            models.CheckConstraint(
                name="procedure_is_a_treatment_test_or_scan",
                condition=Q(kind__in=["treatment", "test", "scan"]),
                violation_error_message="Choose treatment, test or scan.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("procedures:procedure_detail", args=[self.slug])

    @property
    def initial(self) -> str:
        """The letter of the A to Z it stands under."""
        return self.name[:1].upper()


class OfferingQuerySet(models.QuerySet["Offering"]):
    """Which offerings."""

    def published(self) -> Self:
        """Offerings whose procedure the public may see."""
        return self.filter(procedure__in=Procedure.objects.published())


class Offering(Confirmed):
    """A procedure at a hospital, with the guide price for people who pay for themselves."""

    procedure = models.ForeignKey(
        Procedure,
        on_delete=models.CASCADE,
        related_name="offerings",
        help_text="What is offered. Each procedure stands once for a hospital.",
    )
    hospital = models.ForeignKey(
        Hospital,
        on_delete=models.CASCADE,
        related_name="offerings",
        help_text="Where it is offered. Each procedure stands once for a hospital.",
    )
    guide_price = models.DecimalField(
        "guide price (£)",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="In pounds, for people who pay for themselves. Leave it empty where nobody told you a price.",
    )
    price_includes = models.CharField(
        max_length=300, blank=True, help_text="What the price covers, in a sentence. Needed with a price."
    )
    price_valid_until_date = models.DateField(
        "price valid until",
        null=True,
        blank=True,
        help_text="After this day readers are asked to ring instead.",
    )
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When the hospital last confirmed that it offers this.",
    )

    objects = OfferingQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["procedure__name", "hospital__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "hospital"],
                name="offering_stands_once",
                violation_error_message="This procedure is already listed at that hospital.",
            ),
            models.CheckConstraint(
                name="guide_price_says_what_it_covers_and_until_when",
                condition=Q(guide_price__isnull=True, price_valid_until_date__isnull=True)
                | (
                    Q(guide_price__isnull=False, guide_price__gt=0, price_valid_until_date__isnull=False)
                    & ~Q(price_includes="")
                ),
                violation_error_message="A guide price needs what it includes and the day it is valid until.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} at {self.hospital}"

    @property
    def has_current_price(self) -> bool:
        """Whether there is a price that still holds today."""
        return self.price_valid_until_date is not None and self.price_valid_until_date >= timezone.localdate()
