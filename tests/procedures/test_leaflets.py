"""The leaflet as it is handed out: what it says, in which order, and how it is read to who cannot see it."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import time_machine
import zxingcpp
from django.db import connection, transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from procedures import leaflets, printing, rendering
from procedures.models import Edition, Figure, Leaflet
from procedures.publishing import publish_first_text
from tests import factories
from tests.procedures.leaflet_story import CODE, PUBLISHED_AT, told
from tests.procedures.paper import Paper

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not printing.can_print(), reason="WeasyPrint's libraries are lacking"),
]
GOLDEN = Path(__file__).parent / "golden" / "leaflet.txt"
FOOT = re.compile(r"(Elmrest\.Edition2,3May2027\.CodeABCD)?(2345)?(Page\d+of\d+)?")
SITE = "https://kyphoplasty.example"
SIZES = list(Leaflet.Size.values)


@pytest.fixture(scope="module")
def pdfs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, bytes]:
    """The story's leaflet in both sizes, made once for these tests. The database is left as empty as before."""
    assert connection.settings_dict["NAME"].startswith("test_")
    with django_db_blocker.unblock():
        with transaction.atomic():
            edition = told()
            with override_settings(SITE_URL=SITE), time_machine.travel(PUBLISHED_AT):
                made = {size: leaflets.pdf(edition, size) for size in SIZES}
            transaction.set_rollback(True)
        connection.close()
    return made


@pytest.fixture(params=SIZES)
def paper(pdfs: dict[str, bytes], request: Any) -> Paper:
    """The story's leaflet, in each size by turns."""
    return Paper(pdfs[request.param])


@pytest.fixture
def standard(pdfs: dict[str, bytes]) -> Paper:
    """The story's leaflet in 12 point."""
    return Paper(pdfs[Leaflet.Size.STANDARD])


def squeezed(text: str) -> str:
    """Without its spaces, which the end of a printed line swallows."""
    return re.sub(r"\s", "", text)


def test_it_says_what_the_golden_text_says_in_that_order(standard: Paper) -> None:
    """When the words are meant to change, read the new text as a patient would, then put it in the golden file."""
    assert "\n".join(standard.lines()) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_both_sizes_say_the_same(pdfs: dict[str, bytes]) -> None:
    small, large = (squeezed(" ".join(Paper(pdfs[size]).lines())) for size in SIZES)

    without_numbers = re.compile(r"(?<=[a-z])\d(?=[A-Z])")  # the pages in the list of contents
    assert without_numbers.sub("", small) == without_numbers.sub("", large).replace(",largeprint", "")


def test_it_says_whole_and_in_order_what_the_page_says() -> None:
    edition = told()
    text = squeezed(" ".join(Paper(leaflets.pdf(edition)).lines()))

    at = 0
    for _, line in rendering.lines(edition):
        at = text.find(squeezed(line), at)
        assert at >= 0, f"The leaflet lacks, or has too early: {line}"


def test_red_flags_come_before_everything_but_its_name(standard: Paper) -> None:
    headings = [node.words for node in standard.read().every("H1", "H2")]

    assert headings[:3] == ["Elm rest", "Call 999 or go to A&E now if", "Call 111 today if"]


def test_it_declares_what_it_is(paper: Paper) -> None:
    metadata = paper.file.open_metadata()

    assert metadata["pdfuaid:part"] == "1"
    assert metadata["dc:title"].startswith("Elm rest: leaflet, edition 2")
    assert str(paper.root.Lang) == "en-GB"
    assert paper.root.MarkInfo.Marked
    assert paper.root.ViewerPreferences.DisplayDocTitle
    assert str(paper.file.docinfo["/Title"]) == metadata["dc:title"]


def test_headings_skip_no_level(paper: Paper) -> None:
    levels = [int(node.kind[1]) for node in paper.read().every("H1", "H2", "H3", "H4")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_table_headers_say_what_they_head(paper: Paper) -> None:
    headers = {node.words: str(node.facts["/A"].Scope) for node in paper.read().every("TH")}

    assert headers == {"Day": "/Column", "Do": "/Column", "One": "/Row"}


def test_table_cells_name_their_headers(paper: Paper) -> None:
    tree = paper.read()
    names = {bytes(node.facts["/ID"]): node.words for node in tree.every("TH")}

    (cell,) = tree.every("TD")

    assert [names[bytes(header)] for header in cell.facts["/A"].Headers] == ["One", "Do"]
    assert [node.words for node in tree.every("Caption")] == ["Day by day"]


def test_every_picture_says_in_words_what_it_shows(paper: Paper) -> None:
    said = [str(node.facts.get("/Alt", "")) for node in paper.read().every("Figure")]

    assert said[0] == f"QR code that leads to {SITE}/leaflets/{CODE}/"
    assert said[-2] == "Thin tubes reach the bone."
    assert "7 of every 100 people" in said[2]
    assert len(said) == 3


def test_lists_are_lists(paper: Paper) -> None:
    ticked = [node for node in paper.read().every("L") if "How long do I rest?" in node.words]

    assert [[item.words for item in node.every("LI")] for node in ticked] == [
        ["How long do I rest?", "Who helps me?"]
    ]


def test_every_link_says_where_it_leads(paper: Paper) -> None:
    notes = [note for page in paper.file.pages for note in page.get("/Annots", [])]

    assert notes
    assert all(str(note.Contents) for note in notes)


def test_everything_printed_is_tagged_or_decoration(paper: Paper) -> None:
    """Marked content that the structure does not reach would be read by nobody: only the foot of each page is such."""
    reached = squeezed(" ".join(paper.lines()))

    for page in paper.words_by_page():
        for words in page:
            assert FOOT.fullmatch(squeezed(words)) or squeezed(words) in reached


def test_every_page_says_its_number_edition_day_and_code(paper: Paper) -> None:
    pages = [" ".join(words) for words in paper.words_by_page()]

    for number, words in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in words
        assert "Edition 2, 3 May 2027. Code ABCD 2345" in words


def test_large_print_is_twice_the_size(pdfs: dict[str, bytes]) -> None:
    sizes = {size: Paper(pdfs[size]).size_of("It passes.") for size in SIZES}

    assert sizes == {"standard": 12, "large": 24}


def test_pages_are_a4(paper: Paper) -> None:
    for page in paper.file.pages:
        assert [round(float(edge)) for edge in page.MediaBox] == [0, 0, 595, 842]


def test_questions_have_a_page_of_their_own(standard: Paper) -> None:
    (page,) = [words for words in standard.words_by_page() if "How long do I rest?" in words]

    assert [words for words in page if not FOOT.fullmatch(squeezed(words))] == [
        *("Questions to ask", "How long do I rest?", "Who helps me?")
    ]


def test_qr_code_leads_to_where_the_paper_is_checked(pdfs: dict[str, bytes]) -> None:
    for pdf in pdfs.values():
        cover = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()
        (found,) = zxingcpp.read_barcodes(cover)
        assert found.text == f"{SITE}/leaflets/{CODE}/"


def test_it_gives_the_phone_of_each_hospital_that_offers_it(standard: Paper) -> None:
    said = " ".join(standard.lines())

    assert "Elm Park Hospital: call 01632 960100. Paying for yourself: call 01632 960101" in said


def test_unsigned_text_says_so(standard: Paper) -> None:
    said = " ".join(standard.lines())

    assert (
        "Edition 2, published 3 May 2027. No clinician had signed it off when this was made (3 May 2027)."
        in said
    )
    assert "Reviewed by" not in said


def test_signed_text_names_its_reviewer_and_the_next_review() -> None:
    edition = told()
    factories.sign_off(edition, factories.reviewer(), clinical_hash="a" * 64, next_review_on="2028-05-03")
    edition.clinical_hash = "a" * 64

    said = leaflets.html(edition)

    assert "Reviewed by Dr Morgan Vale, Consultant radiologist, on" in said
    assert "Next review due 3 May 2028." in said
    assert "No clinician" not in said


def test_draft_says_that_it_is_one_and_has_no_code() -> None:
    draft = factories.draft(procedure=factories.procedure())
    factories.block(draft, "section", heading="What happens", anchor="what")

    lines = Paper(leaflets.pdf(Edition.objects.with_blocks().get(pk=draft.pk))).lines()

    assert any("Draft, not published." in line for line in lines)
    assert not any("Is this leaflet still current?" in line for line in lines)


def test_it_says_what_was_kept_when_the_edition_was_published() -> None:
    draft = factories.draft(procedure=factories.procedure(), number=1)
    factories.block(draft, "section", heading="What can go wrong", anchor="risks")
    factories.shown_in(
        factories.block(draft, "risk", heading="A leak", body="<p>It stops.</p>"), factories.figure()
    )
    publish_first_text(Edition.objects.with_blocks().get(pk=draft.pk))
    Figure.objects.update(count=9)

    said = leaflets.html(Edition.objects.get(pk=draft.pk))

    assert "7 of 100 people" in said
    assert "9 of 100" not in said


def test_hard_words_stand_at_the_end_as_they_were_explained() -> None:
    factories.glossary_term(term="Sedation", slug="sedation", definition="Medicine that makes you drowsy.")
    draft = factories.draft(procedure=factories.procedure(), number=1)
    factories.block(
        draft, "section", heading="Asleep?", anchor="asleep", body="<p>You may have sedation.</p>"
    )
    publish_first_text(Edition.objects.with_blocks().get(pk=draft.pk))

    lines = Paper(leaflets.pdf(Edition.objects.get(pk=draft.pk))).lines()

    assert "You may have sedation." in lines
    assert "Sedation: Medicine that makes you drowsy." in lines
    assert lines.index("Hard words explained") < lines.index("Sources and dates")
