"""What a page says, made ready for paper: nothing to press, nothing to open, nothing to play."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.utils.html import escape
from lxml import html
from lxml.html import HtmlElement

# These go with all they hold; of anything else not named here the words stay.
NOT_ON_PAPER = [
    *("script", "style", "link", "meta", "base", "title", "template", "noscript"),
    *("iframe", "object", "embed", "applet", "frame", "frameset", "math", "canvas", "map", "audio", "video"),
    *("input", "select", "textarea", "dialog"),
]
# The parser takes what follows a source for its inside, so it must not go with it.
UNWRAPPED = ["picture", "source", "track", "button", "label", "form", "summary"]
KEPT_ATTRIBUTES = {
    *("alt", "class", "colspan", "height", "href", "id", "rowspan", "scope", "src", "title", "width"),
    *("viewBox", "fill", "stroke", "stroke-width", "d"),
}
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
PLAIN_PATH = re.compile(r"(?!.*\.\.)[\w./-]+")
COUNT_DRAWN = re.compile(r"(\d+) of (?:every )?100\b")


def on_paper(fragment: str, *, after_level: int = 1) -> str:
    """The fragment for print: disclosures open, no controls, no film, and no heading level skipped.

    What an editor wrote was cleaned when it was stored. Here anything that could fetch or run goes once more.
    """
    page = html.fragment_fromstring(fragment, create_parent="div")
    _name_films(page)
    _leave_out(page)
    _name_disclosures(page)
    _list_facts(page)
    _settle_links(page)
    for element in page.xpath(" | ".join(f".//{tag}" for tag in UNWRAPPED)):
        element.drop_tag()
    _draw_arrays(page)
    _give_questions_their_page(page)
    _settle_headings(page, after_level)
    _drop_attributes(page)
    return escape(page.text or "") + "".join(html.tostring(child, encoding="unicode") for child in page)


def _name_films(page: HtmlElement) -> None:
    """A film, with its words, becomes a line that tells of it: it shows what the page says."""
    for film in page.xpath(".//figure[.//video]"):
        words = film.getnext()
        if words is not None and words.tag == "details":
            words.drop_tree()
        told = html.Element("p")
        told.text, told.tail = "There is a film of this on the page.", film.tail
        film.getparent().replace(film, told)


def _leave_out(page: HtmlElement) -> None:
    """Take away what has no place on paper: controls, films, icons, decoration, and pictures that are not ours."""
    nothing_seen = "contains(concat(' ', @class, ' '), ' no-print ') or @hidden or @popover"
    unwanted = [
        *page.xpath(" | ".join(f".//{tag}" for tag in NOT_ON_PAPER)),
        *page.xpath(f".//*[{nothing_seen}]"),
        *page.xpath(".//svg[not(contains(concat(' ', @class, ' '), ' array '))]"),
        *page.xpath(".//comment() | .//processing-instruction()"),
        *(picture for picture in page.iter("img") if not _is_shown(picture)),
    ]
    for element in unwanted:
        if element.getparent() is not None:
            element.drop_tree()


def _is_shown(picture: HtmlElement) -> bool:
    source = picture.get("src", "")
    is_ours = source.startswith((settings.STATIC_URL, settings.MEDIA_URL)) and PLAIN_PATH.fullmatch(source)
    return bool(picture.get("alt") and is_ours)


def _name_disclosures(page: HtmlElement) -> None:
    """What was pressed to open becomes a heading, where it does not hold one already."""
    for summary in page.xpath(".//summary"):
        if not any(True for _ in summary.iter(*HEADINGS)):
            summary.tag = "h3"
    for disclosure in page.xpath(".//details"):
        disclosure.tag = "div"


def _list_facts(page: HtmlElement) -> None:
    """A list of names and facts becomes a list of both together: read out as pairs, not as loose halves."""
    for facts in page.xpath(".//dl[not(*[not(self::div)])]"):
        facts.tag = "ul"
        for pair in facts:
            pair.tag = "li"
            for half in pair:
                half.tag = "p" if half.tag == "dt" else "div"
                half.set("class", "facts__name" if half.tag == "p" else "")


def _settle_links(page: HtmlElement) -> None:
    """Links lead to somewhere: a page, a number, or a place in the leaflet. Of others the words stay."""
    here = {element.get("id") for element in page.xpath(".//*[@id]")}
    for link in page.xpath(".//a"):
        address = link.get("href", "")
        is_place = address.startswith("#source-") or address.removeprefix("#") in here
        if not (address.startswith(("/", "https://", "http://", "tel:", "mailto:")) or is_place):
            link.drop_tag()


def _draw_arrays(page: HtmlElement) -> None:
    """One hundred small figures, drawn out one by one with their words, since a PDF knows nothing of the page's patterns."""
    for array in page.xpath(".//svg"):
        words = array.get("aria-label", "")
        found = COUNT_DRAWN.search(words)
        drawing = _array(int(found[1]), words) if found else None
        if drawing is not None:
            array.addnext(drawing)
        array.drop_tree()


def _array(filled: int, words: str) -> HtmlElement:
    drawing: HtmlElement = html.Element("svg", {"class": "array", "viewBox": "0 0 200 240"})
    title = html.Element("title")
    title.text = words
    drawing.append(title)
    for fill, stroke, numbers in (
        ("#17493f", "#17493f", range(filled)),
        ("none", "#6c7973", range(filled, 100)),
    ):
        shape = " ".join(_small_figure(number) for number in numbers)
        drawing.append(
            html.Element("path", {"fill": fill, "stroke": stroke, "stroke-width": "1.4", "d": shape})
        )
    return drawing


def _small_figure(number: int) -> str:
    """The head and body of one, by its place in ten rows of ten."""
    x, y = number % 10 * 20, number // 10 * 24
    return (
        f"M{10 + x} {2.5 + y}a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z"
        f"M{4 + x} {21 + y}v-5a5 5 0 0 1 5-5h2a5 5 0 0 1 5 5v5Z"
    )


def _give_questions_their_page(page: HtmlElement) -> None:
    """A list to tick and take along stands on a page of its own."""
    for section in page.xpath(".//section[.//ul[contains(concat(' ', @class, ' '), ' check ')]]"):
        section.set("class", f"{section.get('class', '')} questions")


def _settle_headings(page: HtmlElement, level: int) -> None:
    """No level is skipped: a heading stands one below the nearest before it that was above it."""
    above: list[int] = []
    for heading in page.iter(*HEADINGS):
        was = int(heading.tag[1])
        above = [before for before in above if before < was]
        above.append(was)
        heading.tag = f"h{level + len(above)}"


def _drop_attributes(page: HtmlElement) -> None:
    for element in page.iter():
        for name in _unwanted(element):
            del element.attrib[name]


def _unwanted(element: HtmlElement) -> Iterator[str]:
    yield from [name for name in element.attrib if name not in KEPT_ATTRIBUTES]
