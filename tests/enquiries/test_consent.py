"""What a patient agreed to is kept in the words that stood on the page."""

from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from enquiries.choices import Choices
from enquiries.forms import EnquiryForm
from enquiries.models import ConsentWording, Enquiry
from enquiries.templatetags.enquiries import question as question_of
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from procedures.remembering import Memory
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send
from tests.procedures.staff import Desk, administrator

pytestmark = pytest.mark.django_db

ADD = reverse("admin:enquiries_consentwording_add")
FIRST = "You may use what I type here, and what it says about my health, to answer me."


def wording(number: int, **facts: Any) -> ConsentWording:
    return ConsentWording.objects.create(**{"number": number, "text": f"Words {number}."} | facts)


def test_site_comes_with_the_words_that_patients_have_agreed_to_so_far() -> None:
    """The hash is that of the requests that were stored while the words stood in the code."""
    first = ConsentWording.objects.current()

    assert (first.version, first.text) == ("1", FIRST)
    assert first.hash == "43b060dbdcba02f12acc75612c6aad56447d6d51c35b672867a155b28072520a"


def test_words_of_a_page_made_before_they_changed_are_the_words_kept(
    client: Client, question: Answers
) -> None:
    page = Page(client.get("/enquiry/"))
    (box,) = page.tree.xpath("//input[@name='consent']")
    wording(2)

    send(client, page.hidden() | question | {"consent": box.get("value")})

    enquiry = Enquiry.objects.get()
    assert (enquiry.consent_version, enquiry.consent_text) == ("1", FIRST)


@pytest.mark.parametrize("version", ["on", "99", "-1", "²", "9" * 30, "' OR 1=1"])
def test_version_that_never_was_counts_as_today_s(client: Client, question: Answers, version: str) -> None:
    wording(2)

    send(client, question | {"consent": version})

    assert Enquiry.objects.get().consent_text == "Words 2."


@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/"])
def test_box_carries_the_latest_words_and_their_version(
    client: Client, hospital: Hospital, address: str
) -> None:
    wording(2)

    page = Page(client.get(address))

    (box,) = page.tree.xpath("//input[@name='consent']")
    assert box.get("value") == "2"
    assert "checked" not in box.attrib
    assert "Words 2." in page.text
    assert FIRST not in page.text


def test_form_made_just_before_the_words_changed_is_not_remembered_for_those_after(memory: Memory) -> None:
    of_before = EnquiryForm(Choices.read())
    wording(2)
    of_today = EnquiryForm(Choices.read())
    memory.generation = lambda: "as it stands today"

    assert "Words 2." not in question_of(of_before["consent"])
    assert "Words 2." in question_of(of_today["consent"])


def test_request_keeps_its_words_when_they_change(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    wording(2)

    enquiry.refresh_from_db()

    assert ConsentWording(text=enquiry.consent_text).hash == enquiry.consent_hash


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE enquiries_consentwording SET text = 'Other words.'",
        "UPDATE enquiries_consentwording SET in_force_at = now()",
        "DELETE FROM enquiries_consentwording",
        "TRUNCATE enquiries_consentwording",
    ],
)
def test_database_keeps_every_version_as_it_was(deed: str) -> None:
    with pytest.raises(Error, match="are kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed)

    assert ConsentWording.objects.current().text == FIRST


@pytest.mark.parametrize(
    ("facts", "constraint"), [({"number": 1}, "number"), ({"text": ""}, "consent_wording_says_something")]
)
def test_database_refuses_what_cannot_be(facts: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        wording(**{"number": 2} | facts)


def test_new_words_are_shown_as_patients_see_them_before_they_are_in_force() -> None:
    desk = administrator()

    shown = desk.typed(ADD, text="You may use what I type here\r\nto ring me.")

    assert ConsentWording.objects.current().text == FIRST
    assert shown.words("//*[@class='as-sent__box']") == ["You may use what I type here to ring me."]
    (asked,) = shown.words("//*[@class='asked']")
    assert asked.startswith("Nothing is in force yet.")
    assert FIRST in asked

    desk.pressed_again(ADD, shown)

    current = ConsentWording.objects.current()
    assert (current.number, current.text) == (2, "You may use what I type here to ring me.")
    assert current.written_by == desk.person


def test_words_that_are_changed_after_they_were_shown_are_shown_again() -> None:
    desk = administrator()
    shown = desk.typed(ADD, text="You may ring me.")

    again = desk.pressed_again(ADD, shown, text="You may write to me.")

    assert ConsentWording.objects.count() == 1
    assert again.words("//*[@class='as-sent__box']") == ["You may write to me."]


def test_second_of_two_people_is_told_of_the_words_of_the_first() -> None:
    ash, bay = Desk(Role.ADMINISTRATOR, "ash"), Desk(Role.ADMINISTRATOR, "bay")
    shown = ash.typed(ADD, text="You may ring me.")
    bay.pressed_again(ADD, bay.typed(ADD, text="You may write to me."))

    again = ash.pressed_again(ADD, shown)

    assert ConsentWording.objects.current().text == "You may write to me."
    assert "in place of version 2: “You may write to me.”" in again.words("//*[@class='asked']")[0]
    ash.pressed_again(ADD, again)
    assert [row.number for row in ConsentWording.objects.order_by("number")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "said"), [(FIRST, "These are the words that are in force."), ("", "This field is required.")]
)
def test_words_that_change_nothing_are_refused_in_words(text: str, said: str) -> None:
    page = administrator().typed(ADD, text=text)

    assert said in page.text
    assert ConsentWording.objects.count() == 1


def test_list_says_since_when_and_who() -> None:
    desk = administrator()
    desk.pressed_again(ADD, desk.typed(ADD, text="You may ring me."))

    rows = desk.get("enquiries_consentwording_changelist").words("//table[@id='result_list']/tbody/tr")

    assert "You may ring me." in rows[0]
    assert rows[0].endswith("bay")
    assert FIRST in rows[1]


def test_no_version_can_be_changed_on_the_desk() -> None:
    desk, row = administrator(), ConsentWording.objects.current()

    page = desk.get("enquiries_consentwording_change", row.pk)
    posted = desk.client.post(reverse("admin:enquiries_consentwording_change", args=[row.pk]), {"text": "x"})

    assert page.tree.xpath("//*[@id='content-main']//textarea") == []
    assert posted.status_code == 403
