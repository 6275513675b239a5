"""A consultant's card in a list: who, what for, where, and how sure we are."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def card(client: Client) -> str:
    (words,) = Page(client.get("/consultants/")).words("//main//li[contains(@class, 'who')]")
    return words


def test_card_names_role_specialties_hospitals_and_what_is_done_there(client: Client) -> None:
    kyphoplasty = factories.published_procedure()
    ada = factories.known_consultant(factories.hospital(), kyphoplasty)
    factories.practice(ada, factories.hospital(name="Ash Hospital", slug="ash", position=1), kyphoplasty)

    words = card(client)

    for part in (
        "Miss Ada Quill",
        "Spinal consultant",
        "Spinal surgery, Pain",
        "Elm Park Hospital Does: Balloon kyphoplasty",
        "Ash Hospital Named for: Balloon kyphoplasty",
    ):
        assert part in words
    assert words.index("Elm Park") < words.index("Ash")


def test_card_says_of_an_old_confirmation_that_it_was_so_then(client: Client) -> None:
    factories.known_consultant(
        factories.hospital(),
        factories.published_procedure(),
        confirmed_on=timezone.localdate() - timedelta(days=180),
    )

    assert "Did, when last confirmed: Balloon kyphoplasty" in card(client)


@pytest.mark.parametrize(
    ("confirmed_days_ago", "told"),
    [
        (0, "Spinal consultant Spinal surgery, Pain Speaks English, Welsh, Urdu"),
        (
            180,
            "Spinal consultant, when last confirmed When last confirmed: Spinal surgery, Pain"
            " When last confirmed: Speaks English, Welsh, Urdu",
        ),
        (None, "Named as “Spinal consultant”"),
    ],
)
def test_card_says_how_sure_we_are_of_who_they_are(
    client: Client, confirmed_days_ago: int | None, told: str
) -> None:
    days = confirmed_days_ago
    confirmed_on = None if days is None else timezone.localdate() - timedelta(days=days)
    factories.known_consultant(factories.hospital(), confirmed_on=confirmed_on, named_in=2016)

    assert card(client).startswith(f"AQ Miss Ada Quill {told} Elm Park Hospital")


def test_card_tells_of_no_lapsed_practice_beside_another(client: Client) -> None:
    ada = factories.known_consultant(factories.hospital())
    factories.practice(
        ada,
        factories.hospital(name="Ash Hospital", slug="ash"),
        confirmed_on=timezone.localdate() - timedelta(days=365),
    )

    assert "Ash Hospital" not in card(client)


def test_card_of_whom_little_is_known_has_nothing_in_place_of_it(client: Client) -> None:
    factories.practice(factories.consultant(role=""), factories.hospital())

    assert card(client).startswith("AQ Miss Ada Quill Elm Park Hospital Named by")
