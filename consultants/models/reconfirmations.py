"""Asking a consultant's secretary whether the facts we hold still hold, and what came of it."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultants.models.consultants import Consultant
from procedures.models.upkeep import digest_of

OPENS_FOR = timedelta(days=21)
# Between a question and the first try of its mail, both noted as the row is made.
AT_ONCE = timedelta(minutes=1)
# Corrections that wait for staff.
UNDECIDED = Q(outcome="corrected", decided_at=None)


class ReconfirmationQuerySet(models.QuerySet["Reconfirmation"]):
    """Which questions."""

    def for_token(self, token: str) -> Self:
        """The question whose link ends in this token."""
        return self.filter(digest=digest_of(token))

    def unanswered(self) -> Self:
        """Questions that nobody has answered and nobody has taken back, those that ran out included."""
        return self.filter(answered_at=None, revoked_at=None)

    def to_be_sent(self) -> Self:
        """Questions whose mail has still to leave, and is due to be tried."""
        return self.unanswered().filter(sent_at=None, next_try_at__lte=timezone.now()).order_by("next_try_at")

    def not_sent(self) -> Self:
        """Questions whose mail was tried and could not leave. It is tried again every hour."""
        return self.unanswered().filter(sent_at=None, next_try_at__gt=F("asked_at") + AT_ONCE)

    def undecided(self) -> Self:
        """Corrections that wait for staff, the oldest first."""
        return self.filter(UNDECIDED).order_by("answered_at")

    def ask(
        self, consultant: Consultant, *, by: AbstractBaseUser | None = None, due_on: date | None = None
    ) -> "Reconfirmation":
        """Ask anew. The link of an earlier question opens nothing any more, so at most one is open."""
        self.unanswered().filter(consultant=consultant).update(revoked_at=timezone.now())
        return self.create(consultant=consultant, asked_by=by, due_on=due_on)


class Reconfirmation(models.Model):
    """One question to a consultant’s secretary: do these facts still hold? Whom it went to is not kept.

    The link in the mail is made from the row and our key. Only its fingerprint is kept, so nobody can read it here; and
    a mail that is tried twice holds the same link twice.
    """

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "All of it is right"
        CORRECTED = "corrected", "Corrections"

    consultant = models.ForeignKey(Consultant, on_delete=models.CASCADE, related_name="reconfirmations")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(
        null=True, blank=True, help_text="The latest day, so far, on which facts of theirs had to be checked."
    )
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField("taken back", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    corrections = models.JSONField(
        default=dict,
        blank=True,
        help_text="Each fact that was corrected: as we held it, and as it should be.",
    )
    unchanged = models.JSONField(
        default=dict,
        blank=True,
        help_text="A fingerprint of the facts that were left as they are, by practice.",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="The corrections that staff accepted.",
    )

    objects = ReconfirmationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                include=["consultant"],
                condition=Q(answered_at=None, revoked_at=None),
                name="questions_still_out",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["consultant", "due_on"],
                name="question_is_asked_once_for_a_due_date",
                violation_error_message="Their secretary was already asked for that day.",
            ),
            models.UniqueConstraint(
                fields=["consultant"],
                condition=Q(answered_at=None, revoked_at=None),
                name="one_question_stands_open",
                violation_error_message="Their secretary has not answered the last question yet.",
            ),
            models.CheckConstraint(
                name="question_is_asked_by_staff_or_on_its_day",
                condition=Q(due_on=None, asked_by__isnull=False) | Q(due_on__isnull=False, asked_by=None),
                violation_error_message="Say who asked, or for which day it was due.",
            ),
            models.CheckConstraint(
                name="question_sent_has_a_link_that_runs_out",
                condition=Q(sent_at=None, digest=None, expires_at=None)
                | Q(sent_at__isnull=False, digest__isnull=False, expires_at__isnull=False),
                violation_error_message="A question that was sent has a link, and a time when it runs out.",
            ),
            models.CheckConstraint(
                name="answer_says_when_and_what",
                condition=Q(answered_at=None, outcome="")
                | Q(answered_at__isnull=False, sent_at__isnull=False, outcome__in=["confirmed", "corrected"]),
                violation_error_message="An answer says when it came, and what it was.",
            ),
            models.CheckConstraint(
                name="corrections_stand_in_a_correcting_answer",
                condition=(~Q(outcome="corrected") & Q(corrections={}))
                | (Q(outcome="corrected") & (Q(decided_at__isnull=False) | ~Q(corrections={}))),
                violation_error_message="Corrections belong to an answer that corrects.",
            ),
            models.CheckConstraint(
                name="decision_says_when_and_by_whom",
                condition=Q(decided_at=None, decided_by=None, accepted=[])
                | Q(decided_at__isnull=False, decided_by__isnull=False, outcome="corrected"),
                violation_error_message="A decision on corrections says when, and by whom.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultant}, asked on {timezone.localdate(self.asked_at):%-d %B %Y}"

    @property
    def token(self) -> str:
        """What the link ends in. Only who has our key can make it."""
        made = salted_hmac(
            "consultants.Reconfirmation", f"{self.pk} {self.asked_at.isoformat()}", algorithm="sha256"
        )
        return urlsafe_b64encode(made.digest()).decode().rstrip("=")

    @property
    def address(self) -> str:
        """Where the secretary answers: a secret, for the mail alone."""
        return reverse("consultants:confirm", args=[self.token])

    @property
    def ended(self) -> str:
        """Why the link opens nothing any more; empty while it opens."""
        if self.answered_at:
            return "answered"
        if self.revoked_at or not self.consultant.is_listed:
            return "taken back"
        return "run out" if self.expires_at and self.expires_at <= timezone.now() else ""

    @property
    def is_waiting_to_leave(self) -> bool:
        """Whether its mail has not left yet."""
        return self.sent_at is None and not self.ended

    @property
    def could_not_leave(self) -> bool:
        """Whether its mail was tried in vain."""
        return self.is_waiting_to_leave and self.next_try_at > self.asked_at + AT_ONCE

    def mark_sent(self) -> None:
        """Keep what the link is known by, and when it runs out."""
        self.sent_at = timezone.now()
        self.expires_at = self.sent_at + OPENS_FOR
        self.digest = digest_of(self.token)
        self.save(update_fields=["sent_at", "expires_at", "digest"])

    def take_back(self) -> bool:
        """From now on the link opens nothing. Says whether it still did."""
        open_one = Reconfirmation.objects.unanswered().filter(pk=self.pk)
        return bool(open_one.update(revoked_at=timezone.now()))
