"""Pages that belong to no single app: home, notices and the signs of health."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from enquiries import retention
from enquiries.models import OutgoingMail
from enquiries.models.outbox import worker_was_here
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


def test_home_offers_the_four_things_people_come_to_do(client: Client) -> None:
    factories.hospital()

    page = Page(client.get("/"))

    assert page.heading == "Broken bone in your spine? Start here."
    assert page.tree.xpath("//section[@aria-labelledby='do-h']//a/@href") == [
        "/procedures/balloon-kyphoplasty/",
        "/consultants/",
        "/call-back/",
        "/enquiry/",
    ]
    assert page.tree.xpath("//main//form/@action") == ["/search/"]
    assert "the people at Elm Park" in page.text


def test_home_stands_before_there_is_a_hospital(client: Client) -> None:
    page = Page(client.get("/"))

    assert page.status == 200
    assert settings.FALLBACK_PHONE in page.text
    assert page.title == "Broken bone in your spine? Start here | Kyphoplasty"


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, "01632 960101"),
        ({"self_pay_phone": ""}, "01632 960100"),
        ({"self_pay_phone": "", "phone": ""}, settings.FALLBACK_PHONE),
    ],
    ids=["self-pay line", "switchboard", "fallback"],
)
def test_some_number_to_ring_stands_on_every_page(client: Client, facts: dict[str, str], shown: str) -> None:
    factories.hospital(**facts)

    page = Page(client.get("/privacy/"))

    assert f"please call {shown}" in page.words("//footer")[0]


def test_privacy_page_has_a_line_for_every_rule(client: Client) -> None:
    page = Page(client.get("/privacy/"))

    assert page.heading == "Privacy"
    rows = page.tree.xpath("//table/tbody/tr")
    assert [[cell.text_content().lower() for cell in row] for row in rows] == [
        [rule.what, rule.why, "90 days after we have dealt with it"] for rule in retention.RULES
    ]


def test_accessibility_page_owns_what_falls_short_and_gives_a_way_to_tell_us(client: Client) -> None:
    page = Page(client.get("/accessibility/"))

    assert page.heading == "Accessibility"
    assert "What falls short" in page.words("//h2")
    assert "/enquiry/" in page.tree.xpath("//main//a/@href")


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/", 2), ("/privacy/", 2), ("/accessibility/", 1), ("/robots.txt", 0), ("/healthz", 0)],
)
def test_page_asks_the_database_as_little_as_it_can(
    client: Client, address: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.hospital()

    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


def test_main_menu_marks_the_page_you_are_on(client: Client) -> None:
    page = Page(client.get("/consultants/"))

    assert page.words("//nav[@aria-label='Main']//a[@aria-current='page']") == ["Consultants"]


def test_process_that_answers_is_healthy(client: Client) -> None:
    response = client.get("/healthz")

    assert json.loads(response.content) == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_ready_site_tells_of_its_mail_and_worker_and_of_nobody(client: Client) -> None:
    now = timezone.now()
    factories.stored_enquiry(factories.hospital())
    OutgoingMail.objects.update(created_at=now - timedelta(seconds=90))
    worker_was_here()

    response = client.get("/readyz")

    facts = json.loads(response.content)
    assert set(facts) == {
        *("database", "mail", "worker", "clock", "may_mail_leave", "put_off_mails", "held_mails"),
        *("oldest_unsent_seconds", "worker_seen_seconds"),
    }
    assert (facts["database"], facts["may_mail_leave"], facts["held_mails"]) == ("ok", True, 0)
    assert 90 <= facts["oldest_unsent_seconds"] <= 100
    assert 0 <= facts["worker_seen_seconds"] <= 10
    assert "no-store" in response["Cache-Control"]


def test_new_site_is_ready_before_its_first_request(client: Client) -> None:
    assert json.loads(client.get("/readyz").content) == {
        "database": "ok",
        "mail": "ok",
        "worker": "away",
        "clock": "ok",
        "may_mail_leave": True,
        "put_off_mails": 0,
        "held_mails": 0,
        "oldest_unsent_seconds": None,
        "worker_seen_seconds": None,
    }
