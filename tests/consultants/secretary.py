"""A secretary at the page that our mail leads to."""

from typing import Any

from django.test import Client

from consultants.models import Consultant, Reconfirmation
from tests import factories
from tests.enquiries.pages import Page

RIGHT, CORRECTED = {"answer": "right"}, {"answer": "corrected"}


class Secretary:
    """Somebody with the link, a browser and no account."""

    def __init__(self, question: Reconfirmation) -> None:
        self.question, self.address = question, question.address
        self.client = Client()

    def opens(self) -> Page:
        """The page as it is now."""
        return Page(self.client.get(self.address))

    def answers(self, page: Page, **changed: Any) -> Page:
        """Send what the page holds, but for what is changed on it. A box is unticked by None."""
        sent = {key: value for key, value in (page.hidden() | changed).items() if value is not None}
        return Page(self.client.post(self.address, sent))

    def confirms(self) -> Page:
        """Open the page and say that all of it is right."""
        return self.answers(self.opens(), **RIGHT)

    def corrects(self, **changed: Any) -> Page:
        """Open the page, change something and send it."""
        return self.answers(self.opens(), **changed, **CORRECTED)


def asked(consultant: Consultant) -> Secretary:
    """The consultant's secretary, who has our mail before them."""
    return Secretary(factories.question(consultant))
