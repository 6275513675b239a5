"""Who can do it: consultants, as they or their hospital gave the facts."""

from datetime import date
from typing import Self
from urllib.parse import urlencode, urlsplit

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Upper
from django.urls import reverse
from simple_history.models import HistoricalRecords

from consultants.models.practices import Practice, ProcedureCount
from procedures.models import Hospital
from procedures.models.confirmations import Standing
from procedures.models.hospitals import can_be_dialled
from procedures.pictures import Copies, Picture, picture_validators


class ConsultantQuerySet(models.QuerySet["Consultant"]):
    """Which consultants."""

    def with_profile(self) -> Self:
        """Consultants whose page readers may open, even where all that is known of them has lapsed."""
        return self.filter(is_listed=True)

    def listed(self) -> Self:
        """Consultants in the public directory, by surname: those with a practice that readers may be told of."""
        return self.practising().by_surname()

    def by_surname(self) -> Self:
        """In the order of the directory, the one order of every list. Who has no practice comes last."""
        entries = Practice.objects.filter(consultant=OuterRef("pk")).by_surname()
        return self.order_by(Subquery(entries.values("entry__sort_key")[:1]), "pk")

    def practising(self) -> Self:
        """Listed consultants with a practice that has not lapsed."""
        return self.with_profile().filter(Exists(Practice.objects.shown().filter(consultant=OuterRef("pk"))))

    def with_practices(self) -> Self:
        """With the hospitals and procedures that readers may be told of, in three queries however many there are."""
        return self.prefetch_related(Prefetch("practices", Practice.objects.shown().with_procedures()))

    def with_record(self) -> Self:
        """With all that a profile shows: every practice, lapsed ones too, and how many procedures a source says they did."""
        counts = ProcedureCount.objects.published().select_related("procedure", "source")
        return self.prefetch_related(
            Prefetch("practices", Practice.objects.with_procedures()), Prefetch("procedure_counts", counts)
        )


class Consultant(models.Model):
    """A consultant, as the hospital or they themselves gave the facts. What nobody gave stays empty."""

    class Gender(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"

    title = models.CharField(max_length=20, blank=True, help_text="“Mr”, “Miss”, “Dr”, “Professor”.")
    given_name = models.CharField(max_length=60, help_text="The first name that they use with patients.")
    family_name = models.CharField(
        max_length=60, help_text="The surname. Lists are in the order of surnames."
    )
    post_nominals = models.CharField(
        "letters after the name",
        max_length=120,
        blank=True,
        help_text="Letters as they write them, such as “MBBS FRCS”, with a space between.",
    )
    slug = models.SlugField(
        unique=True, help_text="The last part of the address. Changing it breaks old links."
    )
    role = models.CharField(
        max_length=120,
        blank=True,
        help_text="What they are, in words that patients know, such as “Spinal consultant”.",
    )
    about = models.TextField(blank=True, help_text="Their own words: whom they help and how they work.")
    gmc_number = models.CharField(
        "GMC number",
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^\d{7}\Z", "A GMC number has seven digits.")],
        help_text="The seven digits of their entry in the medical register, so that patients can look them up.",
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
    specialties = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Such as “Spinal surgery”, separated by commas. Write each the same way for everybody: readers choose from them.",
    )
    nhs_base = models.CharField(
        "NHS hospital",
        max_length=120,
        blank=True,
        help_text="The NHS hospital where they work too, by its full name.",
    )
    interests = models.TextField(
        "declared interests",
        blank=True,
        help_text="What they declared, such as shares in a company. Their own words are best.",
    )
    secretary_name = models.CharField(
        "secretary",
        max_length=120,
        blank=True,
        help_text="Who answers for them. Patients read the name once the facts are confirmed.",
    )
    secretary_phone = models.CharField(
        "secretary’s phone",
        max_length=30,
        blank=True,
        validators=[can_be_dialled],
        help_text="Shown to patients once the facts are confirmed.",
    )
    secretary_email = models.EmailField(
        "secretary’s email",
        blank=True,
        help_text="Where we ask whether the facts still hold. Never shown to patients.",
    )
    insurers = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        verbose_name="insurers that recognise them",
        help_text="The names of the insurers, separated by commas. Write each the same way for everybody.",
    )
    first_fee = models.DecimalField(
        "guide fee, first consultation (£)",
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="In pounds, for somebody who pays for themselves and comes for the first time.",
    )
    follow_up_fee = models.DecimalField(
        "guide fee, follow-up (£)",
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="In pounds, for somebody who pays for themselves and comes again.",
    )
    photograph = models.FileField(
        upload_to="portraits/",
        blank=True,
        validators=picture_validators,
        help_text="A JPEG, PNG or WebP picture of up to 10 MB. It is cut to a square; where it was taken is not kept.",
    )
    photograph_widths = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, editable=False
    )
    profile_url = models.URLField(
        "full profile",
        max_length=400,
        blank=True,
        help_text="Their page on another site. Shown as a link when set.",
    )
    is_listed = models.BooleanField(
        "in the public directory",
        default=True,
        help_text="Tick it when patients may find this person. Without the tick, nobody sees the page.",
    )

    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
        help_text="The record of the same person that replaced this one. Old addresses lead there.",
    )

    objects = ConsultantQuerySet.as_manager()
    # A secretary's name, phone and email go when they are changed: nothing keeps what they were.
    history = HistoricalRecords(
        excluded_fields=["photograph_widths", "secretary_name", "secretary_phone", "secretary_email"]
    )

    class Meta:
        indexes = [
            models.Index(fields=["family_name", "given_name", "id"], name="consultants_by_name"),
            models.Index(fields=["is_listed", "merged_into"], name="consultants_by_listing"),
            GinIndex(
                OpClass(Upper("given_name"), "gin_trgm_ops"),
                OpClass(Upper("family_name"), "gin_trgm_ops"),
                name="consultants_by_part_of_name",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="merged_consultant_is_not_listed",
                condition=Q(merged_into=None) | Q(is_listed=False),
                violation_error_message="This record was merged into another, so it cannot be listed.",
            ),
            models.CheckConstraint(
                name="consultation_fees_are_more_than_nothing",
                condition=(Q(first_fee=None) | Q(first_fee__gt=0))
                & (Q(follow_up_fee=None) | Q(follow_up_fee__gt=0)),
                violation_error_message="A fee is more than £0. Leave it empty where none is known.",
            ),
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

    def clean(self) -> None:
        """The desk's form leaves `merged_into` out, so it would not ask the constraint."""
        if self.merged_into_id and self.is_listed:
            message = "This record was merged into another, so it cannot be listed."
            raise ValidationError({"is_listed": message})

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
    def is_in_directory(self) -> bool:
        """Whether readers are told where they practise: not all that is known of it has lapsed."""
        return bool(self.practices_shown)

    @property
    def told_practices(self) -> list[Practice]:
        """The practices that their profile shows: those that have not lapsed, or all of them where every one has."""
        return self.practices_shown or list(self.practices.all())

    @property
    def hospital(self) -> Hospital | None:
        """Where they practise, and whom to ring about them, if that can be one place only."""
        places = {practice.hospital for practice in self.told_practices}
        return places.pop() if len(places) == 1 else None

    @property
    def to_ring(self) -> list[Hospital]:
        """The hospitals where they practise whose number we know."""
        return [practice.hospital for practice in self.told_practices if practice.hospital.price_phone]

    @property
    def has_booking_facts(self) -> bool:
        """Whether anything is known, and confirmed lately, of how to book with them and what it costs."""
        given = (self.secretary_name, self.secretary_phone, self.first_fee, self.follow_up_fee, self.insurers)
        return self.has_current_facts and any(given)

    @property
    def prefill(self) -> str:
        """What the address of a form says, to ask about them: who, and where if that can be one place only."""
        asked = {"consultant": self.slug} | ({"hospital": self.hospital.slug} if self.hospital else {})
        return "?" + urlencode(asked)

    @property
    def latest_counts(self) -> list[ProcedureCount]:
        """How many of each procedure they did in the latest year that a source tells of."""
        latest: dict[int, ProcedureCount] = {}
        for count in self.procedure_counts.all():
            latest.setdefault(count.procedure_id, count)
        return list(latest.values())

    @property
    def profile_site(self) -> str:
        """The name of the site their full profile is on, as an address shows it."""
        return urlsplit(self.profile_url).hostname or ""

    @property
    def standing(self) -> Standing:
        """How sure we are of what we hold of them: as sure as of their surest practice, and of nothing where they have none.

        Without queries where the practices were read with them.
        """
        held = {practice.standing for practice in self.practices.all()}
        return next((each for each in Standing if each in held), Standing.LAPSED)

    @property
    def has_current_facts(self) -> bool:
        """Whether what we hold of them may be stated as it is now."""
        return self.standing == Standing.CONFIRMED

    @property
    def has_told_facts(self) -> bool:
        """Whether readers are told what we hold of them: somebody confirmed it, and not too long ago."""
        return self.standing in (Standing.CONFIRMED, Standing.STALE)

    @property
    def confirmed_on(self) -> date | None:
        """The day on which what we hold of them was last confirmed."""
        return max((each.confirmed_on for each in self.practices.all() if each.confirmed_on), default=None)

    @property
    def practices_shown(self) -> list[Practice]:
        """Their practices that a list may show: those that have not lapsed."""
        return [practice for practice in self.practices.all() if not practice.is_lapsed]

    @property
    def portrait(self) -> Copies:
        """Where the copies of their photograph are found."""
        return Copies(str(self.photograph.name), self.photograph_widths)

    def show(self, photograph: Picture) -> None:
        """Show this photograph from now on. To be saved."""
        photograph.store()
        self.photograph = photograph.name  # by its name alone: the upload itself would be kept once more
        self.photograph_widths = photograph.widths
