"""Mail about a draft: to those who may sign it off once it waits, and to its writers once a reviewer has answered."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.mail import EmailMessage

from procedures import publishing
from procedures.models import Edition
from tests import factories
from tests.procedures.staff import Desk, clinician, editor

pytestmark = pytest.mark.django_db
Commits = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def ash() -> Desk:
    return editor()


@pytest.fixture
def morgan() -> Desk:
    return clinician()


@pytest.fixture
def draft(ash: Desk) -> Edition:
    """What Ash wrote, ready to be sent."""
    procedure = factories.published_procedure()
    made = factories.whole_draft(procedure=procedure, change_summary="More.", change_reason="A study.")
    publishing.changed_by(made, ash.person)
    return made


@pytest.fixture
def waiting(draft: Edition) -> Edition:
    """The same, before the reviewers."""
    publishing.send_for_sign_off(draft)
    return draft


def test_draft_that_waits_is_told_to_the_reviewers_who_wrote_none_of_it(
    draft: Edition,
    ash: Desk,
    morgan: Desk,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Commits,
    settings: Any,
) -> None:
    settings.SITE_URL = "https://kyphoplasty.example"
    writing = factories.person("wren", email="wren@elmpark.example")
    factories.reviewer(user=writing)
    publishing.changed_by(draft, writing)
    left = factories.person("lee", email="lee@elmpark.example")
    factories.reviewer(user=left, is_active=False)

    with django_capture_on_commit_callbacks(execute=True):
        ash.press(draft, "send")

    (mail,) = mailoutbox
    assert mail.to == ["morgan@elmpark.example"]
    assert mail.subject == f"Please read and sign off: {draft}"
    assert f"https://kyphoplasty.example/admin/procedures/edition/{draft.pk}/change/" in mail.body


def test_sign_off_is_told_to_its_writers(
    waiting: Edition,
    morgan: Desk,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        morgan.signs(waiting)

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["ash@elmpark.example"], f"Signed off: {waiting}")
    assert "was signed off by Dr Morgan Vale." in mail.body


def test_sending_back_is_told_to_its_writers_without_the_note(
    waiting: Edition,
    morgan: Desk,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        morgan.press(waiting, "send_back", note="Say how often.")

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["ash@elmpark.example"], f"Sent back with a note: {waiting}")
    assert "Say how often." not in mail.body


def test_draft_is_sent_though_the_mail_server_is_away(
    draft: Edition,
    ash: Desk,
    morgan: Desk,
    closed_port: int,
    settings: Any,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port

    with django_capture_on_commit_callbacks(execute=True):
        page = ash.press(draft, "send")

    assert "Sent for sign-off." in page.text
    draft.refresh_from_db()
    assert draft.sent_at


def test_nobody_is_told_of_what_was_refused(
    draft: Edition,
    ash: Desk,
    morgan: Desk,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    draft.blocks.filter(kind="risk").delete()

    with django_capture_on_commit_callbacks(execute=True):
        ash.press(draft, "send")

    assert mailoutbox == []
