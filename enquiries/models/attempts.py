"""What the team did about a request: the tries to reach the person, and notes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from enquiries import retention
from enquiries.encryption import EncryptedTextField
from enquiries.models.reading import Reading, record
from enquiries.models.staff import hospitals_of
from procedures.models import Hospital

if TYPE_CHECKING:
    from enquiries.models.queries import EnquiryQuerySet
    from enquiries.models.requests import Enquiry


class Ending(models.TextChoices):
    """How a request ended."""

    ANSWERED = "answered", "Answered"
    BOOKED = "booked", "Booked"
    NOT_FOR_US = "not_for_us", "Not for us"
    NOT_REACHED = "not_reached", "Could not reach"
    DUPLICATE = "duplicate", "Part of another request"
    SPAM = "spam", "Spam"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Which tries."""

    def in_vain(self) -> Self:
        """Tries at which nobody answered, the first first."""
        return self.filter(outcome__in=AGAIN).order_by("made_at")


class Attempt(models.Model):
    """One try at reaching the person who asked."""

    class Outcome(models.TextChoices):
        SPOKE = "spoke", "Spoke to them"
        BOOKED = "booked", "Booked"
        NO_ANSWER = "no_answer", "No answer"
        LEFT_MESSAGE = "left_message", "Left a message"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        NOT_FOR_US = "not_for_us", "Not for us"
        WROTE = "wrote", "Wrote to them"

    enquiry = models.ForeignKey("enquiries.Enquiry", on_delete=models.CASCADE, related_name="attempts")
    outcome = models.CharField(max_length=12, choices=Outcome)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    made_at = models.DateTimeField(default=timezone.now)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # seen and made through its request only
        indexes = [
            models.Index(fields=["enquiry", "made_at"], name="attempts_of_a_request"),
            models.Index(fields=["made_at", "enquiry"], name="attempts_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                name="attempt_has_an_outcome_we_know",
                condition=Q(
                    outcome__in=[
                        "spoke",
                        "booked",
                        "no_answer",
                        "left_message",
                        "wrong_number",
                        "not_for_us",
                        "wrote",
                    ]
                ),
                violation_error_message="Choose what came of the call.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="no_message_is_left_unasked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NEW.outcome = 'left_message' AND NOT EXISTS (
                        SELECT FROM enquiries_enquiry WHERE id = NEW.enquiry_id AND may_leave_message
                    ) THEN RAISE EXCEPTION 'They did not say that we may leave a message.'
                        USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {timezone.localtime(self.made_at):%d %B %Y %H:%M}"


# What a try ends the request with. After the others we try again.
ENDS = {
    Attempt.Outcome.SPOKE: Ending.ANSWERED,
    Attempt.Outcome.WROTE: Ending.ANSWERED,
    Attempt.Outcome.BOOKED: Ending.BOOKED,
    Attempt.Outcome.WRONG_NUMBER: Ending.NOT_REACHED,
    Attempt.Outcome.NOT_FOR_US: Ending.NOT_FOR_US,
}
AGAIN = {Attempt.Outcome.NO_ANSWER, Attempt.Outcome.LEFT_MESSAGE}
assert set(ENDS) | AGAIN == set(Attempt.Outcome)  # noqa: S101


class Note(models.Model):
    """What somebody of the team wrote about a request. It leaves with it."""

    enquiry = models.ForeignKey("enquiries.Enquiry", on_delete=models.CASCADE, related_name="notes")
    text = EncryptedTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()  # seen and written through its request only

    def __str__(self) -> str:
        return f"Note of {timezone.localtime(self.written_at):%d %B %Y %H:%M}"


class ExportQuerySet(models.QuerySet["Export"]):
    """Which exports."""

    def seen_by(self, user: User) -> Self:
        """Exports of no requests but those of the person's hospitals, the latest first."""
        others = Hospital.objects.exclude(pk__in=hospitals_of(user))
        return self.exclude(hospitals=None).exclude(hospitals__in=others).order_by("-made_at")

    def past_keeping(self) -> Self:
        """Exports whose time is over."""
        return self.filter(made_at__lt=timezone.now() - retention.EXPORTS)


class Export(models.Model):
    """That somebody took requests away in a file, and the reason they gave."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    made_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=4)
    requests = models.PositiveIntegerField("how many requests")
    hospitals = models.ManyToManyField(Hospital, related_name="exports", verbose_name="of these hospitals")
    reason = EncryptedTextField()

    objects = ExportQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # made and seen on the page of exports only

    def __str__(self) -> str:
        return f"{self.requests} requests as {self.kind.upper()}, {timezone.localtime(self.made_at):%d %B %Y %H:%M}"

    def take(self, requests: "EnquiryQuerySet") -> Iterator[list["Enquiry"]]:
        """These requests a part at a time, each part put on record before it leaves: of a file that broke off, as far as it came."""
        for part in requests.in_parts():
            with transaction.atomic():
                record(self.by, Reading.Deed.EXPORTED, part)
                self.hospitals.add(*{request.hospital_id for request in part})
                self.requests += len(part)
                self.save(update_fields=["requests"])
            yield part
