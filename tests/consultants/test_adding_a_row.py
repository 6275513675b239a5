"""A row is added to a page without JavaScript: by a button that saves nothing and loses nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from consultants.models import Consultant, Practice
from procedures.admin import rows as rows_of_choices
from procedures.models import Hospital
from tests import factories
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk
from tests.procedures.test_pictures import picture, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def ada() -> Consultant:
    return factories.consultant(role="Spinal consultant")


@pytest.fixture
def elm() -> Hospital:
    return factories.hospital()


def page_of(ada: Consultant) -> str:
    return reverse("admin:consultants_consultant_change", args=[ada.pk])


def adds(desk: Desk, address: str, **typed: Any) -> Page:
    """The button is pressed."""
    return desk.typed(address, **{"_add_row": "practices"} | typed)


def test_button_brings_an_empty_row_and_keeps_what_was_typed(desk: Desk, ada: Consultant) -> None:
    page = adds(desk, page_of(ada), role="Radiologist", gmc_number="no number")

    assert page.tree.xpath("//select[@name='practices-0-hospital']/@autofocus")
    assert page.tree.xpath("//input[@name='role']/@value") == ["Radiologist"]
    assert page.tree.xpath("//input[@name='gmc_number']/@value") == ["no number"]
    assert not page.words("//*[contains(@class, 'error')]"), "Nobody asked to save it yet."
    ada.refresh_from_db()
    assert ada.role == "Spinal consultant"


def test_row_that_was_added_is_filled_in_and_saved(desk: Desk, ada: Consultant, elm: Hospital) -> None:
    page = adds(desk, page_of(ada))

    filled = {"practices-0-hospital": str(elm.pk), "practices-0-confirmed_on": str(localdate())}
    desk.pressed_again(page_of(ada), page, _save="Save", **filled)

    assert Practice.objects.get().hospital == elm


def test_row_that_was_added_and_left_empty_asks_for_nothing(desk: Desk, ada: Consultant) -> None:
    page = adds(desk, page_of(ada))

    saved = desk.pressed_again(page_of(ada), page, role="Radiologist", _save="Save")

    ada.refresh_from_db()
    assert "was changed successfully" in saved.text
    assert (ada.role, Practice.objects.count()) == ("Radiologist", 0)


def test_rows_are_added_one_after_another_beside_those_that_stand(
    desk: Desk, ada: Consultant, elm: Hospital
) -> None:
    factories.practice(ada, elm)
    page = adds(desk, page_of(ada), **{"practices-0-clinic_days": "Fridays"})

    page = desk.pressed_again(page_of(ada), page, _add_row="practices")

    assert page.tree.xpath("//input[@name='practices-TOTAL_FORMS']/@value") == ["3"]
    assert page.tree.xpath("//input[@name='practices-0-clinic_days']/@value") == ["Fridays"]
    assert Practice.objects.get().clinic_days != "Fridays"


def test_row_is_added_to_a_record_that_is_not_saved_yet(desk: Desk) -> None:
    page = adds(desk, reverse("admin:consultants_consultant_add"), given_name="Una")

    assert page.tree.xpath("//select[@name='practices-0-hospital']")
    assert page.tree.xpath("//input[@name='given_name']/@value") == ["Una"]
    assert not Consultant.objects.exists()


def test_page_opened_before_a_colleague_saved_is_still_told_so(desk: Desk, ada: Consultant) -> None:
    typed = desk.filled(page_of(ada), role="Radiologist")
    Consultant.objects.update(role="Surgeon")
    page = Page(desk.client.post(page_of(ada), typed | {"_add_row": "practices"}))

    refused = desk.pressed_again(page_of(ada), page, _save="Save")

    assert "nothing of it is saved yet" in refused.text
    assert Consultant.objects.get().role == "Surgeon"


@pytest.mark.parametrize("odd", ["", "nothing", "practices-0", "x" * 5000])
def test_button_that_somebody_made_up_saves_nothing(desk: Desk, ada: Consultant, odd: str) -> None:
    page = adds(desk, page_of(ada), _add_row=odd, role="Radiologist")

    assert page.status == 200
    assert Consultant.objects.get().role == "Spinal consultant"


def test_file_that_was_chosen_is_asked_for_again(desk: Desk, ada: Consultant) -> None:
    typed = desk.filled(page_of(ada), _add_row="practices") | {"photograph": upload(picture(), "ada.jpg")}

    page = Page(desk.client.post(page_of(ada), typed))

    assert "Choose “ada.jpg” again." in page.words("//*[@role='alert']//a[@href='#id_photograph']")[0]


def test_enter_saves_and_adds_no_row(desk: Desk, ada: Consultant) -> None:
    buttons = desk.get("consultants_consultant_change", ada.pk).tree.xpath(
        "//form[@id='consultant_form']//*[self::button or self::input[@type='submit']]/@name"
    )

    assert buttons[0] == "_save"
    assert "_add_row" in buttons


def test_every_hospital_can_be_chosen_from_a_list(desk: Desk, ada: Consultant, elm: Hospital) -> None:
    listed = adds(desk, page_of(ada)).tree.xpath("//select[@name='practices-0-hospital']/option/@value")

    assert str(elm.pk) in listed


def test_as_many_queries_for_choices_in_five_rows_as_in_one(desk: Desk, ada: Consultant) -> None:
    """The list of all hospitals, and each of the others, is read once for all rows."""

    def lists_read(rows: int) -> int:
        for n in range(Practice.objects.count(), rows):
            factories.practice(
                ada, factories.hospital(name=f"Elm {n}", short_name=f"Elm {n}", slug=f"elm-{n}")
            )
        with CaptureQueriesContext(connection) as asked:
            assert desk.client.get(page_of(ada)).status_code == 200
        return sum(f"LIMIT {rows_of_choices.MOST_CHOICES + 1}" in one["sql"] for one in asked)

    one = lists_read(1)
    assert lists_read(5) == one > 0


def test_list_that_nobody_would_read_is_left_out(
    desk: Desk, ada: Consultant, elm: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of_choices, "MOST_CHOICES", 0)

    listed = adds(desk, page_of(ada)).tree.xpath("//select[@name='practices-0-hospital']/option/@value")

    assert str(elm.pk) not in listed


def test_who_may_only_look_is_offered_no_row(ada: Consultant) -> None:
    merged = factories.consultant(slug="adah", is_listed=False, merged_into=ada)

    page = directory_editor().get("consultants_consultant_change", merged.pk)

    assert not page.tree.xpath("//button[@name='_add_row']")
