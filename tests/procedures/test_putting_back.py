"""The history of a row word by word, and putting a row back to how it was."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultants.models import Practice
from kyphoplasty_site.access import Role
from procedures.models import Closure, Figure, GlossaryTerm, Hospital, Source, Task
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk, editor

pytestmark = pytest.mark.django_db
BACK = re.compile(r"Put back to how it was on \d+ \w+ \d{4} at \d\d:\d\d")


@pytest.fixture
def keeper() -> Desk:
    """Fern, who keeps the directory."""
    return Desk(Role.DIRECTORY_EDITOR, "fern")


def put_back_page(row: Any, record: Any) -> str:
    opts = row._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_put_back"
    return reverse(name, args=[row.pk, record.instance_type._meta.model_name, record.pk])


def put_back(desk: Desk, row: Any, record: Any) -> Page:
    """Open the page that shows what would change, and press its button."""
    address = put_back_page(row, record)
    seen = Page(desk.client.get(address)).hidden()["seen"]
    return Page(desk.client.post(address, {"seen": seen}, follow=True))


def entries(desk: Desk, row: Any) -> list[str]:
    page = desk.get(f"{row._meta.app_label}_{row._meta.model_name}_history", row.pk)
    return page.words("//ol[@class='history__entries']/li")


def test_hospital_is_put_back_and_its_history_says_so(keeper: Desk) -> None:
    elm = factories.hospital(parking="Behind the house.")
    first = elm.history.latest()
    elm.parking, elm.town = "In the street.", "Ash"
    elm.save()

    page = Page(keeper.client.get(put_back_page(elm, first)))
    after = put_back(keeper, elm, first)

    assert "Parking: from In the street. → to Behind the house." in page.text
    assert after.heading.startswith("History of")
    elm.refresh_from_db()
    assert (elm.parking, elm.town) == ("Behind the house.", "")
    latest = elm.history.latest()
    assert BACK.fullmatch(latest.history_change_reason)
    assert latest.history_user == keeper.person


def test_button_stands_at_what_differs_from_now_and_not_at_what_is_so(keeper: Desk) -> None:
    elm = factories.hospital()
    elm.town = "Ash"
    elm.save()

    latest, first = entries(keeper, elm)

    assert "Put this back" not in latest
    assert "Put this back: This record: added" in first


def test_long_text_is_told_word_by_word(keeper: Desk) -> None:
    elm = factories.hospital(
        directions="Leave the train at Elm. Walk ten minutes along the river to the gate."
    )
    elm.directions = elm.directions.replace("ten", "five")
    elm.save()

    latest, _ = entries(keeper, elm)

    assert "Leave the train at Elm. Walk [taken out: ten][put in: five] minutes along the river" in latest


def test_red_flags_are_told_line_by_line_without_their_code() -> None:
    card = factories.red_flag_card(body="<ul><li>Numb legs</li><li>You cannot pass water</li></ul>")
    card.body = "<ul><li>Numb or weak legs</li><li>You cannot pass water</li></ul>"
    card.save()

    latest, _ = entries(Desk(Role.ADMINISTRATOR, "bay"), card)

    assert "Body: from Numb legs You cannot pass water → to Numb or weak legs" in latest
    assert "<li>" not in latest


def test_closure_that_was_deleted_is_added_again(keeper: Desk) -> None:
    elm = factories.hospital()
    factories.closure(elm, date(2026, 12, 26), "Boxing Day").delete()
    gone = Closure.history.latest()

    page = put_back(keeper, elm, gone)

    assert page.status == 200
    again = Closure.objects.get()
    assert (again.closed_on, again.reason) == (date(2026, 12, 26), "Boxing Day")
    assert BACK.fullmatch(again.history.latest().history_change_reason)
    assert "Closure on 26 December 2026: added" in entries(keeper, elm)[0]


def test_what_a_rule_forbids_is_refused_in_words_with_everything_still_there(keeper: Desk) -> None:
    elm = factories.hospital()
    factories.closure(elm, date(2026, 12, 26), "Boxing Day").delete()
    gone = Closure.history.latest()
    factories.closure(elm, date(2026, 12, 26), "Moving day")

    page = put_back(keeper, elm, gone)

    assert "It cannot be put back just so" in page.text
    assert "That day is already listed as closed." in page.text
    assert "Boxing Day" in page.tree.xpath("//input/@value")
    assert page.tree.xpath("//form[@id='hospital_form']/@action") == [
        reverse("admin:procedures_hospital_change", args=[elm.pk])
    ]
    assert Closure.objects.get().reason == "Moving day"


def test_figure_is_put_back_and_every_edition_that_shows_it_is_told() -> None:
    desk, figure = editor(), factories.figure(count=7, out_of=100)
    draft = factories.draft(procedure=factories.procedure())
    factories.shown_in(
        factories.block(draft, "risk", heading="Cement can leak", body="<p>It may.</p>"), figure
    )
    first = figure.history.latest()
    figure.count = 9
    figure.save()

    put_back(desk, figure, first)

    figure.refresh_from_db()
    assert figure.count == 7
    assert "changed from 9 of 100 people to 7 of 100 people" in Task.objects.get().what
    assert list(draft.editors.all()) == [desk.person]


def test_source_that_is_gone_is_said_and_the_rest_is_kept_for_a_choice() -> None:
    desk, old = editor(), factories.source()
    figure = factories.figure(source=old)
    first = figure.history.latest()
    figure.source = Source.objects.create(
        key="new", title="Anew", publisher="Elm", url="https://elm.example/", checked_on=date(2026, 1, 1)
    )
    figure.count = 2
    figure.save()
    Source.objects.filter(pk=old.pk).delete()

    shown = Page(desk.client.get(put_back_page(figure, first)))
    page = put_back(desk, figure, first)

    assert f"source {old.pk}, since deleted" in shown.text
    assert "It cannot be put back just so" in page.text
    assert Figure.objects.get().count == 2


def test_confirmation_is_not_put_back_with_the_facts_and_does_not_cover_them(keeper: Desk) -> None:
    practice = factories.practice(
        factories.consultant(), factories.hospital(), clinic_days="Mondays", confirmed_on=date(2026, 3, 1)
    )
    first = practice.history.earliest()
    practice.clinic_days, practice.confirmed_on = "Fridays", date(2026, 9, 1)
    practice.save()

    page = put_back(keeper, practice.consultant, first)

    practice = Practice.objects.get()
    assert practice.clinic_days == "Mondays"
    assert practice.confirmed_on is None
    assert "No longer confirmed, since facts were changed" in page.text


@pytest.mark.parametrize(
    "make", [factories.hospital, lambda: factories.offering(factories.procedure(), factories.hospital())]
)
def test_day_on_which_somebody_confirmed_it_is_not_put_back(make: Any) -> None:
    row = make()
    row.confirmed_on = date(2026, 3, 1)
    row.save()
    first = row.history.latest()
    row.confirmed_on = date(2026, 9, 1)
    row.save()

    page = Page(Desk(Role.ADMINISTRATOR, "bay").client.get(put_back_page(row, first)))

    assert "It is like that already" in page.text


def test_words_of_a_picture_are_not_put_beside_another_picture() -> None:
    picture = factories.illustration(alt="A spine.")
    first = picture.history.latest()
    type(picture).history.filter(pk=first.pk).update(drawing="", upload="pictures/old.webp")
    picture.alt = "A broken spine."
    picture.save()
    desk, record = editor(), picture.history.get(pk=first.pk)

    page = Page(desk.client.get(put_back_page(picture, record)))
    desk.client.post(put_back_page(picture, record), {"seen": "x"})

    assert "Its words were about another file than the one that is shown now." in page.text
    assert not page.tree.xpath("//main//form")
    picture.refresh_from_db()
    assert picture.alt == "A broken spine."


def test_practice_that_was_moved_is_not_added_a_second_time(keeper: Desk) -> None:
    practice = factories.practice(factories.consultant(), factories.hospital())
    was, first = practice.consultant, practice.history.latest()
    practice.consultant = factories.consultant(slug="other", gmc_number="")
    practice.save()

    page = Page(keeper.client.get(put_back_page(was, first)))

    assert "It is not gone: it was moved" in page.text
    assert not page.tree.xpath("//main//form")


def test_page_of_the_history_without_a_difference_keeps_its_links_and_says_who_may_have_done_it() -> None:
    desk, term = editor(), factories.glossary_term()
    kept = GlossaryTerm.history.model
    record = {field.attname: getattr(term, field.attname) for field in kept.tracked_fields}
    now = term.history.latest().history_date
    kept.objects.bulk_create(kept(**record, history_type="~", history_date=now) for _ in range(60))

    page = desk.get("procedures_glossaryterm_history", term.pk)

    assert page.words("//nav[@aria-label='Pages of the history']//a") == ["Earlier changes"]
    assert "Nothing has changed since this history began." not in page.text
    oldest = Page(
        desk.client.get(reverse("admin:procedures_glossaryterm_history", args=[term.pk]) + "?changes=2")
    )
    assert "An account since deleted, or the system" in oldest.text


def test_withdrawal_and_what_was_looked_at_stay_when_a_source_is_put_back() -> None:
    desk, source = editor(), factories.source()
    first = source.history.latest()
    checked, title = date(2026, 6, 1), source.title
    Source.objects.filter(pk=source.pk).update(
        checked_on=checked,
        gone_on=checked,
        withdrawn_on=checked,
        withdrawn_reason="Retracted.",
        title="Other",
    )

    put_back(desk, source, first)

    source.refresh_from_db()
    assert source.title == title
    assert (source.checked_on, source.gone_on, source.withdrawn_on) == (checked, checked, checked)
    assert source.withdrawn_reason == "Retracted."


def test_consultant_who_was_taken_off_the_directory_is_not_listed_by_putting_back(keeper: Desk) -> None:
    quill = factories.consultant(role="Surgeon", is_listed=True)
    first = quill.history.latest()
    quill.role, quill.is_listed = "Spine surgeon", False
    quill.save()

    put_back(keeper, quill, first)

    quill.refresh_from_db()
    assert (quill.role, quill.is_listed) == ("Surgeon", False)


def test_what_a_colleague_changed_meanwhile_is_shown_before_anything_is_put_back(keeper: Desk) -> None:
    elm = factories.hospital(town="Elm")
    first = elm.history.latest()
    elm.town = "Ash"
    elm.save()
    address = put_back_page(elm, first)
    seen = Page(keeper.client.get(address)).hidden()["seen"]
    Hospital.objects.update(town="Oak")

    page = Page(keeper.client.post(address, {"seen": seen}))

    assert "Somebody changed it since. Read once more what would change." in page.text
    assert "Town: from Oak → to Elm" in page.text
    assert Hospital.objects.get().town == "Oak"


def test_what_is_so_already_has_nothing_to_put_back(keeper: Desk) -> None:
    elm = factories.hospital()

    page = Page(keeper.client.get(put_back_page(elm, elm.history.latest())))

    assert "It is like that already" in page.text
    assert not page.tree.xpath("//main//form")


def test_record_of_another_row_is_not_found(keeper: Desk) -> None:
    elm, ash = factories.hospital(), factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash")

    assert keeper.client.get(put_back_page(elm, ash.history.latest())).status_code == 404


def test_reason_is_asked_on_the_form_and_kept_with_the_row_and_its_inlines(keeper: Desk) -> None:
    elm = factories.hospital()
    page = keeper.get("procedures_hospital_change", elm.pk)
    sent = dict(page.tree.xpath("//form[@id='hospital_form']")[0].form_values())
    new_day = {"closures-TOTAL_FORMS": "1", "closures-0-closed_on": "2026-12-26"}

    keeper.post(
        "procedures_hospital_change",
        elm.pk,
        **sent
        | new_day
        | {"closures-0-reason": "Boxing Day", "town": "Elm", "why": "The hospital wrote to us"},
    )

    assert elm.history.latest().history_change_reason == "The hospital wrote to us"
    assert Closure.history.latest().history_change_reason == "The hospital wrote to us"
    assert "The hospital wrote to us." in entries(keeper, elm)[0]


def test_reason_alone_is_no_change_of_a_hard_word(keeper: Desk) -> None:
    desk, term = editor(), factories.glossary_term()
    page = desk.get("procedures_glossaryterm_change", term.pk)
    sent = dict(page.tree.xpath("//form[@id='glossaryterm_form']")[0].form_values())

    desk.post("procedures_glossaryterm_change", term.pk, **sent | {"why": "I looked at it"})

    assert not Task.objects.exists()


def test_history_of_thousands_of_changes_is_read_page_by_page_in_few_queries() -> None:
    desk, term = editor(), factories.glossary_term()
    kept = GlossaryTerm.history.model
    record = {field.attname: getattr(term, field.attname) for field in kept.tracked_fields}
    kept.objects.bulk_create(
        kept(
            **record | {"definition": f"Meaning {number}."},
            history_type="~",
            history_date=term.history.latest().history_date,
        )
        for number in range(3000)
    )
    address = reverse("admin:procedures_glossaryterm_history", args=[term.pk])

    with CaptureQueriesContext(connection) as asked:
        newest = Page(desk.client.get(address))
    oldest = Page(desk.client.get(f"{address}?changes=61"))

    assert len(asked) <= 14
    assert len(newest.words("//ol[@class='history__entries']/li")) == 50
    assert "Page 1 of 61" in newest.text
    assert "Definition: from Meaning 2998. → to Meaning 2999." in newest.text
    assert "This record: added" in oldest.text
