"""Components that are the same on many pages, drawn once for all that give them the same."""

from typing import Any
from unittest.mock import patch

import pytest
from django.template import Context, Template

from kyphoplasty_site.context_processors import SiteFacts
from procedures.remembering import Memory

PAGE = Template("{% load procedures %}{% part 'actionbar' site=site contents=contents %}")
OURS, THEIRS = SiteFacts(self_pay_phone="01632 960001"), SiteFacts(self_pay_phone="01632 960002")


@pytest.mark.parametrize("generation", ["", "as it stands"])
def test_part_shows_what_this_page_gives_it(memory: Memory, generation: str) -> None:
    memory.generation = lambda: generation
    bars = {
        PAGE.render(Context({"site": site, "contents": contents}))
        for site in (OURS, THEIRS, SiteFacts(self_pay_phone="01632 960001"))
        for contents in (True, False)
    }

    assert len(bars) == 4
    assert sum("tel:+441632960001" in bar for bar in bars) == 2
    assert sum('href="#contents"' in bar for bar in bars) == 2


def test_part_is_drawn_once_while_the_content_stands(memory: Memory) -> None:
    state = "as it stood"
    memory.generation = lambda: state
    drawn: list[Any] = []

    def draw(name: str, inputs: dict[str, Any]) -> str:
        drawn.append(inputs)
        return f"{name} {len(drawn)}"

    with patch("procedures.templatetags.procedures.render_to_string", draw):
        pages = [PAGE.render(Context({"site": OURS, "contents": True})) for _ in range(3)]
        state = "changed"
        pages.append(PAGE.render(Context({"site": OURS, "contents": True})))

    assert pages == [*["components/actionbar.html 1"] * 3, "components/actionbar.html 2"]
    assert drawn == [{"site": OURS, "contents": True}] * 2
