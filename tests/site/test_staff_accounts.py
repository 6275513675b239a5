"""Accounts on the staff desk: an administrator keeps them, and cannot use one to gain what they were not given."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kyphoplasty_site.access import Role
from kyphoplasty_site.accounts import invitations, letters
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in, wait_for_mails

pytestmark = pytest.mark.django_db

BEYOND_ROLES = {"is_superuser", "user_permissions"}


def logged_in(person: User) -> Client:
    client = Client()
    signed_in(client, person)
    return client


@pytest.fixture
def administrator() -> User:
    person = factories.person("ashley", is_staff=True)
    person.groups.add(role(Role.ADMINISTRATOR))
    return person


@pytest.fixture
def superuser() -> User:
    return factories.person("sam", is_staff=True, is_superuser=True)


@pytest.fixture
def handler() -> User:
    return factories.person("robin", is_staff=True, email="robin@elmpark.example")


def role(name: Role) -> Group:
    return Group.objects.get(name=name)


def account(person: User) -> str:
    return reverse("admin:auth_user_change", args=[person.pk])


def help_page(person: User) -> str:
    return reverse("admin:auth_user_sign_in", args=[person.pk])


def fields(response: Any) -> set[str]:
    return {str(name) for name in Page(response).tree.xpath("//form[@id='user_form']//*[@name]/@name")}


def answers(person: User, **changes: Any) -> dict[str, Any]:
    """What the page of this account posts when nothing is changed, and these changes."""
    return {"username": person.username, "is_active": "on", "is_staff": "on"} | changes


def test_administrator_is_offered_roles_and_nothing_beyond_them(administrator: User, handler: User) -> None:
    response = logged_in(administrator).get(account(handler))

    page = Page(response)
    assert not fields(response) & BEYOND_ROLES
    assert page.tree.xpath("//input[@name='groups']/@type") == ["checkbox"] * len(Role)
    assert "Roles" in page.text
    assert "A person may hold several." in page.text


def test_administrator_gives_a_person_several_roles(administrator: User, handler: User) -> None:
    given = [role(Role.CONTENT_EDITOR), role(Role.DIRECTORY_EDITOR)]

    response = logged_in(administrator).post(
        account(handler), answers(handler, groups=[group.pk for group in given])
    )

    assert response.status_code == 302
    assert list(handler.groups.order_by("name")) == given
    listed = Page(logged_in(administrator).get(reverse("admin:auth_user_changelist")))
    assert "Content editor, Directory editor" in listed.text


def test_administrator_makes_nobody_a_superuser(administrator: User, handler: User) -> None:
    every_permission = list(Permission.objects.values_list("pk", flat=True))

    logged_in(administrator).post(
        account(handler), answers(handler, is_superuser="on", user_permissions=every_permission)
    )

    handler.refresh_from_db()
    assert not handler.is_superuser
    assert not handler.user_permissions.exists()


def test_new_account_is_a_colleagues_who_is_invited_and_whose_password_nobody_knows(
    administrator: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked = {"first_name": "Fern", "last_name": "Holm", "username": "fern", "email": "fern@elmpark.example"}
    given = role(Role.ENQUIRY_HANDLER)

    with django_capture_on_commit_callbacks(execute=True):
        response = logged_in(administrator).post(
            reverse("admin:auth_user_add"),
            asked | {"groups": [given.pk], "is_superuser": "on", "password1": "a wholly new password"},
        )
        assert not django_mail.outbox, "An account that is not kept after all would be mailed a link."

    fern = User.objects.get(username="fern")
    assert response.headers["Location"] == account(fern)
    assert (fern.is_superuser, fern.is_staff, list(fern.groups.all())) == (False, True, [given])
    assert not fern.has_usable_password()
    (mail,) = django_mail.outbox
    assert (mail.to, mail.subject) == (["fern@elmpark.example"], "You are invited to the staff desk")
    listed = Page(logged_in(administrator).get(reverse("admin:auth_user_changelist")))
    assert "not yet accepted" in listed.text


def test_account_stays_where_the_mail_server_is_away_and_the_page_says_so(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*args: Any, **options: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", is_away)
    # A test is never committed.
    monkeypatch.setattr("kyphoplasty_site.admin.transaction.on_commit", lambda deed: deed())
    asked = {"first_name": "Fern", "last_name": "Holm", "username": "fern", "email": "fern@elmpark.example"}
    client = logged_in(administrator)

    client.post(reverse("admin:auth_user_add"), asked)

    fern = User.objects.get(username="fern")
    assert "No mail has left for fern@elmpark.example" in Page(client.get(account(fern))).text


@pytest.mark.parametrize("missing", ["first_name", "last_name", "username", "email"])
def test_nobody_is_invited_without_a_name_and_an_address(administrator: User, missing: str) -> None:
    asked = {"first_name": "Fern", "last_name": "Holm", "username": "fern", "email": "fern@elmpark.example"}

    response = logged_in(administrator).post(reverse("admin:auth_user_add"), asked | {missing: ""})

    assert response.status_code == 200
    assert not User.objects.filter(last_name="Holm").exists()


def test_two_accounts_never_share_an_address(administrator: User) -> None:
    factories.person("fern", email="fern@elmpark.example")
    asked = {"first_name": "F", "last_name": "H", "username": "f", "email": "Fern@elmpark.example"}

    page = Page(logged_in(administrator).post(reverse("admin:auth_user_add"), asked))

    assert "Somebody else has this address." in page.text


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_changes_their_own_roles(administrator: User, *, is_superuser: bool) -> None:
    administrator.is_superuser = is_superuser
    administrator.save()
    client = logged_in(administrator)

    page = client.get(account(administrator))
    posted = answers(administrator, groups=[role(Role.ENQUIRY_MANAGER).pk], last_name="Quill")
    posted |= {"is_superuser": "on"} if is_superuser else {}
    response = client.post(account(administrator), posted)

    assert "groups" not in fields(page)
    assert "Administrator" in Page(page).text
    assert response.status_code == 302
    administrator.refresh_from_db()
    assert administrator.last_name == "Quill"
    assert list(administrator.groups.all()) == [role(Role.ADMINISTRATOR)]


def test_administrator_who_posts_for_more_gains_nothing(administrator: User) -> None:
    client = logged_in(administrator)

    client.post(account(administrator), answers(administrator, is_superuser="on", user_permissions=["1"]))

    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert not administrator.user_permissions.exists()
    assert client.get(reverse("admin:enquiries_enquiry_changelist")).status_code == 403


def test_superuser_is_only_looked_at_by_an_administrator(administrator: User, superuser: User) -> None:
    client = logged_in(administrator)

    page = client.get(account(superuser))
    response = client.post(account(superuser), answers(superuser, username="mine"))

    assert page.status_code == 200
    assert not fields(page) - {"csrfmiddlewaretoken"}
    assert response.status_code == 403
    superuser.refresh_from_db()
    assert superuser.username == "sam"


@pytest.mark.parametrize("method", ["get", "post"])
def test_superuser_is_not_helped_in_by_an_administrator(
    administrator: User, superuser: User, method: str
) -> None:
    before = superuser.password

    response = getattr(logged_in(administrator), method)(help_page(superuser), {"deed": "link"})

    assert response.status_code == 403
    superuser.refresh_from_db()
    assert superuser.password == before
    assert not django_mail.outbox


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("is_active", [True, False])
def test_clinician_who_signs_off_is_not_helped_in_by_an_administrator(
    administrator: User, method: str, *, is_active: bool
) -> None:
    """Who may not sign now may do so again by a tick that an administrator gives."""
    morgan = factories.reviewer(is_active=is_active).user
    User.objects.filter(pk=morgan.pk).update(email="morgan@elmpark.example")

    response = getattr(logged_in(administrator), method)(help_page(morgan), {"deed": "link"}, follow=True)

    assert response.redirect_chain == [(account(morgan), 302)]
    assert "only a superuser may do this" in Page(response).text
    assert not django_mail.outbox


def test_superuser_helps_a_clinician_in(superuser: User) -> None:
    morgan = factories.reviewer().user
    User.objects.filter(pk=morgan.pk).update(email="morgan@elmpark.example")

    logged_in(superuser).post(help_page(morgan), {"deed": "link"})

    assert [mail.to for mail in django_mail.outbox] == [["morgan@elmpark.example"]]


def test_nobody_helps_themselves_past_the_question_who_they_are(administrator: User) -> None:
    response = logged_in(administrator).get(help_page(administrator), follow=True)

    assert response.redirect_chain == [(account(administrator), 302)]
    assert "Use “My account” at the top." in Page(response).text


def test_closed_account_is_sent_no_link(administrator: User, handler: User) -> None:
    User.objects.filter(pk=handler.pk).update(is_active=False)

    page = Page(logged_in(administrator).post(help_page(handler), {"deed": "link"}, follow=True))

    assert "This account is closed. To open it, tick “Active” and save." in page.text
    assert not django_mail.outbox


def test_advice_is_no_error_in_the_log(administrator: User, caplog: pytest.LogCaptureFixture) -> None:
    logged_in(administrator).get(help_page(administrator))

    assert not [record for record in caplog.records if record.exc_info]


def test_account_without_an_address_is_given_one_and_helped(administrator: User) -> None:
    """It was made on the server, or before people were invited."""
    wren = factories.person("wren", is_staff=True)
    client = logged_in(administrator)
    advice = Page(client.get(help_page(wren), follow=True))
    assert "This account has no email address. Add one first." in advice.text

    client.post(account(wren), answers(wren, email="wren@elmpark.example"))
    client.post(help_page(wren), {"deed": "link"})

    assert [mail.to for mail in django_mail.outbox] == [["wren@elmpark.example"]]
    assert "email" not in fields(client.get(account(wren)))


@pytest.mark.parametrize("email", ["", "morgan@elmpark.example"])
def test_clinicians_mail_is_not_turned_before_they_have_accepted(administrator: User, email: str) -> None:
    """“Forgotten password” would send the way in wherever it led."""
    morgan = factories.reviewer().user
    User.objects.filter(pk=morgan.pk).update(email=email, password="!")
    morgan.refresh_from_db()

    logged_in(administrator).post(account(morgan), answers(morgan, email="ashley@elmpark.example"))

    morgan.refresh_from_db()
    assert morgan.email == email


def test_address_of_a_colleague_is_not_taken_by_another_account(superuser: User, handler: User) -> None:
    fern = factories.person("fern", is_staff=True, email="fern@elmpark.example")
    client = logged_in(superuser)

    page = Page(client.post(account(fern), answers(fern, email="Robin@elmpark.example")))
    own = client.post(account(fern), answers(fern, email="Fern@elmpark.example"))

    assert "Somebody else has this address." in page.text
    assert own.status_code == 302


def test_two_accounts_may_both_have_no_address(superuser: User) -> None:
    wren, ash = factories.person("wren", is_staff=True), factories.person("ash", is_staff=True)
    client = logged_in(superuser)

    saved = [client.post(account(person), answers(person, email="")) for person in (wren, ash)]

    assert [response.status_code for response in saved] == [302, 302]


def test_link_to_a_new_password_leaves_the_old_one_and_is_in_the_log(
    administrator: User, handler: User
) -> None:
    before = handler.password

    response = logged_in(administrator).post(help_page(handler), {"deed": "link"})

    assert response.headers["Location"] == account(handler)
    handler.refresh_from_db()
    assert handler.password == before
    (mail,) = django_mail.outbox
    assert "/accounts/password/reset/key/" in mail.body
    assert LogEntry.objects.latest("pk").change_message == "Sent a link to choose a new password."


def test_lost_phone_takes_away_every_way_in_with_a_reason_and_a_mail(
    administrator: User, handler: User
) -> None:
    factories.second_factor(handler)
    signed = logged_in(handler)
    UserSession.objects.create(
        user=handler, session_key=signed.session.session_key, ip="127.0.0.1", user_agent="Firefox"
    )

    logged_in(administrator).post(help_page(handler), {"deed": "start_again", "reason": "Lost phone"})

    handler.refresh_from_db()
    assert not handler.has_usable_password()
    assert not Authenticator.objects.filter(user=handler).exists()
    assert signed.get(reverse("admin:index")).status_code == 302
    assert LogEntry.objects.latest("pk").change_message.endswith("taken away: Lost phone")
    wait_for_mails(2)
    assert {mail.subject for mail in django_mail.outbox} == {
        "Your account has changed",
        "Set up your way in again",
    }


def test_mail_that_does_not_leave_is_tried_again(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server is away for the first two tries."""
    monkeypatch.setattr(letters, "WAITS", (0, 0, 0))
    answers = iter([OSError, OSError])
    send = EmailMessage.send

    def sent(mail: EmailMessage) -> int:
        for refusal in answers:
            raise refusal
        return send(mail)

    monkeypatch.setattr(EmailMessage, "send", sent)

    letters.tell_of_change(handler, "password_changed")

    wait_for_mails(1)


def test_nobody_is_told_of_what_was_not_stored(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mails leave once the ways in are gone for good."""
    before = connection.savepoint_ids[:]
    seen: list[list[str]] = []
    monkeypatch.setattr(letters, "tell_of_change", lambda *facts: seen.append(connection.savepoint_ids[:]))
    monkeypatch.setattr(invitations, "_send", lambda *facts: seen.append(connection.savepoint_ids[:]))

    invitations.start_again(handler)

    assert seen == [before, before]


def test_who_is_helped_after_a_loss_is_told_the_truth_and_shown_as_waiting(
    administrator: User, handler: User
) -> None:
    factories.second_factor(handler)
    User.objects.filter(pk=handler.pk).update(last_login=timezone.now())
    desk = logged_in(administrator)

    done = Page(
        desk.post(help_page(handler), {"deed": "start_again", "reason": "Lost phone"}, follow=True)
    ).text

    assert "All their ways in were taken away" in done
    link = next(one for one in django_mail.outbox if "/password/reset/key/" in one.body)
    assert link.subject == "Set up your way in again"
    assert "stays as it is" not in link.body
    assert "All ways in were taken away, waits to set up new ones" in Page(desk.get("/admin/auth/user/")).text


def test_nothing_is_taken_away_without_a_reason(administrator: User, handler: User) -> None:
    factories.second_factor(handler)

    page = Page(logged_in(administrator).post(help_page(handler), {"deed": "start_again", "reason": ""}))

    assert "This field is required." in page.text
    assert Authenticator.objects.filter(user=handler).exists()


def test_administrator_does_not_turn_a_colleagues_mail_to_themselves(
    administrator: User, handler: User
) -> None:
    logged_in(administrator).post(account(handler), answers(handler, email="ashley@elmpark.example"))

    handler.refresh_from_db()
    assert handler.email == "robin@elmpark.example"


def test_old_address_is_told_when_a_superuser_changes_it(
    superuser: User, handler: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    client = logged_in(superuser)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(account(handler), answers(handler, email="robin@larkspur.example"))
        assert not django_mail.outbox

    handler.refresh_from_db()
    assert handler.email == "robin@larkspur.example"
    wait_for_mails(1)
    assert django_mail.outbox[0].to == ["robin@elmpark.example"]


def test_nobody_but_a_superuser_deletes_one(administrator: User, superuser: User) -> None:
    administrator.user_permissions.add(Permission.objects.get(codename="delete_user"))
    page = reverse("admin:auth_user_delete", args=[superuser.pk])

    response = logged_in(administrator).post(page, {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=superuser.pk).exists()


def test_several_deleted_at_once_may_not_include_a_superuser(administrator: User, superuser: User) -> None:
    administrator.user_permissions.add(Permission.objects.get(codename="delete_user"))

    logged_in(administrator).post(
        reverse("admin:auth_user_changelist"),
        {"action": "delete_selected", "_selected_action": [superuser.pk], "post": "yes"},
    )

    assert User.objects.filter(pk=superuser.pk).exists()


def test_superuser_makes_a_superuser(superuser: User, handler: User) -> None:
    client = logged_in(superuser)

    assert fields(client.get(account(handler))) >= BEYOND_ROLES
    client.post(account(handler), answers(handler, is_superuser="on"))

    handler.refresh_from_db()
    assert handler.is_superuser
