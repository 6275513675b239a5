"""What is sent to whom: a link and a reference. Never what a patient wrote, and to the team not even who they are."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from enquiries.models import OutgoingMail
from enquiries.models.outbox import LONGEST_DELAY_WHILE_AWAY

logger = logging.getLogger(__name__)

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
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        logger.warning("The mail server is away (%s). %d mails wait.", type(error).__name__, len(mails))
        for mail in mails:
            mail.put_off(type(error).__name__, longest=LONGEST_DELAY_WHILE_AWAY)
        return 0
    try:
        return sum(_send(mail, server) for mail in mails)
    finally:
        server.close()


def _send(mail: OutgoingMail, server: BaseEmailBackend) -> bool:
    """One mail that cannot be sent keeps no other waiting, whatever the reason."""
    try:
        if not mail.recipients:
            raise LookupError("no address")
        server.send_messages([message(mail)])
    except Exception as error:
        logger.warning("Mail %s was not sent (%s). It will be tried again.", mail, type(error).__name__)
        mail.put_off(type(error).__name__)
        return False
    mail.mark_sent()
    logger.info("Mail %s was sent.", mail)
    return True
