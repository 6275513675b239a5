"""What helps while somebody fills in a form of the desk: counters that say how a text reads, a guard over every kind of box, and putting back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

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
