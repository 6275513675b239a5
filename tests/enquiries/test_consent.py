"""What a patient agreed to is kept in the words that stood on the page."""

import pytest
from django.test import Client

from enquiries import consent
from enquiries.consent import Wording
from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send


def test_words_are_known_by_their_version_and_their_hash() -> None:
    old, new = Wording("1", "You may answer."), Wording("2", "You may answer me.")

    assert old.hash != new.hash
    assert len(old.hash) == 64


def test_versions_are_told_apart() -> None:
    versions = [wording.version for wording in consent.WORDINGS]

    assert len(versions) == len(set(versions))


@pytest.mark.django_db
def test_words_of_a_page_made_before_they_changed_are_the_words_kept(
    client: Client, question: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Wording("1", "The old words."), Wording("2", "The new words.")
    monkeypatch.setattr(consent, "WORDINGS", [old, new])
    monkeypatch.setattr(consent, "CURRENT", new)

    send(client, question | {"consent": "1"})

    assert Enquiry.objects.get().consent_text == "The old words."


@pytest.mark.django_db
def test_box_carries_the_version_of_its_words(client: Client, hospital: Hospital) -> None:
    (box,) = Page(client.get("/enquiry/")).tree.xpath("//input[@name='consent']")

    assert box.get("value") == consent.CURRENT.version
    assert "checked" not in box.attrib


@pytest.mark.django_db
def test_request_keeps_its_words_when_they_change(hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    enquiry.refresh_from_db()

    assert Wording(enquiry.consent_version, enquiry.consent_text).hash == enquiry.consent_hash
