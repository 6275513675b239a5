"""When a patient may ask to be rung."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from enquiries import seed
from enquiries.models import CallWindow
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def times_offered(client: Client) -> list[str]:
    return Page(client.get("/call-back/")).words("//input[@name='best_time']/..")


def test_as_soon_as_you_can_comes_first_and_is_chosen(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital)

    page = Page(client.get("/call-back/"))

    assert page.words("//input[@name='best_time']/..") == ["As soon as you can", "9am to noon"]
    assert page.tree.xpath("//input[@name='best_time'][@checked]/@value") == ["soon"]


def test_same_time_on_several_days_is_offered_once(client: Client, hospital: Hospital) -> None:
    for weekday in range(5):
        factories.call_window(hospital, weekday=weekday)

    assert times_offered(client) == ["As soon as you can", "9am to noon"]


def test_time_that_starts_at_noon_says_so(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital, starts_at="12:00", ends_at="14:00")

    assert times_offered(client) == ["As soon as you can", "Noon to 2pm"]


def test_with_no_windows_nothing_is_asked(client: Client, hospital: Hospital) -> None:
    assert times_offered(client) == []


def test_public_site_offers_only_what_a_person_confirmed(
    client: Client, hospital: Hospital, settings: Any
) -> None:
    factories.call_window(hospital)
    factories.call_window(hospital, starts_at="14:00", ends_at="16:30", confirmed_on=date(2026, 5, 3))

    settings.PUBLIC_URL = "http://testserver"

    assert times_offered(client) == ["As soon as you can", "2pm to 4.30pm"]


def test_windows_nobody_confirmed_are_counted(hospital: Hospital) -> None:
    unconfirmed = factories.call_window(hospital)
    factories.call_window(hospital, starts_at="14:00", ends_at="16:00", confirmed_on=date(2026, 5, 3))

    assert list(CallWindow.objects.unconfirmed()) == [unconfirmed]


def test_seed_gives_a_hospital_its_windows_once(hospital: Hospital) -> None:
    seed.load()
    seed.load()

    assert CallWindow.objects.filter(hospital=hospital).count() == 15
    assert not CallWindow.objects.exclude(confirmed_on=None).exists()


def test_seed_leaves_alone_what_staff_changed(hospital: Hospital) -> None:
    window = factories.call_window(hospital, places=1)

    seed.load()

    assert list(CallWindow.objects.all()) == [window]
