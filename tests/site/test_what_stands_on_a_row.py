"""A row's page on the desk says what stands on it, as far as somebody may see that, and leads to where readers meet it."""

import pytest

from kyphoplasty_site.access import Role
from procedures.models import Synonym
from tests import factories
from tests.procedures.staff import Desk, administrator, editor

pytestmark = pytest.mark.django_db
USERS = "//section[@aria-labelledby='users-h']//li"
ON_SITE = "//a[contains(@class, 'viewsitelink')]"


def test_hospital_says_who_practises_there_and_leads_to_them() -> None:
    elm = factories.hospital()
    factories.practice(factories.consultant(), elm)

    page = Desk(Role.DIRECTORY_EDITOR, "fern").get("procedures_hospital_change", elm.pk)

    assert page.words(USERS) == ["1 practice"]
    assert page.tree.xpath(f"{USERS}/a/@href") == [
        f"/admin/consultants/practice/?hospital__id__exact={elm.pk}"
    ]


def test_list_that_it_leads_to_holds_just_those() -> None:
    elm, ash = (
        factories.hospital(),
        factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash", position=1),
    )
    ada = factories.consultant()
    factories.practice(ada, elm)
    factories.practice(ada, ash)
    desk = Desk(Role.DIRECTORY_EDITOR, "fern")
    (address,) = desk.get("procedures_hospital_change", elm.pk).tree.xpath(f"{USERS}/a/@href")

    listed = desk.client.get(address).content.decode()

    assert "1 practice" in listed


def test_requests_are_counted_for_their_own_team_alone() -> None:
    elm, ash = factories.hospital(), factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash")
    factories.stored_enquiry(elm)
    desk = Desk(Role.ENQUIRY_MANAGER, "mo")
    factories.team_member(desk.person, ash)

    of_others = desk.get("procedures_hospital_change", elm.pk)
    factories.team_member(desk.person, elm)
    own = desk.get("procedures_hospital_change", elm.pk)
    editors = editor().get("procedures_hospital_change", elm.pk)

    assert not [said for said in of_others.words(USERS) if "enquir" in said]
    assert "1 enquiry" in own.words(USERS)
    assert not [said for said in editors.words(USERS) if "enquir" in said]


def test_phrase_leads_to_what_readers_find_who_type_it() -> None:
    phrase = Synonym.objects.create(phrase="broken back", means="kyphoplasty")

    page = editor().get("procedures_synonym_change", phrase.pk)

    assert page.tree.xpath(f"{ON_SITE}/@href") == ["/search/?q=broken+back"]


def test_record_that_nobody_may_open_leads_nowhere() -> None:
    ada = factories.consultant(is_listed=False)
    practice = factories.practice(ada, factories.hospital())
    desk = administrator()

    for name, row in (("consultants_consultant", ada), ("consultants_practice", practice)):
        assert not desk.get(f"{name}_change", row.pk).tree.xpath(ON_SITE)
