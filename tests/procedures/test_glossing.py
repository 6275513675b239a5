"""Hard words explained where they stand: the first use of each opens on its meaning, and nothing else is touched."""

import re
from itertools import pairwise
from time import process_time

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html

from procedures.glossing import NOT_RUNNING_TEXT, RunningText, first_uses, glossed
from procedures.models import GlossaryTerm
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import SeededSite

VERTEBRA = GlossaryTerm(
    term="Vertebra", slug="vertebra", also="vertebrae, vertebral body", definition="One bone of your spine."
)
FRACTURE = GlossaryTerm(term="Fracture", slug="fracture", definition="A broken bone.")
COMPRESSION = GlossaryTerm(
    term="Compression fracture (VCF)",
    slug="vcf",
    also="compression fracture, VCF",
    definition="A squashed bone.",
)
STIR = GlossaryTerm(term="STIR", slug="stir", definition="A setting of the scanner.")
T_SCORE = GlossaryTerm(term="T-score", slug="t-score", definition="How dense your bones are.")
TERMS = [VERTEBRA, FRACTURE, COMPRESSION, STIR, T_SCORE]

EXPLAINED = re.compile(
    r'<span class="term">(?P<before>[^<]*)<button[^>]*>(?P<word>[^<]*)</button>'
    r"<span popover.*?</button></span>(?P<after>[^<]*)</span>",
    re.DOTALL,
)


def words_explained(html: str) -> list[str]:
    return [found["word"] for found in EXPLAINED.finditer(glossed(html, TERMS))]


def without_meanings(html: str) -> str:
    return EXPLAINED.sub(r"\g<before>\g<word>\g<after>", html)


def test_first_use_of_a_hard_word_opens_on_its_meaning() -> None:
    page = lxml_html.fragment_fromstring(glossed("<p>Each vertebra can break. A vertebra heals.</p>", TERMS))

    (button,) = page.xpath("./span/button")
    (meaning,) = page.xpath("./span/span")
    assert button.text == "vertebra"
    assert button.get("popovertarget") == meaning.get("id") == "word-vertebra"
    assert meaning.get("popover") == ""
    assert meaning.text_content() == "VertebraOne bone of your spine.Close"
    assert page.text_content().startswith("Each vertebra")
    assert page.text_content().endswith(" can break. A vertebra heals.")


def test_meaning_stands_right_after_its_word_for_who_hears_the_page() -> None:
    page = lxml_html.fragment_fromstring(glossed("<p>Each vertebra can break.</p>", TERMS))

    (button,) = page.xpath("./span/button")
    assert button.getnext().get("id") == "word-vertebra"
    assert not button.tail
    assert button.get("aria-label") == "vertebra: what it means"


def test_meaning_can_be_closed_again_by_a_button_in_it() -> None:
    page = lxml_html.fragment_fromstring(glossed("<p>Each vertebra can break.</p>", TERMS))

    (close,) = page.xpath("./span/span/button")
    assert (close.text, close.get("popovertarget"), close.get("popovertargetaction")) == (
        "Close",
        "word-vertebra",
        "hide",
    )


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("Two Vertebras, VERTEBRAE too", ["Vertebras"]),
        ("vertebrae", ["vertebrae"]),
        ("your vertebral\n body", ["vertebral\n body"]),
        ("invertebrate, vertebrate, post-vertebra", []),
        ("(vertebra)", ["vertebra"]),
        ("the vertebra’s edge", ["vertebra"]),
        ("a compression fracture is a fracture", ["compression fracture", "fracture"]),
        ("a fracture or a compression fracture", ["fracture", "compression fracture"]),
        ("your t-score", ["t-score"]),
        ("Stir your tea", []),
        ("On STIR pictures", ["STIR"]),
        ("two VCFs", ["VCFs"]),
    ],
)
def test_whole_words_are_explained_the_longest_first(text: str, explained: list[str]) -> None:
    assert words_explained(f"<p>{text}</p>") == explained


@pytest.mark.parametrize(
    ("text", "held"),
    [("a (vertebra), and", "(vertebra),"), ("“vertebra”?", "“vertebra”?"), ("one vertebra or", "vertebra")],
)
def test_marks_that_touch_a_word_stay_with_it_at_the_end_of_a_line(text: str, held: str) -> None:
    found = EXPLAINED.search(glossed(f"<p>{text}</p>", TERMS))

    assert found
    assert found["before"] + found["word"] + found["after"] == held


@pytest.mark.parametrize("tag", sorted(NOT_RUNNING_TEXT))
def test_word_that_is_part_of_no_sentence_is_left_alone(tag: str) -> None:
    html = f"<{tag}>A <b>vertebra</b></{tag}>"

    assert glossed(html, TERMS) == html
    assert words_explained(f"{html}<p>vertebra</p>") == ["vertebra"]


def test_words_in_attributes_and_comments_are_left_alone() -> None:
    html = '<p id="vertebra" title="a > vertebra"><!-- vertebra --><br/>Nothing.</p>'

    assert glossed(html, TERMS) == html


def test_meaning_that_looks_like_markup_is_only_text() -> None:
    term = GlossaryTerm(term='x"y', slug="x", definition="<script>alert(1)</script>")

    page = lxml_html.fragment_fromstring(glossed('<p>x"y</p>', [term]))

    assert page.xpath("//script") == []
    assert page.xpath("./span/button/@aria-label") == ['x"y: what it means']
    assert "<script>alert(1)</script>" in page.text_content()


def test_with_no_terms_nothing_changes() -> None:
    assert glossed("<p>vertebra</p>", []) == "<p>vertebra</p>"


CLINICAL = [
    "<table><caption>Fracture</caption><thead><tr><th scope='col'>Fracture</th></tr></thead>"
    "<tbody><tr><td>A fracture &amp; a vertebra</td></tr></tbody></table>",
    "<p>CO<sub>2</sub> at 5 &lt; 10<sup>3</sup>&nbsp;fracture</p>",
    "<ul>\n<li>A <b>compression fracture</b></li>\n<li><a href='/x/'>fracture</a></li>\n</ul>",
    "<p>R&D of a fracture &c; 1 < 2 fracture</p>\r\n\u2028<p>T-score of −2.5</p>",
    "<svg aria-label='fracture'><title>Fracture</title><use href='#a'/></svg><p>Fracture</p>",
]
HOSTILE = [
    "<p>fracture<script>alert('vertebra')</script>",
    "<img src=x onerror='vertebra' alt=\"fracture>\">",
    "<a href='javascript:fracture'>vertebra</p><p>fracture",
    "</a></a></h2><p fracture>vertebra<!-- <p>fracture",
    "<![CDATA[ fracture ]]>vertebra<?fracture?>",
    "<a/>fracture</a><textarea>vertebra</textarea",
    "<style>fracture</style ><p>vertebra <",
]
WORDS = ["fracture", "vertebra", " ", "é", "\n", "\r", "&amp;", "&", "<", ">", '"', "'"]
TAGS = ["<p>", "</p>", "<b>", "<a href='fracture'>", "</a>", "<h2>", "</h2>", "<br/>", '<td title="', "/>"]
RAW = ["<!--", "-->", "<script>", "</script>", "<![CDATA["]
PIECES = st.sampled_from([*WORDS, *TAGS, *RAW])


@pytest.mark.parametrize("html", [*CLINICAL, *HOSTILE])
def test_all_else_stays_as_it_was_character_for_character(html: str) -> None:
    assert without_meanings(glossed(html, TERMS)) == html


@given(st.lists(PIECES, max_size=30).map("".join))
@example("<p>\r\nfracture")
def test_whatever_the_html_only_running_text_is_touched(html: str) -> None:
    text = glossed(html, TERMS)

    assert without_meanings(text) == html
    assert len(set(re.findall(r'id="word-([\w-]+)"', text))) == text.count("<span popover")


@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_is_touched_inside_a_tag(html: str) -> None:
    spans = RunningText(html).spans

    assert all(0 <= start < end <= len(html) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert not any(re.search(r"</?[a-z]", html[start:end]) for start, end in spans)


def test_terms_that_a_text_says_are_found_in_their_order() -> None:
    found = [term.slug for _, _, term in first_uses("<p>A fracture of a vertebra, a fracture</p>", TERMS)]

    assert found == ["fracture", "vertebra"]


@pytest.mark.django_db
def test_page_explains_a_word_once_however_many_blocks_say_it(client: Client) -> None:
    edition = factories.edition(procedure=factories.procedure())
    factories.glossary_term()
    factories.block(edition, "section", heading="A vertebra", anchor="what", body="<p>One vertebra.</p>")
    factories.block(edition, "text", body="<p>Another vertebra.</p>")

    page = Page(client.get("/procedures/balloon-kyphoplasty/"))

    assert page.words("//span[@class='term']/button") == ["vertebra"]
    assert page.words("//section[@id='what']//p")[0].startswith("One vertebra")


@pytest.mark.django_db
def test_every_word_with_a_meaning_on_the_seeded_pages_stands_in_a_sentence(site: SeededSite) -> None:
    for address in site.explainers:
        page = site.pages[address]
        slugs = page.tree.xpath("//span[@class='term']/button/@popovertarget")

        assert slugs, address
        assert len(slugs) == len(set(slugs))
        assert page.tree.xpath("//*[self::a or self::summary or self::h2 or self::h3]//*[@popover]") == []


@pytest.mark.django_db
def test_the_longest_page_is_glossed_in_a_blink(site: SeededSite) -> None:
    """8 ms on a quiet machine; the limit leaves room for a busy one."""
    terms = list(GlossaryTerm.objects.all())
    mains = [lxml_html.tostring(page.tree.xpath("//main")[0], encoding=str) for page in site.pages.values()]
    longest = without_meanings(max(mains, key=len))

    taken = []
    for _ in range(5):
        began = process_time()
        glossed(longest, terms)
        taken.append(process_time() - began)

    assert min(taken) <= 0.05
