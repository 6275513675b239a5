"""Who can do it, and where."""

from typing import Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse

from procedures.models import Hospital, Procedure, Source
from procedures.pictures import picture_validators


class ConsultantQuerySet(models.QuerySet["Consultant"]):
    """Which consultants."""

    def listed(self) -> Self:
        """Consultants in the public directory, by surname."""
        return self.filter(is_listed=True).order_by("family_name", "given_name")

    def at(self, hospital: Hospital) -> Self:
        """Consultants with a practice at the hospital."""
        return self.filter(Exists(Practice.objects.filter(consultant=OuterRef("pk"), hospital=hospital)))

    def offering(self, procedure: Procedure) -> Self:
        """Consultants who do the procedure somewhere."""
        return self.filter(Exists(Practice.objects.filter(consultant=OuterRef("pk"), procedures=procedure)))

    def speaking(self, language: str) -> Self:
        """Consultants who speak the language."""
        return self.filter(languages__contains=[language])

    def matching(self, words: str) -> Self:
        """Consultants whose name, role or procedures hold every one of the words."""
        found = self
        for word in words.split():
            done = Practice.objects.filter(
                Q(procedures__name__icontains=word) | Q(procedures__aliases__icontains=word),
                consultant=OuterRef("pk"),
            )
            found = found.filter(
                Q(given_name__icontains=word)
                | Q(family_name__icontains=word)
                | Q(title__iexact=word)
                | Q(role__icontains=word)
                | Exists(done)
            )
        return found

    def with_practices(self) -> Self:
        """With their hospitals and procedures, in three queries however many there are."""
        practices = Practice.objects.select_related("hospital", "named_source").prefetch_related(
            Prefetch("procedures", Procedure.objects.published().order_by("name"))
        )
        return self.prefetch_related(Prefetch("practices", practices))


class Consultant(models.Model):
    """A consultant, as the hospital or they themselves gave the facts. What nobody gave stays empty."""

    class Gender(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"

    title = models.CharField(max_length=20, blank=True, help_text="“Mr”, “Miss”, “Dr”, “Professor”.")
    given_name = models.CharField(max_length=60)
    family_name = models.CharField(max_length=60)
    post_nominals = models.CharField("letters after the name", max_length=120, blank=True)
    slug = models.SlugField(
        unique=True, help_text="The last part of the address. Changing it breaks old links."
    )
    role = models.CharField(max_length=120, blank=True, help_text="“Spinal consultant”.")
    about = models.TextField(blank=True, help_text="Their own words: whom they help and how they work.")
    gmc_number = models.CharField(
        "GMC number",
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^\d{7}\Z", "A GMC number has seven digits.")],
    )
    gender = models.CharField(
        max_length=6,
        choices=Gender,
        blank=True,
        help_text="Only as given by themselves. Never judged from a title.",
    )
    languages = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Languages spoken besides English, separated by commas.",
    )
    nhs_base = models.CharField("NHS hospital", max_length=120, blank=True)
    interests = models.TextField("declared interests", blank=True)
    photograph = models.ImageField(upload_to="consultants/", blank=True, validators=picture_validators)
    profile_url = models.URLField(
        "full profile",
        max_length=400,
        blank=True,
        help_text="Their page on another site. Shown as a link when set.",
    )
    is_listed = models.BooleanField("in the public directory", default=True)

    objects = ConsultantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="gmc_number_has_seven_digits",
                condition=Q(gmc_number="") | Q(gmc_number__regex=r"^[0-9]{7}$"),
                violation_error_message="A GMC number has seven digits.",
            ),
            models.CheckConstraint(
                name="gender_is_as_given_or_absent",
                condition=Q(gender__in=["", "female", "male", "other"]),
                violation_error_message="Choose from the list, or leave it empty.",
            ),
            models.UniqueConstraint(
                fields=["gmc_number"],
                condition=~Q(gmc_number=""),
                name="gmc_number_stands_once",
                violation_error_message="Another consultant already has that GMC number.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("consultants:consultant_detail", args=[self.slug])

    @property
    def name(self) -> str:
        """As people say it: “Miss Ada Quill”."""
        return " ".join(filter(None, [self.title, self.given_name, self.family_name]))

    @property
    def formal_name(self) -> str:
        """As a letter would address them: “Miss Quill”."""
        return " ".join(filter(None, [self.title, self.family_name]))

    @property
    def initials(self) -> str:
        """Stand for a photograph that nobody has given."""
        return f"{self.given_name[:1]}{self.family_name[:1]}"

    @property
    def profile_site(self) -> str:
        """The name of the site their full profile is on, as an address shows it."""
        return urlsplit(self.profile_url).hostname or ""


class PracticeQuerySet(models.QuerySet["Practice"]):
    """Which practices."""

    def listed(self) -> Self:
        """Practices of the consultants in the public directory, by surname."""
        return (
            self.filter(consultant__is_listed=True)
            .select_related("consultant", "hospital")
            .order_by("consultant__family_name", "consultant__given_name")
        )

    def unconfirmed(self) -> Self:
        """Practices that nobody has confirmed."""
        return self.filter(confirmed_on=None)


class Practice(models.Model):
    """A consultant at a hospital: what they do there, when, and who says so."""

    consultant = models.ForeignKey(Consultant, on_delete=models.CASCADE, related_name="practices")
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="practices")
    procedures = models.ManyToManyField(Procedure, related_name="practices", blank=True)
    clinic_days = models.CharField(max_length=120, blank=True)
    confirmed_on = models.DateField(
        null=True, blank=True, help_text="When the consultant or their secretary last confirmed these facts."
    )
    named_in = models.PositiveSmallIntegerField(
        "named by the hospital in",
        null=True,
        blank=True,
        help_text="The year, for a practice nobody has confirmed.",
    )
    named_source = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="named_practices"
    )

    objects = PracticeQuerySet.as_manager()

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
        ]

    def __str__(self) -> str:
        return f"{self.consultant} at {self.hospital}"

    @property
    def is_confirmed(self) -> bool:
        """Whether anybody has confirmed that it still holds."""
        return self.confirmed_on is not None
