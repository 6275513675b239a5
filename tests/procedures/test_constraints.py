"""What the database refuses, and the words with which staff are told."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, models
from django.utils import timezone

from procedures.models import (
    Block,
    BlockFigure,
    Closure,
    Edition,
    EditionEditor,
    Figure,
    Hospital,
    Illustration,
    Leaflet,
    Offering,
    OpeningHours,
    Passage,
    Procedure,
    RedFlagCard,
    ReviewReminder,
    SignOff,
    Source,
    Synonym,
    Task,
    Video,
)
from tests import factories

pytestmark = pytest.mark.django_db


def hours(**facts: Any) -> OpeningHours:
    facts = {"weekday": 0, "opens_at": time(9), "closes_at": time(17)} | facts
    return OpeningHours(hospital=factories.hospital(), **facts)


def hours_again() -> OpeningHours:
    first = hours()
    first.save()
    return OpeningHours(hospital=first.hospital, weekday=0, opens_at=time(9), closes_at=time(12))


def closure_again() -> Closure:
    christmas = {"hospital": factories.hospital(), "closed_on": date(2026, 12, 25), "reason": "Christmas Day"}
    Closure.objects.create(**christmas)
    return Closure(**christmas)


def drawn_and_uploaded() -> Illustration:
    default_storage.save("b.webp", ContentFile(b"a picture"))
    return illustration(drawing="step-1-tubes.svg", upload="b.webp")


def illustration(**facts: Any) -> Illustration:
    return Illustration(**{"key": "x", "drawing": "", "upload": ""} | facts)


def offering(**facts: Any) -> Offering:
    return Offering(procedure=factories.procedure(), hospital=factories.hospital(), **facts)


def offering_again() -> Offering:
    first = offering()
    first.save()
    return Offering(procedure=first.procedure, hospital=first.hospital)


def edition(procedure: Procedure, **facts: Any) -> Edition:
    return Edition(
        procedure=procedure, **{"number": 2, "lead": "A lead.", "description": "A description."} | facts
    )


def edition_again() -> Edition:
    return edition(factories.published_procedure(), number=1)


def second_draft() -> Edition:
    procedure = factories.procedure()
    factories.edition(procedure=procedure, published_at=None)
    return edition(procedure)


def block(kind: str, **facts: Any) -> Block:
    page = factories.draft(procedure=factories.procedure())
    return Block(edition=page, kind=kind, **{"position": 1} | facts)


def second_block(**facts: Any) -> Block:
    first = block("section", heading="Risks", anchor="risks")
    first.save()
    return Block(edition=first.edition, **{"kind": "section", "heading": "More", "anchor": "more"} | facts)


def figure(**facts: Any) -> Figure:
    facts = {"key": "x", "shape": "proportion", "what": "slept well", "counted": "people"} | facts
    return Figure(source=factories.source(), **facts)


def figure_in_a_block(**same: Any) -> BlockFigure:
    risk = block("risk", heading="Leaks", body="<p>Some cement leaks.</p>")
    risk.save()
    first = factories.figure()
    factories.shown_in(risk, first)
    return BlockFigure(block=risk, **{"figure": first, "position": 0} | same)


def sign_off(**facts: Any) -> SignOff:
    page = factories.draft(procedure=factories.procedure())
    return SignOff(
        procedure=page.procedure,
        edition=page,
        reviewer=factories.reviewer(),
        **{"reviewer_name": "Dr Morgan Vale", "reviewer_post": "Radiologist"}
        | {"clinical_hash": "a", "next_review_on": date(2030, 1, 1)}
        | facts,
    )


def leaflet_again() -> Leaflet:
    page = factories.edition(procedure=factories.procedure())
    Leaflet.objects.create(edition=page, size="large", pdf=b"%PDF", pages=1)
    return Leaflet(edition=page, size="large", pdf=b"%PDF", pages=1)


def editor_again() -> EditionEditor:
    page = factories.draft(procedure=factories.procedure())
    return EditionEditor(
        edition=page, user=EditionEditor.objects.create(edition=page, user=factories.person()).user
    )


def reminder_again() -> ReviewReminder:
    first = ReviewReminder(procedure=factories.procedure(), due_on=date(2030, 1, 1), days_before=30)
    first.save()
    return ReviewReminder(procedure=first.procedure, due_on=first.due_on, days_before=30)


def film(**facts: Any) -> Video:
    return Video(
        key="film",
        title="The film",
        mp4="videos/a.mp4",
        poster="videos/a.jpg",
        **{"captions": "videos/a.vtt", "transcript": "<p>A bone.</p>"}
        | {"seconds": 60, "width": 640, "height": 480}
        | facts,
    )


def saved_film() -> Video:
    made = film()
    made.save()
    return made


# A list to choose from says so itself, before the constraint is asked.
NO_CHOICE = "is not a valid choice"


def synonym_again() -> Synonym:
    Synonym.objects.create(phrase="Broken back", means="kyphoplasty")
    return Synonym(phrase="broken  BACK", means="vertebroplasty")


Broken = Callable[[], models.Model]
BROKEN: list[tuple[str, str, Broken]] = [
    (
        "opening_hours_end_after_they_begin",
        "The closing time must be later than the opening time.",
        lambda: hours(closes_at=time(9)),
    ),
    ("opening_hours_are_on_a_weekday", NO_CHOICE, lambda: hours(weekday=7)),
    ("opening_hours_stand_once", "That opening time is already listed for this day.", hours_again),
    ("closure_stands_once", "That day is already listed as closed.", closure_again),
    (
        "illustration_is_a_drawing_or_an_upload",
        "Give the name of a drawing or upload a picture, not both.",
        illustration,
    ),
    (
        "illustration_is_a_drawing_or_an_upload",
        "Give the name of a drawing or upload a picture, not both.",
        drawn_and_uploaded,
    ),
    *(
        (
            "illustration_is_described_or_decorative",
            "Say what the picture shows, or tick that it is only decoration.",
            lambda facts=facts: Illustration(key="x", drawing="step-1-tubes.svg", **facts),
        )
        for facts in ({"alt": ""}, {"alt": "A bone.", "is_decorative": True})
    ),
    *(
        (
            "illustration_focus_lies_within_it",
            "The focus lies between 0 and 100 per cent.",
            lambda facts=facts: Illustration(key="x", drawing="step-1-tubes.svg", alt="A bone.", **facts),
        )
        for facts in ({"focal_x": 101}, {"focal_y": 101})
    ),
    *(
        (
            "film_has_captions_and_a_transcript",
            "This field cannot be blank.",
            lambda facts=facts: film(**facts),
        )
        for facts in ({"captions": ""}, {"transcript": ""})
    ),
    (
        "procedure_is_a_treatment_test_or_scan",
        NO_CHOICE,
        lambda: Procedure(name="A walk", slug="a-walk", kind="walk", summary="Good for you."),
    ),
    (
        "bank_holidays_are_closed_usual_or_not_known",
        NO_CHOICE,
        lambda: Hospital(name="Ash", short_name="Ash", slug="ash", bank_holidays="maybe"),
    ),
    ("offering_stands_once", "This procedure is already listed at that hospital.", offering_again),
    *(
        (
            "guide_price_says_what_it_covers_and_until_when",
            "A guide price needs what it includes and the day it is valid until.",
            lambda facts=facts: offering(**facts),
        )
        for facts in (
            {"guide_price": Decimal(10)},
            {"guide_price": Decimal(10), "price_includes": "The stay."},
            {"guide_price": Decimal(10), "price_valid_until_date": date(2030, 1, 1)},
            {"price_valid_until_date": date(2030, 1, 1), "price_includes": "The stay."},
            {
                "guide_price": Decimal(0),
                "price_includes": "The stay.",
                "price_valid_until_date": date(2030, 1, 1),
            },
        )
    ),
    (
        "red_flag_card_says_how_urgent",
        NO_CHOICE,
        lambda: RedFlagCard(level="soon", heading="Ring", body="<p>Ring.</p>", position=1),
    ),
    (
        "source_stands_once",
        "That address is already a source.",
        lambda: Source(
            key="other",
            title="Other",
            publisher="Other",
            url=factories.source().url,
            checked_on=date(2026, 1, 1),
        ),
    ),
    *(
        (
            "figure_holds_what_its_shape_needs_and_no_more",
            "Give a count and its total, or a percentage, or a score and its scale, as the shape says.",
            lambda facts=facts: figure(**facts),
        )
        for facts in (
            {"shape": "proportion", "count": 7},
            {"shape": "proportion", "out_of": 100},
            {"shape": "proportion", "count": 0, "out_of": 0},
            {"shape": "proportion", "count": 7, "out_of": 100, "percentage": Decimal(7)},
            {"shape": "proportion", "count": 7, "out_of": 100, "score": Decimal(7)},
            {"shape": "percentage"},
            {"shape": "percentage", "percentage": Decimal(7), "count": 7},
            {"shape": "percentage", "percentage": Decimal(7), "out_of": 100},
            {"shape": "percentage", "percentage": Decimal(7), "scale": "points"},
            {"shape": "score", "score": Decimal(7), "scale": "points", "out_of": 10},
            {"shape": "reports", "comparator_score": Decimal(7)},
            {"shape": "score", "score": Decimal(7)},
            {"shape": "score", "scale": "points"},
            {"shape": "reports", "count": 7, "out_of": 100},
            {"shape": "reports", "percentage": Decimal(7)},
        )
    ),
    (
        "figure_counts_something_we_have_a_word_for",
        NO_CHOICE,
        lambda: figure(count=7, out_of=100, counted="beds"),
    ),
    (
        "figure_counts_no_more_than_its_total",
        "The count cannot be larger than the total.",
        lambda: figure(count=8, out_of=7),
    ),
    (
        "figure_percentage_is_between_0_and_100",
        "A percentage lies between 0 and 100.",
        lambda: figure(shape="percentage", percentage=Decimal("100.01")),
    ),
    (
        "figure_that_is_a_rate_says_what_it_counts",
        "Say what the number counts: people, operations, bones, fractures or reports.",
        lambda: figure(count=7, out_of=100, counted=""),
    ),
    (
        "edition_number_stands_once",
        "This procedure already has an edition with that number.",
        edition_again,
    ),
    (
        "procedure_has_one_draft_at_most",
        "This procedure already has a draft. Finish that one first.",
        second_draft,
    ),
    (
        "only_a_published_edition_is_withdrawn",
        "Only a published edition can be withdrawn.",
        lambda: edition(factories.procedure(), withdrawn_at=timezone.now()),
    ),
    (
        "only_a_first_edition_opened_the_site_unsigned",
        "Only the first edition of a page may stand without a sign-off.",
        lambda: edition(factories.procedure(), is_first_text=True),
    ),
    ("editor_is_named_once", "This person is already named as an editor of it.", editor_again),
    (
        "sign_off_names_what_was_signed",
        "This field cannot be blank.",
        lambda: sign_off(clinical_hash=""),
    ),
    ("leaflet_is_made_once", "This edition already has a leaflet of that size.", leaflet_again),
    (
        "leaflet_is_standard_or_large",
        NO_CHOICE,
        lambda: Leaflet(
            edition=factories.edition(procedure=factories.procedure()), size="tiny", pdf=b"%PDF", pages=1
        ),
    ),
    ("reminder_is_sent_once", "This reminder was already sent.", reminder_again),
    *(
        (
            "task_done_says_when_and_by_whom",
            "A task that is done says when, and by whom.",
            lambda facts=facts: Task(
                edition=factories.draft(procedure=factories.procedure()), what="Look.", **facts()
            ),
        )
        for facts in (lambda: {"done_at": timezone.now()}, lambda: {"done_by": factories.person()})
    ),
    *(
        (
            "only_a_film_block_shows_a_film",
            "A film block needs a film, and no other block has one.",
            made,
        )
        for made in (
            lambda: block("video", heading="The film"),
            lambda: block("text", body="<p>A text.</p>", video=saved_film()),
        )
    ),
    ("block_has_its_own_place", "Two blocks stand in the same place.", lambda: second_block(position=1)),
    (
        "block_anchor_stands_once",
        "Another block of this page already has that anchor.",
        lambda: second_block(position=2, anchor="risks"),
    ),
    *(
        (
            "section_has_a_heading_and_an_anchor",
            "A section needs a heading and an anchor.",
            lambda facts=facts: block("section", **facts),
        )
        for facts in ({"heading": "Risks"}, {"anchor": "risks"})
    ),
    *(
        (
            "block_has_the_words_its_kind_needs",
            "This kind of block needs a heading and a text.",
            lambda kind=kind, facts=facts: block(kind, **facts),
        )
        for kind, facts in (
            ("question", {"body": "<p>Why?</p>"}),
            *((kind, {"heading": "Only a heading"}) for kind in ("summary", "text", "checklist")),
            *(
                (kind, facts)
                for kind in (
                    "key_fact",
                    "step",
                    "suits",
                    "asks",
                    "benefit",
                    "risk",
                    "disagreement",
                    "stage",
                    "care",
                    "alternative",
                    "cost",
                    "faq",
                )
                for facts in ({"heading": "Only a heading"}, {"body": "<p>Only a text.</p>"})
            ),
        )
    ),
    (
        "block_has_the_words_its_kind_needs",
        NO_CHOICE,
        lambda: block("other", heading="A heading", body="<p>A text.</p>"),
    ),
    (
        "figure_stands_once_in_a_block",
        "This figure already stands in this block.",
        lambda: figure_in_a_block(position=1),
    ),
    (
        "figure_has_its_own_place_in_a_block",
        "Two figures stand in the same place.",
        lambda: figure_in_a_block(figure=factories.figure(key="other")),
    ),
]
BROKEN += [
    (
        "synonym_stands_once",
        "That is in the list already. Add to its meanings instead.",
        synonym_again,
    ),
    (
        "synonym_has_a_word_and_a_meaning",
        "Write at least one word, and what we call it.",
        lambda: Synonym(phrase="!", means="kyphoplasty"),
    ),
    (
        "passage_is_a_section_or_a_question",
        "Value 'chapter' is not a valid choice.",
        lambda: Passage(
            edition=factories.draft(procedure=factories.procedure()),
            kind="chapter",
            heading="Risks",
            words="Few.",
        ),
    ),
]
each_broken = pytest.mark.parametrize(
    ("name", "message", "broken"), BROKEN, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(BROKEN)]
)


def saved_for_good(row: models.Model) -> None:
    """Save, and ask at once what the database would else ask at the end of the transaction."""
    row.save()
    connection.check_constraints()


@each_broken
def test_database_refuses_by_name(name: str, message: str, broken: Broken) -> None:
    row = broken()

    with pytest.raises(IntegrityError, match=f'constraint "{name}"'):
        saved_for_good(row)


@each_broken
def test_staff_are_told_in_words(name: str, message: str, broken: Broken) -> None:
    row = broken()

    with pytest.raises(ValidationError) as refused:
        row.full_clean()

    assert any(message in told for told in refused.value.messages)


def test_every_constraint_is_tried() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("procedures").get_models()
        for constraint in model._meta.constraints
    }

    assert declared == {name for name, _, _ in BROKEN}


def test_blocks_may_change_places_within_one_transaction() -> None:
    first = block("text", body="<p>First.</p>")
    first.save()
    second = factories.block(first.edition, "text", body="<p>Second.</p>")

    Block.objects.filter(pk=first.pk).update(position=2)
    Block.objects.filter(pk=second.pk).update(position=1)
    connection.check_constraints()

    assert list(first.edition.blocks.all()) == [second, first]


def test_whole_rows_are_taken() -> None:
    factories.offering(
        factories.procedure(),
        factories.hospital(),
        guide_price=Decimal(10),
        price_includes="The stay.",
        price_valid_until_date=timezone.localdate() + timedelta(days=1),
    ).full_clean()
    factories.figure().full_clean()
    factories.figure(key="share", shape="percentage", count=None, out_of=None, percentage=7).full_clean()
    factories.figure(
        key="score", shape="score", count=None, out_of=None, score=7, scale="points of 10"
    ).full_clean()
    factories.figure(key="reports", shape="reports", count=7, out_of=None).full_clean()
    factories.illustration().full_clean()
