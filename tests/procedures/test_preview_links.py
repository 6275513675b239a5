"""A draft by a link: for somebody with no account, for a while, and for nobody else."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from kyphoplasty_site.logs import PrivateFormatter
from procedures import publishing
from procedures.models import Edition, PreviewLink, RedFlagCard
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Edition:
    return factories.whole_draft(procedure=factories.procedure())


@pytest.fixture
def address(draft: Edition) -> str:
    return factories.preview_address(draft)


def test_link_shows_the_draft_as_it_will_look(client: Client, draft: Edition, address: str) -> None:
    preview = Page(client.get(address))

    publishing_page = "//main//section[not(ancestor-or-self::section[@id='contact']) and not(@id='sources')]"
    shown = preview.words(publishing_page)
    factories.published(draft, change_summary="New.", change_reason="New.")
    public = Page(client.get(draft.procedure.get_absolute_url()))
    assert preview.heading == public.heading == "Balloon kyphoplasty"
    assert "The pain can ease." in preview.text
    assert shown == public.words(publishing_page)


def test_page_says_that_it_is_a_draft_and_how_long_the_link_opens(client: Client, address: str) -> None:
    link = PreviewLink.objects.get()
    until = timezone.localtime(link.expires_at)

    note = Page(client.get(address)).words("//*[@role='note']")[0]

    assert note.startswith("This is a draft. It is not public")
    assert f"until {until:%-d %B %Y} at {until:%H:%M}" in note


def test_page_is_kept_from_search_engines_stores_and_other_pages(client: Client, address: str) -> None:
    response = client.get(address)

    assert response["X-Robots-Tag"] == "noindex"
    assert Page(response).tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert not Page(response).tree.xpath("//link[@rel='canonical'] | //form")
    assert address not in response.content.decode()
    assert not response.cookies


def test_page_says_neither_who_made_the_link_nor_for_whom(client: Client, draft: Edition) -> None:
    by = factories.person("zanzibar", first_name="Zanzibar")
    Edition.objects.update(internal_note="zanzibar note")

    content = client.get(factories.preview_address(draft, shown_to="zanzibar friend", by=by)).content.decode()

    assert "zanzibar" not in content.lower()


def test_link_runs_out(client: Client, address: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert client.get(address).status_code == 404


def test_link_can_be_taken_back(client: Client, address: str) -> None:
    PreviewLink.objects.update(revoked_at=timezone.now())

    assert client.get(address).status_code == 404


def test_link_ends_when_the_draft_is_published(client: Client, draft: Edition, address: str) -> None:
    factories.published(draft, change_summary="New.", change_reason="New.")

    assert client.get(address).status_code == 404


def test_link_ends_when_a_time_is_set(client: Client, draft: Edition, address: str) -> None:
    Edition.objects.update(change_summary="New.", change_reason="New.")
    morgan = factories.reviewer()
    factories.sign_off(draft, morgan)
    publishing.publish(draft, by=morgan.user, at=timezone.now() + timedelta(days=1))

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 32, "%00", "%ff" * 9, "x" * 5000])
def test_link_that_nobody_made_is_not_found(client: Client, draft: Edition, token: str) -> None:
    assert client.get(f"/preview/{token}/").status_code == 404


def test_every_dead_link_looks_the_same(client: Client, draft: Edition) -> None:
    RedFlagCard.objects.all().delete()
    expired, revoked = factories.preview_address(draft, days=-1), factories.preview_address(draft)
    PreviewLink.objects.filter(pk=PreviewLink.objects.latest("pk").pk).update(revoked_at=timezone.now())

    pages = {client.get(address).content for address in (expired, revoked, "/preview/unknown/")}

    assert len(pages) == 1
    assert b"Ask whoever sent you the link for another." in pages.pop()


def test_dead_link_is_private_too(client: Client, db: None) -> None:
    response = client.get("/preview/unknown/")

    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_draft_is_not_found_without_a_link(client: Client, draft: Edition) -> None:
    for place in ("", "changes/", "editions/2/", "visit-sheet/", "for-your-gp/"):
        assert client.get(f"{draft.procedure.get_absolute_url()}{place}").status_code == 404


def test_only_the_fingerprint_of_a_link_is_kept(draft: Edition, address: str) -> None:
    token = address.split("/")[2]

    assert token not in str(PreviewLink.objects.values().get())


def test_log_does_not_hold_the_address(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = address.split("/")[2]

    with caplog.at_level(logging.DEBUG):
        client.get(address)
        PreviewLink.objects.update(revoked_at=timezone.now())
        client.get(address)

    written = [PrivateFormatter("{message}", style="{").format(record) for record in caplog.records]
    assert any("/preview/…" in line for line in written)
    assert not any(token in line for line in written)
