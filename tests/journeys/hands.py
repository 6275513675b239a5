"""Two ways to use a page. A story is told once and done with each."""

from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import Locator, Page, expect

# Far more stops than any page has: a trap, or a thing that cannot be reached.
MOST_STOPS = 400

# What has the focus, once the page has come to rest: whether anybody can see that it has, and whether anything stands in front of it.
FOCUS = """async () => {
  for (const frame of [1, 2]) await new Promise(requestAnimationFrame)
  const at = document.activeElement
  if (!at || at === document.body) return null
  const around = [at, at.closest('.pick'), at.closest('.card--link')].filter(Boolean)
  const isMarked = around.some(box => {
    const style = getComputedStyle(box)
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  })
  const box = at.getClientRects()[0]
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height, innerHeight) / 2]
  const front = document.elementFromPoint(x, y)
  const isInFront = Boolean(front) && (at.contains(front) || front.contains(at))
  return {name: at.outerHTML.slice(0, 120), isMarked, isInFront}
}"""


class Hand(ABC):
    """Somebody using a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, path: str) -> None:
        self.page.goto(path)

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow a link."""
        self._go((within or self.page).get_by_role("link", name=name).first)

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press a button."""
        self._go((within or self.page).get_by_role("button", name=name).first)

    def unfold(self, summary: str, *, within: Locator | None = None) -> None:
        """Open what is folded away."""
        fold = (
            (within or self.page).locator("details", has=self.page.locator("summary", has_text=summary)).first
        )
        self._activate(fold.locator("summary").first)
        expect(fold).to_have_attribute("open", "")

    @abstractmethod
    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        """Type an answer in the place of what stands there."""

    @abstractmethod
    def tick(self, label: str, *, within: Locator | None = None) -> None:
        """Tick a box."""

    @abstractmethod
    def pick(self, label: str, *, within: Locator | None = None) -> None:
        """Pick one of several."""

    @abstractmethod
    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """Choose from a list."""

    @abstractmethod
    def _activate(self, what: Locator) -> None: ...

    def _go(self, what: Locator) -> None:
        """Do what leads to a page, or to another place in this one."""
        with self.page.expect_navigation():
            self._activate(what)

    def field(self, label: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_label(label).first


class Finger(Hand):
    """Taps on a phone."""

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self.field(label, within).tap()
        self.field(label, within).fill(text)

    def tick(self, label: str, *, within: Locator | None = None) -> None:
        self.field(label, within).tap()
        expect(self.field(label, within)).to_be_checked()

    pick = tick

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        self.field(label, within).select_option(label=option)

    def _activate(self, what: Locator) -> None:
        what.tap()


class Keyboard(Hand):
    """Tab, Enter, space and the arrows, and nothing else. Every stop on the way must show that it has the focus."""

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self.reach(self.field(label, within))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text) if text else self.page.keyboard.press("Delete")

    def tick(self, label: str, *, within: Locator | None = None) -> None:
        self.reach(self.field(label, within))
        self.page.keyboard.press("Space")
        expect(self.field(label, within)).to_be_checked()

    def pick(self, label: str, *, within: Locator | None = None) -> None:
        wanted = self.field(label, within)
        others = (within or self.page).locator(f"input[name='{wanted.get_attribute('name')}']")
        self.reach(others)
        for _ in range(others.count()):
            if has_focus(wanted):
                break
            self.page.keyboard.press("ArrowDown")
        if not wanted.is_checked():
            self.page.keyboard.press("Space")
        expect(wanted).to_be_checked()

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        box = self.field(label, within)
        self.reach(box)
        self.page.keyboard.type(option)
        expect(box.locator("option:checked")).to_have_text(option)

    def reach(self, what: Locator) -> None:
        """Press Tab until one of these has the focus."""
        for _ in range(MOST_STOPS):
            if has_focus(what):
                return
            self.page.keyboard.press("Tab")
            self.look_at_focus()
        raise AssertionError(f"Tab does not reach {what}.")

    def look_at_focus(self) -> dict[str, Any] | None:
        """What has the focus; it must be seen to have it, and nothing may cover it."""
        focus: dict[str, Any] | None = self.page.evaluate(FOCUS)
        if focus:
            assert focus["isMarked"], f"No mark of focus on {focus['name']}"
            assert focus["isInFront"], f"Out of sight: {focus['name']}"
        return focus

    def _activate(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Enter")


def has_focus(what: Locator) -> bool:
    """Whether one of these has the focus."""
    return bool(what.evaluate_all("all => all.includes(document.activeElement)"))
