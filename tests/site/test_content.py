"""The pages a new copy starts with: plain, sourced, whole, and nothing made up."""

import re
import tomllib
from html import unescape
from io import StringIO
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import resolve
from django.utils.html import strip_tags

import consultants.seed
import procedures.seed
from procedures import readability
from procedures.models import Block, Edition, Hospital
from tests import factories
from tests.seeded import SeededSite, seen

HIGHEST_SMOG, HIGHEST_SMOG_OF_SUMMARY, LONGEST_SENTENCE = 11, 10, 25
EXPLAINERS = sorted(path.stem for path in (procedures.seed.HERE / "pages").glob("*.toml"))
SMALL = "one|two|three|four|five|six|seven|eight|nine|ten|half|a quarter|a third"
LARGE = "two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|a hundred|hundred|a thousand|thousand|10+|1,000|1?[05],000"
RATE = re.compile(
    rf"""\d\s*% | \bper\s?cent\b
    | \b(?:{SMALL}|[\d,]+)\s(?:in|of|out\sof)\s(?:every\s|the\s)?(?:{LARGE})\b
    | \b[\d,]+\s(?:out\s)?of\s(?:every\s|the\s)?\d""",
    re.IGNORECASE | re.VERBOSE,
)
PLACEHOLDER = re.compile(
    r"\bN/A\b|\bTBC\b|\b[Tt]o be confirmed\b|\b[Ll]orem\b|\bNone\b|\bTODO\b|\[.*\]|\{\{|\{%"
)
each_explainer = pytest.mark.parametrize("slug", EXPLAINERS)


def edition(site: SeededSite, slug: str) -> Edition:
    return next(edition for edition in site.editions if edition.procedure.slug == slug)


def prose(blocks: list[Block]) -> str:
    """The words of the blocks as HTML, each heading a sentence of its own."""
    return "".join(f"<h3>{block.heading}</h3>{block.body}" for block in blocks)


def plain(html: str) -> str:
    return " ".join(unescape(strip_tags(html.replace("<", " <"))).split())


def test_every_page_opens(site: SeededSite) -> None:
    assert {address: page.status for address, page in site.pages.items() if page.status != 200} == {}
    assert len(site.pages) > 25


def test_every_seed_page_is_published(site: SeededSite) -> None:
    assert sorted(edition.procedure.slug for edition in site.editions) == EXPLAINERS
    assert len(EXPLAINERS) == 7


@each_explainer
def test_page_is_plain_english_by_the_formula(site: SeededSite, slug: str) -> None:
    blocks = list(edition(site, slug).blocks.all())
    summary = [block for block in blocks if block.kind == Block.Kind.SUMMARY]
    body = "".join(block.body for block in blocks)

    assert readability.smog(prose(blocks)) <= HIGHEST_SMOG
    assert readability.smog(body) <= HIGHEST_SMOG
    assert readability.smog(prose(summary)) <= HIGHEST_SMOG_OF_SUMMARY
    assert len(summary) == 1


@each_explainer
def test_no_sentence_of_a_page_is_too_long(site: SeededSite, slug: str) -> None:
    page = edition(site, slug)

    assert readability.long_sentences(prose(list(page.blocks.all())), LONGEST_SENTENCE) == []
    assert readability.long_sentences(f"<p>{page.lead}</p><p>{page.description}</p>", LONGEST_SENTENCE) == []


def test_no_other_sentence_is_too_long(site: SeededSite) -> None:
    seed = procedures.seed.HERE
    cards = [
        row["body"] + f"<h2>{row['heading']}</h2>"
        for row in procedures.seed.read(seed / "red_flags.toml")["cards"]
    ]
    terms = [row["definition"] for row in procedures.seed.read(seed / "glossary.toml")["terms"]]

    assert (
        readability.long_sentences("".join([*cards, *(f"<p>{term}</p>" for term in terms)]), LONGEST_SENTENCE)
        == []
    )


@each_explainer
def test_every_rate_comes_from_a_figure(site: SeededSite, slug: str) -> None:
    page = edition(site, slug)
    written = plain(
        f"{page.lead} {page.description} {page.procedure.summary} {prose(list(page.blocks.all()))}"
    )

    assert [found.group() for found in RATE.finditer(written)] == []


@pytest.mark.parametrize(
    "rate", ["7%", "7 per cent", "one in ten", "1 in 15,000", "157 of 214", "2 out of every 100"]
)
def test_a_rate_in_prose_would_be_seen(rate: str) -> None:
    assert RATE.search(f"It happens to {rate} people.")


@pytest.mark.parametrize(
    "words", ["in 2016", "two in 381", "2 to 3 days", "one of the tubes", "a piece of one bone", "24 hours"]
)
def test_other_numbers_in_prose_are_not_taken_for_rates(words: str) -> None:
    assert not RATE.search(f"It was {words} there.")


@each_explainer
def test_page_has_the_parts_that_no_page_may_lack(site: SeededSite, slug: str) -> None:
    blocks = list(edition(site, slug).blocks.all())
    kinds = {block.kind for block in blocks}

    assert {"key_fact", "section", "summary", "risk", "alternative", "question", "faq"} <= kinds
    assert [block.anchor for block in blocks if block.kind == "alternative" and block.anchor] == [
        "no-operation"
    ]
    assert edition(site, slug).sources


@each_explainer
def test_each_page_cites_only_sources_it_lists(site: SeededSite, slug: str) -> None:
    page = site.pages[f"/procedures/{slug}/"]

    cited = {str(href)[1:] for href in page.tree.xpath("//main//a[starts-with(@href, '#source-')]/@href")}
    listed = {str(identity) for identity in page.tree.xpath("//section[@id='sources']//li/@id")}
    assert cited <= listed


def test_every_anchor_on_a_page_leads_somewhere(site: SeededSite) -> None:
    assert {address: page.dangling() for address, page in site.pages.items() if page.dangling()} == {}


def test_no_id_stands_twice_on_a_page(site: SeededSite) -> None:
    twice = {
        address: sorted({name for name in page.ids if page.ids.count(name) > 1})
        for address, page in site.pages.items()
    }

    assert {address: names for address, names in twice.items() if names} == {}


def test_every_link_inside_the_site_resolves(site: SeededSite) -> None:
    as_they_were = {edition.get_absolute_url() for edition in site.editions}
    known = {*site.addresses, *as_they_were, "/search/", "/sitemap.xml", "/robots.txt"}
    broken = set()
    for address, page in site.pages.items():
        for href in page.tree.xpath("//a/@href"):
            target = urlsplit(str(href))
            if target.scheme or not target.path:
                continue
            ids = site.pages[target.path].ids if target.path in site.pages else []
            if target.path.startswith("/requests/"):
                assert resolve(target.path).app_name == "enquiries"
            elif target.path.startswith("/media/"):
                assert default_storage.exists(target.path.removeprefix("/media/"))
            elif target.path not in known or (target.fragment and target.fragment not in ids):
                broken.add((address, str(href)))

    assert broken == set()


def test_every_link_away_is_https_or_dials(site: SeededSite) -> None:
    """A source's own address stands as it was published."""
    linked = "//a[not(ancestor::*[contains(@class, 'sources')]) and not(ancestor::p[@class='meta'])]/@href"
    schemes = {urlsplit(str(href)).scheme for page in site.pages.values() for href in page.tree.xpath(linked)}

    assert schemes == {"", "https", "tel"}


def test_no_page_holds_a_placeholder(site: SeededSite) -> None:
    for address, page in site.pages.items():
        words = seen(page, "//main")
        if " errors" not in address:
            assert not PLACEHOLDER.search(words), address


def test_one_h1_heads_every_page(site: SeededSite) -> None:
    assert {address for address, page in site.pages.items() if len(page.words("//h1")) != 1} == set()


def test_headings_never_skip_a_level(site: SeededSite) -> None:
    skipping = set()
    for address, page in site.pages.items():
        levels = [
            int(heading.tag[1])
            for heading in page.tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
        ]
        if any(later - earlier > 1 for earlier, later in pairwise(levels)):
            skipping.add(address)

    assert skipping == set()


def test_every_picture_has_its_size_and_a_word_or_is_decoration(site: SeededSite) -> None:
    for address, page in site.pages.items():
        for picture in page.tree.xpath("//img"):
            assert picture.get("width"), address
            assert picture.get("height"), address
            assert picture.get("alt") is not None, address


def test_every_drawing_named_exists(site: SeededSite) -> None:
    drawings = {path.name for path in (settings.BASE_DIR / "static/img/drawings").glob("*.svg")}

    assert site.drawings <= drawings


def test_every_row_of_the_seed_passes_its_own_rules(site: SeededSite) -> None:
    assert site.refused == {}


def test_no_figure_is_kept_that_no_page_shows(site: SeededSite) -> None:
    assert site.unused_figures == set()


def test_nothing_is_said_about_the_consultants_but_what_the_hospital_said() -> None:
    rows = tomllib.loads((Path(consultants.seed.__file__).parent / "consultants.toml").read_text())[
        "consultants"
    ]

    assert len(rows) == 5
    for row in rows:
        assert set(row) == {
            "title", "given_name", "family_name", "slug", "role", "hospital", "procedures", "named_in", "source",
        }  # fmt: skip
        assert (row["role"], row["named_in"]) == ("Spinal consultant", 2016)


def test_no_consultant_has_a_fact_that_nobody_gave(site: SeededSite) -> None:
    empty = (
        "post_nominals",
        "about",
        "gmc_number",
        "gender",
        "languages",
        "nhs_base",
        "interests",
        "photograph",
        "profile_url",
    )

    for consultant in site.consultants:
        assert not any(getattr(consultant, name) for name in empty)
        assert [practice.confirmed_on for practice in consultant.practices.all()] == [None]
        page = site.pages[consultant.get_absolute_url()]
        assert "Named by the hospital in 2016; please ring to check" in page.text


def test_phone_shown_without_a_database_is_the_hospitals_own(site: SeededSite) -> None:
    (hospital,) = site.hospitals

    assert hospital.self_pay_phone == settings.FALLBACK_PHONE == "01582 714420"


def test_every_page_shows_the_self_pay_line(site: SeededSite) -> None:
    assert {
        address for address, page in site.pages.items() if settings.FALLBACK_PHONE not in page.text
    } == set()


def test_no_page_promises_hours_that_nobody_gave(site: SeededSite) -> None:
    assert not any(
        "Phone lines open" in page.text or "The team is there:" in page.text for page in site.pages.values()
    )


@pytest.mark.django_db
def test_seed_twice_changes_nothing(seeded: None) -> None:
    def everything() -> dict[str, list[dict[str, object]]]:
        labels = ("procedures", "consultants", "enquiries")
        tables = [model for label in labels for model in apps.get_app_config(label).get_models()]
        return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in tables}

    before, printed = everything(), StringIO()
    call_command("seed_content", stdout=printed)

    assert everything() == before
    assert '"loaded": false' in printed.getvalue()


@pytest.mark.django_db
def test_seed_leaves_a_database_that_holds_a_hospital_alone() -> None:
    factories.hospital()

    call_command("seed_content", stdout=StringIO())

    assert Hospital.objects.get().name == "Elm Park Hospital"
    assert not Edition.objects.exists()
