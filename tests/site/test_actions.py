"""What one press does with many rows of a list: it says what it will do, leaves what it must, and tells what it did."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.test import RequestFactory

from consultants.models import Consultant
from enquiries.models import OutgoingMail
from kyphoplasty_site.access import PRESSES, Role
from procedures.models import Task
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def fern() -> Desk:
    return Desk(Role.DIRECTORY_EDITOR, "fern")


def press(desk: Desk, page: Page) -> Page:
    """The button of the page that asks."""
    form = page.tree.xpath("//div[@id='content-main']//form")[0]
    answers: dict[str, list[str]] = {}
    for name, value in form.form_values():
        answers.setdefault(name, []).append(value)
    return Page(desk.client.post(form.get("action"), answers, follow=True))


def consultants(*names: str, **facts: Any) -> list[Consultant]:
    return [factories.consultant(family_name=name, slug=name.lower(), **facts) for name in names]


def asked(desk: Desk, action: str, rows: list[Consultant]) -> Page:
    keys = [row.pk for row in rows]
    return desk.post("consultants_consultant_changelist", action=action, _selected_action=keys)


def test_every_press_of_every_list_stands_in_the_table() -> None:
    request: Any = RequestFactory().get("/")
    request.user = factories.person("ash", is_staff=True, is_superuser=True)

    found = {
        model._meta.label_lower: set(desk.get_actions(request))
        for model, desk in site._registry.items()
        if desk.get_actions(request)
    }

    assert found == {label: set(presses) for label, presses in PRESSES.items()}, (
        "Add to PRESSES in kyphoplasty_site/access.py what each press of a list asks for."
    )


def test_page_names_who_would_be_taken_out_and_nothing_is_done_yet(fern: Desk) -> None:
    listed, gone = consultants("Quill", "Reed"), consultants("Marsh", is_listed=False)

    page = asked(fern, "unlist_them", listed + gone)

    assert "Take these consultants out of the public directory?" in page.text
    assert page.words("//main//h2") == ["2 consultants", "1 left as it is: not in the directory"]
    assert page.words("//div[@id='content-main']//li") == [
        "Miss Ada Quill",
        "Miss Ada Reed",
        "Miss Ada Marsh",
    ]
    assert Consultant.objects.filter(is_listed=True).count() == 2


def test_they_are_taken_out_with_their_history_and_it_says_who_was_left(fern: Desk) -> None:
    listed, gone = consultants("Quill", "Reed"), consultants("Marsh", is_listed=False)

    page = press(fern, asked(fern, "unlist_them", listed + gone))

    assert "2 consultants taken out of the directory." in page.text
    assert not Consultant.objects.filter(is_listed=True).exists()
    record = listed[0].history.latest()
    assert (record.history_user, record.history_change_reason) == (
        fern.person,
        "Taken out of the public directory.",
    )
    assert LogEntry.objects.count() == 2


def test_record_merged_into_another_is_never_shown_again(fern: Desk) -> None:
    (ada,) = consultants("Quill")
    (old,) = consultants("Reed", is_listed=False, merged_into=ada)
    (out,) = consultants("Marsh", is_listed=False)

    page = asked(fern, "list_them", [ada, old, out])
    told = press(fern, page)

    assert page.words("//main//h2") == [
        "1 consultant",
        "1 left as it is: merged into another record",
        "1 left as it is: in the directory already",
    ]
    assert "1 consultant shown in the directory." in told.text
    assert set(Consultant.objects.filter(is_listed=True)) == {ada, out}


def test_what_changed_between_the_page_and_the_press_is_left_and_told(fern: Desk) -> None:
    ada, bo = consultants("Quill", "Reed")
    page = asked(fern, "unlist_them", [ada, bo])
    Consultant.objects.filter(pk=bo.pk).update(is_listed=False)

    told = press(fern, page)

    assert "1 consultant taken out of the directory. 1 was left: not in the directory." in told.text


def test_only_twenty_are_named(fern: Desk) -> None:
    rows = consultants(*(f"Quill{number:02}" for number in range(23)))

    names = asked(fern, "unlist_them", rows).words("//div[@id='content-main']//li")

    assert (len(names), names[-1]) == (21, "and 3 more")


def test_where_nothing_is_to_be_done_there_is_no_button(fern: Desk) -> None:
    page = asked(fern, "list_them", consultants("Quill"))

    assert "There is nothing to do here." in page.text
    assert page.words("//div[@id='content-main']//button") == []


def test_tasks_are_done_after_a_page_that_names_them() -> None:
    desk = Desk(Role.CONTENT_EDITOR, "ash")
    draft = factories.draft(procedure=factories.procedure())
    open_one, done = (Task.objects.create(edition=draft, what=what) for what in ("Read it.", "Look at it."))
    done.mark_done(by=desk.person)

    page = desk.post(
        "procedures_task_changelist", action="mark_done", _selected_action=[open_one.pk, done.pk]
    )

    assert "Each is noted as done by you, now. It cannot be undone." in page.text
    assert list(Task.objects.open()) == [open_one]
    assert "1 task marked as done." in press(desk, page).text
    assert not Task.objects.open().exists()


def test_only_held_mail_is_tried_again() -> None:
    hospital = factories.hospital()
    desk = Desk(Role.ENQUIRY_MANAGER, "ash")
    factories.team_member(desk.person, hospital)
    held, sent = factories.stored_enquiry(hospital).mails.order_by("pk")
    held.hold("No address.")
    sent.mark_sent()

    page = desk.post(
        "enquiries_outgoingmail_changelist", action="try_again", _selected_action=[held.pk, sent.pk]
    )

    assert page.words("//main//h2") == ["1 outgoing mail", "1 left as it is: sent already"]
    assert "1 outgoing mail to be tried again." in press(desk, page).text
    held.refresh_from_db()
    assert held.held_at is None
    assert OutgoingMail.objects.exclude(sent_at=None).get() == sent


@pytest.mark.parametrize("action", ["list_them", "unlist_them"])
def test_who_may_only_look_changes_nobody(action: str) -> None:
    rows = consultants("Quill") + consultants("Reed", is_listed=False)
    robin = Desk(Role.ENQUIRY_HANDLER, "robin")

    robin.post(
        "consultants_consultant_changelist",
        action=action,
        confirmed="yes",
        _selected_action=[row.pk for row in rows],
    )

    assert [Consultant.objects.get(pk=row.pk).is_listed for row in rows] == [True, False]
