"""Nothing of the desk is seen by a session that has not shown a second factor, however it came about."""

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role, addresses
from tests import factories
from tests.enquiries.pages import Page
from tests.site.test_access import Cast
from tests.staff import half_signed_in, signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOGIN, DESK = reverse("account_login"), reverse("admin:index")


@pytest.fixture
def robin() -> User:
    """May do everything, with an authenticator app."""
    person = factories.person("robin", is_staff=True, is_superuser=True, email="robin@elmpark.example")
    factories.second_factor(person)
    return person


def sign_in(client: Client, username: str = "robin", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": username, "password": password} | more)


def show(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def sees_the_desk(client: Client) -> bool:
    return client.get(DESK).status_code == 200


def test_password_alone_sees_none_of_the_desks_addresses() -> None:
    """Every address of the desk that list_urls prints, read and posted to, by somebody who may do everything."""
    cast = Cast()
    browsers = {
        "with no factor set up": factories.person("wren", is_staff=True, is_superuser=True),
        "with a factor not shown": factories.person("ash", is_staff=True, is_superuser=True),
    }
    factories.second_factor(browsers["with a factor not shown"])
    urls = {address.name: cast.url(address) for address in addresses() if address.name.startswith("admin:")}
    for why, person in browsers.items():
        client = half_signed_in(Client(raise_request_exception=False), person)
        for name, url in urls.items():
            for response in (client.get(url), client.post(url)):
                place = response.get("Location", "")
                is_shut = response.status_code == 401 or place.startswith("/accounts/")
                assert is_shut or name == "admin:logout", (why, name)
            if name == "admin:logout":
                client = half_signed_in(Client(raise_request_exception=False), person)


def test_session_made_by_anything_but_the_door_sees_nothing(robin: User) -> None:
    client = Client()
    client.force_login(robin)

    assert not sees_the_desk(client)


def test_password_and_then_a_code(robin: User) -> None:
    client = Client()

    first = sign_in(client, next="/admin/auth/user/")
    assert first["Location"] == reverse("mfa_authenticate")
    assert not sees_the_desk(client)
    second = show(client, factories.code_now())

    assert second["Location"] == "/admin/auth/user/"
    assert sees_the_desk(client)


def test_who_typed_somebody_elses_name_can_begin_again(robin: User) -> None:
    client = Client()
    sign_in(client)
    assert client.get(LOGIN)["Location"] == reverse("mfa_authenticate")

    client.post(reverse("account_logout"))

    assert client.get(LOGIN).status_code == 200


def test_code_works_once(robin: User) -> None:
    code, client, other = factories.code_now(), Client(), Client()
    sign_in(client)
    show(client, code)

    sign_in(other)
    page = Page(show(other, code))

    assert "was used already" in page.text
    assert not sees_the_desk(other)


def test_recovery_code_works_once(robin: User) -> None:
    kept = Authenticator.objects.get(user=robin, type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().get_unused_codes()[0]
    client, other = Client(), Client()
    sign_in(client)
    show(client, code)
    sign_in(other)

    show(other, code)

    assert sees_the_desk(client)
    assert not sees_the_desk(other)


def test_session_has_a_new_id_at_sign_in(robin: User) -> None:
    client = Client()
    sign_in(client)
    before = client.session.session_key

    show(client, factories.code_now())

    assert before
    assert client.session.session_key != before


def test_first_sign_in_leads_to_a_second_factor_and_nothing_else() -> None:
    factories.person("wren", is_staff=True)
    client = Client()

    page = client.post(LOGIN, {"login": "wren", "password": PASSWORD}, follow=True)

    assert page.redirect_chain[-1][0] == reverse("account_second_factor")
    for name in (
        "account_home",
        "account_sessions",
        "account_change_password",
        "mfa_generate_recovery_codes",
    ):
        assert client.get(reverse(name))["Location"] == reverse("account_second_factor"), name


def test_app_that_is_set_up_opens_the_desk_and_gives_recovery_codes_once() -> None:
    wren = factories.person("wren", is_staff=True)
    client = Client()
    client.post(LOGIN, {"login": "wren", "password": PASSWORD})
    secret = Page(client.get(reverse("mfa_activate_totp"))).words("//*[@class='account__key']")[0]

    page = client.post(reverse("mfa_activate_totp"), {"code": factories.code_now(secret)}, follow=True)

    shown = Page(page).words("//*[@class='account__codes']/li")
    kept = Authenticator.objects.get(user=wren, type=Authenticator.Type.RECOVERY_CODES)
    assert shown == kept.wrap().get_unused_codes()
    assert sees_the_desk(client)
    assert shown[0] not in Page(client.get(reverse("mfa_view_recovery_codes"))).text


def test_session_from_before_a_factor_was_set_up_must_show_it(robin: User) -> None:
    """Somebody else who knew the password and came first sets up no factor of their own."""
    early = half_signed_in(Client(), robin)

    for name in ("mfa_add_webauthn", "mfa_activate_totp", "account_home", "account_second_factor"):
        assert early.get(reverse(name))["Location"].startswith(reverse("mfa_reauthenticate")), name
    early.post(reverse("mfa_reauthenticate"), {"code": factories.code_now()})

    assert sees_the_desk(early)


def test_secrets_are_not_in_the_database_as_they_are(robin: User) -> None:
    assert factories.SECRET not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))


def test_only_factor_is_not_taken_away(robin: User) -> None:
    client = signed_in(Client(), robin)

    page = Page(client.post(reverse("mfa_deactivate_totp")))

    assert "your only second factor" in page.text
    assert Authenticator.objects.filter(user=robin, type=Authenticator.Type.TOTP).exists()


def test_password_change_leaves_no_other_session(robin: User) -> None:
    client, other = signed_in(Client(), robin), signed_in(Client(), robin)
    new = "quilted marmalade lantern"

    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )

    assert response.status_code == 302
    assert sees_the_desk(client)
    assert not sees_the_desk(other)


def test_account_that_is_not_staffs_is_not_signed_in() -> None:
    factories.person("wren")

    page = Page(sign_in(Client(), "wren"))

    assert "not right" in page.text


def test_person_who_is_closed_out_is_out_at_once(robin: User) -> None:
    client = signed_in(Client(), robin)
    assert sees_the_desk(client)

    User.objects.filter(pk=robin.pk).update(is_active=False)

    assert not sees_the_desk(client)


def test_signing_out_leaves_nothing_in_the_browser(robin: User) -> None:
    client = signed_in(Client(), robin)

    response = client.post(reverse("account_logout"))

    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not sees_the_desk(client)


def test_readers_pages_set_no_cookie_and_vary_on_none(robin: User) -> None:
    for client in (Client(), signed_in(Client(), robin)):
        response = client.get("/consultants/")

        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_nobody_signs_themselves_up(client: Client) -> None:
    for path in ("signup/", "email/", "confirm-email/", "login/code/", "social/signup/"):
        assert client.get(f"/accounts/{path}").status_code == 404


def test_seed_staff_makes_one_login_for_each_role_that_really_signs_in() -> None:
    factories.hospital()
    printed = StringIO()

    call_command("seed_staff", stdout=printed)

    (line,) = printed.getvalue().splitlines()
    told = json.loads(line)
    assert [user["role"] for user in told["users"]] == [str(role) for role in Role]
    for user in told["users"]:
        browser = Client()
        sign_in(browser, user["username"], told["password"])
        show(browser, user["code"])
        assert sees_the_desk(browser)
        person = User.objects.get(username=user["username"])
        assert list(person.groups.values_list("name", flat=True)) == [user["role"]]
        assert person.email.endswith("@staff.example")


def test_seed_staff_tells_the_codes_of_now_and_changes_nothing() -> None:
    first, second = StringIO(), StringIO()
    call_command("seed_staff", stdout=first)
    before = list(User.objects.order_by("pk").values_list("password", flat=True))

    call_command("seed_staff", "--codes", stdout=second)

    users = json.loads(first.getvalue())["users"]
    codes = json.loads(second.getvalue())["codes"]
    assert set(codes) == {user["username"] for user in users}
    assert all(len(code) == 6 for code in codes.values())
    assert list(User.objects.order_by("pk").values_list("password", flat=True)) == before


def test_seed_staff_twice_keeps_the_people_and_changes_the_password() -> None:
    first, second = StringIO(), StringIO()

    call_command("seed_staff", stdout=first)
    call_command("seed_staff", stdout=second)

    person = User.objects.get(username="administrator")
    assert User.objects.count() == len(Role)
    assert not person.check_password(json.loads(first.getvalue())["password"])
    assert person.check_password(json.loads(second.getvalue())["password"])


@pytest.mark.parametrize("option", [[], ["--codes"]])
def test_seed_staff_is_impossible_in_production(settings: Any, option: list[str]) -> None:
    settings.PUBLIC_URL = "https://kyphoplasty.example"

    with pytest.raises(CommandError, match="this is production"):
        call_command("seed_staff", *option)

    assert not User.objects.exists()
