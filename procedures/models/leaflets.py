"""The printed form of an edition."""

from typing import Self

from django.db import models
from django.db.models import Count
from django.db.models.functions import Length
from django.urls import reverse

from procedures.models.editions import Edition
from procedures.models.frozen import AppendOnly, NoTruncate


class LeafletQuerySet(models.QuerySet["Leaflet"]):
    """Which leaflets."""

    def current(self) -> Self:
        """Those of the editions that readers see now."""
        return self.filter(edition__in=Edition.objects.current().values("pk"))

    def without_pdf(self) -> Self:
        """What is known about them, with the size of the file, and without the file itself."""
        return self.defer("pdf").annotate(byte_count=Length("pdf")).order_by("-size")

    def missing(self) -> list[tuple[Edition, str]]:
        """Leaflets still to be made: of each edition that readers see or will see, in both sizes."""
        sizes = Leaflet.Size.values
        editions = (
            Edition.objects.standing()
            .filter(leaflet_code__isnull=False)
            .annotate(made=Count("leaflets"))
            .filter(made__lt=len(sizes))
            .order_by("published_at", "pk")
        )
        made = set(self.filter(edition__in=editions).values_list("edition", "size"))
        return [(edition, size) for edition in editions for size in sizes if (edition.pk, size) not in made]


class Leaflet(models.Model):
    """The PDF of a published edition in one size. Made once, and kept as it was handed out."""

    class Size(models.TextChoices):
        STANDARD = "standard", "12 point"
        LARGE = "large", "Large print, 24 point"

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="leaflets")
    size = models.CharField(max_length=8, choices=Size)
    pdf = models.BinaryField()
    pages = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)

    objects = LeafletQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "size"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "size"],
                name="leaflet_is_made_once",
                violation_error_message="This edition already has a leaflet of that size.",
            ),
            models.CheckConstraint(
                name="leaflet_is_standard_or_large",
                condition=models.Q(size__in=["standard", "large"]),
                violation_error_message="A leaflet is standard or large.",
            ),
        ]
        triggers = [AppendOnly(name="leaflets_are_a_record"), NoTruncate(name="leaflets_are_kept")]

    def __str__(self) -> str:
        return f"{self.edition}, {self.get_size_display()}"

    def get_absolute_url(self) -> str:
        """Where the current leaflet of that size is."""
        page = reverse("procedures:leaflet", args=[self.edition.procedure.slug])
        return page if self.size == self.Size.STANDARD else f"{page}?size={self.size}"

    @property
    def file_name(self) -> str:
        """What a reader's copy is called."""
        large = "-large-print" if self.size == self.Size.LARGE else ""
        return f"{self.edition.procedure.slug}-leaflet-edition-{self.edition.number}{large}.pdf"

    @property
    def etag(self) -> str:
        """It never changes, so its edition and size name it."""
        return f'"{self.edition_id}-{self.size}"'
