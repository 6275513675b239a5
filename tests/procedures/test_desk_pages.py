"""The staff desk says where things are, what happened, and why something cannot be done."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from procedures import publishing
from procedures.models import Edition, Procedure
from tests import factories
from tests.procedures import staff
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Edition:
    """The first edition, which readers see unsigned."""
    factories.procedure()
    made = factories.whole_draft(number=1, procedure=Procedure.objects.get())
    publishing.publish_first_text(made)
    return Edition.objects.get(pk=made.pk)


@pytest.fixture
def draft(first: Edition) -> Edition:
    return publishing.start_draft(first)


def spoil(draft: Edition) -> None:
    """Write a rate in prose, which stops publication."""
    draft.blocks.filter(kind="risk").update(body="<p>Leaks happened in 12% of people.</p>")


def front(desk: Desk) -> str:
    return desk.get("index").text


def test_front_of_the_desk_leads_an_editor_to_pages_numbers_and_drafts(draft: Edition) -> None:
    ash = staff.editor()

    page = ash.get("index")

    assert page.words("//*[@class='staff-links']/a")[:2] == ["Change a page", "Correct a number"]
    assert f"{draft} Draft" in " ".join(page.words("//*[@class='waiting']//a/span"))


def test_front_of_the_desk_shows_what_the_reviewer_asked_for(draft: Edition) -> None:
    Edition.objects.filter(pk=draft.pk).update(returned_note="Name the rate.")

    assert "sent back by the reviewer: “Name the rate.”" in front(staff.editor())


def test_front_of_the_desk_of_a_reviewer_has_no_drafts_to_write(draft: Edition) -> None:
    assert "Change a page" not in front(staff.clinician())


def test_front_of_the_desk_asks_as_often_however_many_blocks_a_draft_has(
    draft: Edition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ash = staff.editor()
    for number in range(20):
        factories.block(draft, "faq", heading=f"Question {number}?", body="<p>Yes.</p>")

    with django_assert_max_num_queries(24):
        ash.get("index")


@pytest.mark.parametrize("words", ["157", "157 of 214", "73.4%", "kept walking", "Registry of lamps"])
def test_figure_is_found_by_its_number_its_words_and_its_source(words: str) -> None:
    source = factories.source(key="lamps", title="Registry of lamps", url="https://press.example/lamps")
    factories.figure(key="sought", count=157, out_of=214, what="kept walking", source=source)
    factories.figure(
        key="percent",
        shape="percentage",
        percentage="73.4",
        count=None,
        out_of=None,
        what="kept walking",
        source=source,
    )
    factories.figure(key="other", count=11, out_of=100, what="had a leak")
    desk = staff.editor()

    page = desk.client.get(reverse("admin:procedures_figure_changelist"), {"q": words}).content.decode()

    assert "kept walking" in page
    assert "had a leak" not in page


def test_words_under_stress_stand_whole_in_the_list_of_blocks(draft: Edition) -> None:
    draft.blocks.filter(kind="risk").update(
        body="<p>Leaks can do <strong>no harm</strong>.</p><p>Or some.</p>"
    )

    assert "Leaks can do no harm. · Or some." in staff.editor().open(draft).text


def test_block_says_in_words_how_much_stops_publication(draft: Edition) -> None:
    spoil(draft)

    said = staff.editor().open(draft).words("//*[@class='blocks__kind']/strong")

    assert said == ["1 thing stops publication"]


def test_signed_draft_does_not_say_that_it_was_never_sent(draft: Edition) -> None:
    desk = staff.clinician()
    factories.sign_off(draft, staff.reviewer_of(desk))

    page = desk.open(draft)

    assert "Signed off by Dr Morgan Vale" in page.text
    assert "have not sent it" not in page.text


def test_reviewer_is_told_first_what_must_go_back_to_the_editors(draft: Edition) -> None:
    spoil(draft)
    Edition.objects.filter(pk=draft.pk).update(sent_at=timezone.now())
    desk = staff.clinician()

    page = desk.open(draft, "sign_off")

    assert "This text must go back to its editors" in page.text
    assert page.text.index("must go back") < page.text.index("All of the text")
    assert "Sign off this text" not in page.text
    assert "Send back" in page.text


def test_published_edition_offers_no_form_to_publish_it(first: Edition) -> None:
    page = staff.editor().open(first, "publish")

    assert "This edition is published already." in page.text
    assert "When shall readers see" not in page.text


def test_draft_without_a_sign_off_offers_no_form_to_publish_it(draft: Edition) -> None:
    page = staff.editor().open(draft, "publish")

    assert "No clinician has signed off this text." in page.text
    assert "When shall readers see" not in page.text


def test_withdrawing_the_only_edition_says_that_the_page_is_gone(first: Edition) -> None:
    assert "Withdrawn. The page is gone." in staff.editor().press(first, "withdraw").text


def test_clinical_change_is_said_to_need_a_sign_off_of_its_own(first: Edition, draft: Edition) -> None:
    draft.blocks.filter(kind="risk").update(body="<p>Cement can leak out of the bone unseen.</p>")

    said = staff.editor().open(draft, "compare").text

    assert f"This is a clinical change: edition {draft.number} stands only on a sign-off of its own." in said


def test_refused_deed_is_answered_in_the_frame_of_the_desk(first: Edition) -> None:
    desk = staff.clinician()

    answer = desk.client.get(reverse("admin:procedures_edition_publish", args=[first.pk]))

    assert answer.status_code == 403
    assert "You may not do that" in answer.text
    assert "Kyphoplasty staff desk" in answer.text


def test_wrong_address_of_the_desk_is_answered_in_its_frame(first: Edition) -> None:
    answer = staff.editor().client.get(f"/admin/procedures/edition/{first.pk}/compare/?with=999")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "Kyphoplasty staff desk" in answer.text


def test_wrong_address_of_the_desk_tells_a_reader_nothing_of_it(client: Client) -> None:
    assert "staff desk" not in client.get("/admin/nothing/here/").text


def test_conflict_is_told_at_the_top_in_its_own_words(draft: Edition) -> None:
    ash = staff.editor()
    shown = ash.open(draft).value("opened")
    Edition.objects.filter(pk=draft.pk).update(lead="Written by a colleague.")

    page = ash.press(draft, "change", opened=shown, lead="Mine.", description=draft.description)

    assert (
        "Your text is still here and nothing of it is saved yet." in page.words("//*[@class='errornote']")[0]
    )
    assert "Please correct" not in page.text
    assert page.title.startswith("Error:")
