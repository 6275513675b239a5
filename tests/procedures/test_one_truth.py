"""One truth: page, leaflet, JSON-LD and search text come from the same blocks, and so cannot disagree."""

import json
from typing import Any

import pytest
from django.test import Client
from lxml import html

from procedures import leaflets
from procedures.models import Block, Edition, Passage
from procedures.readability import BLOCK_TAGS
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import SeededSite, seen

pytestmark = pytest.mark.django_db
GLOSSES = "//*[@popover]"


def told(page: Page) -> dict[str, Any]:
    """What search engines are told of the page."""
    blocks = [json.loads(text) for text in page.tree.xpath("//script[@type='application/ld+json']/text()")]
    return next(block for block in blocks if block["@type"] == "MedicalWebPage")


def searched(edition: Edition) -> str:
    """What search looks in, while it is the current edition."""
    passages = Passage.objects.current().filter(edition=edition)
    return "\n".join(f"{passage.heading}\n{passage.words}" for passage in passages)


def everywhere(client: Client, edition: Edition) -> dict[str, str]:
    """The words of each form that an edition takes."""
    page = Page(client.get(edition.procedure.get_absolute_url()))
    return {
        "page": seen(page),
        "leaflet": " ".join(html.fromstring(leaflets.html(edition)).text_content().split()),
        "JSON-LD": " ".join(told(page)["abstract"]),
        "search text": searched(edition),
        "for the GP": seen(Page(client.get(f"{edition.procedure.get_absolute_url()}for-your-gp/"))),
    }


@pytest.fixture
def first() -> Edition:
    factories.hospital()
    draft = factories.whole_draft(procedure=factories.procedure(), number=1)
    Block.objects.filter(edition=draft, kind="section").filter(heading="Short and plain").update(
        anchor="short"
    )
    factories.publishing.publish_first_text(draft)
    return Edition.objects.get()


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (
            ("holds a broken bone still", "keeps a broken bone still"),
            {"page", "leaflet", "JSON-LD", "search text"},
        ),
        (("The pain can ease", "The pain may ease"), {"page", "leaflet", "search text", "for the GP"}),
        (("leak out of the bone", "seep out of the bone"), {"page", "leaflet", "search text", "for the GP"}),
        (("Studies clash", "Studies differ"), {"page", "leaflet", "search text", "for the GP"}),
    ],
)
def test_word_that_changes_in_a_block_changes_wherever_it_is_said(
    client: Client, first: Edition, change: tuple[str, str], places: set[str]
) -> None:
    old, new = change
    before = {place for place, words in everywhere(client, first).items() if old in words}

    second = factories.next_edition(first, change=change)

    after = everywhere(client, second)
    assert before == places
    assert {place for place, words in after.items() if new in words} == places
    assert {place for place, words in after.items() if old in words} == set()


def sentences(block: Block) -> list[str]:
    """The lines of a block as an editor typed them."""
    tree = html.fragment_fromstring(block.body or "<p></p>", create_parent="div")
    for element in tree.iter():
        if element.tag in BLOCK_TAGS:
            element.tail = f"\n{element.tail or ''}"
            element.text = f"\n{element.text or ''}"
    lines = [" ".join(line.split()) for line in tree.text_content().split("\n")]
    return [line for line in [block.heading, *lines] if line]


def unexplained(tree: Any) -> str:
    """The words of a page without the explanations that stand inside its sentences."""
    for gloss in tree.xpath(GLOSSES):
        gloss.drop_tree()
    return " ".join(tree.xpath("string(//body)").split())


def test_every_line_of_every_seeded_block_is_on_its_page_in_its_leaflet_and_in_search(
    seeded: None, client: Client
) -> None:
    for edition in Edition.objects.current().with_blocks():
        page = unexplained(Page(client.get(edition.procedure.get_absolute_url())).tree)
        leaflet = unexplained(html.document_fromstring(leaflets.html(edition)))
        known = searched(edition)
        for block in edition.blocks.all():
            for line in sentences(block):
                assert line in known, f"{edition}: search does not know {line!r}"
                assert line in page, f"{edition}: the page does not say {line!r}"
                assert line in leaflet, f"{edition}: the leaflet does not say {line!r}"


def test_search_engines_are_told_the_short_version_and_nothing_else(site: SeededSite) -> None:
    for edition in site.editions:
        (summary,) = [block for block in edition.blocks.all() if block.kind == Block.Kind.SUMMARY]

        assert told(site.pages[edition.procedure.get_absolute_url()])["abstract"] == sentences(summary)
