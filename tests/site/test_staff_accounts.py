"""Accounts on the staff desk: an administrator keeps them, and cannot use one to gain what they were not given."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db

BEYOND_ROLES = {"is_superuser", "user_permissions"}
NEW_PASSWORD = {"password1": "a wholly new password", "password2": "a wholly new password"}


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
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
    return factories.person("robin", is_staff=True)


def role(name: Role) -> Group:
    return Group.objects.get(name=name)


def account(person: User) -> str:
    return reverse("admin:auth_user_change", args=[person.pk])


def password(person: User) -> str:
    return reverse("admin:auth_user_password_change", args=[person.pk])


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


def test_new_account_may_log_in_and_holds_no_role(administrator: User) -> None:
    response = logged_in(administrator).post(
        reverse("admin:auth_user_add"),
        {
            "username": "fern",
            "usable_password": "true",
            **NEW_PASSWORD,
            "is_superuser": "on",
            "groups": [role(Role.ENQUIRY_MANAGER).pk],
        },
    )

    fern = User.objects.get(username="fern")
    assert response.headers["Location"] == account(fern)
    assert (fern.is_superuser, fern.is_staff, fern.groups.exists()) == (False, True, False)


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
def test_password_of_a_superuser_is_not_set_by_an_administrator(
    administrator: User, superuser: User, method: str
) -> None:
    before = superuser.password

    response = getattr(logged_in(administrator), method)(
        password(superuser), {"usable_password": "true", **NEW_PASSWORD}
    )

    assert response.status_code == 403
    superuser.refresh_from_db()
    assert superuser.password == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("is_active", [True, False])
def test_password_of_a_clinician_who_signs_off_is_not_set_by_an_administrator(
    administrator: User, method: str, *, is_active: bool
) -> None:
    """Who may not sign now may do so again by a tick that an administrator gives."""
    morgan = factories.reviewer(is_active=is_active).user
    before = morgan.password

    response = getattr(logged_in(administrator), method)(
        password(morgan), {"usable_password": "true", **NEW_PASSWORD}
    )

    assert response.status_code == 403
    morgan.refresh_from_db()
    assert morgan.password == before


def test_superuser_sets_the_password_of_a_clinician(superuser: User) -> None:
    morgan = factories.reviewer().user

    logged_in(superuser).post(password(morgan), {"usable_password": "true", **NEW_PASSWORD})

    assert Client().login(username=morgan.username, password=NEW_PASSWORD["password1"])


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


def test_administrator_sets_the_password_of_staff(administrator: User, handler: User) -> None:
    response = logged_in(administrator).post(password(handler), {"usable_password": "true", **NEW_PASSWORD})

    assert response.headers["Location"] == account(handler)
    assert Client().login(username="robin", password=NEW_PASSWORD["password1"])


def test_superuser_makes_a_superuser(superuser: User, handler: User) -> None:
    client = logged_in(superuser)

    assert fields(client.get(account(handler))) >= BEYOND_ROLES
    client.post(account(handler), answers(handler, is_superuser="on"))

    handler.refresh_from_db()
    assert handler.is_superuser
