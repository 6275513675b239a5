"""Where a figure, a source, a hard word or a picture stands, and who is told when it changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from procedures import publishing, where_used
from procedures.models import Edition, EditionEditor, Figure, GlossaryTerm, Source, Task
from tests import factories
from tests.procedures.staff import Desk, clinician, editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Edition:
    """What readers see: a page whose risk stands on the Elm study's figure. It opened the site."""
    draft = factories.whole_draft(number=1, procedure=factories.procedure())
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure())
    publishing.publish_first_text(draft)
    return Edition.objects.get(pk=draft.pk)


@pytest.fixture
def draft(published: Edition) -> Edition:
    """The next edition, being written by somebody else."""
    return publishing.start_draft(published)


@pytest.fixture
def ash() -> Desk:
    return editor()


def correct(desk: Desk, thing: Any, **facts: Any) -> Any:
    """Change a row on its page as a person would: what they do not touch is sent as it stands."""
    name = thing._meta.model_name
    page = desk.get(f"procedures_{name}_change", thing.pk)
    form = page.tree.xpath(f"//form[@id='{name}_form']")[0]
    sent = {key: value for key, value in form.form_values() if key != "csrfmiddlewaretoken"}
    return desk.post(f"procedures_{name}_change", thing.pk, **sent | facts)


def test_figures_page_says_where_it_stands_before_anything_is_changed(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    page = ash.get("procedures_figure_change", Figure.objects.get().pk)

    assert page.words("//*[@id='uses-h']") == ["This stands in 2 editions"]
    assert page.words("//ul[@class='uses']/li") == [
        "Balloon kyphoplasty, edition 2: Draft",
        f"Balloon kyphoplasty, edition 1: Readers see this (page, leaflets with code {published.leaflet_code})",
    ]
    assert "What is published keeps the words and numbers that it was published with" in page.text


def test_figure_that_stands_nowhere_says_so(ash: Desk) -> None:
    page = ash.get("procedures_figure_change", factories.figure().pk)

    assert page.words("//*[@id='uses-h']") == ["This stands on no page"]


def test_corrected_figure_gives_each_standing_edition_a_task_and_says_so_at_once(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    page = correct(ash, Figure.objects.get(), count=11)

    assert "changed from 7 of 100 people to 11 of 100 people. It stands in 2 editions" in page.text
    assert {task.edition: task.what for task in Task.objects.open()} == {
        published: "The figure “had some cement leak” changed from 7 of 100 people to 11 of 100 people. "
        "Edition 1 of Balloon kyphoplasty, its page and its leaflets still show the old one: "
        "start a draft, check it, have it signed off.",
        draft: "The figure “had some cement leak” changed from 7 of 100 people to 11 of 100 people. "
        "The draft of Balloon kyphoplasty follows it at once: read it again where it stands.",
    }
    assert "Still to do" in ash.open(published).text


def test_published_page_keeps_the_old_figure_and_the_draft_shows_the_new(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    correct(ash, Figure.objects.get(), count=11)

    page = ash.open(draft, "compare")

    assert "[taken out: 7]" in page.text
    assert "[put in: 11]" in page.text
    assert Edition.objects.get(pk=published.pk).copies["figures"]["elm-leaks"]["count"] == 7


def test_whoever_changes_a_figure_has_changed_each_draft_with_it(draft: Edition, ash: Desk) -> None:
    correct(ash, Figure.objects.get(), count=11)

    assert list(EditionEditor.objects.values_list("edition", "user")) == [(draft.pk, ash.person.pk)]


def test_corrected_figure_voids_the_sign_off_of_a_draft(draft: Edition, ash: Desk) -> None:
    draft.change_summary = draft.change_reason = "More."
    draft.save()
    ash.press(draft, "send")
    clinician().signs(draft)

    correct(ash, Figure.objects.get(), count=11)

    assert not publishing.live_sign_off(Edition.objects.with_blocks().get(pk=draft.pk))


def test_old_and_withdrawn_editions_are_shown_and_get_no_task(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    draft.change_summary = draft.change_reason = "More."
    draft.save()
    factories.sign_off(draft, factories.reviewer())
    publishing.publish(Edition.objects.get(pk=draft.pk), ash.person)

    correct(ash, Figure.objects.get(), count=11)

    assert [task.edition for task in Task.objects.open()] == [draft]
    page = ash.get("procedures_figure_change", Figure.objects.get().pk)
    assert "edition 1: Replaced" in page.text


def test_edition_set_for_later_gets_a_task_as_well(published: Edition, draft: Edition, ash: Desk) -> None:
    draft.change_summary = draft.change_reason = "More."
    draft.save()
    factories.sign_off(draft, factories.reviewer())
    in_a_week = timezone.now() + timedelta(days=7)
    publishing.publish(Edition.objects.get(pk=draft.pk), ash.person, in_a_week)

    correct(ash, Figure.objects.get(), count=11)

    assert {task.edition for task in Task.objects.open()} == {published, draft}


def test_withdrawn_figure_is_told_with_its_reason(published: Edition, ash: Desk) -> None:
    correct(
        ash, Figure.objects.get(), withdrawn_on="2026-11-01", withdrawn_reason="The study was taken back."
    )

    assert Task.objects.get().what.startswith(
        "The figure “had some cement leak” was withdrawn: The study was taken back. Edition 1 of"
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"title": "The Oak study"}, "its title from “The Elm study of broken backs” to “The Oak study”."),
        ({"withdrawn_on": "2026-11-01"}, "The source “The Elm study of broken backs” was withdrawn."),
        ({"gone_on": "2026-11-01"}, "can no longer be opened at its address."),
    ],
    ids=["changed", "withdrawn", "dead link"],
)
def test_source_tells_every_page_that_stands_on_it_or_on_its_figures(
    published: Edition, ash: Desk, facts: dict[str, str], told: str
) -> None:
    correct(ash, Source.objects.get(), **facts)

    assert told in Task.objects.get().what


def test_looking_a_source_up_again_troubles_nobody(published: Edition, draft: Edition, ash: Desk) -> None:
    correct(ash, Source.objects.get(), checked_on="2026-11-01")

    assert not Task.objects.exists()
    assert not EditionEditor.objects.exists()
    assert Source.objects.get().checked_on.isoformat() == "2026-11-01"


def test_new_meaning_of_a_hard_word_tells_the_pages_that_say_it(published: Edition, ash: Desk) -> None:
    word = factories.glossary_term(term="Cement", slug="cement", definition="A paste that sets hard.")
    other = factories.glossary_term()

    correct(ash, word, definition="A glue for bones.")
    correct(ash, other, definition="A back bone.")

    assert "its definition from “A paste that sets hard.” to “A glue for bones.”" in Task.objects.get().what
    assert GlossaryTerm.objects.get(pk=other.pk).definition == "A back bone."


def added(desk: Desk, **facts: Any) -> Any:
    """A new hard word, as a person would add it."""
    word = {"term": "Cement", "slug": "cement", "also": "", "definition": "A paste that sets hard."}
    return desk.post("procedures_glossaryterm_add", **word | facts)


def test_new_hard_word_counts_as_a_change_to_every_page_that_says_it(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    page = added(ash)

    assert "It stands in 2 editions, and each now has a task." in page.text
    assert {task.edition: task.what for task in Task.objects.open()} == {
        published: "The hard word “Cement” is new: pages that say it now explain it. "
        "Edition 1 of Balloon kyphoplasty, its page and its leaflets still show the old one: "
        "start a draft, check it, have it signed off.",
        draft: "The hard word “Cement” is new: pages that say it now explain it. "
        "The draft of Balloon kyphoplasty follows it at once: read it again where it stands.",
    }
    assert list(EditionEditor.objects.filter(user=ash.person).values_list("edition", flat=True)) == [draft.pk]


def test_new_hard_word_that_no_page_says_troubles_nobody(
    published: Edition, draft: Edition, ash: Desk
) -> None:
    added(ash, term="Osmosis", slug="osmosis")

    assert GlossaryTerm.objects.filter(slug="osmosis").exists()
    assert not Task.objects.exists()
    assert not EditionEditor.objects.filter(user=ash.person).exists()


def test_new_figure_and_source_trouble_nobody(published: Edition, draft: Edition, ash: Desk) -> None:
    ash.post(
        "procedures_source_add",
        key="oak",
        title="The Oak study",
        publisher="Oak Press",
        url="https://press.example/oak",
        checked_on="2026-11-01",
    )

    assert Source.objects.filter(key="oak").exists()
    assert not Task.objects.exists()


def test_another_form_of_a_hard_word_tells_the_pages_that_say_only_that(draft: Edition, ash: Desk) -> None:
    word = factories.glossary_term(term="Filler", slug="filler", definition="A paste that sets hard.")

    correct(ash, word, also="cement")

    assert list(EditionEditor.objects.filter(user=ash.person).values_list("edition", flat=True)) == [draft.pk]


def test_all_of_it_is_saved_or_nothing(published: Edition, draft: Edition, ash: Desk) -> None:
    page = correct(ash, Figure.objects.get(), count=101)

    assert "The count cannot be larger than the total." in page.text
    assert (Figure.objects.get().count, Task.objects.count()) == (7, 0)


@pytest.mark.parametrize("name", ["figure", "source"])
def test_what_stands_on_a_page_cannot_be_deleted_and_the_desk_says_why(
    published: Edition, ash: Desk, name: str
) -> None:
    thing: Any = Figure.objects.get() if name == "figure" else Source.objects.get()

    for page in (
        ash.get(f"procedures_{name}_delete", thing.pk),
        ash.post(f"procedures_{name}_delete", thing.pk, post="yes"),
    ):
        assert "This cannot be deleted" in page.text
        assert "what readers were told must stay on record" in page.text
        assert "If it is not to be trusted any more, fill in “withdrawn on”" in page.text
    listed = ash.get(f"procedures_{name}_changelist")
    assert "Delete selected" not in listed.text
    assert (Figure.objects.count(), Source.objects.count()) == (1, 1)


def test_what_stands_nowhere_can_be_deleted(ash: Desk) -> None:
    figure = factories.figure()

    ash.post("procedures_figure_delete", figure.pk, post="yes")

    assert not Figure.objects.exists()


def test_lists_name_things_as_people_do(published: Edition, ash: Desk) -> None:
    page = ash.get("procedures_figure_changelist")

    assert page.words("//*[@id='result_list']/tbody/tr/*")[:3] == [
        "had some cement leak",
        "7 of 100 people",
        "-",
    ]
    assert "The Elm study of broken backs" in page.text


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        ({}, "7 of 100 people"),
        (
            {"shape": "percentage", "percentage": Decimal("2.50"), "count": None, "out_of": None},
            "2.5% of people",
        ),
        (
            {
                "shape": "score",
                "score": Decimal("3.1"),
                "scale": "points",
                "count": None,
                "out_of": None,
                "counted": "",
            },
            "3.1 points",
        ),
        ({"shape": "reports", "count": 12, "out_of": None, "counted": "reports"}, "12 reports"),
    ],
    ids=["proportion", "percentage", "score", "reports"],
)
def test_number_of_every_shape_has_its_words(facts: dict[str, Any], number: str) -> None:
    assert where_used.number(factories.figure(**facts)) == number


def test_task_is_marked_as_done_once_and_says_by_whom(published: Edition, ash: Desk) -> None:
    task = Task.objects.create(edition=published, what="Read it again.")

    ash.post("procedures_task_change", task.pk)
    task.refresh_from_db()
    assert (task.done_by, task.mark_done(by=factories.person("fern"))) == (ash.person, False)
    page = ash.get("procedures_task_change", task.pk)
    assert "Mark as done" not in page.text


def test_open_tasks_come_first_and_several_are_marked_at_once(published: Edition, ash: Desk) -> None:
    done, first, second = (Task.objects.create(edition=published, what=what) for what in ("A", "B", "C"))
    done.mark_done(by=ash.person)

    listed = ash.get("procedures_task_changelist").words("//th[contains(@class, 'field-what')]")
    keys = [first.pk, done.pk]
    page = ash.post("procedures_task_changelist", action="mark_done", _selected_action=keys, confirmed="yes")

    assert listed == ["B", "C", "A"]
    assert "1 task marked as done. 1 was left: done already." in page.text
    assert list(Task.objects.open()) == [second]
    assert LogEntry.objects.filter(change_message="Marked as done.").count() == 1


def test_clinical_reviewer_sees_tasks_and_changes_none(published: Edition) -> None:
    task = Task.objects.create(edition=published, what="Read it again.")
    morgan = clinician()

    assert "Read it again." in morgan.get("procedures_task_changelist").text
    assert morgan.client.post(reverse("admin:procedures_task_change", args=[task.pk])).status_code == 403


def test_figure_is_locked_with_the_drafts_it_stands_in(draft: Edition) -> None:
    with transaction.atomic():
        assert {edition.number for edition in where_used.locked_uses(Figure.objects.get())} == {1, 2}
