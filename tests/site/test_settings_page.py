"""The staff's one place to look for what the hospital sets itself."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from enquiries.models import MailText
from kyphoplasty_site.access import Role
from kyphoplasty_site.models import SiteSettings
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
SITE, PROMISE, AGREED = "Site name, phones and notice", "Promise and retention", "What patients agree to"
MAIL = "Mail to the patient: we have your request"


def rows(desk: Desk) -> dict[str, tuple[str, str]]:
    """Each setting, what it is now and who changed it last."""
    found = Page(desk.client.get(reverse("admin:site_settings"))).tree.xpath("//table/tbody/tr")
    cells = [[" ".join(cell.text_content().split()) for cell in row] for row in found]
    return {what: (now, changed) for what, now, changed in cells}


def test_each_setting_is_told_in_words() -> None:
    factories.hospital()

    told = rows(Desk(Role.ADMINISTRATOR, "bay"))

    assert "Site name: Kyphoplasty at Elm Park" in told[SITE][0]
    assert "Self-pay line: 01632 960101" in told[SITE][0]
    assert "Notice: none" in told[SITE][0]
    assert told[PROMISE][0] == (
        "We call within 8 working hours"
        "We try 3 times over 2 working days"
        "Requests are kept for 90 days, spam for 14 days"
    )
    assert told[AGREED][0].startswith("Version 1: “You may use what I type here")
    assert {changed for _, changed in told.values()} == {"Nobody yet: it is as the site came"}


def test_it_says_who_changed_what_last_and_when() -> None:
    bay, mo = Desk(Role.ADMINISTRATOR, "bay"), Desk(Role.ENQUIRY_MANAGER, "mo")
    text = reverse("admin:enquiries_mailtext_change", args=[MailText.objects.of("received").pk])

    with time_machine.travel(datetime(2026, 7, 1, 8, 0, tzinfo=UTC), tick=False):
        signed_in(bay.client, bay.person)
        bay.typed(reverse("admin:kyphoplasty_site_sitesettings_change", args=[1]), name="The Spine Pages")
        signed_in(mo.client, mo.person)
        mo.pressed_again(text, mo.typed(text, subject="Thank you"))
        told = rows(bay)

    assert told[SITE][1] == "bay, Wed 1 Jul, 9am"
    assert told[f"{MAIL} You can read it"] == ("Subject: Thank you", "mo, Wed 1 Jul, 9am")


@pytest.mark.parametrize(
    ("day", "said"), [(24, "from Fri 25 Dec, 12am to"), (25, "shown now"), (27, "which is over")]
)
def test_notice_is_told_with_its_time(day: int, said: str) -> None:
    SiteSettings.objects.update(
        notice="Closed", notice_from="2026-12-25T00:00Z", notice_until="2026-12-26T00:00Z"
    )
    desk = Desk(Role.DIRECTORY_EDITOR, "bay")

    with time_machine.travel(datetime(2026, 12, day, 12, tzinfo=UTC), tick=False):
        signed_in(desk.client, desk.person)
        assert said in rows(desk)[SITE][0]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.DIRECTORY_EDITOR, {SITE}),
        (Role.ENQUIRY_MANAGER, {"Call windows", MAIL, f"{PROMISE} You can read it"}),
        (Role.ADMINISTRATOR, {SITE, PROMISE, AGREED, f"{MAIL} You can read it"}),
    ],
)
def test_each_role_sees_what_is_its_own_to_set_or_read(role: Role, seen: set[str]) -> None:
    desk = Desk(role, "kim")

    told = rows(desk)

    assert seen <= set(told)
    for address in Page(desk.client.get(reverse("admin:site_settings"))).tree.xpath("//table//a/@href"):
        assert desk.client.get(address, follow=True).status_code == 200


def test_call_windows_of_own_hospitals_alone_are_counted() -> None:
    desk, own, other = (
        Desk(Role.ENQUIRY_MANAGER, "mo"),
        factories.hospital(),
        factories.hospital(name="Ash Hospital", slug="ash"),
    )
    factories.team_member(desk.person, own)
    factories.call_window(own)
    factories.call_window(other)

    assert rows(desk)["Call windows"][0] == "At your hospitals: 1Confirmed by nobody: 1"


def test_who_changed_the_call_windows_of_another_hospital_is_not_told() -> None:
    desk, ash = Desk(Role.ENQUIRY_MANAGER, "mo"), Desk(Role.ENQUIRY_MANAGER, "ash")
    own, other = factories.hospital(), factories.hospital(name="Ash Hospital", slug="ash")
    for one, where in ((desk, own), (ash, other)):
        factories.team_member(one.person, where)
        window = factories.call_window(where)
        one.typed(reverse("admin:enquiries_callwindow_change", args=[window.pk]), places="7")

    told = " ".join(rows(desk)["Call windows"])

    assert "mo, " in told
    assert "ash, " not in told
