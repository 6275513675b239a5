"""Which requests, the one way to store one, and the way they leave on time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from enquiries import references, retention
from enquiries.models.attempts import Attempt, Ending
from enquiries.models.desk import DeskQuerySet
from enquiries.models.outbox import OutgoingMail
from enquiries.models.policy import ServicePolicy, policy_in_force
from procedures.clocks import clocks

if TYPE_CHECKING:
    from enquiries.models.calls import CallWindow
    from enquiries.models.requests import Enquiry

SENT_AGAIN_WITHIN = timedelta(hours=1)
PART = 1_000


class EnquiryQuerySet(DeskQuerySet["Enquiry"]):
    """Which requests, the one way to store one, and the way they leave on time."""

    def places_taken(self, since: datetime) -> dict[datetime, set[int]]:
        """The places given in each call window that begins after that moment: what is finished, or looks like spam, has none."""
        taken: dict[datetime, set[int]] = defaultdict(set)
        places: Any = self.open().filter(call_from_at__gt=since).values_list("call_from_at", "call_place")
        for begins, place in places:
            taken[begins].add(place)
        return taken

    def booked_into(self, window: "CallWindow") -> Self:
        """Requests with a place in this window that is still to come."""
        places = self.open().filter(call_from_at__gt=timezone.now(), hospital=window.hospital_id)
        # Django counts the days of the week from Sunday, 1.
        return places.filter(
            call_from_at__week_day=(window.weekday + 1) % 7 + 1, call_from_at__time=window.starts_at
        )

    def past_keeping(self) -> Self:
        """Requests that we have dealt with, or that were withdrawn, and promised to have deleted by now; not what the law makes us keep."""
        return self.past_keeping_at(timezone.now())

    def leaving_soon(self) -> Self:
        """Requests that leave within a day: the warning before they are deleted."""
        soon = timezone.now() + retention.WARN_BEFORE
        return self.past_keeping_at(soon)

    def past_keeping_at(self, moment: datetime, policy: ServicePolicy | None = None) -> Self:
        """Requests whose time is over at that moment, by the policy that holds or another. Spam leaves sooner, but only once a person has dealt with it.

        A longer policy keeps nothing beyond the days that its own form promised. What is kept for the law is kept with the requests that were joined to it.
        """
        policy = policy or ServicePolicy.objects.current()
        long_ago = moment - policy.requests_for
        promised = moment - F("keep_days") * timedelta(days=1)
        is_promised = Q(handled_at__lt=promised) | Q(withdrawn_at__lt=promised)
        is_over = Q(handled_at__lt=long_ago) | Q(withdrawn_at__lt=long_ago)
        is_over |= Q(keep_days__lt=policy.requests_days) & is_promised
        is_spam = Q(outcome=Ending.SPAM, handled_at__lt=moment - policy.spam_for)
        kept = self.model.objects.exclude(legal_hold_at=None)
        return self.filter(is_over | is_spam, legal_hold_at=None).exclude(duplicate_of__in=kept)

    def that_would_leave(self, policy: ServicePolicy) -> Self:
        """What the purge would delete now by that policy, with what was joined to it."""
        going = self.past_keeping_at(timezone.now(), policy).values("pk")
        return self.filter(Q(pk__in=going) | Q(duplicate_of__in=going, legal_hold_at=None))

    def suspected(self) -> Self:
        """The pile: requests that look like spam and that nobody has dealt with yet."""
        return self.unfinished().exclude(suspected_at=None).order_by("created_at", "pk")

    def came_in_today(self) -> Self:
        """Requests that came in since midnight; not what looks like spam."""
        return self.filter(created_at__gte=_midnight(), suspected_at=None)

    def rung_today(self) -> Self:
        """Requests at which the team has tried today."""
        return self.filter(pk__in=Attempt.objects.filter(made_at__gte=_midnight()).values("enquiry"))

    def rung_in_time_today(self) -> Self:
        """Requests whose first call was made today, by when we had promised it."""
        in_time = Attempt.objects.filter(enquiry=OuterRef("pk"), made_at__lte=OuterRef("due_at"))
        earlier = Attempt.objects.filter(enquiry=OuterRef("pk"), made_at__lt=_midnight())
        return self.rung_today().filter(Exists(in_time), ~Exists(earlier))

    def not_reached(self) -> Self:
        """Requests that we stopped ringing, since nobody could be reached."""
        return self.filter(outcome=Ending.NOT_REACHED)

    def in_parts(self) -> Iterator[list["Enquiry"]]:
        """All of these, however many, a part at a time and in the order they were stored.

        Each part is read when it is asked for. In between the database holds nothing open, however slow the reader is.
        """
        last = 0
        while part := list(self.filter(pk__gt=last).order_by("pk")[:PART]):
            yield part
            last = part[-1].pk

    def same_as(self, enquiry: "Enquiry") -> Self:
        """Requests with the very same answers, the oldest first.

        From one check page they are one request for ever. From two, such as two tabs or the back button, they are one
        for an hour, while nobody has dealt with the first. Whoever asks again after that, since nobody rang, is heard;
        so is whoever has changed the number or the time of the first meanwhile.
        """
        return self.filter(_is_same(enquiry)).order_by("created_at", "pk")

    def sent_before(self, enquiry: "Enquiry") -> Self:
        """Requests that are the same, and those with other answers from its check page, the oldest first."""
        from_one_page = Q(submission_id=enquiry.submission_id)
        return self.filter(from_one_page | _is_same(enquiry)).order_by("created_at", "pk")

    def submit(self, enquiry: "Enquiry", kept_for: int = retention.REQUESTS.most) -> "Enquiry":
        """Store a request and its outgoing mail, once, and return the row that is stored.

        The same answers are the same request, however often they are sent; one send that does not look like spam is
        enough to be heard. Other answers under a used submission id
        are never dropped: they become a new request that follows the first. Raises TimeTaken where the time they
        chose is no longer free, and stores nothing. A request leaves after as many days as its own page said, however
        long ago that was opened, and no later than what is said now. Raises OperationalError where our clock is wrong.
        """
        # What a web process remembers is read before: within a transaction nothing is.
        enquiry.keep_days = min(kept_for, policy_in_force().requests_days)
        if not enquiry.call_until_at:
            _ = enquiry.hours
        while True:
            try:
                with transaction.atomic():
                    stored = self._stored(enquiry)
                    clocks.require()  # still: it may have jumped since the form came
                    return stored
            except IntegrityError as error:  # a request has that reference, as once in many millions
                cause: Any = error.__cause__
                if cause.diag.constraint_name != "enquiries_enquiry_reference_key":
                    raise

    def _stored(self, enquiry: "Enquiry") -> "Enquiry":
        enquiry.content_hash = enquiry.hash_of_answers()
        _wait_for_others_sending(enquiry)
        before = list(self.sent_before(enquiry).values_list("pk", "content_hash"))
        same = next((pk for pk, answers in before if answers == enquiry.content_hash), None)
        if same and (stored := self.filter(pk=same).first()):  # None where it was erased this moment
            if stored.is_open and not enquiry.suspected_at:
                stored.clear_suspicion()
            return stored
        enquiry.follows_id = next((pk for pk, _ in before if pk != same), None)
        enquiry.take_place()
        enquiry.reference = references.mint()
        enquiry.save(force_insert=True)
        if not enquiry.suspected_at:
            OutgoingMail.objects.announce(enquiry)
        return enquiry


def _is_same(enquiry: "Enquiry") -> Q:
    sent_again = Q(
        phone_in_full=enquiry.phone_in_full,
        call_from_at=enquiry.call_from_at,
        handled_at=None,
        withdrawn_at=None,
        created_at__gt=timezone.now() - SENT_AGAIN_WITHIN,
    )
    from_one_page = Q(submission_id=enquiry.submission_id)
    return Q(from_one_page | sent_again, content_hash=enquiry.hash_of_answers())


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _wait_for_others_sending(enquiry: "Enquiry") -> None:
    """Two presses, of one button or in two tabs, are taken one after the other. The locks end with the transaction."""
    lock = "pg_advisory_xact_lock(hashtextextended(%s, 0))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}, {lock}", [str(enquiry.submission_id), enquiry.content_hash])
