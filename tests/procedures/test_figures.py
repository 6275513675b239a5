"""Published figures: as they were published, drawn only when a drawing tells the truth."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from lxml.html import HtmlElement

from procedures.models import Block, Figure
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/"
COLUMN, ROW, COLUMNS = 20, 24, 10


@pytest.fixture
def risk() -> Block:
    edition = factories.edition(procedure=factories.procedure())
    factories.block(edition, "section", heading="What can go wrong", anchor="risks")
    return factories.block(edition, "risk", heading="Cement leaks", body="<p>Some cement leaks out.</p>")


def shown(client: Client, block: Block, **facts: Any) -> Page:
    """The page with one figure in the block."""
    factories.shown_in(block, factories.figure(**facts))
    return Page(client.get(ADDRESS))


def filled(array: HtmlElement) -> int:
    """How many of the small figures are covered by the filled pattern, by the size of what is drawn."""
    inked = array.xpath(".//rect[@fill='url(#is)']")
    cells = sum(int(r.get("width")) / COLUMN * (int(r.get("height")) / ROW) for r in inked)
    assert cells == int(cells)
    return int(cells)


def said(page: Page) -> str:
    return page.words("//p[@class='figure__said']")[0]


@pytest.mark.parametrize(
    ("count", "out_of", "drawn"),
    [(7, 100, 7), (157, 214, 73), (10, 100, 10), (1, 100, 1), (99, 100, 99), (100, 100, 100), (1, 3, 33)],
)
def test_hundred_small_figures_are_drawn_and_the_nearest_whole_number_filled(
    client: Client, risk: Block, count: int, out_of: int, drawn: int
) -> None:
    page = shown(client, risk, count=count, out_of=out_of)

    (array,) = page.tree.xpath("//svg[@class='array']")
    assert array.get("viewbox") == f"0 0 {COLUMNS * COLUMN} {COLUMNS * ROW}"
    assert array.xpath("./rect[1]/@fill") == ["url(#of)"]
    assert filled(array) == drawn
    assert f"{drawn} of every 100 people. " in array.get("aria-label")
    assert array.get("aria-label").endswith(f"{100 - drawn} of every 100 did not.")


def test_filled_figures_are_blanked_first_so_that_none_is_drawn_twice(client: Client, risk: Block) -> None:
    page = shown(client, risk, count=73, out_of=100)

    inked = page.tree.xpath("//svg[@class='array']//rect[@fill='url(#is)']")
    blanked = page.tree.xpath("//svg[@class='array']//rect[@class='blank']")
    assert [(r.get("width"), r.get("height")) for r in inked] == [
        (r.get("width"), r.get("height")) for r in blanked
    ]


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ("people", "people"),
        ("procedures", "operations"),
        ("levels", "treated bones"),
        ("fractures", "fractures"),
    ],
)
def test_both_framings_and_what_is_counted_are_said_and_drawn(
    client: Client, risk: Block, counted: str, words: str
) -> None:
    page = shown(client, risk, count=157, out_of=2140, counted=counted, what="had some cement leak")

    hundredths = f"about 7 of every 100 {words}. About 93 of every 100 did not."
    assert said(page) == f"157 of 2,140 {words} had some cement leak. 1,983 did not."
    assert f"That is {hundredths}" in page.words("//div[@class='figure']//p")
    assert page.tree.xpath("//svg[@class='array']/@aria-label") == [f"Drawing: {hundredths}"]


def test_published_hundredths_are_drawn_and_not_said_twice(client: Client, risk: Block) -> None:
    page = shown(client, risk, count=7, out_of=100)

    assert page.tree.xpath("//svg[@class='array']/@aria-label") == [
        "Drawing: 7 of every 100 people. 93 of every 100 did not."
    ]
    assert "That is" not in page.text


def test_what_is_only_estimated_is_not_said_to_have_happened(client: Client, risk: Block) -> None:
    page = shown(client, risk, count=1, out_of=15_000, what="might have this", others="would not")

    assert said(page) == "1 of 15,000 people might have this. 14,999 would not."


@pytest.mark.parametrize(("percentage", "words"), [("7.30", "7.3%"), ("12.00", "12%"), ("100.00", "100%")])
def test_percentage_alone_is_said_as_published_with_no_count_worked_out(
    client: Client, risk: Block, percentage: str, words: str
) -> None:
    page = shown(client, risk, shape="percentage", percentage=Decimal(percentage), count=None, out_of=None)

    assert said(page) == f"{words} of people had some cement leak."
    assert "of every 100 did not." in page.text
    assert len(page.tree.xpath("//svg[@class='array']")) == 1


@pytest.mark.parametrize(("count", "out_of"), [(1, 15_000), (1, 101), (0, 50)])
def test_less_than_one_in_a_hundred_is_said_and_never_drawn(
    client: Client, risk: Block, count: int, out_of: int
) -> None:
    page = shown(client, risk, count=count, out_of=out_of)

    assert said(page).startswith(f"{count} of {out_of:,} people")
    assert page.tree.xpath("//svg[@class='array']") == []
    assert "in every 100" not in page.text


@pytest.mark.parametrize(
    ("percentage", "words"),
    [
        ("0.5", "That is fewer than 1 of every 100 people. More than 99 of every 100 did not."),
        ("99.6", "That is more than 99 of every 100 people. Fewer than 1 of every 100 did not."),
    ],
)
def test_percentage_close_to_none_or_all_is_said_and_never_drawn(
    client: Client, risk: Block, percentage: str, words: str
) -> None:
    page = shown(client, risk, shape="percentage", percentage=Decimal(percentage), count=None, out_of=None)

    assert said(page) == f"{percentage}% of people had some cement leak."
    assert words in page.words("//div[@class='figure']//p")
    assert page.tree.xpath("//svg[@class='array']") == []


def test_percentage_of_nought_is_not_called_rare(client: Client, risk: Block) -> None:
    page = shown(client, risk, shape="percentage", percentage=Decimal(0), count=None, out_of=None)

    assert said(page) == "0% of people had some cement leak."
    assert "of every 100" not in page.text


@pytest.mark.parametrize(
    "facts",
    [
        {"shape": "score", "score": Decimal("3.5"), "scale": "points of 10", "count": None, "out_of": None},
        {"shape": "reports", "count": 27, "out_of": None, "counted": "reports"},
    ],
    ids=["score", "reports"],
)
def test_scores_and_voluntary_reports_are_said_in_words_with_no_rate(
    client: Client, risk: Block, facts: dict[str, Any]
) -> None:
    page = shown(client, risk, what="Said in plain words", **facts)

    assert said(page) == "Said in plain words"
    assert page.tree.xpath("//svg[@class='array']") == []
    assert "in every 100" not in page.text
    assert "did not" not in page.words("//div[@class='figure']")[0]


@pytest.fixture
def clash() -> Block:
    edition = factories.edition(procedure=factories.procedure())
    factories.block(edition, "section", heading="What can go wrong", anchor="risks")
    return factories.block(
        edition,
        "risk",
        heading="Cement leaks",
        body="<p>Some cement leaks out.</p>",
        why_they_differ="The second trial looked harder.",
    )


PAIR = "//div[@class='evidence__figures']"


def test_sources_that_clash_stand_side_by_side_as_lowest_and_highest_with_the_reason(
    client: Client, clash: Block
) -> None:
    highest = factories.figure(key="highest", count=27, out_of=100)
    lowest = factories.figure(key="lowest", count=7, out_of=100)
    factories.shown_in(clash, highest, lowest)

    page = Page(client.get(ADDRESS))

    (pair,) = page.tree.xpath(PAIR)
    assert [filled(array) for array in pair.xpath(".//svg[@class='array']")] == [7, 27]
    assert page.words(f"{PAIR}//p[@class='tag']") == ["Lowest", "Highest"]
    assert "Why they differ: The second trial looked harder." in page.words(
        "//div[@class='card flow evidence']/p"
    )


def test_two_figures_that_do_not_clash_are_called_neither_lowest_nor_highest(
    client: Client, risk: Block
) -> None:
    factories.shown_in(risk, factories.figure(key="one", count=7), factories.figure(key="two", count=27))

    page = Page(client.get(ADDRESS))

    assert len(page.tree.xpath(PAIR)) == 1
    assert page.words("//p[@class='tag']") == []
    assert "Why they differ" not in page.text


@pytest.mark.parametrize(
    "other",
    [
        {"counted": "levels"},
        {
            "shape": "score",
            "score": Decimal(3),
            "scale": "points",
            "counted": "",
            "count": None,
            "out_of": None,
        },
    ],
    ids=["another count", "a score"],
)
def test_figures_that_count_different_things_are_never_in_one_comparison(
    client: Client, clash: Block, other: dict[str, Any]
) -> None:
    factories.shown_in(
        clash, factories.figure(key="one"), factories.figure(**{"key": "two", "count": 27} | other)
    )

    page = Page(client.get(ADDRESS))

    assert len(page.tree.xpath(PAIR)) == 2
    assert page.words("//p[@class='tag']") == []


def test_figures_of_different_treatments_each_name_theirs(client: Client, risk: Block) -> None:
    factories.shown_in(
        risk,
        factories.figure(key="one", treatment="vertebroplasty"),
        factories.figure(key="two", treatment="a pretend procedure"),
    )

    page = Page(client.get(ADDRESS))

    assert page.words(f"{PAIR}//p/b[not(../@class)]") == ["Vertebroplasty", "A pretend procedure"]


def test_two_scores_stand_in_a_table_as_published(client: Client, risk: Block) -> None:
    page = shown(
        client,
        risk,
        shape="score",
        score=Decimal("7.2"),
        comparator_score=Decimal("2.0"),
        scale="points, of 100",
        treatment="balloon kyphoplasty",
        comparator="care without surgery",
        counted="",
        count=None,
        out_of=None,
    )

    rows = page.tree.xpath("//table[@class='scores']//tr")
    assert [[cell.text for cell in row] for row in rows] == [
        ["Treatment", "Points, of 100"],
        ["Balloon kyphoplasty", "7.2"],
        ["Care without surgery", "2.0"],
    ]
    assert page.tree.xpath("//table[@class='scores']//th/@scope") == ["col", "col", "row", "row"]


@pytest.mark.parametrize("missing", ["comparator_score", "comparator", "treatment"])
def test_score_with_nothing_named_beside_it_stands_in_no_table(
    client: Client, risk: Block, missing: str
) -> None:
    facts = {
        "score": Decimal("7.2"),
        "comparator_score": Decimal("2.0"),
        "scale": "points",
        "treatment": "balloon kyphoplasty",
        "comparator": "care without surgery",
        "count": None,
        "out_of": None,
    } | {missing: None if missing == "comparator_score" else ""}

    page = shown(client, risk, shape="score", **facts)

    assert page.tree.xpath("//table[@class='scores']") == []


def test_figure_names_its_setting_range_care_and_source(client: Client, risk: Block) -> None:
    page = shown(
        client,
        risk,
        setting="Adults in Elm, for a year",
        range="95% CI 1.1 to 21.7",
        quality="A small study",
    )

    assert page.words("//div[@class='figure']//p[@class='meta']")[-1] == (
        "Adults in Elm, for a year. Published range: 95% CI 1.1 to 21.7. A small study. Elm Press, 2020"
    )
    assert (
        page.tree.xpath("//div[@class='figure']//a/@href")
        == page.tree.xpath("concat('#', //section[@id='sources']//li/@id)").split()
    )


def test_missing_parts_of_a_figure_are_absent(client: Client, risk: Block) -> None:
    source = factories.source(year=None)

    page = shown(client, risk, source=source)

    assert page.words("//div[@class='figure']//p[@class='meta']")[-1] == "Elm Press"


def test_each_source_is_listed_once_however_often_it_is_cited(client: Client, risk: Block) -> None:
    source = factories.source()
    other = factories.source(key="ash-2019", publisher="Ash", year=None, url="https://ash.example/")
    factories.cited_in(risk, source, other)
    factories.shown_in(risk, factories.figure(key="one"), factories.figure(key="two"))

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='sources']//li") == [
        "The Elm study of broken backs. Ash.",
        "The Elm study of broken backs. Elm Press, 2020.",
    ]
    assert page.tree.xpath("//section[@id='sources']//li/@id") == [
        f"source-{other.pk}",
        f"source-{source.pk}",
    ]
    assert page.words("//section[@id='sources']//summary") == ["See all 2 sources"]


def test_sources_stand_under_the_day_they_were_last_read(client: Client, risk: Block) -> None:
    factories.cited_in(
        risk,
        factories.source(),
        factories.source(
            key="ash-2019", publisher="Ash", url="https://ash.example/", checked_on=date(2026, 9, 2)
        ),
    )

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='sources']//details/p") == [
        "Read on 2 September 2026",
        "Read on 1 September 2026",
    ]


def test_pattern_of_the_drawings_is_defined_once_a_page(client: Client, risk: Block) -> None:
    factories.shown_in(risk, factories.figure(key="one"), factories.figure(key="two"))

    page = Page(client.get(ADDRESS))

    assert (page.ids.count("is"), page.ids.count("of")) == (1, 1)


@pytest.mark.parametrize("count", range(0, 215, 7))
def test_filled_and_empty_are_always_a_hundred(count: int) -> None:
    figure = Figure(shape="proportion", count=count, out_of=214)
    rows, rest = figure.drawn_rows

    assert figure.per_hundred + figure.not_per_hundred == 100
    assert rows * COLUMNS + rest == figure.per_hundred
