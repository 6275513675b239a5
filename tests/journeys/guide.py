"""Somebody who does what a page of the guide says, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from kyphoplasty_site.guide import Task

Typed = str | bool | Path
LEADS_ON = """at => at.tagName === 'A' ? !at.getAttribute('href').startsWith('#') : at.type === 'submit'"""


@dataclass
class Follower:
    """Uses every word that a step sets in bold, in order: what is not on the page by that name ends the walk.

    `typed` says what goes in a field, by its label: one answer for each time that it is named. `yours` says what the
    words stand for that differ each time. A button named in `files` hands over a file.
    """

    page: Page
    typed: dict[str, list[Typed]] = field(default_factory=dict)
    yours: dict[str, str] = field(default_factory=dict)
    files: dict[str, Download | None] = field(default_factory=dict)

    def follow(self, task: Task) -> None:
        """All its steps, to the end."""
        typed = {label: iter(answers) for label, answers in self.typed.items()}
        for number, step in enumerate(task.steps, 1):
            for words in step:
                if words.is_on_screen or words.is_yours:
                    name = self.yours[words.text] if words.is_yours else words.text
                    assert self.use(name, typed), (
                        f"Step {number} of “{task.title}” names “{name}”, which is not on {self.page.url}."
                    )
        left = [label for label, answers in typed.items() if next(answers, None) is not None]
        assert not left, f"No step of “{task.title}” fills in {left}."

    def use(self, name: str, typed: dict[str, Iterator[Typed]]) -> bool:
        """Press, follow, unfold, fill in or see what has that name; whether there is such a thing."""
        said = re.compile(rf"^\s*{re.escape(name)}\s*($|[:,(…])")
        if name in typed:
            return self._fill(self._field(name, said), next(typed[name]))
        for role in ("button", "link"):
            if found := _seen(self.page.get_by_role(role, name=said)):
                return self._press(found[0], name)
        if found := _seen(self.page.locator("summary").filter(has_text=said)):
            found[0].click()
            return True
        return bool(_seen(self.page.get_by_text(said)))

    def _press(self, what: Locator, name: str) -> bool:
        if name in self.files:
            with self.page.expect_download() as handed:
                what.click()
            self.files[name] = handed.value
        elif what.evaluate(LEADS_ON):
            with self.page.expect_navigation():
                what.click()
        else:
            what.click()
        return True

    def _field(self, name: str, said: re.Pattern[str]) -> Locator | None:
        """The field of that label, or under that head of a table; the last, since rows are added below others."""
        if found := _seen(self.page.get_by_label(said)):
            return found[-1]
        column = self.page.locator("th[class*=column-]").filter(has_text=said)
        if not column.count():
            return None
        (kind,) = re.findall(r"column-(\w+)", column.last.get_attribute("class") or "")
        inside = self.page.locator(f"td.field-{kind} :is(input,select,textarea):not([type=hidden])")
        found = _seen(inside)
        return found[-1] if found else None

    def _fill(self, box: Locator | None, answer: Typed) -> bool:
        if box is None:
            return False
        if isinstance(answer, Path):
            box.set_input_files(answer)
        elif isinstance(answer, bool):
            box.set_checked(answer)
        elif "admin-autocomplete" in (box.get_attribute("class") or ""):
            self._look_up(box, answer)
        elif box.evaluate("at => at.tagName") == "SELECT":
            box.select_option(label=answer)
        else:
            box.fill(answer)
        return True

    def _look_up(self, box: Locator, answer: str) -> None:
        """In a list that looks rows up as one types."""
        box.locator("xpath=following-sibling::span").locator(".select2-selection").click()
        self.page.locator(".select2-container--open .select2-search__field").fill(answer)
        option = self.page.locator(".select2-results__option--highlighted, .select2-results__option").filter(
            has_text=answer
        )
        expect(option.first).to_be_visible()
        option.first.click()


def _seen(among: Locator) -> list[Locator]:
    """Those that a person sees."""
    return [one for one in among.all() if one.is_visible()]
