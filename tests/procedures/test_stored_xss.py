"""What is written on the desk runs nowhere: every fragment in every field, on the page, the preview, the desk and the leaflet.

Here the pages are read as a browser parses them; tests/journeys/test_stored_xss.py opens them in one.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import tinyhtml5
from django.test import Client
from django.urls import reverse

from procedures import leaflets, publishing
from procedures.models import Edition, PreviewLink, RedFlagCard, Source, Video
from procedures.richtext import ALLOWED, clean
from tests import factories
from tests.hostile import HONEST, HOSTILE, in_bodies, in_lines, poisoned_draft
from tests.procedures.test_writing_a_draft import answers, editor

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "srcset",
    "ping",
    "xlink:href",
    "cite",
}
LOADS = ADDRESSES - {"href", "cite"}
NEVER = {
    "object",
    "embed",
    "applet",
    "base",
    "frame",
    "frameset",
    "portal",
    "fencedframe",
    "style",
    "marquee",
    "math",
}


def dangers(html: str) -> Iterator[str]:
    """Everything in the page that could run something or reach somewhere, as the tree that a browser makes of it."""
    for element in tinyhtml5.parse(html).iter():
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2]
        attributes = {name.rpartition("}")[2].lower(): value for name, value in element.attrib.items()}
        yield from _in_tag(tag, attributes, element.text or "")
        for name, value in attributes.items():
            yield from _in_attribute(tag, name, value)


def _in_tag(tag: str, attributes: dict[str, str], text: str) -> Iterator[str]:
    if tag in NEVER or (tag == "meta" and "http-equiv" in attributes):
        yield f"<{tag}>"
    is_ours = not text.strip() and attributes.get("src", "").startswith(("/static/", "/admin/jsi18n/"))
    if tag == "script" and attributes.get("type") != "application/ld+json" and not is_ours:
        yield f"<script> {text[:60]}"
    if tag == "iframe" and not attributes.get("src", "").startswith("/admin/"):
        yield f"<iframe> {attributes}"


def _in_attribute(tag: str, name: str, value: str) -> Iterator[str]:
    address = re.sub(r"[\x00-\x20]", "", value).lower()
    is_ours = name == "popovertarget" and value.startswith("word-")  # a hard word, explained where it stands
    if name.startswith("on") or (
        name in ("style", "srcdoc", "popovertarget", "shadowrootmode", "is") and not is_ours
    ):
        yield f"{tag} {name}={value[:60]}"
    if name in ADDRESSES and re.match(
        r"(java|vb|live)script:|data:|feed:|view-source:|mhtml:|file:|blob:", address
    ):
        yield f"{tag} {name}={value[:60]}"
    if name in LOADS and "evil.example" in address:
        yield f"{tag} {name}={value[:60]}"


def body(html: str) -> list[Any]:
    """The elements that a browser makes of a fragment."""
    page = list(tinyhtml5.parse(f"<!DOCTYPE html><body><div>{html}</div>").iter("*"))
    return [one for one in page if one.tag.rpartition("}")[2] not in ("html", "head", "body", "div")]


@pytest.mark.parametrize("fragment", HOSTILE)
def test_what_is_left_of_a_hostile_fragment_holds_only_what_may_be_written(fragment: str) -> None:
    left = clean(fragment)

    for html in (left, clean(left)):
        assert list(dangers(f"<!DOCTYPE html><body>{html}")) == []
        for element in body(html):
            tag = element.tag.rpartition("}")[2]
            assert tag in ALLOWED
            assert set(element.attrib) <= ALLOWED[tag]


@pytest.mark.parametrize("fragment", HONEST)
def test_honest_fragment_comes_through_unharmed(fragment: str) -> None:
    assert clean(fragment).replace("\xa0", "&nbsp;") == fragment


def test_there_are_as_many_fragments_as_promised() -> None:
    assert len(set(HOSTILE)) >= 200
    assert len(set(HONEST)) >= 40


def test_fragments_that_share_a_field_are_all_there_and_none_hides_in_another() -> None:
    bodies, lines = "".join(in_bodies(HOSTILE)), "".join(in_lines(HOSTILE, 120))

    for fragment in HOSTILE:
        assert f"<p>Next</p>{fragment}" in bodies
        assert fragment.replace("\0", "")[:120] in lines
    assert "".join(map(clean, in_bodies(HOSTILE))) == "".join(
        f"<p>Next</p>{clean(fragment)}" for fragment in HOSTILE
    )


@pytest.fixture
def poisoned() -> Edition:
    """A draft with every fragment in every field."""
    return poisoned_draft(HOSTILE)


def read(client: Client, address: str) -> str:
    response: Any = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_hostile_fragments_run_nothing_on_draft_preview_and_desk(poisoned: Edition) -> None:
    desk = editor()
    token = PreviewLink.objects.mint(
        poisoned, shown_to="<script>alert(1)</script>", by=factories.person("sam"), days=1
    )
    block = poisoned.blocks.filter(body__contains="<p>Next</p>")[0]
    card, film = RedFlagCard.objects.first(), Video.objects.get()
    pages = {
        "public preview": reverse("procedures:preview", args=[token]),
        "desk preview": reverse("admin:procedures_edition_preview_page", args=[poisoned.pk]),
        "preview links": reverse("admin:procedures_edition_preview", args=[poisoned.pk]),
        "edition": reverse("admin:procedures_edition_change", args=[poisoned.pk]),
        "editions": reverse("admin:procedures_edition_changelist"),
        "blocks": reverse("admin:procedures_block_changelist"),
        "block": reverse("admin:procedures_block_change", args=[block.pk]),
        "delete a block": reverse("admin:procedures_block_delete", args=[block.pk]),
        "red flags": reverse("admin:procedures_redflagcard_changelist"),
        "a red flag": reverse("admin:procedures_redflagcard_change", args=[card.pk if card else 0]),
        "films": reverse("admin:procedures_video_changelist"),
        "a film": reverse("admin:procedures_video_change", args=[film.pk]),
        "sources": reverse("admin:procedures_source_changelist"),
        "figures": reverse("admin:procedures_figure_changelist"),
        "glossary on the desk": reverse("admin:procedures_glossaryterm_changelist"),
        "pictures": reverse("admin:procedures_illustration_changelist"),
        "glossary": reverse("procedures:glossary"),
    }

    found = {name: list(dangers(read(desk, address))) for name, address in pages.items()}

    assert {name: dangers for name, dangers in found.items() if dangers} == {}


def test_hostile_fragments_run_nothing_once_published_nor_on_paper(poisoned: Edition) -> None:
    publishing.publish_first_text(poisoned)
    published = Edition.objects.with_blocks().get(pk=poisoned.pk)
    visitor, desk = Client(), editor()
    pages = {
        "page": read(visitor, poisoned.procedure.get_absolute_url()),
        "as it was": read(visitor, published.get_absolute_url()),
        "changes": read(visitor, reverse("procedures:change_list", args=["poisoned"])),
        "visit sheet": read(visitor, reverse("procedures:visit_sheet", args=["poisoned"])),
        "for your GP": read(visitor, reverse("procedures:for_your_gp", args=["poisoned"])),
        "compare": read(desk, reverse("admin:procedures_edition_compare", args=[poisoned.pk])),
        "block, frozen": read(
            desk,
            reverse(
                "admin:procedures_block_change",
                args=[poisoned.blocks.filter(body__contains="<p>Next</p>")[0].pk],
            ),
        ),
        "leaflet": leaflets.html(published).replace("<style", "<p"),
    }

    found = {name: list(dangers(html)) for name, html in pages.items()}

    assert {name: dangers for name, dangers in found.items() if dangers} == {}


def test_search_engines_are_told_words_and_no_script(poisoned: Edition) -> None:
    publishing.publish_first_text(poisoned)

    html = read(Client(), poisoned.procedure.get_absolute_url())

    told = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert told
    assert "<" not in "".join(told)


@pytest.mark.parametrize("fragment", [HOSTILE[0], HOSTILE[50], HOSTILE[120], HOSTILE[200]])
def test_fragment_typed_into_the_form_is_shown_again_as_text(fragment: str) -> None:
    """A refused form shows what was typed, uncleaned: it must stand inside its box and nowhere else."""
    desk = editor()
    draft = factories.draft(procedure=factories.procedure())
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")
    address = reverse("admin:procedures_block_change", args=[block.pk])

    response: Any = desk.post(
        address, answers(desk.get(address)) | {"heading": "", "body": f"</textarea>{fragment}"}
    )

    assert response.status_code == 200
    assert list(dangers(response.content.decode())) == []


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x"]
)
def test_source_with_an_address_that_is_none_is_refused(address: str) -> None:
    words = {
        "key": "elm",
        "title": "Elm",
        "publisher": "Elm Press",
        "url": address,
        "checked_on": "2026-09-01",
    }

    editor().post(reverse("admin:procedures_source_add"), words)

    assert not Source.objects.filter(url__startswith=address[:5]).exists()
