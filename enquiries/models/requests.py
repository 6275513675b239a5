"""What a patient asked: one table for both forms, so one inbox and one rule for how long it is kept."""

import json
import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractUser, User
from django.contrib.contenttypes.fields import GenericRelation
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from enquiries import consent, phones, promises, questions, references, retention
from enquiries.encryption import EncryptedTextField
from enquiries.models.attempts import Attempt, Ending
from enquiries.models.calls import CallWindow
from enquiries.models.desk import GRACE, UNPROMISED_WITHIN, DeskQuerySet
from enquiries.models.outbox import OutgoingMail
from procedures.models import Hospital
from procedures.working_hours import Stretch

TOKEN_BYTES = 32
SENT_AGAIN_WITHIN = timedelta(hours=1)


def mint_token() -> str:
    """The last part of a private page's address. Whoever holds it may see the page."""
    return secrets.token_urlsafe(TOKEN_BYTES)


@dataclass(frozen=True)
class Step:
    """Something that has happened to a request, or is about to, as its private page tells it."""

    class What(models.TextChoices):
        RECEIVED = "received"
        LOOKED_AT = "looked_at"
        NO_ANSWER = "no_answer"
        NEXT_TRY = "next_try"
        NOT_REACHED = "not_reached"
        ANSWERED = "answered"
        WITHDRAWN = "withdrawn"

    what: What
    at: datetime

    @property
    def when(self) -> str:
        """“Thursday 3 December, 10.40am”."""
        return f"{promises.day_in_words(self.at)}, {promises.clock_in_words(self.at)}"


class EnquiryQuerySet(DeskQuerySet["Enquiry"]):
    """Which requests, the one way to store one, and the way they leave on time."""

    def awaiting_reply(self) -> Self:
        """Open requests, the longest waiting first."""
        return self.open().order_by("created_at")

    def places_taken(self, since: datetime) -> dict[datetime, set[int]]:
        """The places given in each call window that begins after that moment."""
        taken: dict[datetime, set[int]] = defaultdict(set)
        places: Any = self.filter(call_from_at__gt=since).values_list("call_from_at", "call_place")
        for begins, place in places:
            taken[begins].add(place)
        return taken

    def past_keeping(self) -> Self:
        """Requests that we have dealt with, or that were withdrawn, and promised to have deleted by now; not what the law makes us keep."""
        return self.past_keeping_at(timezone.now())

    def leaving_soon(self) -> Self:
        """Requests that leave within a day: the warning before they are deleted."""
        soon = timezone.now() + retention.WARN_BEFORE
        return self.past_keeping_at(soon)

    def past_keeping_at(self, moment: datetime) -> Self:
        """Requests whose time is over at that moment. Spam leaves sooner, but only once a person has dealt with it."""
        long_ago = moment - retention.AFTER_HANDLED
        is_over = Q(handled_at__lt=long_ago) | Q(withdrawn_at__lt=long_ago)
        is_spam = Q(outcome=Ending.SPAM, handled_at__lt=moment - retention.SPAM_AFTER_HANDLED)
        return self.filter(is_over | is_spam, legal_hold_at=None)

    def suspected(self) -> Self:
        """The pile: requests that look like spam and that nobody has dealt with yet."""
        return self.unfinished().exclude(suspected_at=None).order_by("created_at")

    def same_as(self, enquiry: "Enquiry") -> Self:
        """Requests with the very same answers, the oldest first.

        From one check page they are one request for ever. From two, such as two tabs or the back button, they are one
        for an hour, while nobody has dealt with the first. Whoever asks again after that, since nobody rang, is heard.
        """
        from_one_page = Q(submission_id=enquiry.submission_id)
        sent_again = Q(handled_at=None, withdrawn_at=None, created_at__gt=timezone.now() - SENT_AGAIN_WITHIN)
        same = self.filter(from_one_page | sent_again, content_hash=enquiry.hash_of_answers())
        return same.order_by("created_at", "pk")

    @transaction.atomic
    def submit(self, enquiry: "Enquiry") -> "Enquiry":
        """Store a request and its outgoing mail, once, and return the row that is stored.

        The same answers are the same request, however often they are sent. Other answers under a used submission id
        are never dropped: they become a new request that follows the first. Raises TimeTaken where the time they
        chose is no longer free, and stores nothing.
        """
        enquiry.content_hash = enquiry.hash_of_answers()
        _wait_for_others_sending(enquiry)
        if stored := self.same_as(enquiry).first():
            return stored
        enquiry.follows = (
            self.filter(submission_id=enquiry.submission_id).order_by("created_at", "pk").first()
        )
        enquiry.take_place()
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
        EASY_READ = "easy_read", "Easy words and pictures (easy read)"
        HEARING = "hearing", "I do not hear well on the phone"
        RELAY = "relay", "I use Relay UK"
        SLOWLY = "slowly", "Please speak slowly"
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
    # A place in a call window, as it was promised: what staff change in the windows later breaks no promise.
    call_from_at = models.DateTimeField("we ring from", null=True, blank=True)
    call_until_at = models.DateTimeField("we ring until", null=True, blank=True)
    call_place = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
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
    # Which questions the page asked: questions.SETS has their words.
    questions_version = models.CharField(max_length=20, blank=True, editable=False)
    questions_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField("received", default=timezone.now, editable=False)
    due_at = models.DateTimeField("promised by", null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField("withdrawn", null=True, blank=True, editable=False)
    handled_at = models.DateTimeField("handled", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="handled_enquiries",
    )
    outcome = models.CharField(max_length=11, choices=Ending, blank=True, editable=False)

    # What the team's desk keeps of it.
    opened_at = models.DateTimeField("first opened", null=True, blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="held_enquiries",
        editable=False,
    )
    claimed_until = models.DateTimeField("with them until", null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    next_try_at = models.DateTimeField("next try", null=True, blank=True, editable=False)
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates", editable=False
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
        "call_from_at",
        "call_until_at",
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
        permissions = [
            ("oversee_enquiry", "Can oversee the service and export requests"),
            ("hold_enquiry", "Can keep a request for the law"),
        ]
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
                name="promised_call_has_a_start_a_later_end_and_a_place",
                condition=Q(call_from_at=None, call_until_at=None, call_place=None)
                # With an end that is not there the comparison is neither true nor false, and a check lets that pass.
                | Q(
                    call_from_at__isnull=False,
                    call_until_at__isnull=False,
                    call_place__isnull=False,
                    call_until_at__gt=F("call_from_at"),
                    call_place__gte=1,
                ),
                violation_error_message="Choose a time to ring from the list.",
            ),
            models.UniqueConstraint(
                fields=["hospital", "call_from_at", "call_place"],
                name="place_in_a_call_window_is_given_once",
                violation_error_message="That time has just been taken. Choose another.",
            ),
            models.CheckConstraint(
                name="questions_are_known_by_version_and_hash",
                condition=Q(questions_version="", questions_hash="")
                | (~Q(questions_version="") & Q(questions_hash__regex=r"^[0-9a-f]{64}$")),
                violation_error_message="Say which questions were asked.",
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
            models.CheckConstraint(
                name="handled_says_how_it_ended",
                condition=Q(handled_at=None, outcome="")
                | Q(
                    handled_at__isnull=False,
                    outcome__in=["answered", "booked", "not_for_us", "not_reached", "duplicate", "spam"],
                ),
                violation_error_message="Say how the request ended.",
            ),
            models.CheckConstraint(
                name="held_says_by_whom_and_until_when",
                condition=Q(owner=None, claimed_until=None)
                | Q(owner__isnull=False, claimed_until__isnull=False),
                violation_error_message="Say both who is busy with it and until when.",
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
    def ended_in_words(self) -> str:
        """How and when it ended: “Booked, 3 December”."""
        ended_at = timezone.localtime(self.handled_at or self.withdrawn_at)
        how = self.get_outcome_display() if self.is_handled else "Withdrawn by the patient"
        return f"{how}, {ended_at:%-d %B}"

    @property
    def ring_by(self) -> datetime:
        """When the next call is due."""
        return self.next_try_at or self.due_at or self.created_at + UNPROMISED_WITHIN

    @property
    def is_overdue(self) -> bool:
        """Whether its call is late, as the queryset method of that name has it."""
        late_from = self.ring_by + GRACE if self.next_try_at else self.ring_by
        return self.is_open and late_from < timezone.now()

    @property
    def is_held(self) -> bool:
        """Whether somebody is busy with it."""
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    @property
    def owner_name(self) -> str:
        """Who is busy with it, as colleagues know them."""
        return (self.owner.get_full_name() or self.owner.get_username()) if self.owner else ""

    @property
    def outcomes(self) -> list[Attempt.Outcome]:
        """What may come of a try: no message where we may leave none, no call without a number."""
        ruled_out = set()
        if not self.phone_in_full:
            ruled_out |= {Attempt.Outcome.NO_ANSWER, Attempt.Outcome.WRONG_NUMBER}
        if not self.phone_in_full or not self.may_leave_message:
            ruled_out.add(Attempt.Outcome.LEFT_MESSAGE)
        if not self.email:
            ruled_out.add(Attempt.Outcome.WROTE)
        return [outcome for outcome in Attempt.Outcome if outcome not in ruled_out]

    @property
    def phone_spaced(self) -> str:
        """The number in groups that a person can check."""
        return phones.spaced(self.phone_in_full) if self.phone_in_full else ""

    @property
    def phone_ending(self) -> str:
        """All that a private page shows of the number."""
        return self.phone_in_full[-3:]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for us."""
        return self.handled_at is None and self.withdrawn_at is None

    @property
    def is_late(self) -> bool:
        """Whether the time we promised has passed without a try to reach them."""
        return self.is_open and not self.tries and self.due_at is not None and self.due_at < timezone.now()

    @property
    def is_on_time(self) -> bool:
        """Whether it still waits for us, and we have kept our word so far."""
        return self.is_open and not self.is_late

    @property
    def slot(self) -> promises.Slot | None:
        """The place in a call window that they hold."""
        if self.call_from_at is None or self.call_until_at is None or self.call_place is None:
            return None
        return promises.Slot(self.call_from_at, self.call_until_at, self.call_place)

    @property
    def best_time(self) -> str:
        """When they wish to be rung, in words."""
        return str(self.slot or "As soon as you can")

    @property
    def call_time_in_words(self) -> str:
        """The time they hold, in the middle of a sentence; empty where they hold none."""
        return self.slot.in_a_sentence if self.slot else ""

    @property
    def due_in_words(self) -> str:
        """By when we promised to ring or write, in the middle of a sentence; empty where we promised no time."""
        if self.due_at is None:
            return ""
        return f"{promises.clock_in_words(self.due_at)} on {promises.day_in_words(self.due_at)}"

    @property
    def progress(self) -> list[Step]:
        """What has happened to it so far and is set to happen, the first first."""
        happened = [
            (Step.What.RECEIVED, self.created_at),
            (Step.What.LOOKED_AT, self.opened_at),
            *((Step.What.NO_ANSWER, attempt.made_at) for attempt in self.attempts.in_vain()),
            (Step.What.NEXT_TRY, self.next_try_at if self.is_open else None),
            (Step.What.WITHDRAWN, self.withdrawn_at),
            (
                Step.What.NOT_REACHED if self.outcome == Ending.NOT_REACHED else Step.What.ANSWERED,
                self.handled_at,
            ),
        ]
        return sorted((Step(what, at) for what, at in happened if at), key=lambda step: step.at)

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

    def be_asked(self, asked: questions.QuestionSet) -> None:
        """Keep which questions the page asked."""
        self.questions_version, self.questions_hash = asked.version, asked.hash

    def choose(self, stretch: Stretch | None) -> None:
        """Wish to be rung then, or as soon as we can. Not yet promised: take_place does that."""
        self.call_from_at, self.call_until_at = stretch or (None, None)

    def take_place(self) -> None:
        """Promise the time they chose, and by when we ring. Two who want the last place are taken one after the other.

        Within a transaction. Raises TimeTaken.
        """
        self.call_place = None
        if self.call_from_at:
            starts_at = timezone.localtime(self.call_from_at)
            windows = CallWindow.objects.filter(hospital=self.hospital, weekday=starts_at.weekday())
            list(windows.filter(starts_at=starts_at.time()).select_for_update(no_key=True))
            free = promises.free_slots(self.hospital)
            places: dict[Any, int] = {(slot.starts_at, slot.ends_at): slot.place for slot in free.values()}
            self.call_place = places.get((self.call_from_at, self.call_until_at))
            if self.call_place is None:
                raise promises.TimeTaken(free)
        asked_at = self.created_at if self._state.adding else timezone.now()
        self.due_at = promises.due_at(self, asked_at)

    @transaction.atomic
    def change_phone(self, phone: str) -> bool:
        """Ring another number, and tell them by mail; say whether it was still open."""
        changed = {"phone": phone, "phone_in_full": phones.in_full(phone)}
        return self._change(**changed)

    @transaction.atomic
    def change_time(self, stretch: Stretch | None) -> bool:
        """Ring at another time, and tell them by mail; say whether it was still open. Raises TimeTaken."""
        if stretch == (self.call_from_at, self.call_until_at):
            return self.is_open
        self.choose(stretch)
        self.take_place()
        names = ("call_from_at", "call_until_at", "call_place", "due_at")
        return self._change(next_try_at=None, **{name: getattr(self, name) for name in names})

    @transaction.atomic
    def withdraw(self) -> bool:
        """They no longer wish to be answered: say so by mail and free their place; say whether it was still open."""
        nothing = dict.fromkeys(("call_from_at", "call_until_at", "call_place", "due_at"))
        return self._change(withdrawn_at=timezone.now(), **nothing)

    def _change(self, **facts: Any) -> bool:
        """What a patient changes leaves the hash of the answers: sent once more, they are still this request."""
        was_open = Enquiry.objects.unfinished().filter(pk=self.pk).update(**facts) == 1
        if was_open:
            OutgoingMail.objects.announce_change(self)
        return was_open

    def mark_handled(self, by: AbstractUser, outcome: Ending = Ending.ANSWERED) -> bool:
        """Somebody has dealt with it. The first to say so is kept; say whether this was the first."""
        waiting = Enquiry.objects.unfinished().filter(pk=self.pk)
        ended = {"handled_at": timezone.now(), "handled_by": by, "outcome": outcome}
        free = {"owner": None, "claimed_until": None, "next_try_at": None}
        was_waiting = waiting.update(**ended, **free) == 1
        self.refresh_from_db(fields=[*ended, *free])
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
