"""What the database holds of every request, whoever writes it."""

from django.db import models
from django.db.models import F, Q

from enquiries import retention

OF_REQUESTS = [
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
        condition=Q(phone="", phone_in_full="") | (~Q(phone="") & Q(phone_in_full__regex=r"^\+[0-9]{3,18}$")),
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
        condition=Q(handled_at=None, suspected_at=None),
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
        condition=~Q(consent_version="") & ~Q(consent_text="") & Q(consent_hash__regex=r"^[0-9a-f]{64}$"),
        violation_error_message="Tick the box so that we can reply.",
    ),
    models.CheckConstraint(
        name="request_is_kept_within_the_limits",
        condition=Q(keep_days__range=(retention.REQUESTS.least, retention.REQUESTS.most)),
        violation_error_message=f"Choose a number from {retention.REQUESTS.least} to {retention.REQUESTS.most}.",
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
        condition=Q(handled_at=None, handled_by=None) | Q(handled_at__isnull=False, handled_by__isnull=False),
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
        condition=Q(owner=None, claimed_until=None) | Q(owner__isnull=False, claimed_until__isnull=False),
        violation_error_message="Say both who is busy with it and until when.",
    ),
]
