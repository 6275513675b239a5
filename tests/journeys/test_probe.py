
from tests.journeys.states import Standing
from tests.journeys.test_layout import SIDEWAYS, TEXT_SPACING, ADD_STYLE
WIDE = """() => [...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.getBoundingClientRect().right + ' ' + e.outerHTML.slice(0, 100)).slice(0, 8)"""
def test_probe(standing: Standing) -> None:
    p = standing.page
    for w in (390, 768, 1280):
        standing.at(w); p.evaluate("x => { document.documentElement.style.fontSize = x }", "200%")
        r = p.evaluate(SIDEWAYS)
        if r: print("\n", standing.name, w, *r[:5], "...", *p.evaluate(WIDE), sep="\n   ")
