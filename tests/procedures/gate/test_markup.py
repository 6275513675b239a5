"""What a screen reader meets."""

import pytest

from procedures.models import Block, Edition
from tests import factories
from tests.procedures.gate.checking import Kind, block, film, found, only

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("alt", [" ", "image", "Photo", "IMG_1234", "step-1.png"])
def test_picture_without_words_stops_it(draft: Edition, alt: str) -> None:
    picture = factories.illustration(alt=alt)
    made = block(draft, Kind.STEP, body="<p>You lie down.</p>", illustration=picture)

    assert (only(draft).block, only(draft).is_blocking) == (made, True)
    assert "“tubes” has no words" in only(draft).reason


def test_picture_that_only_decorates_needs_none(draft: Edition) -> None:
    block(draft, body="<p>You lie down.</p>", illustration=factories.illustration(alt="", is_decorative=True))

    assert found(draft) == []


@pytest.mark.parametrize(
    ("facts", "missing"), [({"captions": " "}, "no captions"), ({"transcript": "<p> </p>"}, "no transcript")]
)
def test_film_without_captions_or_transcript_stops_it(
    draft: Edition, facts: dict[str, str], missing: str
) -> None:
    made = block(draft, Kind.VIDEO, video=film(**facts))

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (
        made,
        "How it is done",
        True,
    )
    assert missing in only(draft).reason


def test_film_with_both_passes(draft: Edition) -> None:
    block(draft, Kind.VIDEO, video=film())

    assert found(draft) == []


def test_heading_that_skips_a_level_stops_it(draft: Edition) -> None:
    block(draft, Kind.SECTION, heading="More", anchor="more")
    made = block(draft, heading="", body="<h4>Too deep</h4><p>Rest.</p>")

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, "Too deep", True)
    Block.objects.filter(pk=made.pk).update(heading="Now it has one")
    assert found(draft) == []


def test_heading_before_the_first_section_skips_a_level(draft: Edition) -> None:
    first = draft.blocks.get(kind=Kind.KEY_FACT)
    Block.objects.filter(pk=first.pk).update(kind=Kind.TEXT)

    assert (only(draft).block, only(draft).sentence) == (first, "Time")


@pytest.mark.parametrize(
    "body", ["<h4></h4><p>Rest.</p>", "<h4> \xa0</h4><p>Rest.</p>", "<h4><b></b><br></h4><p>Rest.</p>"]
)
def test_empty_heading_stops_it(draft: Edition, body: str) -> None:
    made = block(draft, body=body)

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, "<h4></h4>", True)


def test_section_with_nothing_under_it_stops_it(draft: Edition) -> None:
    made = block(draft, Kind.SECTION, heading="Bare", anchor="bare")

    assert (only(draft).block, only(draft).sentence) == (made, "Bare")


@pytest.mark.parametrize(
    "link",
    [
        "click here",
        "Click here.",
        "here",
        "Read more",
        "this link",
        "More…",
        "https://nice.example/a",
        "www.nice.example",
        "nhs.uk",
    ],
)
def test_vague_link_stops_it(draft: Edition, link: str) -> None:
    made = block(draft, body=f'<p>See <a href="/procedures/">{link}</a>.</p>')

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, link, True)


def test_link_without_words_stops_it(draft: Edition) -> None:
    block(draft, body='<p>See it. <a href="/glossary/"> </a></p>')

    assert only(draft).sentence == "/glossary/"


@pytest.mark.parametrize(
    "link", ["Read about vertebroplasty", "ask us", "MRI scan", "<b>X-ray</b>", "here is how to get there"]
)
def test_link_that_says_where_it_leads_passes(draft: Edition, link: str) -> None:
    block(draft, body=f'<p>See <a href="/procedures/">{link}</a>.</p>')

    assert found(draft) == []


def test_table_without_header_cells_stops_it(draft: Edition) -> None:
    table = "<table><tr><td>Day</td><td>Rest</td></tr></table>"
    made = block(draft, body=table)

    assert (only(draft).block, only(draft).sentence, only(draft).is_blocking) == (made, "Day Rest", True)
    Block.objects.filter(pk=made.pk).update(body=table.replace("<td>Day</td>", '<th scope="row">Day</th>'))
    assert found(draft) == []
