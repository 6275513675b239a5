"""How a colleague gets an account, and back into it. Nobody but themselves ever knows their password."""

import logging
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.formats import date_format

from kyphoplasty_site.accounts import letters, sessions

logger = logging.getLogger(__name__)

# How the desk's log begins to say it.
INVITED = "Invited by mail."
SENT_A_LINK = "Sent a link to choose a new password."
TOOK_AWAY = "All their ways in were taken away: {reason}"


class AddressForm(forms.ModelForm):
    """No two accounts share an address: a link to one would open the other."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        others = User.objects.exclude(pk=self.instance.pk)
        if email and others.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody else has this address. Type one that they alone read.")
        return email


class AccountForm(AddressForm, UserChangeForm):
    """An account as it stands."""


class InvitationForm(AddressForm):
    """A colleague, by name and email. They choose their own password or passkey."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "username", "email", "groups")
        help_texts = {
            "username": "What they sign in with, such as robin.reed. It is shown beside what they do.",
            "email": "An address at work that they alone read. The invitation goes there.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("first_name", "last_name", "email"):
            self.fields[name].required = True


class HelpForm(forms.Form):
    """Why somebody's ways in are taken away."""

    reason = forms.CharField(
        label="Why, in a few words",
        max_length=200,
        widget=forms.TextInput(attrs={"size": 40}),
        help_text="For the desk’s log, such as “Lost phone”. Ask them by a number you know whether it is really them.",
    )


def with_invitations(users: models.QuerySet[User]) -> models.QuerySet[User]:
    """Each with `invited_at`: when they were last invited, by the desk's log; and `has_factor`: whether they have any."""
    entries = LogEntry.objects.filter(
        content_type__app_label="auth",
        content_type__model="user",
        object_id=Cast(OuterRef("pk"), models.CharField()),
        change_message=INVITED,
    )
    return users.annotate(
        invited_at=Subquery(entries.order_by("-action_time").values("action_time")[:1]),
        has_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
    )


def has_accepted(user: User) -> bool:
    """Whether the account is in somebody's hands."""
    return user.last_login is not None or user.has_usable_password()


def standing(user: User) -> str:
    """Where an account stands, in words; of a row of `with_invitations`."""
    if not user.is_active:
        return "Closed"
    if user.last_login and not user.has_usable_password() and not getattr(user, "has_factor", True):
        return "All ways in were taken away, waits to set up new ones"
    if user.last_login:
        return f"Last signed in on {_day(user.last_login)}"
    if user.has_usable_password():
        return "Has never signed in"
    return f"Invited on {_day(getattr(user, 'invited_at', None) or user.date_joined)}, not yet accepted"


def invite(user: User) -> bool:
    """Mail them a link to choose a password or passkey; an earlier one no longer works. Say whether the mail left."""
    _take_password(user)
    return _send(user)


def send_link(user: User) -> bool:
    """Mail them a link to choose a new password. The old one works until then. Say whether the mail left."""
    return _send(user)


def start_again(user: User) -> bool:
    """Take away all their ways in and sign them out, then mail them a link to set them up anew. Say whether it left."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        sessions.end_all(user)
        _take_password(user)
    letters.tell_of_change(user, "factors_taken_away")
    return _send(user, "start_again")


def _take_password(user: User) -> None:
    user.set_unusable_password()
    user.save(update_fields=["password"])


def _send(user: User, what: str = "") -> bool:
    try:
        letters.link_mail(user, what).send()
    except OSError as error:
        logger.warning("A mail about an account was not sent (%s).", type(error).__name__)
        return False
    return True


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
