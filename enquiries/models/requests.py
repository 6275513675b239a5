"""What a patient asked: one table for both forms, so one inbox and one rule for how long it is kept."""

import json
import secrets
from datetime import datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractUser, User
from django.contrib.contenttypes.fields import GenericRelation
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from enquiries import consent, phones, references, retention
from enquiries.encryption import EncryptedTextField
from enquiries.models.outbox import OutgoingMail
from enquiries.models.staff import HospitalRowsQuerySet
from procedures.models import Hospital
from procedures.models.hospitals import clock

TOKEN_BYTES = 32
SENT_AGAIN_WITHIN = timedelta(hours=1)


def mint_token() -> str:
    """The last part of a private page's address. Whoever holds it may see the page."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def in_words(starts_at: time, ends_at: time) -> str:
    """A stretch of a day as people say it: “9am to noon”."""
    return f"{clock(starts_at)} to {clock(ends_at)}"


class EnquiryQuerySet(HospitalRowsQuerySet["Enquiry"]):
    """Which requests, the one way to store one, and the way they leave on time."""

    def awaiting_reply(self) -> Self:
        """Requests nobody has handled, the longest waiting first."""
        return self.filter(handled_at=None).order_by("created_at")

    def past_keeping(self) -> Self:
        """Requests that we have dealt with, and promised to have deleted by now; not what the law makes us keep."""
        return self.past_keeping_at(timezone.now())

    def leaving_soon(self) -> Self:
        """Requests that leave within a day: the warning before they are deleted."""
        soon = timezone.now() + retention.WARN_BEFORE
        return self.past_keeping_at(soon)

    def past_keeping_at(self, moment: datetime) -> Self:
        """Requests whose time is over at that moment. Spam leaves sooner, but only once a person has dealt with it."""
        is_over = Q(handled_at__lt=moment - retention.AFTER_HANDLED)
        is_spam = Q(suspected_at__isnull=False, handled_at__lt=moment - retention.SPAM_AFTER_HANDLED)
        return self.filter(is_over | is_spam, legal_hold_at=None)

    def suspected(self) -> Self:
        """The pile: requests that look like spam and that nobody has dealt with yet."""
        return self.exclude(suspected_at=None).filter(handled_at=None).order_by("created_at")

    def same_as(self, enquiry: "Enquiry") -> Self:
        """Requests with the very same answers, the oldest first.

        From one check page they are one request for ever. From two, such as two tabs or the back button, they are one
        for an hour, while nobody has dealt with the first. Whoever asks again after that, since nobody rang, is heard.
        """
        from_one_page = Q(submission_id=enquiry.submission_id)
        sent_again = Q(handled_at=None, created_at__gt=timezone.now() - SENT_AGAIN_WITHIN)
        same = self.filter(from_one_page | sent_again, content_hash=enquiry.content_hash)
        return same.order_by("created_at", "pk")

    @transaction.atomic
    def submit(self, enquiry: "Enquiry") -> "Enquiry":
        """Store a request and its outgoing mail, once, and return the row that is stored.

        The same answers are the same request, however often they are sent. Other answers under a used submission id
        are never dropped: they become a new request that follows the first.
        """
        enquiry.content_hash = enquiry.hash_of_answers()
        _wait_for_others_sending(enquiry)
        if stored := self.same_as(enquiry).first():
            return stored
        enquiry.follows = (
            self.filter(submission_id=enquiry.submission_id).order_by("created_at", "pk").first()
        )
        enquiry.reference = self.unused_reference()
        enquiry.save(force_insert=True)
        if not enquiry.suspected_at:
            OutgoingMail.objects.announce(enquiry)
        return enquiry

    def unused_reference(self) -> str:
        """A reference that no request has."""
        reference = references.mint()
        while self.filter(reference=reference).exists():
            reference = references.mint()
        return reference


def _wait_for_others_sending(enquiry: "Enquiry") -> None:
    """Two presses, of one button or in two tabs, are taken one after the other. The locks end with the transaction."""
    lock = "pg_advisory_xact_lock(hashtextextended(%s, 0))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}, {lock}", [str(enquiry.submission_id), enquiry.content_hash])


class Enquiry(models.Model):
    """A request: a question, or a wish to be rung.

    What they wrote, whom it is about and what helps them talk with us are encrypted. Who they are is not, so as to be
    found, nor what they chose to ask about. The privacy page says which is which, from retention.RULES.
    """

    class Kind(models.TextChoices):
        ENQUIRY = "enquiry", "Enquiry"
        CALL_BACK = "call_back", "Call-back"

    class Aim(models.TextChoices):
        BOOK = "book", "Book a consultation"
        PRICE = "price", "Ask about the price"
        PROCEDURE = "procedure", "Ask about a treatment, test or scan"
        REFERRAL = "referral", "Ask about a referral"
        OTHER = "other", "Something else"

    class Payment(models.TextChoices):
        INSURANCE = "insurance", "Health insurance"
        MYSELF = "myself", "I will pay myself"
        NHS = "nhs", "NHS"
        NOT_SURE = "not_sure", "Not sure yet"

    class Need(models.TextChoices):
        LARGE_PRINT = "large_print", "Large print"
        HEARING = "hearing", "I do not hear well on the phone"
        BSL = "bsl", "British Sign Language (BSL)"

    class Suspicion(models.TextChoices):
        TRAP = "trap", "A box that people do not see was filled in"
        SPEED = "speed", "It came faster than a person reads, or not from our page"
        ADDRESS = "address", "Very many came from one address"
        NUMBER = "number", "Many came for one phone number"

    kind = models.CharField(max_length=9, choices=Kind)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    token = models.CharField(max_length=64, unique=True, default=mint_token, editable=False)
    submission_id = models.UUIDField(editable=False)
    content_hash = models.CharField(max_length=64, editable=False, db_index=True)
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followed_by", editable=False
    )
    hospital = models.ForeignKey(Hospital, on_delete=models.PROTECT, related_name="enquiries")

    name = models.CharField(max_length=200)
    phone = models.CharField("phone, as typed", max_length=40, blank=True)
    phone_in_full = models.CharField("phone, in full", max_length=20, blank=True)
    email = models.EmailField(blank=True)

    question = EncryptedTextField(blank=True)
    aim = models.CharField("what the call is about", max_length=9, choices=Aim, blank=True)
    best_from_at = models.TimeField("best time, from", null=True, blank=True)
    best_until_at = models.TimeField("best time, until", null=True, blank=True)
    may_leave_message = models.BooleanField("we may leave a message", default=False)
    payment = models.CharField("how they will pay", max_length=9, choices=Payment, blank=True)
    procedure = models.ForeignKey(
        "procedures.Procedure", null=True, blank=True, on_delete=models.SET_NULL, related_name="enquiries"
    )
    consultant = models.ForeignKey(
        "consultants.Consultant", null=True, blank=True, on_delete=models.SET_NULL, related_name="enquiries"
    )
    patient_name = EncryptedTextField("asking for", blank=True)
    relationship = EncryptedTextField("how they know them", blank=True)
    needs = EncryptedTextField("help to communicate", blank=True)
    language = EncryptedTextField(blank=True)

    consent_version = models.CharField(max_length=20)
    consent_hash = models.CharField(max_length=64)
    consent_text = models.TextField()
    consented_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField("received", default=timezone.now, editable=False)
    handled_at = models.DateTimeField("handled", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="handled_enquiries",
    )
    suspected_at = models.DateTimeField("looked like spam", null=True, blank=True, editable=False)
    suspected_because = models.CharField("why", max_length=8, choices=Suspicion, blank=True, editable=False)

    legal_hold_at = models.DateTimeField("kept for the law since", null=True, blank=True, editable=False)
    legal_hold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="legal_holds",
        editable=False,
    )
    legal_hold_reason = EncryptedTextField("why it must be kept", blank=True, editable=False)

    # So that what the desk's log says of a request is deleted with it.
    log_entries = GenericRelation(LogEntry)

    objects = EnquiryQuerySet.as_manager()

    # Two sends with the same of all these are the same request.
    ANSWERS = (
        "kind",
        "hospital_id",
        "name",
        "phone",
        "email",
        "question",
        "aim",
        "best_from_at",
        "best_until_at",
        "may_leave_message",
        "payment",
        "procedure_id",
        "consultant_id",
        "patient_name",
        "relationship",
        "needs",
        "language",
        "consent_hash",
    )

    class Meta:
        verbose_name_plural = "enquiries"
        permissions = [("hold_enquiry", "Can keep a request for the law")]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(handled_at=None), name="enquiries_awaiting_reply"
            ),
            models.Index(fields=["phone_in_full"], name="enquiries_by_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission_id", "content_hash"],
                name="same_answers_sent_twice_are_one_request",
                violation_error_message="We already have this request.",
            ),
            models.CheckConstraint(
                name="request_is_an_enquiry_or_a_call_back",
                condition=Q(kind__in=["enquiry", "call_back"]),
                violation_error_message="Choose an enquiry or a call-back.",
            ),
            models.CheckConstraint(
                name="request_names_a_person",
                condition=~Q(name=""),
                violation_error_message="Enter your name.",
            ),
            models.CheckConstraint(
                name="request_can_be_answered_by_phone_or_email",
                condition=~Q(phone_in_full="", email=""),
                violation_error_message="Enter a phone number or an email address, so that we can reply.",
            ),
            models.CheckConstraint(
                name="call_back_has_a_phone_number",
                condition=~Q(kind="call_back", phone_in_full=""),
                violation_error_message="Enter a phone number, so that we can ring you.",
            ),
            models.CheckConstraint(
                name="phone_is_kept_as_typed_and_in_full",
                condition=Q(phone="", phone_in_full="")
                | (~Q(phone="") & Q(phone_in_full__regex=r"^\+[0-9]{3,18}$")),
                violation_error_message="Check the phone number.",
            ),
            models.CheckConstraint(
                name="best_time_has_a_start_and_a_later_end",
                condition=Q(best_from_at=None, best_until_at=None)
                # With an end that is not there the comparison is neither true nor false, and a check lets that pass.
                | Q(
                    best_from_at__isnull=False,
                    best_until_at__isnull=False,
                    best_until_at__gt=F("best_from_at"),
                ),
                violation_error_message="Choose a time to ring from the list.",
            ),
            models.CheckConstraint(
                name="aim_is_one_we_offer",
                condition=Q(aim__in=["", "book", "price", "procedure", "referral", "other"]),
                violation_error_message="Choose what the call is about from the list.",
            ),
            models.CheckConstraint(
                name="payment_is_one_we_offer",
                condition=Q(payment__in=["", "insurance", "myself", "nhs", "not_sure"]),
                violation_error_message="Choose how you will pay from the list.",
            ),
            models.CheckConstraint(
                name="consent_is_kept_with_its_words",
                condition=~Q(consent_version="")
                & ~Q(consent_text="")
                & Q(consent_hash__regex=r"^[0-9a-f]{64}$"),
                violation_error_message="Tick the box so that we can reply.",
            ),
            models.CheckConstraint(
                name="suspected_says_when_and_why",
                condition=Q(suspected_at=None, suspected_because="")
                | Q(suspected_at__isnull=False, suspected_because__in=["trap", "speed", "address", "number"]),
                violation_error_message="Say both when it looked like spam and why.",
            ),
            models.CheckConstraint(
                name="legal_hold_says_when_by_whom_and_why",
                condition=Q(legal_hold_at=None, legal_hold_by=None)
                | Q(legal_hold_at__isnull=False, legal_hold_by__isnull=False),
                violation_error_message="Say both since when it is kept for the law and who said so.",
            ),
            models.CheckConstraint(
                name="handled_says_when_and_by_whom",
                condition=Q(handled_at=None, handled_by=None)
                | Q(handled_at__isnull=False, handled_by__isnull=False),
                violation_error_message="Say both when it was handled and by whom.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference_in_groups}"

    def get_absolute_url(self) -> str:
        return reverse("enquiries:request_status", args=[self.token])

    @property
    def reference_in_groups(self) -> str:
        """As it is shown and read out."""
        return references.in_groups(self.reference)

    @property
    def is_call_back(self) -> bool:
        """Whether the patient asked to be rung."""
        return self.kind == self.Kind.CALL_BACK

    @property
    def is_handled(self) -> bool:
        """Whether somebody has dealt with it."""
        return self.handled_at is not None

    @property
    def phone_spaced(self) -> str:
        """The number in groups that a person can check."""
        return phones.spaced(self.phone_in_full) if self.phone_in_full else ""

    @property
    def phone_ending(self) -> str:
        """All that a private page shows of the number."""
        return self.phone_in_full[-3:]

    @property
    def best_time(self) -> str:
        """When they would like to be rung, in words."""
        if self.best_from_at is None or self.best_until_at is None:
            return "As soon as you can"
        return in_words(self.best_from_at, self.best_until_at)

    @property
    def communication_needs(self) -> list[str]:
        """What helps them to talk with us, in words."""
        spoken = [f"Language: {self.language}"] if self.language else []
        return [*(need.label for need in self.Need if need in self.needs.split()), *spoken]

    def hash_of_answers(self) -> str:
        """Tells two sets of answers apart, and tells nobody without our key anything about them."""
        answers = json.dumps([getattr(self, name) for name in self.ANSWERS], default=str)
        return salted_hmac("enquiries.content", answers, algorithm="sha256").hexdigest()

    def agree_to(self, wording: consent.Wording) -> None:
        """Keep the words the patient agreed to."""
        self.consent_version, self.consent_hash, self.consent_text = (
            wording.version,
            wording.hash,
            wording.text,
        )

    def mark_handled(self, by: AbstractUser) -> bool:
        """Somebody has dealt with it. The first to say so is kept; say whether this was the first."""
        waiting = Enquiry.objects.awaiting_reply().filter(pk=self.pk)
        was_waiting = waiting.update(handled_at=timezone.now(), handled_by=by) == 1
        self.refresh_from_db(fields=["handled_at", "handled_by"])
        return was_waiting

    def suspect(self, because: Suspicion) -> None:
        """It looks like spam: stored like any other, but nobody is told by mail until a person has looked at it."""
        self.suspected_at, self.suspected_because = timezone.now(), because

    def clear_suspicion(self) -> bool:
        """A person has found it to be real, so its mail leaves now; say whether this was the first to say so."""
        with transaction.atomic():
            suspected = Enquiry.objects.exclude(suspected_at=None).filter(pk=self.pk)
            was_suspected = suspected.update(suspected_at=None, suspected_because="") == 1
            if was_suspected:
                OutgoingMail.objects.announce(self)
        self.refresh_from_db(fields=["suspected_at", "suspected_because"])
        return was_suspected

    def keep_for_the_law(self, by: User, reason: str) -> None:
        """It stays until the hold is lifted, whatever its time."""
        self.legal_hold_at, self.legal_hold_by, self.legal_hold_reason = timezone.now(), by, reason
        self.save(update_fields=["legal_hold_at", "legal_hold_by", "legal_hold_reason"])

    def lift_legal_hold(self) -> None:
        """It may leave in its time again."""
        self.legal_hold_at, self.legal_hold_by, self.legal_hold_reason = None, None, ""
        self.save(update_fields=["legal_hold_at", "legal_hold_by", "legal_hold_reason"])
