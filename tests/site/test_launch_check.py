"""The check before launch names what is unsigned, overdue, ownerless, stopped by the gate or still to do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from kyphoplasty_site import launch
from procedures import publishing
from procedures.models import Edition, Task
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    """A whole page that nobody has signed off."""
    draft = factories.whole_draft(
        number=1, procedure=factories.procedure(), review_due_on=timezone.localdate()
    )
    publishing.publish_first_text(draft)
    return Edition.objects.get()


def gaps() -> list[str]:
    """What is missing of the page, leaflets aside: those are made by the worker."""
    found = [gap.what for gap in launch.gaps()["Texts"] if gap.about.startswith("Balloon kyphoplasty")]
    return [what for what in found if not what.startswith("No leaflet")]


def test_unsigned_page_without_an_owner_is_listed(edition: Edition) -> None:
    assert gaps() == ["Not signed off by a clinician", "No owner, so nobody is reminded of its reviews"]


def test_signed_page_with_an_owner_is_not_listed(edition: Edition) -> None:
    factories.sign_off(edition, factories.reviewer())
    edition.procedure.owner = factories.person("ash")
    edition.procedure.save()

    assert gaps() == []


def test_overdue_review_and_open_task_are_listed(edition: Edition) -> None:
    day = timezone.localdate() - timedelta(days=1)
    factories.sign_off(edition, factories.reviewer(), next_review_on=day)
    Task.objects.create(edition=edition, what="Read it again.")

    assert gaps() == [
        f"Its review was due on {day:%-d %B %Y}",
        "No owner, so nobody is reminded of its reviews",
        "Read it again.",
    ]


def test_what_would_stop_a_page_today_is_counted(edition: Edition) -> None:
    """A source that was withdrawn since stops nobody from reading the page, and its next edition from being published."""
    edition.blocks.first().sources.update(withdrawn_on=timezone.localdate())  # type: ignore[union-attr]

    assert any("would stop it today" in gap for gap in gaps())


def test_of_very_many_only_the_first_are_listed() -> None:
    hospital = factories.hospital()
    for number in range(launch.MOST_OF_A_KIND + 1):
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital)

    listed = [gap.about for gap in launch.gaps()["Consultants"] if gap.what.startswith("Not confirmed")]

    assert len(listed) == launch.MOST_OF_A_KIND
    assert launch.gaps()["Consultants"][len(listed)].about == "And more"


@pytest.mark.parametrize(
    ("setting", "usual"), [("log_min_error_statement", "error"), ("log_error_verbosity", "default")]
)
def test_database_whose_log_may_hold_what_patients_typed_is_listed(setting: str, usual: str) -> None:
    def is_listed() -> bool:
        return any(gap.about == "PostgreSQL’s log" for gap in launch.gaps()["Requests from patients"])

    factories.call_window(factories.hospital())
    assert not is_listed()

    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting} = '{usual}'")

    assert is_listed()
