"""What a patient asked: one table for both forms, so one inbox and one rule for how long it is kept."""

import json
import logging
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractUser, User
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Reverse, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from enquiries import phones, promises, questions, references, retention
from enquiries.encryption import EncryptedTextField
from enquiries.models.attempts import Attempt, Ending
from enquiries.models.calls import CallWindow
from enquiries.models.consent import ConsentWording
from enquiries.models.constraints import OF_REQUESTS
from enquiries.models.desk import GRACE, UNPROMISED_WITHIN, UnpromisedBy
from enquiries.models.outbox import OutgoingMail
from enquiries.models.queries import EnquiryQuerySet
from procedures.models import Hospital
from procedures.working_hours import Stretch

logger = logging.getLogger(__name__)
TOKEN_BYTES = 32
CHANGES_TOLD_A_DAY = 3
NO_PLACE: dict[str, Any] = {"call_from_at": None, "call_until_at": None, "call_place": None}


def mint_token() -> str:
    """The last part of a private page's address. Whoever holds it may see the page."""
    return secrets.token_urlsafe(TOKEN_BYTES)


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
        NUMBER = "number", "Many came for one phone number or email address"

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
    keep_days = models.PositiveSmallIntegerField(
        "kept for no more than (days)", default=retention.REQUESTS.usual, editable=False
    )
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
    # As ring_by has it, for the database to sort by.
    ring_by_at = models.GeneratedField(
        expression=Coalesce("next_try_at", "due_at", UnpromisedBy("created_at", days=UNPROMISED_WITHIN.days)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
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
            # All that the queue counts and sorts by, so that it need not read the requests themselves.
            models.Index(
                fields=["ring_by_at", "id"],
                include=[
                    *("hospital", "created_at", "next_try_at", "opened_at"),
                    *("owner", "claimed_until", "suspected_at", "call_from_at"),
                ],
                condition=Q(handled_at=None, withdrawn_at=None),
                name="enquiries_in_order_of_calls",
            ),
            *(
                models.Index(
                    fields=[field, "id"],
                    include=["hospital", "suspected_at"],
                    condition=Q(handled_at=None, withdrawn_at=None) & Q(**{f"{set_field}__isnull": False}),
                    name=f"enquiries_{called}",
                )
                for called, field, set_field in (
                    ("held", "claimed_until", "claimed_until"),
                    ("to_be_tried_again", "next_try_at", "next_try_at"),
                    ("suspected", "created_at", "suspected_at"),
                )
            ),
            models.Index(
                fields=["created_at", "id"], include=["hospital", "suspected_at"], name="enquiries_by_time"
            ),
            models.Index(
                fields=["handled_at", "id"],
                include=["hospital", "outcome"],
                condition=Q(handled_at__isnull=False),
                name="enquiries_finished",
            ),
            *(
                models.Index(
                    fields=["handled_at", "id"],
                    include=["hospital"],
                    condition=Q(outcome=outcome),
                    name=f"enquiries_{outcome}",
                )
                for outcome in (Ending.SPAM.value, Ending.NOT_REACHED.value)
            ),
            models.Index(
                fields=["withdrawn_at", "id"],
                include=["hospital"],
                condition=Q(withdrawn_at__isnull=False),
                name="enquiries_withdrawn",
            ),
            models.Index(
                fields=["created_at"], condition=Q(legal_hold_at__isnull=False), name="enquiries_kept_for_law"
            ),
            models.Index(fields=["keep_days"], name="enquiries_by_days_promised"),
            models.Index(fields=["id"], include=["hospital"], name="enquiries_hospital_of_each"),
            models.Index(Upper("email"), condition=~Q(email=""), name="enquiries_by_email"),
            GinIndex(OpClass("reference", "gin_trgm_ops"), name="enquiries_by_part_of_reference"),
            GinIndex(OpClass("name", "gin_trgm_ops"), name="enquiries_by_part_of_name"),
            GinIndex(OpClass("email", "gin_trgm_ops"), name="enquiries_by_part_of_email"),
            GistIndex(OpClass("phone_in_full", "gist_trgm_ops(siglen=64)"), name="enquiries_by_number_alike"),
            models.Index(
                OpClass(Reverse("phone_in_full"), "text_pattern_ops"), name="enquiries_by_end_of_number"
            ),
        ]
        constraints = OF_REQUESTS
        triggers = [
            pgtrigger.Protect(
                name="no_request_is_kept_for_longer_than_was_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__keep_days__gt=pgtrigger.F("old__keep_days")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference_in_groups}"

    def get_absolute_url(self) -> str:
        return reverse("enquiries:request_status", args=[self.token])

    @property
    def ask_again_url(self) -> str:
        """The form they asked with, about the same; nothing that they wrote."""
        about = {"hospital": self.hospital, "consultant": self.consultant, "procedure": self.procedure}
        form = "enquiries:request_callback" if self.is_call_back else "enquiries:enquire"
        return reverse(form, query={name: row.slug for name, row in about.items() if row})

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
    def is_kept_for_the_law(self) -> bool:
        """Whether it is under a legal hold, or was joined to a request that is."""
        whole = self.duplicate_of or self
        return bool(self.legal_hold_at or whole.legal_hold_at)

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
        """Whether the time we promised has passed. Once we have set another it counts no more, unless they asked for that one."""
        if self.due_at is None or not self.is_open:
            return False
        is_promised = self.next_try_at is None or self.due_at == self.next_try_at + GRACE
        return is_promised and self.due_at < timezone.now()

    @property
    def is_on_time(self) -> bool:
        """Whether it still waits for us, and we have kept our word so far."""
        return self.is_open and not self.is_late

    @property
    def takes_another_number(self) -> bool:
        """Whether we would ring another number: while it waits for us, and where we reached nobody."""
        return self.is_open or self.outcome == Ending.NOT_REACHED

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
        return _in_words(self.due_at) if self.due_at else ""

    @property
    def next_try_in_words(self) -> str:
        """When the next try is set for, in the middle of a sentence; empty once that has come."""
        if self.next_try_at is None or self.next_try_at < timezone.now():
            return ""
        return _in_words(self.next_try_at)

    @property
    def communication_needs(self) -> list[str]:
        """What helps them to talk with us, in words."""
        spoken = [f"Language: {self.language}"] if self.language else []
        return [*(need.label for need in self.Need if need in self.needs.split()), *spoken]

    def hash_of_answers(self) -> str:
        """Tells two sets of answers apart, and tells nobody without our key anything about them."""
        answers = json.dumps([getattr(self, name) for name in self.ANSWERS], default=str)
        return salted_hmac("enquiries.content", answers, algorithm="sha256").hexdigest()

    def agree_to(self, wording: ConsentWording) -> None:
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

    @cached_property
    def hours(self) -> promises.CallHours:
        """When the team that has it rings people, read once."""
        return promises.call_hours(self.hospital)

    def take_place(self) -> None:
        """Promise the time they chose, and by when we ring. Two who want the last place are taken one after the other.

        Within a transaction. Raises TimeTaken.
        """
        self.call_place = None
        if self.call_from_at:
            self._wait_for_others_choosing(self.call_from_at)
            free = promises.free_slots(self.hospital)
            places: dict[Any, int] = {(slot.starts_at, slot.ends_at): slot.place for slot in free.values()}
            self.call_place = places.get((self.call_from_at, self.call_until_at))
            if self.call_place is None:
                raise promises.TimeTaken(free)
        asked_at = self.created_at if self._state.adding else timezone.now()
        self.due_at = promises.due_at(self, asked_at)

    def _wait_for_others_choosing(self, begins: datetime) -> None:
        """Whoever is given a place in the window that begins then, is given it alone. Within a transaction."""
        starts_at = timezone.localtime(begins)
        windows = CallWindow.objects.filter(hospital=self.hospital, weekday=starts_at.weekday())
        list(windows.filter(starts_at=starts_at.time()).select_for_update(no_key=True))

    @transaction.atomic
    def change_phone(self, phone: str, because: Suspicion | None = None) -> bool:
        """Ring another number, and tell them by mail; say whether it was still open, or had ended with nobody reached.

        A number that looks like a stranger's, because of how many ask for it, is looked at by a person first.
        """
        changed: dict[str, Any] = {"phone": phone, "phone_in_full": phones.in_full(phone)}
        if because:
            self.suspect(because)
            changed |= {"suspected_at": self.suspected_at, "suspected_because": because}
        Enquiry.objects.not_reached().filter(pk=self.pk).update(
            handled_at=None, handled_by=None, outcome="", tries=0, next_try_at=timezone.now(), **NO_PLACE
        )
        return self._change("another number", **changed)

    @transaction.atomic
    def change_time(self, stretch: Stretch | None) -> bool:
        """Ring at another time, and tell them by mail; say whether it was still open. Raises TimeTaken."""
        if stretch == (self.call_from_at, self.call_until_at):
            return self.is_open
        self.choose(stretch)
        self.take_place()
        names = ("call_from_at", "call_until_at", "call_place", "due_at")
        return self._change("another time", next_try_at=None, **{name: getattr(self, name) for name in names})

    @transaction.atomic
    def withdraw(self) -> bool:
        """They no longer wish to be answered: say so by mail and free their place; say whether it was still open."""
        place = ("call_from_at", "call_until_at", "call_place", "due_at")
        nothing = dict.fromkeys((*place, "owner", "claimed_until", "next_try_at"))
        return self._change("withdrawn", withdrawn_at=timezone.now(), **nothing)

    def _is_told_of_changes(self) -> bool:
        """A stranger may have typed the address, so few mails a day go there, and none while it looks like spam."""
        since = timezone.now() - timedelta(days=1)
        told = self.mails.filter(purpose=OutgoingMail.Purpose.CHANGED, created_at__gt=since)
        return self.suspected_at is None and told.count() < CHANGES_TOLD_A_DAY

    def _change(self, how: str, **facts: Any) -> bool:
        """What a patient changes leaves the hash of the answers: sent once more, they are still this request.

        The log is told, since an older backup has the request as it was before.
        """
        was_open = Enquiry.objects.unfinished().filter(pk=self.pk).update(**facts) == 1
        if was_open:
            transaction.on_commit(partial(logger.info, "Request %s has changed: %s.", self.reference, how))
        if was_open and self._is_told_of_changes():
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
        """It is real after all, so its mail leaves now; say whether it was suspected until then."""
        with transaction.atomic():
            suspected = Enquiry.objects.exclude(suspected_at=None).filter(pk=self.pk)
            facts = {"suspected_at": None, "suspected_because": "", "call_place": self._place_to_keep()}
            was_suspected = suspected.update(**facts) == 1
            if was_suspected:
                OutgoingMail.objects.announce(self)
        self.refresh_from_db(fields=[*facts])
        return was_suspected

    def _place_to_keep(self) -> int | None:
        """Theirs or, if another was given it while theirs did not count, one more: we promised them that time."""
        if self.call_from_at is None:
            return None
        self._wait_for_others_choosing(self.call_from_at)
        taken = self.hospital.enquiries.open().filter(call_from_at=self.call_from_at)
        places = {place for place in taken.values_list("call_place", flat=True) if place}
        return max(places) + 1 if self.call_place in places else self.call_place

    def keep_for_the_law(self, by: User, reason: str) -> None:
        """It stays until the hold is lifted, whatever its time."""
        self.legal_hold_at, self.legal_hold_by, self.legal_hold_reason = timezone.now(), by, reason
        self.save(update_fields=["legal_hold_at", "legal_hold_by", "legal_hold_reason"])

    def lift_legal_hold(self) -> None:
        """It may leave in its time again."""
        self.legal_hold_at, self.legal_hold_by, self.legal_hold_reason = None, None, ""
        self.save(update_fields=["legal_hold_at", "legal_hold_by", "legal_hold_reason"])


def _in_words(moment: datetime) -> str:
    return f"{promises.clock_in_words(moment)} on {promises.day_in_words(moment)}"
