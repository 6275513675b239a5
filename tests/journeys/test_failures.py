"""Whatever fails, a number to ring stands beside it, and what was typed is kept in the page."""

from django.conf import settings
from playwright.sync_api import expect

from tests.journeys.states import Standing

# Failures that come after a form was filled in. What was too large to be read cannot be shown again.
AFTER_TYPING = [
    *("enquiry, too many", "enquiry, database away", "enquiry, our own fault"),
    *("enquiry, token stale", "call-back, token stale"),
]


def test_number_to_ring_can_be_seen_and_what_was_typed_is_kept(standing: Standing) -> None:
    page = standing.at(320)
    failed = standing.watch.documents[-1].status >= 400

    numbers = page.locator("main" if failed else "body").locator("a[href^='tel:']")
    expect(numbers.filter(has_text=settings.FALLBACK_PHONE, visible=True).first).to_be_visible()
    if standing.name in AFTER_TYPING:
        for name, typed in {"name": "Jo Larkspur", "email": "jo@larkspur.example"}.items():
            expect(page.locator(f"main form [name={name}]")).to_have_value(typed)
