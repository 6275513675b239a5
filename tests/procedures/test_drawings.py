"""Our own drawings: one set, safe to serve, with words for who cannot see them."""

import re
import tomllib
from typing import Any

import brotli
import pytest
from django.conf import settings
from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
FOLDER = settings.BASE_DIR / "static/img/drawings"
ROWS = tomllib.loads((settings.BASE_DIR / "procedures/seed/illustrations.toml").read_text(encoding="utf-8"))
PICTURES: dict[str, dict[str, Any]] = {row["drawing"]: row for row in ROWS["illustrations"]}

# The explainer's budget is tight: what all its drawings weighed when they were first drawn.
MOST_BYTES_SENT = 15_749

# Bone, disc, nerve, flesh, tube, balloon, cement and pointer, by day and by night. No other colour in the set.
PALETTE = {
    "#fdf6e3", "#f1e0b9", "#ecd6a6", "#d3b57e", "#c9a566", "#b6935a", "#a67f45", "#7d6239",
    "#a9c9c0", "#4f7d71", "#f3bc52", "#a06a00", "#951b1e",
    "#e8f0ea", "#f3d9c8", "#e6b7a3", "#d99f82", "#f7e6c6", "#f6eedf",
    "#1d302a", "#4a342a", "#5f3a2f", "#774b3c", "#8b5a42", "#624a33", "#16221f",
    "#f4f7f8", "#84919a", "#3d4a52", "#0c1113", "#0b2a23",
    "#bfe7f1", "#58b0c8", "#1f7d97", "#0f5c72",
    "#e4dff0", "#9d91bb", "#51476f",
    "#17493f", "#9adbc6", "#111a18", "#fff", "#d3e3d8", "#6c7973",
}  # fmt: skip

each_drawing = pytest.mark.parametrize("name", sorted(PICTURES))


def drawn(name: str) -> Any:
    return etree.fromstring((FOLDER / name).read_bytes())


def styles(name: str) -> str:
    return "".join(drawn(name).itertext(f"{SVG}style"))


def parts(name: str) -> dict[str, bytes]:
    """What stands in a drawing from back to front, each as it is written."""
    return {part.get("id"): etree.tostring(part, with_tail=False) for part in drawn(name) if part.get("id")}


def side_views() -> list[str]:
    return [name for name in PICTURES if "below" in parts(name)]


@each_drawing
def test_drawing_says_in_words_what_it_shows(name: str) -> None:
    tree = drawn(name)
    titles = {part.get("id"): part.text for part in tree.iter(f"{SVG}title", f"{SVG}desc")}

    assert tree.get("aria-labelledby").split() == list(titles)
    assert all(len(words) > 10 for words in titles.values())
    assert PICTURES[name]["alt"].endswith(".")
    assert PICTURES[name]["caption"].endswith(".")


@each_drawing
def test_drawing_has_the_shape_the_page_keeps_for_it(name: str) -> None:
    assert drawn(name).get("viewBox") == f"0 0 {PICTURES[name]['width']} {PICTURES[name]['height']}"


@each_drawing
def test_drawing_has_colours_for_the_dark(name: str) -> None:
    by_day, by_night = styles(name).split("@media (prefers-color-scheme:dark)")

    assert re.findall(r"#[0-9a-f]{3,6}\b", by_night)
    assert re.findall(r"#[0-9a-f]{3,6}\b", by_day)


@each_drawing
def test_drawing_keeps_to_the_palette_of_the_set(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= PALETTE
    assert not re.search(r"\b(?:rgba?|hsla?|oklch)\(", text)


@each_drawing
def test_drawing_runs_and_loads_nothing(name: str) -> None:
    tree = drawn(name)
    text = (FOLDER / name).read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    tags = {etree.QName(part).localname for part in tree.iter(etree.Element)}

    assert tags <= {
        *("svg", "title", "desc", "style", "defs", "linearGradient", "radialGradient", "stop", "pattern"),
        *("g", "path", "circle", "text"),
    }
    assert "<!" not in text
    assert "//" not in text
    assert "href" not in text
    assert "@import" not in text
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    assert not [key for part in tree.iter(etree.Element) for key in part.attrib if key.startswith("on")]


@each_drawing
def test_every_colour_run_and_pattern_named_is_there(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert set(re.findall(r"url\(#(\w+)\)", text)) == set(
        re.findall(r'<(?:\w+Gradient|pattern) id="(\w+)"', text)
    )
    assert set(re.findall(r'class="(\w+)"', text)) == set(re.findall(r"\.([a-z]+)\{", styles(name)))


@each_drawing
def test_drawing_holds_no_words_but_numbers_of_its_key(name: str) -> None:
    numbers = [text.text for text in drawn(name).iter(f"{SVG}text")]
    lines = PICTURES[name].get("key_lines", [])

    assert numbers == [str(number) for number, _ in enumerate(lines, start=1)]


@each_drawing
def test_drawing_is_small(name: str) -> None:
    assert (FOLDER / name).stat().st_size <= 12_000


def test_drawings_of_the_explainer_weigh_no_more_than_they_did() -> None:
    page = (settings.BASE_DIR / "procedures/seed/pages/balloon-kyphoplasty.toml").read_text(encoding="utf-8")
    shown = {
        f"{block['illustration']}.svg" for block in tomllib.loads(page)["blocks"] if "illustration" in block
    }

    assert len(shown) == 8
    assert sum(len(brotli.compress((FOLDER / name).read_bytes())) for name in shown) <= MOST_BYTES_SENT


def test_every_side_view_has_the_same_bones_skin_and_disc_under_the_break() -> None:
    """One camera, one body: only what the treatment changes may differ."""
    views = [parts(name) for name in side_views()]

    assert len(views) == 8
    for part in ("flesh", "skin", "below", "lower-disc"):
        assert len({view[part] for view in views}) == 1, part


def test_the_tube_and_its_way_stay_where_they_went_in() -> None:
    views = [parts(name) for name in side_views()]
    tubes = [view["tube"] for view in views if "tube" in view]

    assert len(tubes) == 4
    assert len(set(tubes)) == 1


def test_the_balloon_is_out_before_cement_goes_in() -> None:
    for name in PICTURES:
        assert not {"balloon", "cement"} <= set(parts(name)), name


def test_the_nerves_lie_behind_the_bone_and_the_tube_before_it() -> None:
    """Drawn from back to front: a tube that lay under the nerves would seem to run through them."""
    for name in side_views():
        order = list(parts(name))
        assert order.index("nerve") < order.index("middle"), name
        assert "tube" not in order or order.index("tube") > order.index("middle"), name
