"""A page made ready for paper: all its words, and nothing that only a screen can do."""

import pytest

from procedures.on_paper import on_paper


@pytest.mark.parametrize(
    ("screen", "paper"),
    [
        ("<p>Rest.</p>", "<p>Rest.</p>"),
        (
            '<details class="fold"><summary>May I?</summary><p>Yes.</p></details>',
            '<div class="fold"><h2>May I?</h2><p>Yes.</p></div>',
        ),
        (
            "<details><summary><h2>Call 999</h2></summary><p>Now.</p></details>",
            "<div><h2>Call 999</h2><p>Now.</p></div>",
        ),
        (
            "<ul class='check'><li><label><input type='checkbox'> <span>Who?</span></label></li></ul>",
            '<ul class="check"><li> <span>Who?</span></li></ul>',
        ),
        (
            '<p>A <button type="button" class="term" popovertarget="w">disc</button><span popover id="w">A pad.</span> slips.</p>',
            "<p>A disc slips.</p>",
        ),
        (
            "<dl class='facts'><div><dt>Time</dt><dd><p>One hour</p></dd></div></dl>",
            '<ul class="facts"><li><p class="facts__name">Time</p><div class=""><p>One hour</p></div></li></ul>',
        ),
        ('<p class="no-print"><a href="tel:999">Call</a></p><p>Rest.</p>', "<p>Rest.</p>"),
        (
            "<figure><video src='/media/a.mp4'></video></figure><details><summary>In words</summary></details><p>Rest.</p>",
            "<p>There is a film of this on the page.</p><p>Rest.</p>",
        ),
        (
            "<picture><source srcset='/media/a.avif'><img src='/media/a.webp' srcset='/media/b.webp 2x' alt='A bone'></picture>",
            '<img src="/media/a.webp" alt="A bone">',
        ),
        ("<img src='/static/img/a.svg' alt=''>", ""),
        ("<img src='https://evil.example/a.svg' alt='A bone'>", ""),
        ("<svg class='icon'><use href='/static/img/icons.svg#tick'></use></svg>Rest", "Rest"),
    ],
)
def test_it_is_made_ready(screen: str, paper: str) -> None:
    assert on_paper(screen).strip() == paper


def test_words_after_what_is_left_out_stay() -> None:
    assert (
        on_paper("<p>Before <img src='x' alt=''> after <video></video> all</p>")
        == "<p>Before  after  all</p>"
    )


@pytest.mark.parametrize(
    ("address", "is_kept"),
    [
        ("/procedures/mri-scan/", True),
        ("https://nhs.example/", True),
        ("tel:999", True),
        ("#risks", True),
        ("#source-7", True),
        ("#contact", False),
        ("javascript:alert(1)", False),
    ],
)
def test_link_stays_where_it_leads_somewhere(address: str, is_kept: bool) -> None:
    paper = on_paper(f'<section id="risks"><p><a href="{address}">Look</a></p></section>')

    assert ("<a" in paper) == is_kept
    assert "Look" in paper


@pytest.mark.parametrize(
    ("found", "settled"),
    [("h2 h4 h4 h3", "h2 h3 h3 h3"), ("h3", "h2"), ("h2 h3 h2 h4", "h2 h3 h2 h3"), ("h2 h3 h4", "h2 h3 h4")],
)
def test_no_heading_level_is_skipped(found: str, settled: str) -> None:
    screen = "".join(f"<{tag}>x</{tag}>" for tag in found.split())

    assert on_paper(screen) == "".join(f"<{tag}>x</{tag}>" for tag in settled.split())


@pytest.mark.parametrize(
    ("words", "filled"), [("7 of every 100 people", 7), ("about 73 of every 100 bones", 73)]
)
def test_array_is_drawn_with_as_many_filled_as_it_says(words: str, filled: int) -> None:
    paper = on_paper(f'<svg class="array" viewBox="0 0 200 240" aria-label="Drawing: {words}"><rect/></svg>')

    dark, light = (part.partition('d="')[2].partition('"')[0] for part in paper.split("<path")[1:])
    assert (dark.count("a3.5"), light.count("a3.5")) == (filled, 100 - filled)
    assert f"<title>Drawing: {words}</title>" in paper


def test_questions_are_marked_for_a_page_of_their_own() -> None:
    assert 'class="section questions"' in on_paper(
        '<section class="section"><ul class="check"><li>Who?</li></ul></section>'
    )
