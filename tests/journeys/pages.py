"""The pages of the stories, in the words of the people who use them."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from enquiries.models import Enquiry
from tests.journeys.hands import Hand, has_focus
from tests.journeys.states import SEND


@dataclass(frozen=True)
class FormPage:
    """One of the two forms: on its own page, or within another."""

    hand: Hand
    kind: str
    form: Locator

    def check_answers(self) -> None:
        self.hand.press("Check my answers", within=self.form)

    def says_what_to_put_right(self, *mistakes: str) -> None:
        """The summary has the focus and names each mistake, and the title says so."""
        page = self.hand.page
        summary = page.get_by_role("alert")

        expect(page).to_have_title(re.compile("^Error: "))
        expect(summary).to_be_focused()
        assert summary.get_by_role("link").all_inner_texts() == list(mistakes)

    def leads_from_the_mistake(self, mistake: str, name: str) -> None:
        """Its line in the summary leads to the question."""
        self.hand.follow(mistake, within=self.hand.page.get_by_role("alert"))
        assert has_focus(self.form.locator(f"[name={name}]"))


class CheckPage:
    """Check your answers: nothing is sent yet."""

    def __init__(self, hand: Hand, kind: str) -> None:
        self.hand, self.kind = hand, kind
        expect(hand.page.get_by_role("heading", level=1)).to_have_text("Check your answers")
        assert not Enquiry.objects.exists()

    def shows(self, *answers: str) -> None:
        for answer in answers:
            expect(self.hand.page.locator("main")).to_contain_text(answer)

    def change(self) -> None:
        self.hand.press("Change my answers")

    def send(self) -> str:
        """Send; the reference that is shown."""
        self.hand.press(SEND[self.kind])
        page = self.hand.page
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        return page.locator("[data-reference]").get_attribute("data-reference") or ""
