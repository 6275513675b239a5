"""The guide on the desk: whom it shows what, and how one comes to it. That its steps hold is tested in a browser."""

import re
from functools import cache

import pytest
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role, addresses
from kyphoplasty_site.guide import GuidePage, guide_pages
from tests import factories
from tests.conventions.sources import modules, templates
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
each_page = pytest.mark.parametrize("told", guide_pages().values(), ids=lambda told: told.slug)


def desk_of(role: Role) -> Client:
    client = Client()
    signed_in(client, factories.handler("robin", factories.hospital(), role=role))
    return client


def test_guide_shows_first_what_the_person_does() -> None:
    page = Page(desk_of(Role.ENQUIRY_HANDLER).get(reverse("admin:guide")))

    yours, others = page.tree.xpath("//ul[@class='guide__list']")
    assert "Ring people back" in yours.text_content()
    assert "Correct a risk figure" in others.text_content()


def test_every_page_of_it_can_be_read_by_every_role() -> None:
    page = Page(desk_of(Role.ENQUIRY_HANDLER).get(reverse("admin:guide")))

    assert len(page.tree.xpath("//ul[@class='guide__list']/li")) == len(guide_pages())


def test_every_role_finds_something_of_its_own() -> None:
    assert frozenset().union(*(told.roles for told in guide_pages().values())) == frozenset(Role)


@each_page
def test_page_of_it_tells_its_steps_and_what_may_go_wrong(told: GuidePage) -> None:
    client = desk_of(Role.DIRECTORY_EDITOR)

    page = Page(client.get(reverse("admin:guide_page", args=[told.slug])))

    assert page.tree.xpath("//h1")[0].text == told.title
    assert len(page.tree.xpath("//ol/li")) == len(told.steps)
    assert len(page.tree.xpath("//ul[@class='guide__wrong']/li")) == len(told.wrong)
    assert "**" not in page.tree.text_content()


@each_page
def test_page_of_it_is_about_pages_that_exist(told: GuidePage) -> None:
    names = {address.name.removeprefix("admin:") for address in addresses()}

    assert all(any(name == one or name.startswith(f"{one}_") for name in names) for one in told.about)


@each_page
def test_page_of_it_quotes_only_what_the_desk_says(told: GuidePage) -> None:
    """What no step presses stands in quotation marks, and is looked for where the desk's words are written."""
    text = "".join(words.text for step in (*told.steps, *told.wrong) for words in step)

    assert [said for said in re.findall("“(.+?)”", text) if said.lower() not in desk_words()] == []


@cache
def desk_words() -> str:
    """Every template, and every Python file of the apps."""
    files = [*templates(), *modules()]
    return "\n".join(file.read_text(encoding="utf-8") for file in files).lower()


def test_page_of_the_desk_leads_to_what_the_guide_says_of_it() -> None:
    page = Page(desk_of(Role.CONTENT_EDITOR).get(reverse("admin:procedures_figure_changelist")))

    (way,) = page.tree.xpath("//p[@class='how-to']/a")
    assert way.get("href") == reverse("admin:guide_page", args=["correct-a-figure"])


def test_front_of_the_desk_leads_to_the_guide() -> None:
    page = Page(desk_of(Role.CLINICAL_REVIEWER).get(reverse("admin:index")))

    assert page.tree.xpath(f"//a[@href='{reverse('admin:guide')}']")


def test_page_of_it_that_nobody_wrote_is_not_found() -> None:
    assert desk_of(Role.CONTENT_EDITOR).get("/admin/guide/fly-a-kite/").status_code == 404


def test_stranger_is_shown_the_door() -> None:
    assert Client().get(reverse("admin:guide")).status_code == 302
