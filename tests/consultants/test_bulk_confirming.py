"""“Confirmed today” for several practices at once."""

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from consultants.admin import confirming
from consultants.models import Consultant, Practice
from kyphoplasty_site.access import Role
from tests import factories
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db
LIST = "consultants_practice_changelist"


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def ada() -> Consultant:
    """Ada at two hospitals, confirmed at neither."""
    made = factories.consultant()
    factories.practice(made, factories.hospital(), factories.procedure(), clinic_days="Mondays")
    factories.practice(made, factories.hospital(name="Ash Hospital", slug="ash"))
    return made


def ask(desk: Desk, *practices: Practice) -> Page:
    return desk.post(LIST, action="confirm_today", _selected_action=[one.pk for one in practices])


def press(desk: Desk, page: Page) -> Page:
    """The button of the page that asks."""
    form = page.tree.xpath("//div[@id='content-main']//form")[0]
    answers: dict[str, list[str]] = {}
    for name, value in form.form_values():
        answers.setdefault(name, []).append(value)
    return Page(desk.client.post(form.get("action"), answers, follow=True))


def test_page_lists_what_would_be_confirmed_and_what_that_says(desk: Desk, ada: Consultant) -> None:
    page = ask(desk, *ada.practices.all())

    assert "This says that you have spoken to each secretary, or the consultant" in page.text
    assert page.words("//tbody/tr") == [
        "Miss Ada QuillElm Park Hospital Balloon kyphoplastyClinic days: Mondays Of the consultant: Role: Spinal consultant"
        " Last confirmed: Never",
        "Miss Ada QuillAsh Hospital Nothing named Of the consultant: Role: Spinal consultant Last confirmed: Never",
    ]
    assert not Practice.objects.exclude(confirmed_on=None).exists()


def test_page_shows_the_facts_of_the_consultant_that_it_makes_current(desk: Desk, ada: Consultant) -> None:
    Consultant.objects.update(secretary_phone="01632 960200", first_fee=250, insurers=["Elm Health", "Ash"])

    (row, _) = ask(desk, *ada.practices.all()).words("//tbody/tr")

    assert "Role: Spinal consultant" in row
    assert "Secretary’s phone: 01632 960200" in row
    assert "Guide fee, first consultation (£): 250" in row
    assert "Insurers that recognise them: Elm Health, Ash" in row


@pytest.mark.parametrize("changed", [{"first_fee": 300}, {"secretary_phone": "01632 960201"}])
def test_facts_of_the_consultant_that_changed_meanwhile_are_read_once_more(
    desk: Desk, ada: Consultant, changed: dict[str, Any]
) -> None:
    page = ask(desk, *ada.practices.all())
    Consultant.objects.update(**changed)

    page = press(desk, page)

    assert "Somebody changed one of these after you saw them. Read them once more." in page.text
    assert not Practice.objects.exclude(confirmed_on=None).exists()


def test_those_listed_are_confirmed_today_and_no_others(desk: Desk, ada: Consultant) -> None:
    at_elm, at_ash = ada.practices.all()

    page = press(desk, ask(desk, at_elm))

    assert "1 practice confirmed today." in page.text
    at_elm.refresh_from_db()
    at_ash.refresh_from_db()
    assert (at_elm.confirmed_on, at_ash.confirmed_on) == (timezone.localdate(), None)


def test_it_stands_in_the_log_and_the_history(desk: Desk, ada: Consultant) -> None:
    at_elm = ada.practices.all()[0]

    press(desk, ask(desk, at_elm))

    record = at_elm.history.latest()
    assert (record.history_user, record.confirmed_on) == (desk.person, timezone.localdate())
    assert record.history_change_reason == "Confirmed with the secretary, as one of several"
    assert LogEntry.objects.get().object_id == str(at_elm.pk)


def test_all_practices_of_the_ticked_consultants_are_asked_about(desk: Desk, ada: Consultant) -> None:
    page = desk.post(
        "consultants_consultant_changelist", action="confirm_practices", _selected_action=[ada.pk]
    )

    assert "2 practices confirmed today." in press(desk, page).text
    assert not Practice.objects.filter(confirmed_on=None).exists()


def test_consultant_without_a_practice_is_nothing_to_confirm(desk: Desk) -> None:
    bo = factories.consultant()

    page = desk.post(
        "consultants_consultant_changelist", action="confirm_practices", _selected_action=[bo.pk]
    )

    assert "There is no practice to confirm among those." in page.text


def test_facts_that_changed_meanwhile_are_read_once_more(desk: Desk, ada: Consultant) -> None:
    page = ask(desk, *ada.practices.all())
    Practice.objects.update(clinic_days="Fridays")

    page = press(desk, page)

    assert "Somebody changed one of these after you saw them. Read them once more." in page.text
    assert not Practice.objects.exclude(confirmed_on=None).exists()
    assert "2 practices confirmed today." in press(desk, page).text


def test_nobody_speaks_to_hundreds_of_secretaries(
    desk: Desk, ada: Consultant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "MOST", 1)

    page = ask(desk, *ada.practices.all())

    assert "That is 2 practices. Confirm 1 at most at a time: you have spoken to each secretary." in page.text


def test_those_who_only_look_cannot_confirm(ada: Consultant) -> None:
    practice = ada.practices.all()[0]
    Practice.objects.filter(pk=practice.pk).update(confirmed_on=date(2026, 1, 1))

    Desk(Role.ENQUIRY_HANDLER, "robin").post(
        LIST, action="confirm_today", confirmed="yes", _selected_action=[practice.pk]
    )

    practice.refresh_from_db()
    assert practice.confirmed_on == date(2026, 1, 1)
