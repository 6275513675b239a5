"""Each page of the guide is followed to its end, by somebody in a role that it is for, and has led to what it promises."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils.timezone import localdate
from playwright.sync_api import Page

from enquiries.models import Attempt
from kyphoplasty_site.access import Role
from kyphoplasty_site.guide import tasks
from procedures import publishing
from procedures.models import Closure, Edition, Figure, Hospital, SignOff
from tests import factories
from tests.journeys.guide import Follower
from tests.journeys.test_calls import let_in, ten_requests


@dataclass
class Stage:
    """Where a walk begins: a hospital of the story's own, and a browser for whoever comes in."""

    visit: Callable[..., Page]
    origin: str
    hospital: Hospital = field(default_factory=lambda: factories.hospital(position=9))

    def page_of(self, role: Role) -> Page:
        """The desk's front page, before somebody in that role."""
        page = self.visit()
        let_in(page, self.person(role), self.origin)
        page.goto("/admin/")
        return page

    def person(self, role: Role) -> User:
        """Somebody in that role, in the hospital's team."""
        return User.objects.filter(username="robin").first() or factories.handler(
            "robin", self.hospital, role=role
        )

    def following(self, role: Role, **words: Any) -> Follower:
        return Follower(self.page_of(role), **words)


Walk = Iterator[Follower]


@pytest.fixture
def stage(visit: Callable[..., Page], all_left_as_found: None, origin: str) -> Stage:
    return Stage(visit, origin)


def published_page(**facts: Any) -> Edition:
    """A page that readers see, signed off, with a figure among its risks."""
    draft = factories.whole_draft(
        procedure=factories.procedure(name="Elm brace", slug="elm-brace"), number=1, **facts
    )
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure(what="had their brace break"))
    return factories.published(draft)


def correct_a_figure(stage: Stage) -> Walk:
    edition = published_page()
    yield stage.following(
        Role.CONTENT_EDITOR,
        typed={
            "Count": ["9"],
            "Out of": ["110"],
            "What changed": ["The number of leaks."],
            "Why it changed": ["The study was corrected."],
        },
        yours={
            "what the figure counts": "had their brace break",
            "the edition that readers see": str(edition),
        },
    )

    draft = edition.procedure.editions.get(number=2)
    assert Figure.objects.get(key="elm-leaks").count == 9
    assert draft.sent_at
    assert edition.tasks.exists()


def sent_page() -> Edition:
    """The next edition of a page, changed and put before the reviewers."""
    draft = publishing.start_draft(published_page())
    draft.blocks.filter(kind="risk").update(heading="Cement can leak")
    Edition.objects.filter(pk=draft.pk).update(change_summary="A heading.", change_reason="Readers asked.")
    draft = Edition.objects.get(pk=draft.pk)
    publishing.send_for_sign_off(draft)
    return draft


def sign_off_a_page(stage: Stage) -> Walk:
    draft = sent_page()
    factories.reviewer(user=stage.person(Role.CLINICAL_REVIEWER), name="Dr Robin Ash")
    yield stage.following(
        Role.CLINICAL_REVIEWER,
        typed={"Next review due": [str(localdate() + timedelta(days=365))], "I have read all of it": [True]},
        yours={"the page": str(draft)},
    )

    assert SignOff.objects.live().get(edition=draft).reviewer_name == "Dr Robin Ash"


def close_the_phones(stage: Stage) -> Walk:
    yield stage.following(
        Role.DIRECTORY_EDITOR,
        typed={"Closed on": ["2026-12-26"], "Reason": ["Boxing Day"]},
        yours={"the hospital": stage.hospital.name},
    )

    assert Closure.objects.get(hospital=stage.hospital).reason == "Boxing Day"


def ring_people_back(stage: Stage) -> Walk:
    requests = ten_requests(stage.hospital)
    wren = factories.handler("wren", stage.hospital)
    yield stage.following(
        Role.ENQUIRY_HANDLER,
        typed={
            "Note, kept with whatever you press": ["She is back at six."],
            "Colleague at Elm Park": ["wren"],
            "Then take a break": [True],
        },
        yours={"the field for a colleague": "Colleague at Elm Park"},
    )

    first, second, third = requests[:3]
    assert first.notes.exists()
    assert [attempt.outcome for attempt in Attempt.objects.order_by("pk")] == ["no_answer", "spoke"]
    second.refresh_from_db()
    assert second.owner == wren
    assert third.attempts.exists()


WALKS: dict[str, Callable[[Stage], Walk]] = {
    "correct-a-figure": correct_a_figure,
    "sign-off-a-page": sign_off_a_page,
    "close-the-phones": close_the_phones,
    "ring-people-back": ring_people_back,
}


@pytest.mark.parametrize("slug", tasks())
def test_steps_lead_to_what_the_page_promises(stage: Stage, slug: str) -> None:
    walk = WALKS[slug](stage)

    next(walk).follow(tasks()[slug])

    assert next(walk, None) is None
