"""What every page says at its head and foot, as staff set it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from kyphoplasty_site.access import Role
from kyphoplasty_site.models import SiteSettings
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db

CHRISTMAS = datetime(2026, 12, 25, 0, 0, tzinfo=UTC)
FORM = reverse("admin:kyphoplasty_site_sitesettings_change", args=[1])
NOTICE = {
    "notice": "Our phones rest on Christmas Day.",
    "notice_from": CHRISTMAS,
    "notice_until": CHRISTMAS + timedelta(days=1),
}


def say(**said: Any) -> None:
    SiteSettings.objects.update(**said)


def test_name_that_staff_gave_heads_every_page(client: Client) -> None:
    factories.hospital()
    say(name="The Spine Pages")

    page = Page(client.get("/privacy/"))

    assert page.title == "Privacy | The Spine Pages"
    assert page.words("//header//a[@class='mark']") == ["The Spine Pages"]
    assert page.tree.xpath("//meta[@property='og:site_name']/@content") == ["The Spine Pages"]


def test_empty_name_is_that_of_the_first_hospital(client: Client) -> None:
    factories.hospital()

    assert Page(client.get("/privacy/")).title == "Privacy | Kyphoplasty at Elm Park"


def test_numbers_that_staff_gave_stand_on_every_page_and_leave_the_hospitals_own(client: Client) -> None:
    hospital = factories.hospital()
    say(phone="01632 960180", self_pay_phone="01632 960181")

    (footer,) = Page(client.get("/privacy/")).words("//footer")
    page_of_hospital = Page(client.get(hospital.get_absolute_url())).words("//main")[0]

    assert "please call 01632 960181" in footer
    assert "call the hospital on 01632 960180" in footer
    assert "01632 960101" in page_of_hospital
    assert "960181" not in page_of_hospital


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, []), (0, [NOTICE["notice"]]), (24 * 3600 - 1, [NOTICE["notice"]]), (24 * 3600, [])],
    ids=["before", "from its first moment", "to its last", "after"],
)
@pytest.mark.parametrize("address", ["/", "/privacy/", "/nothing/"])
def test_notice_is_shown_between_its_two_moments(
    client: Client, address: str, seconds: int, shown: list[str]
) -> None:
    say(**NOTICE)

    with time_machine.travel(CHRISTMAS + timedelta(seconds=seconds), tick=False):
        page = Page(client.get(address))

    assert page.words("//section[@aria-label='Notice']") == shown
    assert page.words("//*[@role='alert']") == []


def test_notice_comes_right_after_the_skip_link(client: Client) -> None:
    say(**NOTICE)

    with time_machine.travel(CHRISTMAS, tick=False):
        page = Page(client.get("/"))

    assert [element.get("class") for element in page.tree.xpath("//body/*")[:3]] == [
        "skip",
        "notice no-print",
        "top",
    ]


def test_notice_cannot_smuggle_markup_in(client: Client) -> None:
    say(**NOTICE | {"notice": "<script>alert(1)</script>"})

    with time_machine.travel(CHRISTMAS, tick=False):
        page = Page(client.get("/"))

    assert page.words("//section[@aria-label='Notice']") == ["<script>alert(1)</script>"]


@pytest.mark.usefixtures("database_away")
def test_error_page_stands_without_the_settings(client: Client) -> None:
    client.raise_request_exception = False

    page = Page(client.get("/hospitals/"))

    assert page.status == 503
    assert settings.FALLBACK_PHONE in page.text


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("id = 2", "site_settings_are_one_row"),
        ("notice = 'Closed'", "notice_says_from_when_until_when"),
        ("notice_from = '2026-12-25', notice_until = '2026-12-25'", "notice_ends_after_it_begins"),
    ],
)
def test_database_refuses_what_cannot_be(column: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE kyphoplasty_site_sitesettings SET {column}")


def test_database_keeps_the_one_row() -> None:
    with pytest.raises(Error, match="Cannot delete"), transaction.atomic():
        SiteSettings.objects.all().delete()
    with (
        pytest.raises(IntegrityError, match="site_settings_are_one_row"),
        transaction.atomic(),
    ):
        SiteSettings.objects.create(pk=2)

    assert SiteSettings.objects.count() == 1


def test_there_is_no_list_of_one() -> None:
    desk = Desk(Role.DIRECTORY_EDITOR, "bay")

    assert desk.client.get(reverse("admin:kyphoplasty_site_sitesettings_changelist")).url == FORM  # type: ignore[attr-defined]
    assert desk.client.get(reverse("admin:kyphoplasty_site_sitesettings_add")).status_code == 403


def test_notice_is_given_in_london_time_and_its_history_says_who_gave_it() -> None:
    desk = Desk(Role.DIRECTORY_EDITOR, "bay")
    typed = {"notice": "New phones.", "notice_from": "2026-07-01T09:00", "notice_until": "2026-07-02T17:30"}

    desk.typed(FORM, **typed)

    said = SiteSettings.objects.get()
    assert said.notice_from == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    history = desk.get("kyphoplasty_site_sitesettings_history", 1).text
    assert "bay" in history
    assert "Thu 2 Jul, 5.30pm" in history
    assert desk.filled(FORM)["notice_until"] == "2026-07-02T17:30"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"notice": "Closed"}, "Say from when and until when the notice is shown."),
        (
            {"notice": "Closed", "notice_from": "2026-07-02T09:00", "notice_until": "2026-07-01T09:00"},
            "The notice must end later than it begins.",
        ),
        ({"phone": "ask at the desk"}, "Give one phone number and nothing else, such as 01632 960100."),
    ],
)
def test_slip_is_told_in_words_and_keeps_what_was_typed(typed: dict[str, str], said: str) -> None:
    desk = Desk(Role.DIRECTORY_EDITOR, "bay")

    page = desk.typed(FORM, **typed)

    assert said in page.text
    assert all(page.value(name).strip() == value for name, value in typed.items())
    assert SiteSettings.objects.get().notice == ""


def test_two_people_at_once_overwrite_nothing() -> None:
    bay, ash = Desk(Role.DIRECTORY_EDITOR, "bay"), Desk(Role.ADMINISTRATOR, "ash")
    seen = ash.filled(FORM)

    bay.typed(FORM, name="The Spine Pages")
    page = Page(ash.client.post(FORM, seen | {"name": "Backs"}))

    assert SiteSettings.objects.get().name == "The Spine Pages"
    assert "bay saved this at" in page.text


def test_notice_is_seen_whole_while_it_is_written_and_stored_as_one_line() -> None:
    desk = Desk(Role.DIRECTORY_EDITOR, "ash")
    assert Page(desk.client.get(FORM)).tree.xpath("//textarea[@name='notice']/@rows") == ["3"]

    moments = {"notice_from": "2026-12-25T00:00", "notice_until": "2026-12-26T00:00"}
    desk.typed(FORM, notice="Our phones rest\r\non Christmas Day.", **moments)

    assert SiteSettings.objects.get().notice == "Our phones rest on Christmas Day."
