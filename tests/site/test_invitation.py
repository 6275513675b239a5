"""From an invitation to the desk, and what becomes of a link."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kyphoplasty_site.access import Role
from kyphoplasty_site.accounts.forms import AddPasskeyForm
from kyphoplasty_site.accounts.invitations import start_again
from kyphoplasty_site.accounts.letters import link_to_choose
from tests import factories
from tests.enquiries.pages import Page
from tests.site.test_second_factor import sees_the_desk, sign_in
from tests.staff import signed_in, wait_for_mails

pytestmark = pytest.mark.django_db
NEW = "quilted marmalade lantern"
CHOSEN = {"password1": NEW, "password2": NEW}


@pytest.fixture
def invited(django_capture_on_commit_callbacks: Callable[..., Any]) -> User:
    """Fern, whom an administrator has just invited."""
    person = factories.person("ashley", is_staff=True)
    person.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
    asked = {"first_name": "Fern", "last_name": "Holm", "username": "fern", "email": "fern@elmpark.example"}
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(Client(), person).post(reverse("admin:auth_user_add"), asked)
    return User.objects.get(username="fern")


def link() -> str:
    """The link that was mailed last."""
    mailed = "\n".join(str(sent.body) for sent in mail.outbox)
    return str(re.findall(r"http://127\.0\.0\.1:8000(/accounts/password/\S+)", mailed)[-1])


def choose(client: Client, address: str, **answers: str) -> Any:
    opened = client.get(address, follow=True)
    return client.post(opened.wsgi_request.path, CHOSEN | answers, follow=True)


def test_from_the_mail_to_the_desk(invited: User) -> None:
    client = Client()

    page = Page(client.get(link(), follow=True))
    assert "Hello Fern Holm" in page.text
    assert "fern" in mail.outbox[0].body
    chosen = choose(client, link())
    assert Page(chosen).heading == "Your password is chosen"
    sign_in(client, "fern", NEW)
    secret = Page(client.get(reverse("mfa_activate_totp"))).words("//*[@class='account__key']")[0]
    assert not sees_the_desk(client)
    client.post(reverse("mfa_activate_totp"), {"code": factories.code_now(secret)})

    assert sees_the_desk(client)


def test_link_works_once(invited: User) -> None:
    address = link()
    choose(Client(), address)

    page = Page(Client().get(address, follow=True))

    assert "no longer works" in page.text
    assert "fern" not in page.text


def test_link_ends_after_three_days(invited: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        assert "no longer works" in Page(Client().get(link(), follow=True)).text


def test_new_invitation_ends_the_earlier_one(invited: User) -> None:
    superuser = factories.person("sam", is_staff=True, is_superuser=True)
    earlier = link()

    signed_in(Client(), superuser).post(
        reverse("admin:auth_user_sign_in", args=[invited.pk]), {"deed": "link"}
    )

    assert "no longer works" in Page(Client().get(earlier, follow=True)).text
    assert "Hello Fern" in Page(Client().get(link(), follow=True)).text


def test_weak_password_is_refused_in_words(invited: User) -> None:
    page = Page(choose(Client(), link(), password1="fernholmfernholm", password2="fernholmfernholm"))

    assert "names or words that others would guess" in page.text
    invited.refresh_from_db()
    assert not invited.has_usable_password()


def test_link_to_a_new_password_goes_past_no_second_factor() -> None:
    """Neither by itself, nor by a passkey that whoever reads the mail would make."""
    robin = factories.person("robin", is_staff=True, email="robin@elmpark.example")
    factories.second_factor(robin)
    client = Client()
    client.get(link_to_choose(robin).removeprefix("http://127.0.0.1:8000"), follow=True)

    response = client.get(passkey_page(robin))
    assert response["Location"] == reverse("account_login")
    choose(client, link_to_choose(robin).removeprefix("http://127.0.0.1:8000"))

    assert not sees_the_desk(client)
    assert sign_in(client, "robin", NEW)["Location"] == reverse("mfa_authenticate")
    wait_for_mails(1)
    assert mail.outbox[0].subject == "Your account has changed"


def test_link_leads_out_of_a_sign_in_that_was_half_done() -> None:
    """Robin stands at the page for a code, having lost the phone, and is helped."""
    robin = factories.person("robin", is_staff=True, email="robin@elmpark.example")
    factories.second_factor(robin)
    client, elsewhere = Client(), Client()
    for browser in (client, elsewhere):
        sign_in(browser)
    start_again(robin)

    choose(client, link())

    assert client.get(reverse("account_login")).status_code == 200
    sign_in(client, "robin", NEW)
    assert client.get(reverse("account_second_factor")).status_code == 200
    page = Page(elsewhere.get(reverse("account_login"), follow=True))
    assert (page.status, page.heading) == (200, "Sign in")


def test_link_to_one_account_ends_a_half_done_sign_in_to_another(invited: User) -> None:
    ash = factories.person("ash", is_staff=True)
    factories.second_factor(ash)
    client = Client()
    sign_in(client, "ash")

    choose(client, link())

    assert client.get(reverse("account_login")).status_code == 200


def test_passkey_made_by_the_link_is_told_of(invited: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else read the mail would have made it."""
    monkeypatch.setattr(AddPasskeyForm, "is_valid", lambda form: True)
    monkeypatch.setattr(AddPasskeyForm, "cleaned_data", {"name": "Laptop", "credential": {}}, raising=False)
    monkeypatch.setattr(WebAuthn, "add", made)
    client = Client()
    client.get(link(), follow=True)

    client.post(passkey_page(invited), {"credential": "{}"})

    wait_for_mails(2)
    assert mail.outbox[-1].to == ["fern@elmpark.example"]
    assert "A passkey was set up for your account." in mail.outbox[-1].body


def made(user: User, name: str, credential: dict[str, Any]) -> WebAuthn:
    data = {"name": name, "passwordless": True, "credential": credential}
    return WebAuthn(Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data))


@pytest.mark.parametrize("closed", [{"is_active": False}, {"is_staff": False}])
def test_account_that_is_closed_is_given_no_passkey(invited: User, closed: dict[str, bool]) -> None:
    client = Client()
    client.get(link(), follow=True)
    User.objects.filter(pk=invited.pk).update(**closed)

    response = client.get(passkey_page(invited))

    assert response["Location"] == reverse("account_login")


def passkey_page(person: User) -> str:
    return reverse("account_passkey_from_key", args=[user_pk_to_url_str(person)])


def test_passkey_page_without_a_link_leads_nowhere() -> None:
    response = Client().get(reverse("account_passkey_from_key", args=["1"]), follow=True)

    assert "no longer works" in Page(response).text
