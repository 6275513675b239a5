"""What is sent to whom: a link and a reference. Never what a patient wrote, and to the team not even who they are."""

import logging
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error
from django.template.loader import render_to_string
from django.urls import reverse

from enquiries.models import OutgoingMail
from enquiries.models.outbox import DELAY_WHILE_AWAY, LEASE

logger = logging.getLogger(__name__)

# The server may be EMAIL_TIMEOUT late with each answer: nine to call anew and hang up, four for the mail itself.
# With less than that left of the lease no further mail is begun, or another worker might send it too.
SLOWEST_MAIL = timedelta(seconds=13 * settings.EMAIL_TIMEOUT)
FOR_GOOD = 500  # the SMTP codes that mean: do not try again

SUBJECTS = {
    OutgoingMail.Purpose.RECEIVED: "We have your request: {reference}",
    OutgoingMail.Purpose.TEAM: "New request: {reference}",
    OutgoingMail.Purpose.CHANGED: "Your request has changed: {reference}",
    OutgoingMail.Purpose.MISSED: "We could not reach you: {reference}",
    OutgoingMail.Purpose.OVERDUE: "Calls are overdue: {reference} and any others",
}
TO_PATIENTS = {OutgoingMail.Purpose.RECEIVED, OutgoingMail.Purpose.CHANGED, OutgoingMail.Purpose.MISSED}
assert set(SUBJECTS) == set(OutgoingMail.Purpose)  # noqa: S101


def message(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as it leaves: the same Message-ID and X-Reference however often it is tried.

    Nothing a patient typed goes into a header but their address, which Django refuses if it holds a line end.
    """
    enquiry = mail.enquiry
    purpose = OutgoingMail.Purpose(mail.purpose)
    context = {
        "enquiry": enquiry,
        "status_url": settings.SITE_URL + enquiry.get_absolute_url(),
        "phone": enquiry.hospital.price_phone or settings.FALLBACK_PHONE,
        "queue_url": settings.SITE_URL + reverse("admin:enquiries_enquiry_changelist"),
        "desk_url": settings.SITE_URL + reverse("admin:enquiries_enquiry_change", args=[enquiry.pk]),
    }
    email = EmailMultiAlternatives(
        subject=SUBJECTS[purpose].format(reference=enquiry.reference_in_groups),
        body=render_to_string(f"enquiries/mail/{purpose}.txt", context),
        to=mail.recipients,
        headers={"Message-ID": mail.message_id, "X-Reference": mail.reference_header},
    )
    if purpose in TO_PATIENTS:
        email.attach_alternative(render_to_string(f"enquiries/mail/{purpose}.html", context), "text/html")
    return email


def send_due() -> int:
    """Send one batch of the mail that is due, and say how much was sent. What could not be sent is tried again later."""
    mails = OutgoingMail.objects.claim()
    if not mails:
        return 0
    stop_at = monotonic() + (LEASE - SLOWEST_MAIL).total_seconds()
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        logger.warning("The mail server is away (%s). Mail waits.", type(error).__name__)
        OutgoingMail.objects.give_back(mails, type(error).__name__, DELAY_WHILE_AWAY)
        return 0
    sent = 0
    try:
        while mails and monotonic() < stop_at:
            sent += _send(mails.pop(0), server)
    finally:
        _hang_up(server)
    OutgoingMail.objects.give_back(mails)
    return sent


def _send(mail: OutgoingMail, server: BaseEmailBackend) -> bool:
    """One mail that cannot be sent keeps no other waiting, whatever the reason."""
    try:
        if not mail.recipients:
            if mail.purpose == OutgoingMail.Purpose.OVERDUE:
                mail.hold("No manager of this hospital has an email address.")
                return False
            raise LookupError("no address")
        server.open()  # again, if the mail before lost the connection
        server.send_messages([message(mail)])
    except Error:
        raise
    except Exception as error:
        if isinstance(error, OSError):
            _hang_up(server)
        _could_not_send(mail, error)
        return False
    mail.mark_sent()
    logger.info("Mail %s was sent.", mail)
    return True


def _could_not_send(mail: OutgoingMail, error: Exception) -> None:
    if code := _refused_for_good(error):
        logger.warning("The address of mail %s was refused (%d). It waits for a person.", mail, code)
        mail.hold(f"The mail server refused the address ({code}).")
    else:
        logger.warning("Mail %s was not sent (%s). It will be tried again.", mail, type(error).__name__)
        mail.put_off(type(error).__name__)


def _refused_for_good(error: Exception) -> int | None:
    """The code of a refusal that trying again will not change. What the server says with it may hold the address."""
    refusals = error.recipients.values() if isinstance(error, SMTPRecipientsRefused) else ()
    return next((code for code, _ in refusals if code >= FOR_GOOD), None)


def _hang_up(server: BaseEmailBackend) -> None:
    """A server that does not even take leave is left all the same."""
    with suppress(OSError):
        server.close()
