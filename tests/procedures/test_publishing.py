"""The deeds of an edition by themselves: what is copied, what is kept, what is refused."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from procedures import publishing
from procedures.models import Block, Edition, Reviewer, SignOff, Task
from procedures.publishing import LEAFLET_CODE_LENGTH, LEAFLET_LETTERS, Refused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Edition:
    """What readers see, with a figure, a source and a picture: the site opened with it."""
    draft = factories.whole_draft(number=1, procedure=factories.procedure())
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure())
    draft.blocks.filter(kind="alternative").update(illustration=factories.illustration())
    publishing.publish_first_text(draft)
    return Edition.objects.get(pk=draft.pk)


@pytest.fixture
def draft(first: Edition) -> Edition:
    """The next edition, signed off and ready."""
    made = publishing.start_draft(first)
    made.change_summary, made.change_reason = "More on leaks.", "A study."
    made.save()
    factories.sign_off(made, factories.reviewer())
    return made


def content(edition: Edition) -> list[tuple[object, ...]]:
    """All that its blocks say and show, in order."""
    return [
        (
            *(block.position, block.kind, block.heading, block.anchor, block.body, block.why_they_differ),
            *(block.illustration_id, block.video_id, list(block.figures.all()), set(block.sources.all())),
        )
        for block in edition.blocks.all()
    ]


def test_draft_begins_with_all_that_the_edition_says_and_shows(first: Edition) -> None:
    draft = publishing.start_draft(first)

    assert content(draft) == content(first)
    assert (draft.number, draft.lead, draft.description) == (2, first.lead, first.description)
    assert (draft.html, draft.copies, draft.leaflet_code, draft.is_first_text) == ({}, {}, None, False)


def test_procedure_has_one_draft_at_a_time(draft: Edition) -> None:
    with pytest.raises(Refused, match="already has a draft"):
        publishing.start_draft(draft)


def test_publication_keeps_the_page_its_lines_and_what_it_used(draft: Edition) -> None:
    ash = factories.person("ash")

    published = publishing.publish(draft, ash)

    kept = Edition.objects.get(pk=published.pk)
    assert set(kept.html) == {"opening", "body", "sources", "contents", "minutes"}
    assert ["What is good and bad about it", "Cement can leak out of the bone."] in kept.lines
    assert set(kept.copies["figures"]) == {"elm-leaks"}
    assert set(kept.copies["sources"]) == {"elm-study-2020"}
    assert set(kept.copies["pictures"]) == {"tubes"}
    assert kept.published_by == ash
    assert len(str(kept.leaflet_code)) == LEAFLET_CODE_LENGTH
    assert set(str(kept.leaflet_code)) <= set(LEAFLET_LETTERS)


def test_leaflet_codes_hold_no_letter_that_is_read_as_another() -> None:
    assert not set("01OIL") & set(LEAFLET_LETTERS)


def test_what_changed_and_why_must_be_told_to_readers(draft: Edition) -> None:
    Edition.objects.filter(pk=draft.pk).update(change_reason="")

    with pytest.raises(Refused, match="Say what changed and why"):
        publishing.publish(draft, factories.person("ash"))


@pytest.mark.parametrize(
    ("kind", "body", "is_clinical"),
    [("risk", "<p>Cement can leak.</p>", True), ("cost", "<p>It costs more.</p>", False)],
)
def test_edition_knows_whether_its_change_is_clinical(
    first: Edition, kind: str, body: str, is_clinical: bool
) -> None:
    """The sign-off of a text that was signed before holds for the same clinical text."""
    draft = publishing.start_draft(first)
    factories.block(draft, Block.Kind.COST, heading="Price", body="<p>Ring us.</p>")
    draft.blocks.filter(kind=kind).update(body=body)
    draft.change_summary = draft.change_reason = "A word."
    draft.save()
    factories.sign_off(draft, factories.reviewer())

    assert publishing.publish(draft, factories.person("ash")).is_clinical_change is is_clinical


def test_unchanged_clinical_text_needs_no_second_sign_off(draft: Edition) -> None:
    publishing.publish(draft, factories.person("ash"))
    later = publishing.start_draft(Edition.objects.get(pk=draft.pk))
    factories.block(later, Block.Kind.COST, heading="Price", body="<p>Ring us.</p>")
    later.change_summary = later.change_reason = "The price."
    later.save()

    published = publishing.publish(later, factories.person("bay"))

    assert published.sign_off == Edition.objects.get(pk=draft.pk).sign_off
    assert not published.is_clinical_change


def test_set_time_lies_ahead_and_after_every_other(draft: Edition) -> None:
    ash = factories.person("ash")
    with pytest.raises(Refused, match="Choose a time that is still to come"):
        publishing.publish(draft, ash, timezone.now() - timedelta(seconds=1))

    publishing.publish(draft, ash, timezone.now() + timedelta(days=2))

    again = publishing.start_draft(Edition.objects.get(pk=draft.pk))
    again.change_summary = again.change_reason = "Again."
    again.save()
    with pytest.raises(Refused, match="Another edition is set for"):
        publishing.publish(again, ash, timezone.now() + timedelta(days=1))
    assert publishing.publish(again, ash, timezone.now() + timedelta(days=3)).is_scheduled


def test_published_edition_is_neither_published_sent_nor_sent_back_again(first: Edition) -> None:
    for deed in (
        lambda: publishing.publish(first, factories.person("ash")),
        lambda: publishing.send_for_sign_off(first),
        lambda: publishing.send_back(first, "No."),
    ):
        with pytest.raises(Refused, match="Start a new draft from it instead"):
            deed()


def test_draft_that_was_not_sent_is_not_sent_back(draft: Edition) -> None:
    with pytest.raises(Refused, match="was not sent"):
        publishing.send_back(draft, "No.")


def test_sign_off_is_taken_back_once(
    draft: Edition, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """The log is told, for whoever restores a backup of before."""
    given = publishing.live_sign_off(Edition.objects.with_blocks().get(pk=draft.pk))
    assert given

    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        publishing.take_back(given)

    assert caplog.messages == [
        f"The sign-off of {draft.procedure} of {timezone.localtime(given.signed_at):%d.%m.%Y %H:%M} was taken back."
    ]
    with pytest.raises(Refused, match="already taken back"):
        publishing.take_back(given)


@pytest.fixture
def two_editions() -> tuple[Edition, Edition]:
    """A page that opened the site, and its second edition, signed off and published, which readers see."""
    factories.whole_draft(number=1, procedure=factories.procedure())
    first = Edition.objects.get()
    publishing.publish_first_text(first)
    second = signed_and_published(first, lead="Another lead.")
    return Edition.objects.get(pk=first.pk), second


def signed_and_published(before: Edition, *, at: datetime | None = None, **facts: Any) -> Edition:
    """The next edition, changed, signed off by the same made-up clinician."""
    draft = publishing.start_draft(before)
    Edition.objects.filter(pk=draft.pk).update(
        **{"change_summary": "We changed the lead.", "change_reason": "It was unclear."} | facts
    )
    reviewer = Reviewer.objects.first() or factories.reviewer()
    factories.sign_off(draft, reviewer)
    ash = User.objects.filter(username="ash").first() or factories.person("ash")
    return publishing.publish(Edition.objects.get(pk=draft.pk), ash, at)


def test_edition_set_for_later_is_withdrawn_when_its_sign_off_is_taken_back(
    two_editions: tuple[Edition, Edition],
) -> None:
    later = signed_and_published(two_editions[1], at=timezone.now() + timedelta(hours=1), lead="A third.")

    publishing.take_back(SignOff.objects.get(edition=later))

    assert Edition.objects.get(pk=later.pk).withdrawn_at
    assert Task.objects.open().filter(edition=later).exists()


def test_withdrawing_never_brings_back_what_nobody_stands_behind(
    two_editions: tuple[Edition, Edition],
) -> None:
    first, second = two_editions
    third = signed_and_published(second, lead="A third.")
    publishing.take_back(SignOff.objects.get(edition=second))

    assert publishing.next_after(third) == first
    publishing.withdraw(third)

    assert Edition.objects.current().get() == first
    assert Edition.objects.get(pk=second.pk).withdrawn_at
    assert "readers see Balloon kyphoplasty, edition 1 again" in Task.objects.open().get(edition=first).what


def test_text_that_was_replaced_since_it_was_signed_is_signed_again(
    two_editions: tuple[Edition, Edition],
) -> None:
    second = two_editions[1]
    signed_and_published(second, lead="A third.")
    again = publishing.start_draft(second)
    Edition.objects.filter(pk=again.pk).update(change_summary="Back.", change_reason="A mistake.")

    with pytest.raises(publishing.Refused, match="replaced after it was signed off"):
        publishing.publish(again, factories.person())


def test_sign_off_past_its_review_lets_nothing_out(two_editions: tuple[Edition, Edition]) -> None:
    draft = publishing.start_draft(two_editions[1])
    Edition.objects.filter(pk=draft.pk).update(lead="A third.", change_summary="New.", change_reason="New.")
    factories.sign_off(draft, Reviewer.objects.get(), next_review_on=timezone.localdate() - timedelta(days=1))

    assert "The sign-off of this text is past its review. A clinician must sign it off again." in (
        publishing.obstacles(Edition.objects.with_blocks().get(pk=draft.pk))
    )


def test_writer_of_a_text_that_is_unsigned_again_may_not_sign_it_in_a_new_draft(
    two_editions: tuple[Edition, Edition],
) -> None:
    writer = factories.reviewer(user=factories.person("fern"), name="Dr Fern Holt")
    draft = publishing.start_draft(two_editions[1])
    publishing.changed_by(draft, writer.user)
    Edition.objects.filter(pk=draft.pk).update(lead="A third.", change_summary="New.", change_reason="New.")
    factories.sign_off(draft, Reviewer.objects.get(name="Dr Morgan Vale"))
    third = publishing.publish(Edition.objects.get(pk=draft.pk), factories.person("bay"))
    publishing.take_back(SignOff.objects.get(edition=third))
    again = publishing.start_draft(third)

    with pytest.raises(IntegrityError, match="Nobody signs off their own text"), transaction.atomic():
        factories.sign_off(again, writer)
    with pytest.raises(IntegrityError, match="Nobody signs off their own text"), transaction.atomic():
        factories.sign_off(third, writer)


def test_change_for_later_leaves_the_tasks_of_what_readers_see(two_editions: tuple[Edition, Edition]) -> None:
    Task.objects.create(edition=two_editions[1], what="Look.")

    signed_and_published(two_editions[1], at=timezone.now() + timedelta(days=30), lead="A third.")

    assert Task.objects.open().get().edition == two_editions[1]


def test_sign_off_outlives_a_draft_that_is_deleted(two_editions: tuple[Edition, Edition]) -> None:
    draft = publishing.start_draft(two_editions[1])
    given = factories.sign_off(draft, Reviewer.objects.get())

    Edition.objects.get(pk=draft.pk).delete()

    assert SignOff.objects.get(pk=given.pk).edition is None


def test_nothing_that_a_page_shows_changes_while_it_is_published(
    two_editions: tuple[Edition, Edition],
) -> None:
    with transaction.atomic():
        publishing._hold_registries()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT relation) FROM pg_locks WHERE mode = 'ShareLock' AND pid = pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= len(publishing.REGISTRIES)
