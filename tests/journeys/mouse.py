"""Somebody at a desk with a mouse and a keyboard, who goes by the words on the screen; and what it costs them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

Answer = str | bool | Path
LEADS_ON = "at => at.tagName === 'A' ? !at.getAttribute('href').startsWith('#') : at.type === 'submit'"
# A slow person, by the usual way to reckon it: to find a thing, point at it and press takes four seconds, a page is
# looked over for six, and three characters are typed in a second.
A_PRESS, A_PAGE, CHARACTERS_A_SECOND = 4, 6, 3


@dataclass
class Mouse:
    """Presses, chooses and types. A press is a click, a tick, or a choice from a list; a list that looks rows up takes two.

    What is pressed in `files` hands over a file.
    """

    page: Page
    files: dict[str, Download | None] = field(default_factory=dict)
    presses: int = 0
    pages: int = 0
    characters: int = 0

    @property
    def seconds(self) -> float:
        """How long a slow person takes for what was done so far."""
        return self.presses * A_PRESS + self.pages * A_PAGE + self.characters / CHARACTERS_A_SECOND

    def press(self, name: str, *, begins: bool = False) -> None:
        """The first button, link or fold of that name; or one whose name only begins so, such as a row's with its date."""
        found = self.to_press(name, begins=begins)
        assert found, f"Nothing on {self.page.url} is called “{name}”."
        self.presses += 1
        if name in self.files:
            with self.page.expect_download() as handed:
                found.click()
            self.files[name] = handed.value
        elif found.evaluate(LEADS_ON):
            self.pages += 1
            with self.page.expect_navigation():
                found.click()
        else:
            found.click()

    def to_press(self, name: str, *, begins: bool = False) -> Locator | None:
        """What a person would press for these words."""
        said = re.compile(rf"^\s*{re.escape(name)}(?![a-z0-9])") if begins else exactly(name)
        folds = self.page.locator("summary").filter(has_text=said)
        for found in (*(self.page.get_by_role(role, name=said) for role in ("button", "link")), folds):
            if seen := in_sight(found):
                return seen[0]
        return None

    def fill(self, label: str, answer: Answer) -> None:
        """The field of that label: the last, since rows are added below others."""
        box = self.box(label)
        assert box, f"Nothing on {self.page.url} asks for “{label}”."
        if isinstance(answer, str) and "admin-autocomplete" in (box.get_attribute("class") or ""):
            self._look_up(box, answer)
        elif isinstance(answer, str) and box.evaluate("at => at.tagName !== 'SELECT'"):
            box.fill(answer)
            self.characters += len(answer)
        else:
            self.presses += 1
            self._choose(box, answer)

    def _choose(self, box: Locator, answer: Answer) -> None:
        if isinstance(answer, Path):
            box.set_input_files(answer)
        elif isinstance(answer, bool):
            box.set_checked(answer)
        else:
            box.select_option(label=answer)

    def box(self, label: str) -> Locator | None:
        """By its label, or by the head of its column."""
        said = exactly(label)
        boxes = self.page.locator("input, select, textarea, [contenteditable]")
        if seen := in_sight(self.page.get_by_label(said).and_(boxes)):
            return seen[-1]
        column = self.page.locator("th[class*=column-]").filter(has_text=said)
        if not column.count():
            return None
        (kind,) = re.findall(r"column-(\w+)", column.last.get_attribute("class") or "")
        inside = self.page.locator(f"td.field-{kind} :is(input,select,textarea):not([type=hidden])")
        seen = in_sight(inside)
        return seen[-1] if seen else None

    def _look_up(self, box: Locator, answer: str) -> None:
        """In a list that looks rows up while one types."""
        self.presses += 2
        self.characters += len(answer)
        box.locator("xpath=following-sibling::span").locator(".select2-selection").click()
        self.page.locator(".select2-container--open .select2-search__field").fill(answer)
        option = self.page.locator(".select2-results__option").filter(has_text=answer).first
        expect(option).to_be_visible()
        option.click()


def exactly(name: str) -> re.Pattern[str]:
    """These words, and after them no more than a count or a hint."""
    return re.compile(rf"^\s*{re.escape(name)}\s*($|[:,(…])")


def in_sight(among: Locator) -> list[Locator]:
    """Those that a person sees."""
    return [one for one in among.all() if one.is_visible()]
