"""The front of the desk: what needs each person now, and every number the same as on the page it leads to."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urldefrag

import pytest
import time_machine
from axes.models import AccessFailureLog
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from consultants import answers
from enquiries import ringing
from enquiries.models import Attempt, Enquiry, OutgoingMail, WorkerHeartbeat
from kyphoplasty_site.access import Role
from kyphoplasty_site.models import Backup
from procedures.models import Hospital, Task
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
FRONT = "/admin/"


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


def holder(*roles: str, hospital: Hospital | None = None) -> User:
    """Somebody who holds these roles, and is in the hospital's team where there is one."""
    person = factories.person("robin", is_staff=True)
    person.groups.set(factories.roles(*roles))
    if hospital:
        factories.team_member(person, hospital)
    return person


def front(client: Client, person: User) -> Page:
    signed_in(client, person)
    return Page(client.get(FRONT))


def calls(hospital: Hospital, by: User) -> None:
    """Requests in every state that the front counts."""
    now = timezone.now()
    made = [factories.stored_enquiry(hospital, phone_in_full=f"+4477009000{n:02}") for n in range(6)]
    Enquiry.objects.filter(pk=made[0].pk).update(due_at=now - timedelta(hours=3))
    ringing.take(made[1], by)
    for enquiry, due_at in ((made[2], now + timedelta(hours=1)), (made[3], now - timedelta(hours=1))):
        Enquiry.objects.filter(pk=enquiry.pk).update(due_at=due_at)
        enquiry.refresh_from_db()
        ringing.take(enquiry, by)
        ringing.record(enquiry, Attempt.Outcome.NO_ANSWER, by)
    made[4].suspect(Enquiry.Suspicion.TRAP)
    made[4].save()
    OutgoingMail.objects.filter(enquiry=made[0]).update(held_at=now)


def pages() -> None:
    """A page whose review is overdue, one due soon, a task, and a source that nobody has looked at for two years."""
    today = timezone.localdate()
    procedure = factories.published_procedure()
    edition = procedure.editions.get()
    Task.objects.create(edition=edition, what="Read it again.")
    factories.draft(procedure=procedure, number=2)
    factories.source(checked_on=today - timedelta(days=800))


def directory(hospital: Hospital) -> None:
    """Practices in every standing, corrections, and a hospital and an offering that nobody has confirmed."""
    today = timezone.localdate()
    procedure = factories.procedure(name="Oak brace", slug="oak-brace")
    for days in (30, 200, 355, 400, None):
        consultant = factories.consultant(
            slug=f"ada-{days}", secretary_email="" if days == 200 else "a@elm.example"
        )
        confirmed = today - timedelta(days=days) if days else None
        factories.practice(consultant, hospital, procedure, confirmed_on=confirmed)
    question = factories.question(consultant)
    answers.correct(question, {"role": ["Spinal consultant", "Consultant radiologist"]})
    factories.offering(procedure, hospital, confirmed_on=today - timedelta(days=200))


def numbers(page: Page) -> dict[str, str]:
    """Each number of the front, by the address it leads to."""
    rows = page.tree.xpath("//ul[@class='waiting']//a[b]")
    cells = page.tree.xpath("//section[@aria-labelledby='today-h']//td/a")
    return {
        **{row.get("href"): row.xpath("string(b)").strip() for row in rows},
        **{cell.get("href"): cell.text_content().strip() for cell in cells},
    }


def listed(client: Client, url: str) -> str:
    """How many there are on the page that the number leads to: in all of it, or in the part that is named."""
    url, place = urldefrag(url)
    response: Any = client.get(url)
    assert response.status_code == 200, url
    if place:
        (part,) = Page(response).tree.xpath(f"//*[@id='{place}']")
        found = re.search(r": (\d+)", part.text_content())
        return found[1] if found else ""
    shown = (
        response.context["cl"].result_count
        if "cl" in response.context
        else response.context["page"].paginator.count
    )
    return str(shown)


@pytest.mark.parametrize(
    ("role", "least"),
    [
        (Role.ENQUIRY_HANDLER, 5),
        (Role.ENQUIRY_MANAGER, 9),
        (Role.CONTENT_EDITOR, 2),
        (Role.DIRECTORY_EDITOR, 7),
        (Role.ADMINISTRATOR, 10),
    ],
)
def test_every_number_is_the_one_on_the_page_it_leads_to(
    client: Client, hospital: Hospital, role: Role, least: int
) -> None:
    person = holder(role, hospital=hospital)
    calls(hospital, person)
    pages()
    directory(hospital)

    counted = numbers(front(client, person))

    assert len(counted) >= least
    assert counted == {url: listed(client, url) for url in counted}


def test_only_what_has_no_list_leads_nowhere(client: Client, hospital: Hospital) -> None:
    """As the README says of failed sign-ins, the oldest mail, the worker and the last backup."""
    person = holder(*Role, hospital=hospital)
    calls(hospital, person)
    pages()
    directory(hospital)
    AccessFailureLog.objects.create(username="hidden", ip_address="192.0.2.7")

    lone = front(client, person).words("//ul[@class='waiting']/li[not(.//a)]")

    assert len(lone) == 4
    for begins in ("Now: The worker", "The oldest mail", "Signing in has failed", "Now: No backup"):
        assert any(line.startswith(begins) for line in lone), lone


@pytest.mark.parametrize(
    ("roles", "headings"),
    [
        ([Role.ENQUIRY_HANDLER], ["Calls"]),
        ([Role.ENQUIRY_MANAGER], ["Calls", "Mail", "Today"]),
        ([Role.CONTENT_EDITOR], ["Pages"]),
        ([Role.CLINICAL_REVIEWER], ["Reviews", "Waiting for your sign-off"]),
        ([Role.DIRECTORY_EDITOR], ["Directory"]),
        ([Role.ADMINISTRATOR], ["Backups", "Directory", "Mail", "Pages"]),
        ([Role.ENQUIRY_HANDLER, Role.CONTENT_EDITOR], ["Calls", "Pages"]),
    ],
)
def test_person_sees_the_work_of_each_role_they_hold_and_of_no_other(
    client: Client, hospital: Hospital, roles: list[Role], headings: list[str]
) -> None:
    page = front(client, holder(*roles, hospital=hospital))

    assert sorted(page.words("//div[@class='front']/section/h2")) == headings


def test_what_cannot_wait_comes_first(client: Client, hospital: Hospital) -> None:
    person = holder(Role.ENQUIRY_HANDLER, Role.DIRECTORY_EDITOR, hospital=hospital)
    directory(hospital)

    page = front(client, person)

    assert page.words("//div[@class='front']/section/h2") == ["Directory", "Calls"]
    assert "Now: Corrections from secretaries:" in page.words("//ul[@class='waiting']//a/span")


def test_draft_says_how_much_is_to_mend(client: Client) -> None:
    pages()

    page = front(client, holder(Role.CONTENT_EDITOR))

    (draft,) = page.words("//ul[@class='waiting']//a[contains(@href, '/edition/')]")
    assert re.search(r"edition 2 ?Draft \d+ to mend", draft), draft


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (timedelta(seconds=5), "The worker that sends and deletes is at work"),
        (timedelta(hours=2), "Now: The worker has not come round for 2 hours: nothing is sent or deleted"),
        (None, "Now: The worker has not come round yet: nothing is sent or deleted"),
    ],
)
def test_administrator_is_told_how_the_worker_is(client: Client, seen: timedelta | None, said: str) -> None:
    if seen:
        WorkerHeartbeat.objects.create(pk=1, seen_at=timezone.now() - seen)

    assert said.replace("\xa0", " ") in front(client, holder(Role.ADMINISTRATOR)).text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(hours=5), "Last backup: 26 November 2026 at 07:00, 5 hours ago"),
        (timedelta(hours=25, minutes=59), "Last backup: 25 November 2026 at 10:01, 1 day ago"),
        (timedelta(hours=26, minutes=1), "Now: Last backup: 25 November 2026 at 09:59, 1 day ago"),
        (None, "Now: No backup has been made yet"),
    ],
)
def test_administrator_is_told_when_the_last_backup_was_made(
    client: Client, age: timedelta | None, said: str
) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False):
        if age:
            for older in (age, timedelta(days=9)):
                Backup.objects.create(taken_at=timezone.now() - older, size=1)

        lines = front(client, holder(Role.ADMINISTRATOR)).words("//section[@aria-labelledby='backups-h']//li")

    assert [line.replace("\xa0", " ") for line in lines] == [said]


def test_administrator_is_told_how_often_signing_in_failed(client: Client) -> None:
    person = holder(Role.ADMINISTRATOR)
    assert "Signing in has failed" not in front(client, person).text
    for _ in range(2):
        AccessFailureLog.objects.create(username="hidden", ip_address="192.0.2.7")

    assert "Signing in has failed 2 times in the last 24 hours" in front(client, person).text
    assert "192.0.2.7" not in front(client, person).text


def test_person_without_a_role_is_told_whom_to_ask(client: Client) -> None:
    page = front(client, holder())

    assert "Ask an administrator of this site to give you one." in page.text


def test_handler_is_not_shown_what_editors_are(client: Client, hospital: Hospital) -> None:
    of_handler = front(client, holder(Role.ENQUIRY_HANDLER, hospital=hospital)).text

    assert "Check before launch" not in of_handler
    assert "Recent actions" not in of_handler


def test_frame_says_who_is_here_and_leads_to_the_places_of_their_roles(
    client: Client, hospital: Hospital
) -> None:
    page = front(client, holder(Role.ENQUIRY_HANDLER, hospital=hospital))

    assert page.words("//*[@id='user-tools']/p") == ["robin, Enquiry handler"]
    assert page.words("//nav[@class='places']//a") == ["Home", "Calls to make"]
    assert page.words("//nav[@class='places']//a[@aria-current='page']") == ["Home"]


@pytest.mark.parametrize(
    ("role", "most"),
    [
        (Role.ENQUIRY_HANDLER, 10),
        (Role.ENQUIRY_MANAGER, 20),
        (Role.CLINICAL_REVIEWER, 9),
        (Role.DIRECTORY_EDITOR, 14),
        (Role.CONTENT_EDITOR, 20),
        (Role.ADMINISTRATOR, 34),
    ],
)
def test_front_asks_the_database_little_however_much_waits(
    client: Client,
    hospital: Hospital,
    role: Role,
    most: int,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    person = holder(role, hospital=hospital)
    calls(hospital, person)
    directory(hospital)
    for name in ("elm", "ash", "fir", "oak"):
        factories.draft(procedure=factories.procedure(name=f"{name} splint", slug=f"{name}-splint"))
    signed_in(client, person)

    with django_assert_max_num_queries(most):
        client.get(FRONT)
