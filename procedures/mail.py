"""What is mailed to staff: a link to the desk, and why. Lost mail loses nothing: the desk says the same."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from procedures.models import Edition, EditionEditor, Reviewer


def about(
    edition: Edition, to: list[str], subject: str, template: str, fixed: str, **context: Any
) -> EmailMessage:
    """A mail about an edition, with the same Message-ID however often it is tried."""
    desk = reverse("admin:procedures_edition_change", args=[edition.pk])
    context |= {"edition": edition, "desk_url": settings.SITE_URL + desk}
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return EmailMessage(
        subject=subject,
        body=render_to_string(f"procedures/mail/{template}.txt", context),
        to=to,
        headers={"Message-ID": f"<{fixed}@{domain}>", "X-Reference": fixed},
    )


def addresses(people: Iterable[User | None]) -> Iterator[str]:
    """Where those of them are reached who still work here."""
    for person in people:
        if person and person.is_active and person.email:
            yield person.email


def tell_reviewers(edition: Edition) -> None:
    """The draft waits for one of them: all who may sign it off, so none who wrote in it."""
    reviewers = Reviewer.objects.filter(is_active=True).select_related("user")
    able = reviewers.exclude(user__in=_writers(edition))
    fixed = f"sent-{edition.pk}-{edition.sent_at:%Y%m%d%H%M%S}"
    _send(edition, [one.user for one in able], f"Please read and sign off: {edition}", "sent", fixed)


def tell_writers(edition: Edition, signed_by: str = "") -> None:
    """A reviewer has answered, to all who wrote in the draft: signed off, or sent back with a note."""
    answer = "Signed off" if signed_by else "Sent back with a note"
    fixed = f"answered-{edition.pk}-{timezone.now():%Y%m%d%H%M%S}"
    _send(
        edition,
        User.objects.filter(pk__in=_writers(edition)),
        f"{answer}: {edition}",
        "answered",
        fixed,
        signed_by=signed_by,
    )


def _writers(edition: Edition) -> Any:
    return EditionEditor.objects.filter(edition=edition).values("user")


def _send(
    edition: Edition, people: Iterable[User], subject: str, template: str, fixed: str, **context: Any
) -> None:
    if to := list(addresses(people)):
        about(edition, to, subject, template, fixed, **context).send()
