"""The first day of somebody who has read nothing: six tasks from the front of the desk, by what stands on the screen.

Each takes at most three minutes of a slow person (tests/journeys/mouse.py says how that is reckoned) and twelve presses,
those of every colleague who takes part included. `--junitxml=file -o junit_family=xunit1` keeps the count.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import monotonic

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from consultants.models import Consultant
from enquiries.models import Attempt, Export
from enquiries.promises import CallHours
from kyphoplasty_site.access import Role
from procedures.models import Edition, Hospital
from tests import factories
from tests.journeys.mouse import Mouse
from tests.journeys.test_calls import let_in, ten_requests

MOST_PRESSES, MOST_SECONDS = 12, 180
Colleague = Callable[[User], Mouse]


@pytest.fixture
def hospital(all_left_as_found: None) -> Hospital:
    return factories.hospital(position=9)


@pytest.fixture
def sit_down(
    visit: Callable[..., Page],
    hospital: Hospital,
    origin: str,
    record_property: Callable[[str, object], None],
) -> Iterator[Colleague]:
    """Somebody signed in, before the front of the desk. At the end what all of them did is added up."""
    began, seated = monotonic(), []

    def one(person: User) -> Mouse:
        page = visit()
        let_in(page, person, origin)
        page.goto("/admin/")
        seated.append(Mouse(page))
        return seated[-1]

    yield one
    presses, seconds = sum(one.presses for one in seated), sum(one.seconds for one in seated)
    record_property("presses", presses)
    record_property("seconds of a slow person", round(seconds))
    record_property("seconds in the browser", round(monotonic() - began, 1))
    assert presses <= MOST_PRESSES
    assert seconds <= MOST_SECONDS


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """A photograph as a hospital sends it."""
    file = tmp_path / "ada.jpg"
    Image.new("RGB", (900, 1200), "#7a8f86").save(file)
    return file


def somebody(username: str, role: Role) -> User:
    """A colleague in that role, in no hospital's team."""
    user = factories.person(username, is_staff=True)
    user.groups.set(factories.roles(role))
    return user


def test_wording_fix_is_published(sit_down: Colleague) -> None:
    """The editor mends it, a clinician signs it off, and the editor publishes it."""
    page = factories.procedure(name="Elm brace", slug="elm-brace")
    edition = factories.published(factories.whole_draft(procedure=page, number=1))
    morgan = User.objects.get(username="morgan")
    User.objects.filter(pk=morgan.pk).update(is_staff=True)
    morgan.groups.set(factories.roles(Role.CLINICAL_REVIEWER))
    ash = somebody("ash", Role.CONTENT_EDITOR)

    editor = sit_down(ash)
    editor.press("Change a page")
    editor.press(str(edition), begins=True)
    editor.press("Start a draft from this edition")
    editor.press("Less pain")
    editor.fill("Text", "The pain may ease.")
    editor.press("Save and go back to the edition")
    editor.fill("What changed", "We say “may”.")
    editor.fill("Why it changed", "It does not always ease.")
    editor.press("Save and send for sign-off")
    clinician = sit_down(morgan)
    clinician.press("Elm brace, edition 2", begins=True)
    clinician.fill("I have read all of it", True)
    clinician.press("Sign off this text")
    editor = sit_down(ash)
    editor.press("Elm brace, edition 2", begins=True)
    editor.press("Publish…")
    editor.press("Publish it now")

    expect(editor.page.locator(".messagelist")).to_contain_text("Published now.")
    assert Edition.objects.current().get(procedure=page).number == 2
    editor.page.goto(page.get_absolute_url())
    expect(editor.page.locator("main")).to_contain_text("The pain may ease.")


def test_photograph_is_replaced(sit_down: Colleague, hospital: Hospital, portrait: Path) -> None:
    ada = factories.known_consultant(hospital)
    editor = sit_down(somebody("ash", Role.DIRECTORY_EDITOR))

    editor.press("Consultants")
    editor.press("Miss Ada Quill")
    editor.fill("Photograph", portrait)
    editor.press("Save")

    editor.page.goto(ada.get_absolute_url())
    expect(editor.page.get_by_role("img", name="Ada Quill")).to_be_visible()


def test_phones_are_closed_on_boxing_day(sit_down: Colleague, hospital: Hospital) -> None:
    """Readers are told, and nobody is offered a call on that day."""
    today = timezone.localdate()
    boxing_day = date(today.year + (today > date(today.year, 12, 26)), 12, 26)
    hospital.bank_holidays = Hospital.BankHolidays.USUAL
    hospital.save()
    for weekday in range(7):
        factories.opening_hours(hospital, weekday)
    assert CallHours(hospital).on(boxing_day)
    editor = sit_down(somebody("ash", Role.DIRECTORY_EDITOR))

    editor.press("Hospitals")
    editor.press(hospital.name)
    editor.press("Add another Closure")
    editor.fill("Closed on", str(boxing_day))
    editor.fill("Reason", "Boxing Day")
    editor.press("Save")

    assert not CallHours(Hospital.objects.get(pk=hospital.pk)).on(boxing_day)
    editor.page.goto(hospital.get_absolute_url())
    expect(editor.page.locator("main")).to_contain_text("Boxing Day")


def test_consultant_with_two_hospitals_is_added(sit_down: Colleague, hospital: Hospital) -> None:
    factories.hospital(name="Oak Hill Hospital", short_name="Oak Hill", slug="oak-hill", position=10)
    editor = sit_down(somebody("ash", Role.DIRECTORY_EDITOR))

    editor.press("Consultants")
    editor.press("Add consultant")
    for label, words in {
        "Title": "Dr",
        "Given name": "Una",
        "Family name": "Holm",
        "Role": "Spinal consultant",
    }.items():
        editor.fill(label, words)
    editor.fill("In the public directory", True)
    for name in ("Elm Park", "Oak Hill"):
        editor.press("Add another Practice")
        editor.fill("Hospital", name)
        editor.fill("Confirmed on", str(timezone.localdate()))
    editor.press("Save")

    una = Consultant.objects.get(slug="una-holm")
    editor.page.goto(una.get_absolute_url())
    for name in ("Elm Park Hospital", "Oak Hill Hospital"):
        expect(editor.page.locator("main")).to_contain_text(name)


def test_five_call_backs_are_worked(sit_down: Colleague, hospital: Hospital) -> None:
    ten_requests(hospital)
    handler = sit_down(factories.handler("wren", hospital))

    handler.press("Calls to make")
    handler.press("Take the next call")
    for outcome in ("No answer", "Spoke to them", "Left a message", "Booked", "Wrong number"):
        handler.press(outcome)

    assert Attempt.objects.count() == 5


def test_access_request_is_answered(sit_down: Colleague, hospital: Hospital) -> None:
    ten_requests(hospital)
    manager = sit_down(factories.handler("maya", hospital, role="Enquiry manager"))
    manager.files["Download the copy"] = None

    manager.press("Calls to make")
    manager.press("What we hold about a person")
    manager.fill("Their phone number", "07700 900001")
    manager.fill("Their name", "Pat Rowan")
    manager.press("Show what we hold")
    manager.fill("How do you know that it is them?", "Rang back on the number we hold.")
    manager.press("Download the copy")

    handed = manager.files["Download the copy"]
    assert handed
    assert "Pat Rowan" in handed.path().read_text(encoding="utf-8")
    assert Export.objects.get().by.username == "maya"
