"""Mail waiting to leave. Written in the same transaction as the request it is about, and sent by the worker.

A row says which mail is due to whom by its purpose; the address and the words are looked up when it is sent,
so nothing personal stands in it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from enquiries.models.desk import GRACE, UNPROMISED_WITHIN
from enquiries.models.staff import hospital_keys, managers_of

if TYPE_CHECKING:
    from enquiries.models.requests import Enquiry

BATCH = 50
LEASE = timedelta(minutes=5)
FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(hours=1)
DELAY_WHILE_AWAY = timedelta(seconds=15)
GIVE_UP_AFTER = timedelta(days=7)


def mint_message_id() -> str:
    """Fixed when the mail is first due, so that a repeat is seen to be a repeat."""
    return make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">"))


def in_seven_days() -> datetime:
    """When a mail that is first due now has been tried long enough."""
    return timezone.now() + GIVE_UP_AFTER


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Which mail, and how the worker takes it."""

    def seen_by(self, user: User) -> Self:
        """Mail about requests to the person's hospitals. Who manages the teams sees what waits for a person anywhere."""
        is_own = Q(enquiry__hospital__in=hospital_keys(user))
        sees_held = user.has_perm("enquiries.change_teammember")
        return self.filter(is_own | Q(held_at__isnull=False)) if sees_held else self.filter(is_own)

    def unsent(self) -> Self:
        """Mail the worker still tries to send, the oldest first."""
        return self.filter(sent_at=None, held_at=None).order_by("created_at", "pk")

    def held(self) -> Self:
        """Mail that waits for a person, the oldest first."""
        return self.exclude(held_at=None).order_by("created_at", "pk")

    def due(self) -> Self:
        """Mail to be sent now: what has come due, and what a worker that is no more had taken. First tries come first.

        A worker's lease ends with its database session, and after five minutes in any case. No mail that nobody has taken
        is put off for longer than an hour: a later time was written by a clock that was wrong.
        """
        now = timezone.now()
        by_a_wrong_clock = Q(taken_by=None, due_at__gt=now + LONGEST_DELAY + LEASE)
        is_orphaned = Q(taken_by__isnull=False) & ~Q(taken_by__in=_database_sessions())
        return (
            self.unsent()
            .filter(Q(due_at__lte=now) | is_orphaned | by_a_wrong_clock)
            .order_by("attempts", "created_at", "pk")
        )

    def oldest_unsent(self) -> "OutgoingMail | None":
        """The mail that has waited longest."""
        return self.unsent().first()

    def health(self) -> dict[str, int | None]:
        """How long the oldest mail has waited, how many were tried in vain or wait for a person, when the worker was seen.

        Times are in seconds; None for never.
        """
        oldest = self.oldest_unsent()
        return {
            "oldest_unsent_seconds": _seconds_since(oldest.created_at if oldest else None),
            "put_off_mails": self.unsent().exclude(last_problem="").count(),
            "held_mails": self.held().count(),
            "worker_seen_seconds": _seconds_since(worker_last_seen()),
        }

    def is_refused(self) -> bool:
        """Whether no mail was sent that is newer than the newest of those tried in vain.

        One address that takes nothing says little of the server, which takes the next mail.
        """
        newest = self.unsent().exclude(last_problem="").aggregate(newest=Max("created_at"))["newest"]
        return newest is not None and not self.filter(created_at__gt=newest, sent_at__isnull=False).exists()

    def announce(self, enquiry: "Enquiry") -> None:
        """Put the mails about a new request in the outbox: to the patient and to the team, where there is an address."""
        addresses = {
            OutgoingMail.Purpose.RECEIVED: enquiry.email,
            OutgoingMail.Purpose.TEAM: enquiry.hospital.enquiries_email,
        }
        OutgoingMail.objects.bulk_create(
            (
                OutgoingMail(enquiry=enquiry, purpose=purpose)
                for purpose, address in addresses.items()
                if address
            ),
            ignore_conflicts=True,
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
        promised = Coalesce("due_at", F("created_at") + UNPROMISED_WITHIN)
        since = overdue.annotate(promised=promised, last=Subquery(of_hospital.values("created_at")[:1]))
        is_new = Q(next_try_at__gt=F("last") - GRACE) | Q(next_try_at=None, promised__gt=F("last"))
        is_first = Q(last=None) | Q(is_new, last__lt=timezone.now() - timedelta(hours=1))
        new = since.filter(is_first).exclude(pk__in=told.values("enquiry"))
        for enquiry in new.order_by("hospital_id", "due_at").distinct("hospital_id"):
            self.queue(enquiry, OutgoingMail.Purpose.OVERDUE)

    @transaction.atomic
    def claim(self, limit: int = BATCH) -> list["OutgoingMail"]:
        """Take mail that is due, for this database session. It is nobody else's until the lease ends."""
        mails: list[OutgoingMail] = list(
            self.due()
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("enquiry__hospital")[:limit]
        )
        self.filter(pk__in=[mail.pk for mail in mails]).update(
            due_at=timezone.now() + LEASE, taken_by=_this_session(), attempts=F("attempts") + 1
        )
        for mail in mails:
            mail.attempts += 1
        return mails

    def give_back(
        self, mails: Collection["OutgoingMail"], problem: str = "", delay: timedelta = timedelta()
    ) -> None:
        """These were taken and not tried, so it counts as no try."""
        self.filter(pk__in=[mail.pk for mail in mails]).update(
            due_at=timezone.now() + delay,
            taken_by=None,
            attempts=F("attempts") - 1,
            last_problem=problem[:80],
        )

    def hold_what_took_too_long(self) -> int:
        """Mail that could not be sent for seven days waits for a person from now on; say how many."""
        now = timezone.now()
        return self.unsent().filter(give_up_at__lte=now).order_by().update(held_at=now, taken_by=None)

    def try_again(self) -> int:
        """A person has seen to it: held mail is tried for another seven days; say how many."""
        now = timezone.now()
        return (
            self.held()
            .order_by()
            .update(held_at=None, due_at=now, attempts=0, give_up_at=now + GIVE_UP_AFTER)
        )


class OutgoingMail(models.Model):
    """One mail to one reader about one request. It is tried for seven days, then held for a person; never dropped."""

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
    taken_by = models.IntegerField("database session of the worker that has it", null=True, editable=False)
    attempts = models.PositiveIntegerField("tries", default=0)
    last_problem = models.CharField(max_length=80, blank=True)
    give_up_at = models.DateTimeField("tried until", default=in_seven_days)
    held_at = models.DateTimeField("waits for a person since", null=True, blank=True)
    sent_at = models.DateTimeField("sent", null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outgoing mail"
        permissions = [("retry_outgoingmail", "Can have held mail tried again")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(sent_at=None, held_at=None), name="outgoing_mail_due"
            ),
            models.Index(fields=["created_at"], condition=Q(sent_at=None), name="outgoing_mail_not_sent"),
            models.Index(fields=["created_at", "id"], include=["enquiry"], name="outgoing_mail_by_time"),
            models.Index(
                fields=["created_at", "id"],
                include=["enquiry"],
                condition=Q(held_at__isnull=False),
                name="outgoing_mail_held",
            ),
            models.Index(
                fields=["purpose", "created_at", "id"], include=["enquiry"], name="outgoing_mail_by_purpose"
            ),
        ]
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
            models.CheckConstraint(
                name="mail_that_was_sent_is_not_held",
                condition=Q(sent_at=None) | Q(held_at=None),
                violation_error_message="This mail has been sent, so it need not wait for anybody.",
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
        self.sent_at, self.last_problem, self.taken_by = timezone.now(), "", None
        self.save(update_fields=["sent_at", "last_problem", "taken_by"])

    def put_off(self, problem: str) -> None:
        """Try again later, each time twice as much later, up to an hour."""
        doublings = min(self.attempts - 1, 20)
        self.due_at = timezone.now() + min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
        self.last_problem, self.taken_by = problem[:80], None
        self.save(update_fields=["due_at", "last_problem", "taken_by"])

    def hold(self, problem: str) -> None:
        """Trying again will not help: it waits for a person."""
        self.held_at, self.last_problem, self.taken_by = timezone.now(), problem[:80], None
        self.save(update_fields=["held_at", "last_problem", "taken_by"])


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


def _database_sessions() -> RawSQL:
    """The process numbers of the sessions that this PostgreSQL has."""
    return RawSQL("SELECT pid FROM pg_stat_activity", [])


def _this_session() -> RawSQL:
    return RawSQL("pg_backend_pid()", [], output_field=models.IntegerField())


def _seconds_since(moment: datetime | None) -> int | None:
    return int((timezone.now() - moment).total_seconds()) if moment else None
