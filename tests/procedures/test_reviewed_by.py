"""Who stands behind a page: said only from a live sign-off, on the page and to search engines."""

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from procedures.models import Edition, Reviewer
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/"
LONDON = ZoneInfo("Europe/London")
SIGNED = datetime(2027, 5, 3, 10, tzinfo=LONDON)
UNSIGNED = "Not yet signed off by a clinician."


@pytest.fixture
def reviewer() -> Reviewer:
    return factories.reviewer()


@pytest.fixture
def signed(reviewer: Reviewer) -> Edition:
    """Edition 2, signed off on 3 May 2027 and due again a year later."""
    first = factories.edition(procedure=factories.procedure(), published_at=SIGNED.replace(month=1))
    with time_machine.travel(SIGNED, tick=False):
        draft = factories.whole_draft(procedure=first.procedure, change_summary="New.", change_reason="New.")
        return factories.published(draft)


def told(page: Page) -> dict[str, Any]:
    """What search engines are told of the page."""
    blocks = [json.loads(text) for text in page.tree.xpath("//script[@type='application/ld+json']/text()")]
    return next(block for block in blocks if block["@type"] == "MedicalWebPage")


def read(client: Client, day: datetime) -> Page:
    with time_machine.travel(day, tick=False):
        return Page(client.get(ADDRESS))


def test_page_names_the_reviewer_their_post_the_day_and_the_next_review(
    client: Client, signed: Edition
) -> None:
    page = read(client, SIGNED)

    said = "Reviewed by Dr Morgan Vale, Consultant radiologist, on 3 May 2027. Next review due 2 May 2028."
    assert said in page.words("//p[@class='tools']")[0]
    assert said in page.words("//section[@id='sources']")[0]
    assert UNSIGNED not in page.text


def test_search_engines_are_told_the_same(client: Client, signed: Edition) -> None:
    facts = told(read(client, SIGNED))

    assert facts["lastReviewed"] == "2027-05-03"
    assert facts["reviewedBy"] == {
        "@type": "Person",
        "name": "Dr Morgan Vale",
        "jobTitle": "Consultant radiologist",
    }
    assert (facts["datePublished"], facts["dateModified"]) == ("2027-01-03", "2027-05-03")


def test_sign_off_that_was_taken_back_is_not_shown(client: Client, signed: Edition) -> None:
    given = signed.sign_off
    assert given
    given.revoked_at = SIGNED
    given.save()

    page = read(client, SIGNED)

    assert UNSIGNED in page.text
    assert "Vale" not in page.text
    assert not {"reviewedBy", "lastReviewed"} & set(told(page))


def test_sign_off_of_another_text_is_not_shown(client: Client, reviewer: Reviewer) -> None:
    first = factories.edition(procedure=factories.procedure(), clinical_hash="a" * 64)
    factories.sign_off(first, reviewer, clinical_hash="b" * 64)

    assert UNSIGNED in Page(client.get(ADDRESS)).text


def test_first_text_says_that_nobody_has_signed_it(client: Client) -> None:
    factories.edition(procedure=factories.procedure())

    page = Page(client.get(ADDRESS))

    assert UNSIGNED in page.words("//p[@class='tools']")[0]
    assert "This is the text that the site opened with." in page.words("//section[@id='sources']")[0]


def test_first_text_that_was_signed_off_since_is_no_exception_any_more(
    client: Client, reviewer: Reviewer
) -> None:
    first = factories.edition(procedure=factories.procedure(), clinical_hash="a" * 64)
    factories.sign_off(first, reviewer, clinical_hash="a" * 64)

    page = Page(client.get(ADDRESS))

    assert "Reviewed by Dr Morgan Vale" in page.text
    assert "the text that the site opened with" not in page.text


def test_overdue_page_says_so_and_stays(client: Client, signed: Edition) -> None:
    page = read(client, SIGNED.replace(year=2029))

    assert page.status == 200
    assert (
        "A clinician was due to read it again by 2 May 2028. That is late"
        in page.words("//p[@class='tools']")[0]
    )
    assert "It holds a broken bone still." in page.text


def test_page_on_the_day_of_its_review_is_not_overdue(client: Client, signed: Edition) -> None:
    assert "That is late" not in read(client, datetime(2028, 5, 2, 23, tzinfo=LONDON)).text


def test_overdue_first_text_says_so_too(client: Client) -> None:
    factories.edition(
        procedure=factories.procedure(), review_due_on=date(2020, 1, 1), published_at=timezone.now()
    )

    assert "due to read it again by 1 January 2020" in Page(client.get(ADDRESS)).text


def test_published_page_is_read_in_twelve_queries(
    client: Client, signed: Edition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The edition, its sign-off, when it was first public, practices, offerings, leaflets, red flags, the site's facts;
    # for the forms the hospitals, procedures, consultants and what is agreed to. Nothing is drawn again.
    with time_machine.travel(SIGNED, tick=False), django_assert_num_queries(12):
        client.get(ADDRESS)
