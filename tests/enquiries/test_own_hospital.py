"""The desk shows each person the call windows and teams of their own hospitals."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from enquiries.models import CallWindow, TeamMember
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
WINDOWS = "/admin/enquiries/callwindow/"
TEAMS = "/admin/enquiries/teammember/"
ALL = ("view", "add", "change", "delete")


def browser(user: User) -> Client:
    client = Client()
    signed_in(client, user)
    return client


def staff(username: str, **may: tuple[str, ...]) -> User:
    """Somebody who may do these things with these models, whatever their role is called."""
    user = factories.person(username, is_staff=True)
    codenames = [f"{deed}_{model}" for model, deeds in may.items() for deed in deeds]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="enquiries", codename__in=codenames)
    )
    return user


@pytest.fixture
def oak_hill(hospital: Hospital) -> Hospital:
    return factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")


@pytest.fixture
def manager(hospital: Hospital) -> Client:
    """Manages Elm Park."""
    user = staff("robin", callwindow=ALL, teammember=("view",))
    factories.team_member(user, hospital)
    return browser(user)


@pytest.fixture
def ours(hospital: Hospital) -> CallWindow:
    return factories.call_window(hospital)


@pytest.fixture
def theirs(oak_hill: Hospital) -> CallWindow:
    return factories.call_window(oak_hill, starts_at="14:00", ends_at="16:00")


def a_window(hospital: Hospital, **changes: Any) -> dict[str, Any]:
    """The form for a window, filled in."""
    return {
        "hospital": hospital.pk,
        "weekday": "2",
        "starts_at": "10:00",
        "ends_at": "11:00",
        "places": "3",
        "confirmed_on": "",
    } | changes


def choices_of_hospital(client: Client, address: str) -> list[str]:
    return Page(client.get(address)).words("//select[@name='hospital']/option[@value!='']")


def test_manager_sees_the_windows_of_their_own_hospital(
    manager: Client, ours: CallWindow, theirs: CallWindow
) -> None:
    page = Page(manager.get(WINDOWS))

    assert page.tree.xpath("//table[@id='result_list']/tbody/tr") != []
    assert "Elm Park" in page.text
    assert "Oak Hill" not in page.text


def test_manager_changes_a_window_of_their_own_hospital(
    manager: Client, hospital: Hospital, ours: CallWindow
) -> None:
    assert manager.get(f"{WINDOWS}{ours.pk}/change/").status_code == 200

    manager.post(f"{WINDOWS}{ours.pk}/change/", a_window(hospital))

    ours.refresh_from_db()
    assert ours.places == 3


def test_window_of_another_hospital_is_not_there(
    manager: Client, oak_hill: Hospital, theirs: CallWindow
) -> None:
    page = f"{WINDOWS}{theirs.pk}"

    assert manager.get(f"{page}/change/").status_code == 302
    assert manager.get(f"{page}/history/").status_code == 302
    assert manager.post(f"{page}/change/", a_window(oak_hill)).status_code == 302
    assert manager.post(f"{page}/delete/", {"post": "yes"}).status_code == 302

    theirs.refresh_from_db()
    assert theirs.places == 6


def test_window_of_another_hospital_cannot_be_deleted_from_the_list(
    manager: Client, theirs: CallWindow
) -> None:
    manager.post(
        WINDOWS, {"action": "delete_selected", "_selected_action": [theirs.pk], "post": "yes", "index": "0"}
    )

    assert CallWindow.objects.filter(pk=theirs.pk).exists()


def test_window_of_another_hospital_cannot_be_changed_in_the_list(
    manager: Client, ours: CallWindow, theirs: CallWindow
) -> None:
    manager.post(
        WINDOWS,
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-id": theirs.pk,
            "form-0-places": "99",
            "form-0-confirmed_on": "2026-05-03",
            "_save": "Save",
        },
    )

    theirs.refresh_from_db()
    assert theirs.places == 6


def test_manager_deletes_a_window_of_their_own_hospital(manager: Client, ours: CallWindow) -> None:
    manager.post(f"{WINDOWS}{ours.pk}/delete/", {"post": "yes"})

    assert not CallWindow.objects.exists()


def test_manager_is_offered_their_own_hospital_and_no_other(
    manager: Client, ours: CallWindow, oak_hill: Hospital
) -> None:
    assert choices_of_hospital(manager, f"{WINDOWS}add/") == ["Elm Park Hospital"]
    assert choices_of_hospital(manager, f"{WINDOWS}{ours.pk}/change/") == ["Elm Park Hospital"]


def test_manager_adds_a_window_to_their_own_hospital(manager: Client, hospital: Hospital) -> None:
    manager.post(f"{WINDOWS}add/", a_window(hospital))

    assert CallWindow.objects.get().hospital == hospital


def test_manager_adds_no_window_to_another_hospital(manager: Client, oak_hill: Hospital) -> None:
    response = manager.post(f"{WINDOWS}add/", a_window(oak_hill))

    assert response.status_code == 200
    assert not CallWindow.objects.exists()


def test_manager_moves_no_window_to_another_hospital(
    manager: Client, ours: CallWindow, oak_hill: Hospital, hospital: Hospital
) -> None:
    manager.post(f"{WINDOWS}{ours.pk}/change/", a_window(oak_hill))

    ours.refresh_from_db()
    assert ours.hospital == hospital


def test_person_in_no_team_sees_no_window_and_is_offered_no_hospital(ours: CallWindow) -> None:
    nobody = browser(staff("wren", callwindow=ALL))

    assert "Monday" not in Page(nobody.get(WINDOWS)).words("//table[@id='result_list']//a")
    assert nobody.get(f"{WINDOWS}{ours.pk}/change/").status_code == 302
    assert choices_of_hospital(nobody, f"{WINDOWS}add/") == []


def test_superuser_sees_and_sets_the_windows_of_every_hospital(
    ours: CallWindow, theirs: CallWindow, oak_hill: Hospital
) -> None:
    superuser = browser(factories.person("linnet", is_staff=True, is_superuser=True))

    assert {"Elm Park Hospital", "Oak Hill Hospital"} <= set(choices_of_hospital(superuser, f"{WINDOWS}add/"))
    superuser.post(f"{WINDOWS}{theirs.pk}/change/", a_window(oak_hill))

    theirs.refresh_from_db()
    assert theirs.places == 3


def test_manager_sees_the_team_of_their_own_hospital(
    manager: Client, hospital: Hospital, oak_hill: Hospital
) -> None:
    factories.team_member(factories.person("merle"), hospital)
    elsewhere = factories.team_member(factories.person("corvus"), oak_hill)

    text = Page(manager.get(TEAMS)).text

    assert "merle" in text
    assert "robin" in text
    assert "corvus" not in text
    assert "Oak Hill" not in text
    assert manager.get(f"{TEAMS}{elsewhere.pk}/change/").status_code == 302


def test_whoever_manages_teams_sees_all_of_them(hospital: Hospital, oak_hill: Hospital) -> None:
    administrator = browser(staff("linnet", teammember=ALL))
    here = factories.team_member(factories.person("merle"), hospital)
    elsewhere = factories.team_member(factories.person("corvus"), oak_hill)

    text = Page(administrator.get(TEAMS)).text
    offered = choices_of_hospital(administrator, f"{TEAMS}add/")
    administrator.post(f"{TEAMS}{elsewhere.pk}/delete/", {"post": "yes"})

    assert "merle" in text
    assert "corvus" in text
    assert {"Elm Park Hospital", "Oak Hill Hospital"} == set(offered)
    assert list(TeamMember.objects.all()) == [here]


def test_managing_teams_shows_no_call_window(hospital: Hospital, ours: CallWindow) -> None:
    administrator = browser(staff("linnet", teammember=ALL))

    assert administrator.get(WINDOWS).status_code == 403
