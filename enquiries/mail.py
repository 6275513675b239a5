"""What is sent to whom: a link and a reference. Never what a patient wrote, and to the team not even who they are."""

import logging
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from enquiries.models import MailText, OutgoingMail
from enquiries.models.mail_texts import TO_PATIENTS
from enquiries.models.outbox import DELAY_WHILE_AWAY, LEASE, worker_was_here

logger = logging.getLogger(__name__)

# The server may be EMAIL_TIMEOUT late with each answer: nine to call anew and hang up, four for the mail itself.
# With less than that left of the lease no further mail is begun, or another worker might send it too.
SLOWEST_MAIL = timedelta(seconds=13 * settings.EMAIL_TIMEOUT)
FOR_GOOD = 500  # the SMTP codes that mean: do not try again

# What a preview and a test fill in. Nobody is called so.
MADE_UP = {
    "reference": "7F3 K92 4XP",
    "hospital": "Larkspur Hospital",
    "when": "We will call you by 11am on Thursday 3 December.",
    "which_number": "We will call the number that ends in 123.",
    "phone": "01632 960101",
    "self_pay": "If you are paying for your treatment yourself please call 01632 960101.",
    "kind": "call-back",
    "received": "Wednesday 2 December, 11:00",
}


def message(mail: OutgoingMail, text: MailText) -> EmailMultiAlternatives:
    """The mail as it leaves, in the words of that text: the same Message-ID and X-Reference however often it is tried.

    Nothing a patient typed goes into a header but their address, which Django refuses if it holds a line end.
    """
    headers = {"Message-ID": mail.message_id, "X-Reference": mail.reference_header}
    return _email(text, values(mail), to=mail.recipients, headers=headers)


def message_to_try(text: MailText, person: User) -> EmailMultiAlternatives:
    """The mail as the person will see it, with made-up values, to their own address and nobody else's."""
    email = _email(text, made_up(text), to=[person.email])
    email.subject = f"[Test] {email.subject}"
    return email


def values(mail: OutgoingMail) -> dict[str, str]:
    """What is filled in. Of the patient it has no more than the last digits of the number that they are rung on."""
    enquiry, hospital = mail.enquiry, mail.enquiry.hospital
    filled = {
        "reference": enquiry.reference_in_groups,
        "hospital": hospital.name,
        "link": settings.SITE_URL + reverse("admin:enquiries_enquiry_change", args=[enquiry.pk]),
        "overdue": _queue() + "?state=overdue",
        "kind": enquiry.get_kind_display().lower(),
        "received": f"{timezone.localtime(enquiry.created_at):%A %-d %B, %H:%M}",
    }
    if mail.purpose in TO_PATIENTS:
        self_pay = hospital.self_pay_phone
        filled |= {
            "link": settings.SITE_URL + enquiry.get_absolute_url(),
            "when": str(render_to_string("enquiries/_when.html", {"enquiry": enquiry})),
            "which_number": f"We will call the number that ends in {enquiry.phone_ending}."
            if enquiry.is_open and enquiry.phone_in_full
            else "",
            "phone": hospital.price_phone or settings.FALLBACK_PHONE,
            "self_pay": f"If you are paying for your treatment yourself please call {self_pay}."
            if self_pay
            else "",
        }
    return filled


def made_up(text: MailText) -> dict[str, str]:
    """What a preview and a test fill in."""
    private_page = reverse("enquiries:request_status", args=["made-up-".ljust(43, "0")])
    link = private_page if text.purpose in TO_PATIENTS else reverse("admin:enquiries_enquiry_changelist")
    return MADE_UP | {"link": settings.SITE_URL + link, "overdue": _queue() + "?state=overdue"}


def _queue() -> str:
    return settings.SITE_URL + reverse("admin:enquiries_enquiry_changelist")


def _email(text: MailText, filled: dict[str, str], **envelope: Any) -> EmailMultiAlternatives:
    words = text.filled(filled)
    email = EmailMultiAlternatives(words["subject"], words["body"], **envelope)
    if text.purpose in TO_PATIENTS:
        email.attach_alternative(render_to_string("enquiries/mail/text.html", words), "text/html")
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
    sent, texts = 0, MailText.objects.of_each()
    try:
        while mails and monotonic() < stop_at:
            mail = mails.pop(0)
            sent += _send(mail, texts[mail.purpose], server)
            worker_was_here()
    finally:
        _hang_up(server)
    OutgoingMail.objects.give_back(mails)
    return sent


def _send(mail: OutgoingMail, text: MailText, server: BaseEmailBackend) -> bool:
    """One mail that cannot be sent keeps no other waiting, whatever the reason."""
    try:
        if not mail.recipients:
            if mail.purpose == OutgoingMail.Purpose.OVERDUE:
                mail.hold("No manager of this hospital has an email address.")
                return False
            raise LookupError("no address")
        server.open()  # again, if the mail before lost the connection
        server.send_messages([message(mail, text)])
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
