"""What helps while somebody fills in a form of the desk: counters that say how a text reads, a guard over every kind of box, and putting back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from consultants.models import Consultant, Practice
from procedures.models import Block, Hospital
from tests import factories
from tests.journeys.test_staff_typing import asked, follow  # noqa: F401 - a fixture
from tests.journeys.test_stored_xss import left_as_found, staff  # noqa: F401 - fixtures


@pytest.fixture
def page(staff: Callable[..., Page]) -> Page:  # noqa: F811 - a fixture
    return staff()


@pytest.fixture
def answer(left_as_found: None) -> Block:  # noqa: F811 - a fixture
    """A question with its answer, in a draft."""
    draft = factories.draft(procedure=factories.procedure(slug="helped", name="Helped"))
    return factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")


@pytest.fixture
def elm(left_as_found: None) -> Iterator[Hospital]:  # noqa: F811 - a fixture
    """A hospital that goes again with all of its history."""
    made = factories.hospital(name="Elm Test Hospital", slug="elm-test", short_name="Elm Test", position=9)
    yield made
    Hospital.objects.filter(pk=made.pk).delete()
    Hospital.history.filter(id=made.pk).delete()


def change(row: Block | Hospital) -> str:
    return reverse(f"admin:procedures_{row._meta.model_name}_change", args=[row.pk])


def test_rich_text_says_how_it_reads_after_a_pause_and_not_at_each_key(page: Page, answer: Block) -> None:
    page.goto(change(answer))
    status = page.locator("#content > [role=status]")
    text = page.locator(".rich-text__words").first
    expect(page.locator("#id_body_helptext .counter")).to_contain_text("1 sentence.")

    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Cement in vertebrae passes.")

    expect(status).to_have_text("")
    expect(page.locator("#id_body_helptext .counter")).to_contain_text(
        "2 sentences. The longest has 4 words."
    )
    expect(status).to_contain_text("Long words: vertebrae.")


def test_short_box_says_how_many_characters_are_left(page: Page, answer: Block) -> None:
    page.goto(change(answer))
    heading = page.locator("#id_heading")
    room = int(heading.get_attribute("maxlength") or 0)

    heading.fill("What then?")

    expect(page.locator("#id_heading_helptext .counter")).to_have_text(f"{room - 10} characters left.")


def test_row_among_others_is_guarded(page: Page, elm: Hospital, asked: list[str]) -> None:  # noqa: F811
    page.goto(change(elm))
    page.locator("#closures-group .add-row a").click()
    page.locator("[name=closures-0-reason]").fill("Boxing Day")

    follow(page, "Hospitals")

    assert asked == ["beforeunload"]


def test_page_that_says_nothing_is_saved_yet_is_guarded(page: Page, elm: Hospital, asked: list[str]) -> None:  # noqa: F811
    page.goto(change(elm))
    page.locator("[name=town]").fill("Elm")
    Hospital.objects.filter(pk=elm.pk).update(town="Ash")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("nothing of it is saved yet").first.wait_for()

    follow(page, "Hospitals")

    assert asked == ["beforeunload"]


def test_file_that_was_chosen_is_guarded(
    page: Page,
    answer: Block,
    asked: list[str],  # noqa: F811
    tmp_path: Path,
) -> None:
    photograph = tmp_path / "a.png"
    photograph.write_bytes(b"a picture")
    picture = factories.illustration()
    page.goto(reverse("admin:procedures_illustration_change", args=[picture.pk]))
    page.locator("[name=upload]").set_input_files(photograph)

    follow(page, "Illustrations")

    assert asked == ["beforeunload"]


def test_row_is_put_back_by_keyboard_without_javascript(
    staff: Callable[..., Page],  # noqa: F811 - a fixture
    elm: Hospital,
) -> None:
    elm.town = "Ash"
    elm.save()
    quiet = staff(java_script_enabled=False)
    quiet.goto(reverse("admin:procedures_hospital_history", args=[elm.pk]))

    quiet.get_by_role("link", name="Put this back").press("Enter")
    quiet.get_by_role("button", name="Put it back").press("Enter")

    expect(quiet.get_by_text("was changed successfully")).to_be_visible()
    assert Hospital.objects.get(pk=elm.pk).town == ""


@pytest.fixture
def una(elm: Hospital) -> Iterator[Consultant]:
    """A consultant who practises nowhere yet."""
    made = factories.consultant(slug="una-elm", given_name="Una", family_name="Elm", is_listed=False)
    yield made
    Practice.objects.filter(consultant=made).delete()
    Consultant.objects.filter(pk=made.pk).delete()
    Practice.history.filter(consultant_id=made.pk).delete()
    Consultant.history.filter(id=made.pk).delete()


def record(una: Consultant) -> str:
    return reverse("admin:consultants_consultant_change", args=[una.pk])


def test_consultant_is_given_a_hospital_without_javascript(
    staff: Callable[..., Page],  # noqa: F811 - a fixture
    una: Consultant,
    elm: Hospital,
) -> None:
    quiet = staff(java_script_enabled=False)
    quiet.goto(record(una))
    quiet.get_by_label("Role").fill("Radiologist")

    quiet.get_by_role("button", name="Add another practice").press("Enter")
    expect(quiet.locator("#id_practices-0-hospital")).to_be_focused()
    quiet.locator("#id_practices-0-hospital").select_option(label=str(elm))
    quiet.locator("#id_practices-0-confirmed_on").fill(str(localdate()))
    quiet.get_by_label("Role").press("Enter")

    expect(quiet.get_by_text("was changed successfully")).to_be_visible()
    una.refresh_from_db()
    assert (una.role, una.practices.get().hospital) == ("Radiologist", elm)


def test_row_that_is_added_takes_the_focus_and_is_said_aloud(page: Page, una: Consultant) -> None:
    page.goto(record(una))
    expect(page.get_by_role("button", name="Add another practice")).to_have_count(1)  # Django's own alone

    page.locator("#practices-group .add-row a").press("Enter")

    expect(page.get_by_role("combobox", name="Hospital")).to_be_focused()
    expect(page.locator("#content > [role=status]")).to_contain_text("Practices: a row is added.")


def test_box_of_a_row_that_is_added_says_how_many_characters_are_left(page: Page, una: Consultant) -> None:
    page.goto(record(una))
    page.locator("#practices-group .add-row a").click()
    days = page.locator("#id_practices-0-clinic_days")

    days.fill("Mondays")

    room = int(days.get_attribute("maxlength") or 0)
    expect(page.locator("#id_practices-0-clinic_days_helptext .counter")).to_have_text(
        f"{room - 7} characters left."
    )


def test_thing_to_put_right_leads_into_the_editor(page: Page, answer: Block) -> None:
    page.goto(change(answer))
    page.locator(".rich-text__words").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Save and stay here").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator(".rich-text__words").first).to_be_visible()

    page.get_by_role("alert").get_by_role("link", name="Text: ").press("Enter")

    expect(page.locator(".rich-text__words").first).to_be_focused()
