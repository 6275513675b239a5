"""Mail waiting to leave. Written in the same transaction as the request it is about, and sent by the worker.

A row says which mail is due to whom by its purpose; the address and the words are looked up when it is sent,
so nothing personal stands in it.
"""

from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from enquiries.models.desk import GRACE
from enquiries.models.staff import managers_of

if TYPE_CHECKING:
    from enquiries.models.requests import Enquiry

# A lease must outlive its batch, or a second worker sends the rest of it again. The mail server may be EMAIL_TIMEOUT,
# 10 seconds, late with each answer: nine to open and close the connection, and four for each mail.
# (9 + 4 x 5) x 10 seconds is 290, and the lease is 300.
BATCH = 5
LEASE = timedelta(minutes=5)
FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(hours=1)
LONGEST_DELAY_WHILE_AWAY = timedelta(minutes=1)


def mint_message_id() -> str:
    """Fixed when the mail is first due, so that a repeat is seen to be a repeat."""
    return make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">"))


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Which mail, and how the worker takes it."""

    def unsent(self) -> Self:
        """Mail still to go, the oldest first."""
        return self.filter(sent_at=None).order_by("created_at", "pk")

    def oldest_unsent(self) -> "OutgoingMail | None":
        """The mail that has waited longest."""
        return self.unsent().first()

    def health(self) -> dict[str, int | None]:
        """How long the oldest mail has waited, and how long ago the worker was seen, in seconds; None for never."""
        oldest = self.oldest_unsent()
        return {
            "oldest_unsent_seconds": _seconds_since(oldest.created_at if oldest else None),
            "worker_seen_seconds": _seconds_since(worker_last_seen()),
        }

    def announce(self, enquiry: "Enquiry") -> None:
        """Put the mails about a new request in the outbox: to the patient and to the team, where there is an address."""
        addresses = {
            OutgoingMail.Purpose.RECEIVED: enquiry.email,
            OutgoingMail.Purpose.TEAM: enquiry.hospital.enquiries_email,
        }
        OutgoingMail.objects.bulk_create(
            OutgoingMail(enquiry=enquiry, purpose=purpose)
            for purpose, address in addresses.items()
            if address
        )

    def announce_change(self, enquiry: "Enquiry") -> None:
        """Tell the patient what is so now. One mail still untried tells of every change."""
        changed = self.filter(enquiry=enquiry, purpose=OutgoingMail.Purpose.CHANGED)
        if enquiry.email and not changed.filter(attempts=0).exists():
            OutgoingMail.objects.create(enquiry=enquiry, purpose=OutgoingMail.Purpose.CHANGED)

    def queue(self, enquiry: "Enquiry", purpose: "OutgoingMail.Purpose") -> None:
        """Put a mail in the outbox, unless the same one about the same request was there before."""
        OutgoingMail.objects.bulk_create(
            [OutgoingMail(enquiry=enquiry, purpose=purpose)], ignore_conflicts=True
        )

    def tell_managers(self, overdue: models.QuerySet["Enquiry"]) -> None:
        """One mail to the managers of each hospital where calls became overdue since the last one, an hour ago at least.

        It is about the first of those calls, and leads to all that are overdue.
        """
        told = self.filter(purpose=OutgoingMail.Purpose.OVERDUE)
        of_hospital = told.filter(enquiry__hospital=OuterRef("hospital")).order_by("-created_at")
        since = overdue.annotate(last=Subquery(of_hospital.values("created_at")[:1]))
        is_new = Q(next_try_at__gt=F("last") - GRACE) | Q(next_try_at=None, due_at__gt=F("last"))
        is_first = Q(last=None) | Q(is_new, last__lt=timezone.now() - timedelta(hours=1))
        new = since.filter(is_first).exclude(pk__in=told.values("enquiry"))
        for enquiry in new.order_by("hospital_id", "due_at").distinct("hospital_id"):
            self.queue(enquiry, OutgoingMail.Purpose.OVERDUE)

    @transaction.atomic
    def claim(self, limit: int = BATCH) -> list["OutgoingMail"]:
        """Take mail that is due. It is nobody else's until the lease ends, so a killed worker's mail comes free again."""
        now = timezone.now()
        mails: list[OutgoingMail] = list(
            self.unsent()
            .filter(due_at__lte=now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("enquiry__hospital")[:limit]
        )
        self.filter(pk__in=[mail.pk for mail in mails]).update(due_at=now + LEASE, attempts=F("attempts") + 1)
        for mail in mails:
            mail.attempts += 1
        return mails


class OutgoingMail(models.Model):
    """One mail to one reader about one request. It is tried until it is sent."""

    class Purpose(models.TextChoices):
        RECEIVED = "received", "To the patient: we have your request"
        TEAM = "team", "To the team: a new request"
        CHANGED = "changed", "To the patient: what they changed"
        MISSED = "missed", "To the patient: we could not reach you"
        OVERDUE = "overdue", "To the managers: calls are overdue"

    enquiry = models.ForeignKey("enquiries.Enquiry", on_delete=models.CASCADE, related_name="mails")
    purpose = models.CharField(max_length=8, choices=Purpose)
    message_id = models.CharField(max_length=255, unique=True, default=mint_message_id)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField("next try", default=timezone.now)
    attempts = models.PositiveIntegerField("tries", default=0)
    last_problem = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField("sent", null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outgoing mail"
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at=None), name="outgoing_mail_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "purpose"],
                condition=~Q(purpose="changed"),
                name="each_mail_is_due_once",
                violation_error_message="This mail is already in the outbox.",
            ),
            models.CheckConstraint(
                name="mail_has_a_purpose_we_know",
                condition=Q(purpose__in=["received", "team", "changed", "missed", "overdue"]),
                violation_error_message="Choose which mail it is.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference_header

    @property
    def reference_header(self) -> str:
        """The X-Reference header: which request, and which mail about it, for ever the same."""
        return f"{self.enquiry.reference}-{self.purpose}"

    @property
    def recipients(self) -> list[str]:
        """Where it goes, looked up when it is sent."""
        if self.purpose == self.Purpose.OVERDUE:
            return managers_of(self.enquiry.hospital)
        hospital = self.enquiry.hospital.enquiries_email
        address = hospital if self.purpose == self.Purpose.TEAM else self.enquiry.email
        return [address] if address else []

    def mark_sent(self) -> None:
        """It has been handed to the mail server."""
        self.sent_at, self.last_problem = timezone.now(), ""
        self.save(update_fields=["sent_at", "last_problem"])

    def put_off(self, problem: str, longest: timedelta = LONGEST_DELAY) -> None:
        """Try again later, each time twice as much later, and never give up."""
        doublings = min(self.attempts - 1, 20)
        self.due_at = timezone.now() + min(FIRST_DELAY * 2**doublings, longest)
        self.last_problem = problem[:80]
        self.save(update_fields=["due_at", "last_problem"])


class WorkerHeartbeat(models.Model):
    """When the mail worker was last seen: one row."""

    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Worker seen {self.seen_at:%d %B %Y %H:%M}"


def worker_last_seen() -> datetime | None:
    """When the mail worker last came round."""
    return WorkerHeartbeat.objects.values_list("seen_at", flat=True).first()


def worker_was_here() -> None:
    """Said by the worker each time it comes round."""
    WorkerHeartbeat.objects.update_or_create(pk=1, defaults={"seen_at": timezone.now()})


def _seconds_since(moment: datetime | None) -> int | None:
    return int((timezone.now() - moment).total_seconds()) if moment else None
