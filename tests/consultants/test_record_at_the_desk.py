"""A consultant's record on the desk: unlisted at first, and left alone once it was merged."""

import pytest

from consultants.models import Consultant
from tests import factories
from tests.consultants.sheets import directory_editor

pytestmark = pytest.mark.django_db


def test_new_record_starts_unlisted_so_that_listing_is_a_decision() -> None:
    page = directory_editor().get("consultants_consultant_add")

    assert not page.tree.xpath("//input[@name='is_listed']/@checked")
    assert "Without the tick, nobody sees the page." in page.text


def test_merged_record_says_where_it_went_and_takes_no_change() -> None:
    desk, ada = directory_editor(), factories.consultant()
    adah = factories.consultant(slug="adah-quill", is_listed=False, merged_into=ada)

    page = desk.get("consultants_consultant_change", adah.pk)
    refused = desk.post("consultants_consultant_change", adah.pk, given_name="Bo")

    assert "This record was merged into" in page.text
    assert page.tree.xpath(f"//main//a[contains(@href, '/consultant/{ada.pk}/change/')]")
    assert not page.tree.xpath("//main//input[@type='submit']")
    assert "Ask the secretary" not in page.text
    assert refused.status == 403
    assert Consultant.objects.get(pk=adah.pk).given_name == adah.given_name
