"""A form of the desk that comes back says at its top what to put right, and leads to each box."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from procedures.models import Hospital, Illustration
from tests import factories
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, administrator, editor
from tests.procedures.test_pictures import picture, upload

pytestmark = pytest.mark.django_db

BOXING_DAY = date(2026, 12, 26)


def things(page: Page) -> dict[str, str]:
    """Each thing to put right, by where it leads."""
    links = page.tree.xpath("//*[@role='alert']//li/a")
    return {link.get("href"): link.text_content() for link in links}


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def elm() -> Hospital:
    return factories.hospital()


@pytest.fixture
def address(elm: Hospital) -> str:
    return reverse("admin:procedures_hospital_change", args=[elm.pk])


def test_each_thing_to_put_right_leads_to_its_box(desk: Desk, address: str) -> None:
    page = desk.typed(address, name="", enquiries_email="nobody")

    assert page.words("//*[@role='alert']/h2") == ["There are 2 things to put right"]
    assert things(page) == {
        "#id_name": "Name: This field is required.",
        "#id_enquiries_email": "Enquiry team’s email: Enter a valid email address.",
    }
    assert page.dangling() == set()
    assert page.title.startswith("Error: ")
    assert page.tree.xpath("//*[@role='alert'][@autofocus][@tabindex='-1']")


def test_rows_among_others_are_told_of_by_their_number(desk: Desk, elm: Hospital, address: str) -> None:
    factories.closure(elm, BOXING_DAY)

    page = desk.typed(address, **{"closures-0-closed_on": "never"})

    assert things(page) == {"#id_closures-0-closed_on": "Closure 1, Closed on: Enter a valid date."}


def test_rows_that_say_the_same_lead_to_the_second(desk: Desk, elm: Hospital, address: str) -> None:
    for closed_on in (BOXING_DAY, BOXING_DAY + timedelta(days=1)):
        factories.closure(elm, closed_on)

    page = desk.typed(address, **{"closures-1-closed_on": str(BOXING_DAY)})

    assert set(things(page)) == {"#id_closures-1-closed_on"}


def test_row_that_is_deleted_need_not_be_put_right(desk: Desk, elm: Hospital, address: str) -> None:
    factories.closure(elm, BOXING_DAY)

    page = desk.typed(address, name="", **{"closures-0-closed_on": "never", "closures-0-DELETE": "on"})

    assert set(things(page)) == {"#id_name"}


def test_page_that_nothing_was_sent_from_has_nothing_to_put_right(desk: Desk, address: str) -> None:
    page = desk.get("procedures_hospital_add")

    assert not page.words("//*[@role='alert']")
    assert not page.title.startswith("Error: ")


def test_file_is_asked_for_again_when_something_else_is_wrong() -> None:
    desk, address = editor(), reverse("admin:procedures_illustration_add")
    typed = desk.filled(address, key="x-ray") | {"upload": upload(picture(), "x-ray.jpg")}

    page = Page(desk.client.post(address, typed))

    assert set(things(page)) == {"#id_alt", "#id_upload"}
    assert "Choose “x-ray.jpg” again." in things(page)["#id_upload"]
    assert not Illustration.objects.exists()


def test_file_with_a_fault_is_told_of_its_fault_alone() -> None:
    desk, address = editor(), reverse("admin:procedures_illustration_add")
    typed = desk.filled(address, key="x-ray", alt="An X-ray.") | {
        "upload": upload(ContentFile(b"no picture"), "x-ray.jpg")
    }

    page = Page(desk.client.post(address, typed))

    assert "again" not in things(page)["#id_upload"]


def test_forms_of_every_other_kind_lead_to_their_boxes_too() -> None:
    page = administrator().typed(reverse("admin:auth_user_add"), username="a b")

    assert "#id_username" in things(page)
