"""How the templates read: small pieces, each naming what it is given, and nothing inline."""

import re
from pathlib import Path

import pytest

from procedures.models import Block
from tests.conventions.sources import TEMPLATES, name, templates

COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
INCLUDE = re.compile(r'{%\s*include\s+"components/([a-z_]+)\.html"([^%]*)%}')
PART = re.compile(r'{%\s*part\s+"([a-z_]+)"([^%]*)%}')
INLINE = re.compile(
    r"<style\b|<script\b(?![^>]*\ssrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)
# Drawn by our own templates from what was cleaned, and kept with the edition.
DRAWN = {"page.opening", "page.body", "page.sources"}
# Cleaned where they are stored, by RichTextField.
CLEANED = {
    "field.field.help_text",  # of our own code, as are the descriptions of fieldsets
    "fieldset.description",
    "block.body",
    "written.body",
    "object.body",
    "card.body",
    "part.section.body",
    "video.transcript",
} | DRAWN
each_template = pytest.mark.parametrize("path", templates(), ids=name)
each_component = pytest.mark.parametrize("path", COMPONENTS, ids=name)


def comment(path: Path) -> str:
    found = re.match(r"{% comment %}(.+?){% endcomment %}", path.read_text(), re.DOTALL)
    return found.group(1) if found else ""


def read_of_the_page(component: str) -> set[str]:
    """What it reads of what every page has, of which `only` would starve it."""
    text = (TEMPLATES / "components" / f"{component}.html").read_text()
    inner = [read_of_the_page(used) for used, given in INCLUDE.findall(text) if " only" not in given]
    own = re.findall(
        r"\b(site|request|public_url|page_title)\b[.\s}|%]", text.partition("{% endcomment %}")[2]
    )
    return set(own).union(*inner)


@each_component
def test_component_opens_by_naming_its_inputs(path: Path) -> None:
    assert re.search(r"\bInputs?\b", comment(path)), f"{name(path)} opens with no comment naming its inputs."


@each_component
def test_component_does_one_job(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 35


@each_component
def test_component_is_used(path: Path) -> None:
    ways = (f'components/{path.name}"', f'{{% part "{path.stem}"')
    users = [
        other
        for other in [
            *templates(),
            *TEMPLATES.parent.glob("*/templatetags/*.py"),
            TEMPLATES.parent / "procedures/glossing.py",
        ]
        if other != path and any(way in other.read_text() for way in ways)
    ]

    assert users


@each_template
def test_component_is_given_only_what_it_names(path: Path) -> None:
    starved = [
        component
        for component, given in INCLUDE.findall(path.read_text())
        if not given.rstrip().endswith("only") and not read_of_the_page(component)
    ]

    assert starved == []


@each_template
def test_part_is_given_all_that_it_reads_of_the_page(path: Path) -> None:
    starved = [
        component
        for component, given in PART.findall(path.read_text())
        if not read_of_the_page(component) <= set(re.findall(r"(\w+)=", given))
    ]

    assert starved == []


@each_template
def test_nothing_stands_inline(path: Path) -> None:
    """The content security policy refuses it, so it would not work anyway. JSON-LD is written by a filter."""
    assert not INLINE.search(path.read_text())


@each_template
def test_only_cleaned_text_is_shown_as_html(path: Path) -> None:
    shown = set(re.findall(r"{{\s*([\w.]+)\s*\|\s*safe", path.read_text()))

    assert shown <= CLEANED
    assert path.suffix == ".txt" or "autoescape off" not in path.read_text()


@each_template
def test_nothing_is_fetched_from_a_stranger(path: Path) -> None:
    fetched = re.findall(
        r"<(?:img|script|link|iframe|source|video|use)\b[^>]*(?:src|href)=\"(?:https?:)?//", path.read_text()
    )

    assert fetched == []


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES.parent / "static/css").glob("*.css")), ids=lambda path: path.name
)
def test_every_rule_of_a_stylesheet_is_closed(path: Path) -> None:
    """A bracket too many swallows the next rule, and no browser says so."""
    depth = 0
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for sign in line:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            assert depth >= 0, f"{path.name}, line {number}: nothing is open that could be closed."

    assert depth == 0, f"{path.name}: something is never closed."


def test_base_stays_small() -> None:
    assert len((TEMPLATES / "base.html").read_text().splitlines()) < 70


def test_every_block_kind_has_its_template() -> None:
    drawn = {path.stem for path in (TEMPLATES / "procedures/blocks").glob("*.html")}

    assert drawn | {"section"} == {str(kind) for kind in Block.Kind}
