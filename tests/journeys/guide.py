"""Somebody who does what a page of the guide says, word by word."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kyphoplasty_site.guide import GuidePage
from tests.journeys.mouse import Answer, Mouse, exactly, in_sight


@dataclass
class Follower(Mouse):
    """Uses every word that a step sets in bold, in order: what is not on the page by that name ends the walk.

    `typed` says what goes in a field, by its label: one answer for each time that it is named. `yours` says what the
    words stand for that differ each time.
    """

    typed: dict[str, list[Answer]] = field(default_factory=dict)
    yours: dict[str, str] = field(default_factory=dict)

    def follow(self, told: GuidePage) -> None:
        """All its steps, to the end."""
        typed = {label: iter(answers) for label, answers in self.typed.items()}
        for number, step in enumerate(told.steps, 1):
            for words in step:
                if words.is_on_screen or words.is_yours:
                    name = self.yours[words.text] if words.is_yours else words.text
                    assert self._use(name, typed, begins=words.is_yours), (
                        f"Step {number} of “{told.title}” names “{name}”, which is not on {self.page.url}."
                    )
        left = [label for label, answers in typed.items() if next(answers, None) is not None]
        assert not left, f"No step of “{told.title}” fills in {left}."

    def _use(self, name: str, typed: dict[str, Iterator[Answer]], *, begins: bool) -> bool:
        """Fill in, press or see what has that name; whether there is such a thing."""
        if name in typed:
            if found := self.box(name):
                self.fill(name, next(typed[name]))
            return found is not None
        if found := self.to_press(name, begins=begins):
            self.press(name, begins=begins)
        return found is not None or bool(in_sight(self.page.get_by_text(exactly(name))))
