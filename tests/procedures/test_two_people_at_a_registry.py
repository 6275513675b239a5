"""Two people at one row of a registry: neither overwrites the other without knowing it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from kyphoplasty_site.access import Role
from procedures.models import Video
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


def film() -> Video:
    """A film whose files nobody looks into."""
    file = default_storage.save("videos/film.mp4", ContentFile(b"a film"))
    return Video.objects.create(
        key="film",
        title="The film",
        mp4=file,
        poster=file,
        captions=file,
        transcript="<p>All its words.</p>",
        seconds=60,
        width=960,
        height=540,
    )


ROWS: dict[str, tuple[Callable[[], Any], str]] = {
    "source": (factories.source, "title"),
    "figure": (factories.figure, "what"),
    "glossary term": (factories.glossary_term, "definition"),
    "picture": (factories.illustration, "caption"),
    "film": (film, "title"),
    "red flag": (factories.red_flag_card, "heading"),
    "procedure": (factories.procedure, "summary"),
}


def page_of(row: Any, page: str = "change") -> str:
    return reverse(f"admin:procedures_{row._meta.model_name}_{page}", args=[row.pk])


def held(desk: Desk, row: Any) -> dict[str, Any]:
    """What its form holds, as a browser would send it back."""
    tree = Page(desk.client.get(page_of(row))).tree
    form = tree.xpath(f"//form[@id='{row._meta.model_name}_form']")[0]
    return {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}


@pytest.mark.parametrize(("make", "field"), ROWS.values(), ids=ROWS)
def test_stale_save_is_refused_and_shows_both_texts(make: Callable[[], Any], field: str) -> None:
    row, ana, ben = make(), Desk(Role.ADMINISTRATOR, "ana"), Desk(Role.ADMINISTRATOR, "ben")
    seen_by_ana, seen_by_ben = held(ana, row), held(ben, row)

    ana.client.post(page_of(row), seen_by_ana | {field: "Ana says this."})
    refused: Any = ben.client.post(page_of(row), seen_by_ben | {field: "Ben says that."})

    row.refresh_from_db()
    page = Page(refused)
    assert getattr(row, field) == "Ana says this."
    assert "ana saved this at" in page.text
    assert page.words("//*[@class='together__text']") == ["Ana says this.", "Ben says that."]

    again: Any = refused.context["adminform"].form
    ben.client.post(page_of(row), seen_by_ben | {field: "Ben says that.", "opened": again["opened"].value()})
    row.refresh_from_db()
    assert getattr(row, field) == "Ben says that."


@pytest.mark.parametrize(("make", "field"), ROWS.values(), ids=ROWS)
def test_save_without_the_fingerprint_overwrites_nothing(make: Callable[[], Any], field: str) -> None:
    row, desk = make(), Desk(Role.ADMINISTRATOR, "ben")
    given = held(desk, row) | {field: "Ben says that."}
    del given["opened"]

    desk.client.post(page_of(row), given)

    row.refresh_from_db()
    assert getattr(row, field) != "Ben says that."


@pytest.mark.parametrize(("make", "field"), ROWS.values(), ids=ROWS)
def test_who_may_only_look_is_shown_the_row_and_no_fingerprint(make: Callable[[], Any], field: str) -> None:
    row, desk = make(), Desk(Role.CLINICAL_REVIEWER, "morgan")

    page = Page(desk.client.get(page_of(row)))

    assert str(getattr(row, field)) in page.text
    assert "Opened" not in page.text
    assert not page.tree.xpath("//input[@name='opened']")


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (factories.source, "key"),
        (factories.figure, "key"),
        (factories.illustration, "key"),
        (film, "key"),
        (factories.glossary_term, "slug"),
    ],
)
def test_key_of_a_row_stays_once_it_exists(make: Callable[[], Any], key: str) -> None:
    row, desk = make(), Desk(Role.CONTENT_EDITOR, "ash")
    before, form = getattr(row, key), held(desk, row)

    answered = desk.client.post(page_of(row), form | {key: "another"})

    row.refresh_from_db()
    assert answered.status_code == 302
    assert key not in form
    assert getattr(row, key) == before
    assert Page(desk.client.get(page_of(row))).words(
        f"//*[contains(@class, 'field-{key}')]//*[@class='readonly']"
    ) == [before]
