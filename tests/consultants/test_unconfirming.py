"""Changing a fact that was confirmed: the confirmation does not cover what was not confirmed."""

from datetime import date

import pytest
from django.utils import timezone

from consultants.models import Consultant, Practice
from tests import factories
from tests.consultants.secretary import asked
from tests.consultants.sheets import confirm, csv_file, directory_editor, preview
from tests.consultants.test_facts_to_confirm import decide
from tests.consultants.test_two_people_at_a_record import held, save
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db

CONFIRMED = date(2026, 8, 25)
WARNING = "No longer confirmed, since facts were changed: Miss Ada Quill at Elm Park Hospital."


@pytest.fixture(autouse=True)
def today(time_machine: object) -> None:
    time_machine.move_to("2026-11-26 12:00", tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def at_elm() -> Practice:
    """Ada at Elm Park, confirmed three months ago."""
    ada = factories.consultant(first_fee=200, languages=["Welsh"])
    elm, balloon = factories.hospital(), factories.published_procedure()
    return factories.practice(ada, elm, balloon, confirmed_on=CONFIRMED, clinic_days="Mondays")


@pytest.fixture
def ada(at_elm: Practice) -> Consultant:
    return at_elm.consultant


def profile(desk: Desk, ada: Consultant) -> str:
    return Page(desk.client.get(ada.get_absolute_url())).text


def test_clinic_days_changed_without_a_new_day_are_not_told_as_confirmed(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    page = save(desk, at_elm, held(desk, at_elm), clinic_days="Sundays")

    assert WARNING in page.text
    told = profile(desk, ada)
    assert "Named by the hospital in 2026; please ring to check" in told
    assert "Sundays" not in told
    assert "25 August" not in told
    assert at_elm.history.latest().history_change_reason == (
        "Facts were changed, and nobody confirmed the new ones."
    )


def test_clinic_days_changed_with_a_new_day_are_confirmed_on_it(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    page = save(desk, at_elm, held(desk, at_elm), clinic_days="Sundays", confirmed_on="2026-11-25")

    assert "No longer confirmed" not in page.text
    told = profile(desk, ada)
    assert "Clinic days: Sundays" in told
    assert "Facts confirmed on 25 November 2026" in told


@pytest.mark.parametrize(
    "fact", [{"first_fee": "300"}, {"languages": "Urdu"}, {"specialties": "Pain medicine"}]
)
def test_own_facts_of_a_consultant_changed_without_a_new_day_are_not_told(
    desk: Desk, ada: Consultant, at_elm: Practice, fact: dict[str, str]
) -> None:
    page = save(desk, ada, held(desk, ada), **fact)

    assert WARNING in page.text
    assert not set(fact.values()) & set(profile(desk, ada).split())
    at_elm.refresh_from_db()
    assert (at_elm.confirmed_on, at_elm.named_in) == (None, 2026)


def test_new_day_in_the_same_form_covers_the_own_facts(desk: Desk, ada: Consultant) -> None:
    page = save(desk, ada, held(desk, ada), languages="Urdu", **{"practices-0-confirmed_on": "2026-11-26"})

    assert "No longer confirmed" not in page.text
    told = profile(desk, ada)
    assert "English, Urdu" in told
    assert "Facts confirmed on 26 November 2026" in told


def test_change_at_one_hospital_leaves_the_other_confirmed(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    oak = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    at_oak = factories.practice(ada, oak, confirmed_on=CONFIRMED)

    save(desk, at_elm, held(desk, at_elm), clinic_days="Sundays")

    at_oak.refresh_from_db()
    assert at_oak.confirmed_on == CONFIRMED


@pytest.mark.parametrize("fact", [{}, {"secretary_email": "new@elmpark.example"}, {"is_listed": "on"}])
def test_what_patients_are_not_told_needs_no_new_day(
    desk: Desk, ada: Consultant, at_elm: Practice, fact: dict[str, str]
) -> None:
    page = save(desk, ada, held(desk, ada), **fact)

    assert "No longer confirmed" not in page.text
    at_elm.refresh_from_db()
    assert at_elm.confirmed_on == CONFIRMED


def test_facts_changed_on_the_day_they_were_confirmed_stay_confirmed(desk: Desk, at_elm: Practice) -> None:
    at_elm.confirm(timezone.localdate(), "Rung")

    save(desk, at_elm, held(desk, at_elm), clinic_days="Sundays")

    at_elm.refresh_from_db()
    assert at_elm.is_confirmed


def test_lapsed_practice_is_not_listed_again_by_a_change(desk: Desk, at_elm: Practice) -> None:
    Practice.objects.update(confirmed_on=date(2025, 1, 5))
    at_elm.refresh_from_db()

    save(desk, at_elm, held(desk, at_elm), clinic_days="Sundays")

    at_elm.refresh_from_db()
    assert at_elm.is_lapsed


def test_import_without_a_new_day_says_which_practices_it_left_unconfirmed(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    seen = preview(desk, csv_file(["Slug", "Languages"], ["ada-quill", "Urdu"]))
    page = confirm(desk, seen)

    assert "no longer told as confirmed" in seen.text
    assert WARNING in page.text
    assert "Urdu" not in profile(desk, ada)


def test_import_with_a_new_day_confirms(desk: Desk, ada: Consultant) -> None:
    head = ["Slug", "Languages", "Hospital", "Confirmed on"]
    page = confirm(desk, preview(desk, csv_file(head, ["ada-quill", "Urdu", "elm-park", "2026-11-20"])))

    assert "No longer confirmed" not in page.text
    assert "Facts confirmed on 20 November 2026" in profile(desk, ada)


def test_correction_accepted_beside_one_refused_is_not_told_as_confirmed(
    desk: Desk, ada: Consultant, at_elm: Practice
) -> None:
    secretary = asked(ada)
    secretary.corrects(**{f"at{at_elm.pk}-clinic_days": "Sundays", "role": "Surgeon"})

    page = decide(desk, secretary, **{f"at{at_elm.pk}-clinic_days": "accept", "role": "refuse"})

    assert WARNING in page.text
    assert "25 August" not in profile(desk, ada)
