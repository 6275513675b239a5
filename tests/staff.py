"""Staff, signed in as they really are: in a session that has shown a second factor."""

from time import sleep, time

from allauth.account.internal.flows.login import clear_authentication_records, record_authentication
from django.contrib.auth.models import User
from django.core import mail
from django.http import HttpRequest
from django.test import Client

from kyphoplasty_site.accounts import sessions


def signed_in(client: Client, user: User) -> Client:
    """The client, with a session in which this person has shown their password and a second factor just now."""
    return _with_records(client, user, "password", "mfa")


def half_signed_in(client: Client, user: User) -> Client:
    """The client, with a session in which this person has shown their password alone."""
    return _with_records(client, user, "password")


def wait_for_mails(count: int) -> None:
    """Mails about an account are sent beside the answer."""
    for _ in range(200):
        if len(mail.outbox) >= count:
            return
        sleep(0.01)
    raise AssertionError(f"{count} mails were expected, {len(mail.outbox)} came.")


def _with_records(client: Client, user: User, *methods: str) -> Client:
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    clear_authentication_records(request)
    for method in methods:
        record_authentication(request, user, method)
    request.session[sessions.SIGNED_IN] = request.session[sessions.SEEN] = time()
    request.session.save()
    return client
