"""Two people at one record of the directory: neither undoes what the other, or a secretary, did meanwhile."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consultants.models import Consultant, Practice
from kyphoplasty_site.access import Role
from tests import factories
from tests.consultants.secretary import asked
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def at_elm() -> Practice:
    """Ada at Elm Park, confirmed long ago."""
    ada = factories.consultant(secretary_email="sec@elmpark.example", first_fee=200)
    elm, balloon = factories.hospital(), factories.procedure()
    return factories.practice(ada, elm, balloon, confirmed_on=date(2026, 1, 5), clinic_days="Mondays")


@pytest.fixture
def ada(at_elm: Practice) -> Consultant:
    return at_elm.consultant


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def held(desk: Desk, row: Any) -> dict[str, Any]:
    """What the form of a row holds, as a browser would send it back."""
    form = Page(desk.client.get(page_of(row))).tree.xpath(f"//form[@id='{row._meta.model_name}_form']")[0]
    return {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}


def save(desk: Desk, row: Any, seen: dict[str, Any], **changed: str) -> Page:
    return Page(desk.client.post(page_of(row), seen | changed, follow=True))


def test_confirmation_by_the_secretary_is_not_undone_by_an_older_page(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    seen = held(desk, ada)
    asked(ada).confirms()

    page = save(desk, ada, seen, role="Radiologist")

    at_elm.refresh_from_db()
    ada.refresh_from_db()
    assert (at_elm.confirmed_on, ada.role) == (timezone.localdate(), "Spinal consultant")
    assert "Confirmed by the secretary, by the link we sent." in page.text
    assert page.words("//section[contains(@class, 'together')]/h3") == [
        "Miss Ada Quill at Elm Park Hospital: Confirmed on",
    ]
    assert page.words("//*[@class='together__text']") == [
        f"{timezone.localdate():%-d %B %Y}",
        "5 January 2026",
    ]
    assert page.tree.xpath("//input[@name='role']/@value") == ["Radiologist"], "What was typed is kept."


def test_saving_once_more_after_reading_both_is_a_decision(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    seen = held(desk, ada)
    Practice.objects.update(clinic_days="Fridays")

    page = save(desk, ada, seen)
    (form,) = page.tree.xpath("//form[@id='consultant_form']")
    desk.client.post(page_of(ada), dict(form.form_values()))

    at_elm.refresh_from_db()
    assert at_elm.clinic_days == "Mondays"


def test_facts_accepted_meanwhile_are_not_undone(desk: Desk, ada: Consultant, at_elm: Practice) -> None:
    seen, other = held(desk, ada), Desk(Role.ADMINISTRATOR, "bay")
    save(other, ada, held(other, ada), first_fee="250", **{"practices-0-clinic_days": "Fridays"})

    page = save(desk, ada, seen, role="Radiologist")

    ada.refresh_from_db()
    at_elm.refresh_from_db()
    assert (str(ada.first_fee), at_elm.clinic_days) == ("250.00", "Fridays")
    assert "bay saved this at" in page.text


def test_practice_that_was_confirmed_meanwhile_is_not_deleted_unread(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    seen = held(desk, ada)
    asked(ada).confirms()

    page = save(desk, ada, seen, **{"practices-0-DELETE": "on"})

    assert Practice.objects.filter(pk=at_elm.pk).exists()
    assert "Confirmed by the secretary" in page.text


def test_practice_that_ended_meanwhile_is_named(desk: Desk, ada: Consultant, at_elm: Practice) -> None:
    seen = held(desk, ada)
    at_elm.delete()

    page = save(desk, ada, seen, role="Radiologist")

    assert "A colleague deleted a row of this page since you opened it. Open it anew to go on." in page.text
    assert not Practice.objects.exists()


def test_another_practice_can_still_be_added_and_saved(desk: Desk, ada: Consultant, at_elm: Practice) -> None:
    ash = factories.hospital(name="Ash Hospital", slug="ash")
    added = {"practices-1-hospital": ash.pk, "practices-1-named_in": "2020", "practices-TOTAL_FORMS": "2"}

    save(desk, ada, held(desk, ada) | {"practices-0-clinic_days": "Fridays"} | added)

    assert [practice.clinic_days for practice in ada.practices.order_by("pk")] == ["Fridays", ""]


def test_practice_opened_by_itself_is_not_overwritten_either(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    seen = held(desk, at_elm)
    asked(ada).confirms()

    page = save(desk, at_elm, seen, clinic_days="Fridays")

    at_elm.refresh_from_db()
    assert (at_elm.confirmed_on, at_elm.clinic_days) == (timezone.localdate(), "Mondays")
    assert "Confirmed by the secretary" in page.text


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (factories.hospital, "directions"),
        (lambda: factories.offering(factories.procedure(), factories.hospital()), "price_includes"),
    ],
    ids=["hospital", "offering"],
)
def test_hospital_and_what_it_offers_are_not_overwritten(
    desk: Desk, make: Callable[[], Any], field: str
) -> None:
    row, other = make(), Desk(Role.ADMINISTRATOR, "bay")
    seen = held(desk, row)
    save(other, row, held(other, row), **{field: "Ana’s."})

    page = save(desk, row, seen, **{field: "Ben’s."})

    row.refresh_from_db()
    assert getattr(row, field) == "Ana’s."
    assert "bay saved this at" in page.text


def test_price_of_an_offering_is_not_undone_by_the_page_of_its_hospital(desk: Desk) -> None:
    elm = factories.hospital()
    offering = factories.offering(factories.procedure(), elm)
    seen = held(desk, elm)
    type(offering).objects.update(price_includes="All of it.")

    save(desk, elm, seen, town="Elm")

    offering.refresh_from_db()
    assert offering.price_includes == "All of it."


def test_those_who_only_look_see_no_fingerprint(ada: Consultant) -> None:
    page = Page(Desk(Role.ENQUIRY_HANDLER, "robin").client.get(page_of(ada)))

    assert page.status == 200
    assert "Opened" not in page.text
