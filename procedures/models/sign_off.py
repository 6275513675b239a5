"""Who may approve what patients are told, and what they approved."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from procedures.models.frozen import NobodySignsTheirOwn, NoTruncate, SignOffIsKept


class Reviewer(models.Model):
    """A clinician who may sign off, from their own account. Only an administrator makes or changes one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reviewer",
        help_text="The account they sign off from. Nobody else may use it.",
    )
    name = models.CharField(max_length=120, help_text="As readers see it: “Dr Jo Larkspur”.")
    post = models.CharField(max_length=120, help_text="As readers see it: “Consultant radiologist”.")
    registration = models.CharField(
        max_length=60, blank=True, help_text="For staff: the register and number, such as “GMC 1234567”."
    )
    is_active = models.BooleanField(
        "may sign off", default=True, help_text="Take the tick away when they leave. What they signed stays."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SignOffQuerySet(models.QuerySet["SignOff"]):
    """Which sign-offs."""

    def live(self) -> Self:
        """Those that nobody has taken back."""
        return self.filter(revoked_at=None)

    def of(self, procedure: models.Model, clinical_hash: str) -> Self:
        """The live ones of exactly this clinical text, the latest first."""
        return (
            self.live().filter(procedure=procedure, clinical_hash=clinical_hash).order_by("-signed_at", "-pk")
        )


class SignOff(models.Model):
    """A reviewer's approval of exactly one clinical text of a procedure, by its hash.

    Any edition of the procedure with that clinical text stands on it. Any change to that text has another hash, and so none.
    """

    procedure = models.ForeignKey("procedures.Procedure", on_delete=models.PROTECT, related_name="sign_offs")
    edition = models.ForeignKey("procedures.Edition", null=True, on_delete=models.SET_NULL, related_name="+")
    clinical_hash = models.CharField(max_length=64)
    reviewer = models.ForeignKey(Reviewer, on_delete=models.PROTECT, related_name="sign_offs")
    reviewer_name = models.CharField(max_length=120)
    reviewer_post = models.CharField(max_length=120)
    signed_at = models.DateTimeField(default=timezone.now)
    next_review_on = models.DateField("next review due")
    revoked_at = models.DateTimeField("taken back", null=True, blank=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            models.CheckConstraint(
                name="sign_off_names_what_was_signed",
                condition=~Q(clinical_hash=""),
                violation_error_message="A sign-off needs the text it is of.",
            ),
        ]
        triggers = [
            NobodySignsTheirOwn(name="nobody_signs_their_own"),
            SignOffIsKept(name="sign_offs_are_a_record"),
            NoTruncate(name="sign_offs_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_name}, {timezone.localtime(self.signed_at):%-d %B %Y}"
