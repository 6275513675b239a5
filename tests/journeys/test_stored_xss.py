"""Hostile fragments in every field, opened in a browser; and honest ones that go through the editor unharmed."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from procedures import leaflets, publishing
from procedures.models import (
    Block,
    Edition,
    Figure,
    GlossaryTerm,
    Illustration,
    Passage,
    PreviewLink,
    Procedure,
    RedFlagCard,
    Source,
    Video,
)
from procedures.richtext import ALLOWED, clean
from tests import factories
from tests.hostile import HONEST, HOSTILE, poisoned_draft
from tests.staff import signed_in

# A script that runs calls alert, as each fragment would; here that leaves a mark.
SENTINEL = """for (const name of ["alert", "confirm", "prompt", "msgbox"]) {
    window[name] = () => { try { top.ran = true } catch {} ; window.ran = true } }"""
TOUCH = """() => {
    document.querySelectorAll("details").forEach((fold) => { fold.open = true })
    document.querySelectorAll("a, button, input, [tabindex]").forEach((one) => one.focus())
    document.querySelectorAll(".rich *, .ProseMirror *").forEach((one) => {
        for (const kind of ["mouseover", "pointerenter", "focus", "animationstart", "toggle", "input"]) {
            one.dispatchEvent(new Event(kind))
        }
    })
}"""
MADE: list[Any] = [
    Passage,
    Block,
    Edition,
    Procedure,
    RedFlagCard,
    GlossaryTerm,
    Figure,
    Source,
    Illustration,
    Video,
]


@pytest.fixture
def left_as_found(database: None) -> Iterator[None]:
    """What the test adds goes again: the other journeys read the same tables."""
    before = {model: set(model.objects.values_list("pk", flat=True)) for model in [*MADE, User]}
    yield
    with pgtrigger.ignore():
        for name in ("PreviewLink", "EditionEditor", "BlockFigure", "Leaflet", "Task"):
            model: Any = apps.get_model("procedures", name)
            model.objects.exclude(pk__in=before.get(model, set())).delete()
        apps.get_model("admin", "LogEntry").objects.all().delete()
        for model in [*MADE, User]:
            model.objects.exclude(pk__in=before[model]).delete()


@pytest.fixture
def staff(left_as_found: None, visit: Callable[..., Page], origin: str) -> Callable[..., Page]:
    """The desk, opened in a browser by somebody who may do everything.

    The browser is shut before what the test added goes, or a preview that still loads would find no draft.
    """

    def opened(**options: Any) -> Page:
        client = Client()
        signed_in(client, factories.person("alex", is_staff=True, is_superuser=True))
        page = visit(**options)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": origin}])
        page.context.add_init_script(SENTINEL)
        return page

    return opened


def assert_nothing_runs(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle", timeout=120_000)  # some of these hold a thousand blocks
    page.evaluate(TOUCH)
    page.wait_for_timeout(200)
    assert not page.evaluate("window.ran"), f"something ran on {address}"
    assert page.url.endswith(address)


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["with our policy", "with no policy at all"])
def test_hostile_fragments_run_nothing_in_a_browser(staff: Callable[..., Page], bypass_csp: bool) -> None:
    page = staff(bypass_csp=bypass_csp)
    draft = poisoned_draft(HOSTILE)
    block, card, film = draft.blocks.all()[1], RedFlagCard.objects.last(), Video.objects.get(key="poisoned")
    token = PreviewLink.objects.mint(draft, shown_to="Sam", by=User.objects.get(username="alex"), days=1)
    Block.objects.filter(pk=block.pk).update(body="".join(f"<p>Next</p>{clean(one)}" for one in HOSTILE))
    assert card

    for address in (
        reverse("procedures:preview", args=[token]),
        reverse("admin:procedures_edition_preview", args=[draft.pk]),
        reverse("admin:procedures_edition_change", args=[draft.pk]),
        reverse("admin:procedures_block_changelist"),
        reverse("admin:procedures_block_change", args=[block.pk]),
        reverse("admin:procedures_redflagcard_change", args=[card.pk]),
        reverse("admin:procedures_video_change", args=[film.pk]),
    ):
        assert_nothing_runs(page, address)
    publishing.publish_first_text(draft)
    assert_nothing_runs(page, draft.procedure.get_absolute_url())
    assert_nothing_runs(page, reverse("procedures:glossary"))
    page.set_content(leaflets.html(Edition.objects.with_blocks().get(pk=draft.pk)))
    assert not page.evaluate("window.ran")


def test_editor_opened_on_what_was_typed_and_pasted_runs_nothing(staff: Callable[..., Page]) -> None:
    """The editor is given hostile HTML that nobody has cleaned: typed into a refused form, and pasted.

    Without our policy, so that whatever could run would; with it, the browser complains of handlers even in the
    lifeless documents that the editor reads the HTML in.
    """
    page = staff(bypass_csp=True)
    draft = factories.draft(procedure=factories.procedure(slug="typed", name="Typed"))
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")
    page.goto(reverse("admin:procedures_block_change", args=[block.pk]), wait_until="networkidle")

    page.locator("#id_body").evaluate("(box, html) => { box.value = html }", "".join(HOSTILE[:200]))
    page.fill("#id_heading", "")
    page.click("text=Save and stay here")
    page.wait_for_selector(".ProseMirror")
    page.locator(".ProseMirror").evaluate(
        """(words, fragments) => { for (const html of fragments) {
            const clipboardData = new DataTransfer()
            clipboardData.setData("text/html", html)
            words.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
        } }""",
        HOSTILE,
    )
    page.wait_for_timeout(300)

    assert not page.evaluate("window.ran")
    left = page.locator("#id_body").evaluate("(box) => box.value")
    assert set(re.findall(r"<([a-z0-9]+)", left)) <= set(ALLOWED)


@pytest.fixture
def honest() -> str:
    """All honest fragments in one text."""
    return clean(
        "".join(f"<p>Fragment {number}.</p>{html}" for number, html in enumerate(HONEST)) + "<p>End</p>"
    )


def written(page: Page, honest: str) -> Block:
    draft = factories.draft(procedure=factories.procedure(slug="honest", name="Honest"))
    block = factories.block(draft, "faq", heading="All of it", body=honest)
    page.goto(reverse("admin:procedures_block_change", args=[block.pk]), wait_until="networkidle")
    page.wait_for_selector(".ProseMirror")
    return block


def test_saving_without_typing_leaves_the_text_as_it_was(staff: Callable[..., Page], honest: str) -> None:
    page = staff()
    block = written(page, honest)

    page.click("text=Save and stay here")
    page.wait_for_selector(".success")

    block.refresh_from_db()
    assert block.body == honest


def test_text_that_went_through_the_editor_means_the_same(staff: Callable[..., Page], honest: str) -> None:
    page = staff()
    block = written(page, honest)

    page.click(".ProseMirror > p:last-child")
    page.keyboard.press("End")
    page.keyboard.type("x")
    page.click("text=Save and stay here")
    page.wait_for_selector(".success")

    block.refresh_from_db()
    expected = (
        honest.replace("<b>", "<strong>").replace("</b>", "</strong>").replace("<p>End</p>", "<p>Endx</p>")
    )
    assert block.body.split("<p>Fragment ") == expected.split("<p>Fragment ")


def test_toolbar_and_text_are_named_and_reached_by_keyboard(staff: Callable[..., Page], honest: str) -> None:
    page = staff()
    written(page, "<p>A little.</p>")
    text = page.get_by_role("textbox", name="Text")
    tools = page.get_by_role("toolbar", name="Text: tools")

    text.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    assert tools.get_by_role("button", name="Bold").get_attribute("aria-pressed") == "true"
    assert page.locator("#id_body").evaluate("(box) => box.value") == "<p><strong>A little.</strong></p>"
    tools.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Italic"


def test_link_and_abbreviation_are_asked_for_in_words(staff: Callable[..., Page]) -> None:
    page = staff()
    written(page, "<p>MRI</p>")

    page.get_by_role("textbox", name="Text").click()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Abbreviation").click()
    page.get_by_role("textbox", name="In full").fill("Magnetic resonance imaging")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Link", exact=True).click()
    page.get_by_role("textbox", name="Address").fill("/procedures/mri-scan/")
    page.keyboard.press("Enter")

    kept = page.locator("#id_body").evaluate("(box) => box.value")
    assert '<abbr title="Magnetic resonance imaging">' in kept
    assert '<a href="/procedures/mri-scan/">' in kept


def test_table_made_in_the_editor_has_a_caption_and_scoped_headers(staff: Callable[..., Page]) -> None:
    page = staff()
    written(page, "<p>Before.</p>")
    text = page.get_by_role("textbox", name="Text")

    text.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Table", exact=True).click()
    expect(text).to_be_focused()  # a moment after the press, sooner than a person types
    page.keyboard.type("Day")
    page.get_by_role("button", name="Table caption").click()
    expect(text).to_be_focused()
    page.keyboard.type("When to do what")

    kept = page.locator("#id_body").evaluate("(box) => box.value")
    assert '<table><caption>When to do what</caption><thead><tr><th scope="col">Day</th>' in kept


def test_without_javascript_the_text_is_plain_html_in_a_box(staff: Callable[..., Page]) -> None:
    page = staff(java_script_enabled=False)
    draft = factories.draft(procedure=factories.procedure(slug="plain", name="Plain"))
    block = factories.block(draft, "faq", heading="Will it hurt?", body="<p>A little.</p>")

    page.goto(reverse("admin:procedures_block_change", args=[block.pk]))
    page.get_by_label("Text").fill("<p>Not much.</p>")
    page.click("text=Save and go back to the edition")

    block.refresh_from_db()
    assert block.body == "<p>Not much.</p>"
