"""Two records of one person become one, and the old address leads to the one that stays."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from consultants.merging import NotMerged, likely_pairs, merger
from consultants.models import Consultant, Practice, ProcedureCount, Reconfirmation
from enquiries.models import Enquiry
from kyphoplasty_site.access import Role
from procedures.models import Hospital, Procedure
from tests import factories
from tests.consultants.secretary import asked
from tests.consultants.sheets import directory_editor
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk

pytestmark = pytest.mark.django_db
MERGE = "consultants_consultant_merge"


@pytest.fixture
def desk() -> Desk:
    return directory_editor()


@pytest.fixture
def elm() -> Hospital:
    return factories.hospital()


@pytest.fixture
def balloon() -> Procedure:
    return factories.procedure()


@pytest.fixture
def ada() -> Consultant:
    return factories.consultant()


@pytest.fixture
def adah() -> Consultant:
    """Ada once more, by a slip of the pen."""
    return factories.consultant(
        given_name="Adah", slug="adah-quill", role="", nhs_base="Elm General", gmc_number="1234567"
    )


def merge(desk: Desk, kept: Consultant, other: Consultant, **choices: str) -> Page:
    """Look at both, choose and press the button."""
    page = desk.get(MERGE, kept.pk, other.pk)
    (seen,) = page.tree.xpath("//input[@name='seen']/@value")
    return desk.post(MERGE, kept.pk, other.pk, seen=str(seen), **choices)


def test_two_ticked_records_are_shown_side_by_side(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    page = desk.post(
        "consultants_consultant_changelist", action="merge_two", _selected_action=[ada.pk, adah.pk]
    )

    assert page.heading == "Merge two records of one person"
    assert page.words("//fieldset/legend") == ["Given name", "Role", "NHS hospital"]
    checked = page.tree.xpath("//input[@type='radio'][@checked]")
    assert [(one.get("name"), one.get("value")) for one in checked] == [
        ("given_name", "kept"),
        ("role", "kept"),
        ("nhs_base", "other"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_one_or_three_ticked_records_are_refused(
    desk: Desk, ada: Consultant, adah: Consultant, count: int
) -> None:
    third = factories.consultant(slug="bo")
    keys = [ada.pk, adah.pk, third.pk][:count]

    page = desk.post("consultants_consultant_changelist", action="merge_two", _selected_action=keys)

    assert "Tick the two records of one person, and no other." in page.text


def test_chosen_facts_are_kept_and_the_other_record_leads_to_it(
    desk: Desk, ada: Consultant, adah: Consultant, client: Client, elm: Hospital
) -> None:
    factories.practice(ada, elm)
    page = merge(desk, ada, adah, given_name="other", role="kept", nhs_base="kept")

    assert "Merged. adah-quill now leads to Miss Adah Quill." in page.text
    ada.refresh_from_db()
    adah.refresh_from_db()
    assert (ada.given_name, ada.role, ada.gmc_number, ada.nhs_base) == (
        "Adah",
        "Spinal consultant",
        "1234567",
        "",
    )
    assert (adah.is_listed, adah.merged_into, adah.gmc_number) == (False, ada, "")
    response = client.get("/consultants/adah-quill/")
    assert (response.status_code, response["Location"]) == (301, "/consultants/ada-quill/")


def test_gmc_number_of_the_merged_record_is_never_lost(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    page = desk.get(MERGE, ada.pk, adah.pk)
    assert "The GMC number 1234567 goes with it." in page.text
    merge(desk, ada, adah)

    ada.refresh_from_db()
    assert ada.gmc_number == "1234567"


@pytest.mark.parametrize("is_ours_later", [True, False])
def test_of_two_at_one_hospital_the_one_confirmed_later_stays_whole(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital, balloon: Procedure, is_ours_later: bool
) -> None:
    x_ray = factories.procedure(name="X-ray", slug="x-ray", kind="test")
    ours, theirs = (ada, adah) if is_ours_later else (adah, ada)
    factories.practice(ours, elm, x_ray, confirmed_on=date(2026, 6, 5), named_in=None)
    factories.practice(theirs, elm, balloon, confirmed_on=date(2026, 1, 5), clinic_days="Mondays")

    page = desk.get(MERGE, ada.pk, adah.pk)
    assert page.words("//h2[.='What moves to Miss Ada Quill']/following::ul[1]/li") == [
        "Elm Park Hospital: both records practise there. The one confirmed later stays, with its facts alone."
        " Does: X-ray. Confirmed on 5 June 2026.",
    ]
    merge(desk, ada, adah)

    at_elm = Practice.objects.get()
    assert (at_elm.consultant, at_elm.confirmed_on) == (ada, date(2026, 6, 5))
    assert (at_elm.clinic_days, at_elm.named_in) == ("", None)
    assert list(at_elm.procedures.all()) == [x_ray]


def test_what_a_hospital_named_is_not_merged_into_what_was_confirmed(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital, balloon: Procedure
) -> None:
    x_ray = factories.procedure(name="X-ray", slug="x-ray", kind="test")
    factories.practice(ada, elm, balloon, clinic_days="Mondays", named_source=factories.source())
    factories.practice(adah, elm, x_ray, confirmed_on=date(2026, 6, 5), named_in=None)

    merge(desk, ada, adah)

    at_elm = Practice.objects.get()
    assert (at_elm.clinic_days, at_elm.named_in, at_elm.named_source) == ("", None, None)
    assert list(at_elm.procedures.all()) == [x_ray]


def test_two_that_nobody_confirmed_become_one_with_all_that_was_named(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital, balloon: Procedure
) -> None:
    x_ray, source = factories.procedure(name="X-ray", slug="x-ray", kind="test"), factories.source()
    factories.practice(ada, elm, balloon, named_in=2016)
    factories.practice(adah, elm, x_ray, named_in=2019, named_source=source, clinic_days="Mondays")

    page = desk.get(MERGE, ada.pk, adah.pk)
    assert page.words("//h2[.='What moves to Miss Ada Quill']/following::ul[1]/li") == [
        "Elm Park Hospital: both records practise there, and nobody confirmed either. The two become one."
        " Does: Balloon kyphoplasty, X-ray. Clinic days: Mondays. Named in 2019, confirmed by nobody.",
    ]
    merge(desk, ada, adah)

    at_elm = Practice.objects.get()
    assert (at_elm.consultant, at_elm.confirmed_on, at_elm.clinic_days) == (ada, None, "Mondays")
    assert (at_elm.named_in, at_elm.named_source) == (2019, source), "One pair: who named them, and when."
    assert set(at_elm.procedures.all()) == {balloon, x_ray}


def test_practice_at_another_hospital_moves_as_it_is(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital, balloon: Procedure
) -> None:
    factories.practice(adah, elm, balloon, clinic_days="Mondays")

    page = desk.get(MERGE, ada.pk, adah.pk)
    assert page.words("//h2[.='What moves to Miss Ada Quill']/following::ul[1]/li") == [
        "Elm Park Hospital: the practice moves. Does: Balloon kyphoplasty. Clinic days: Mondays."
        " Named in 2016, confirmed by nobody.",
    ]
    merge(desk, ada, adah)

    at_elm = Practice.objects.get()
    assert (at_elm.consultant, at_elm.clinic_days, at_elm.named_in) == (ada, "Mondays", 2016)


def test_question_to_the_merged_record_is_taken_back_and_old_ones_stay_with_it(
    desk: Desk, ada: Consultant, adah: Consultant
) -> None:
    due = date(2026, 6, 5)
    for person in (ada, adah):
        old = Reconfirmation.objects.ask(person, due_on=due)
        old.mark_sent()
        Reconfirmation.objects.filter(pk=old.pk).update(answered_at=old.sent_at, outcome="confirmed")
    to_ada, to_adah = factories.question(ada), factories.question(adah)

    page = desk.get(MERGE, ada.pk, adah.pk)
    assert "The link sent to the secretary of adah-quill opens nothing from then on." in page.text
    merge(desk, ada, adah)

    to_ada.refresh_from_db()
    to_adah.refresh_from_db()
    assert (to_ada.ended, to_adah.ended) == ("", "taken back")
    assert (ada.reconfirmations.count(), adah.reconfirmations.count()) == (2, 2)
    adah.refresh_from_db()
    assert adah.merged_into == ada


def test_corrections_that_wait_are_decided_before_the_merger(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital
) -> None:
    factories.practice(adah, elm)
    asked(adah).corrects(role="Radiologist")

    page = desk.get(MERGE, ada.pk, adah.pk)

    assert "Corrections from the secretary of Miss Adah Quill wait for a decision." in page.text
    assert "Merge the two records" not in page.text


def test_everything_that_pointed_to_the_merged_record_points_to_the_other(
    desk: Desk, ada: Consultant, adah: Consultant, elm: Hospital, balloon: Procedure
) -> None:
    asked = factories.stored_enquiry(elm)
    Enquiry.objects.filter(pk=asked.pk).update(consultant=adah)
    count = ProcedureCount.objects.create(
        consultant=adah, procedure=balloon, done=12, until_date=date(2026, 3, 31), source=factories.source()
    )
    earlier = factories.consultant(slug="a-quill", is_listed=False, merged_into=adah)

    page = merge(desk, ada, adah)

    assert page.status == 200
    for row in (asked, count):
        row.refresh_from_db()
        assert row.consultant == ada
    earlier.refresh_from_db()
    assert earlier.merged_into == ada
    assert Consultant.history.filter(merged_into=adah).exists(), "The history says what was."


def test_numbers_that_clash_stop_the_merger_and_nothing_is_written(
    desk: Desk, ada: Consultant, adah: Consultant, balloon: Procedure, elm: Hospital
) -> None:
    factories.practice(adah, elm)
    for person, done in ((ada, 12), (adah, 14)):
        ProcedureCount.objects.create(
            consultant=person,
            procedure=balloon,
            done=done,
            until_date=date(2026, 3, 31),
            source=factories.source(key=f"s{done}", url=f"https://press.example/{done}"),
        )

    page = merge(desk, ada, adah)

    assert "Both records have a row about the same thing" in page.text
    assert Practice.objects.get().consultant == adah
    adah.refresh_from_db()
    assert adah.merged_into is None


def test_two_gmc_numbers_are_two_people(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    Consultant.objects.filter(pk=ada.pk).update(gmc_number="7654321")

    page = desk.get(MERGE, ada.pk, adah.pk)

    assert "Each has a GMC number of its own, so these are two people." in page.text
    assert "Merge the two records" not in page.text
    two = merger(ada.pk, adah.pk)
    assert two
    with pytest.raises(NotMerged, match="two people"):
        two.carry_out(set())


def test_record_is_not_merged_twice_or_with_itself(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    gone = factories.consultant(slug="gone", is_listed=False, merged_into=adah)

    assert "This is one record, not two." in desk.get(MERGE, ada.pk, ada.pk).text
    assert "was merged into another record before." in desk.get(MERGE, ada.pk, gone.pk).text


def test_merger_is_refused_when_a_record_changed_meanwhile(
    desk: Desk, ada: Consultant, adah: Consultant
) -> None:
    (seen,) = desk.get(MERGE, ada.pk, adah.pk).tree.xpath("//input[@name='seen']/@value")
    Consultant.objects.filter(pk=adah.pk).update(role="Radiologist")

    page = desk.post(MERGE, ada.pk, adah.pk, seen=str(seen))

    assert "Somebody changed one of these records after you saw them. Nothing was merged." in page.text
    assert not Consultant.objects.exclude(merged_into=None).exists()


def test_merger_is_noted_for_both(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    merge(desk, ada, adah)

    noted = LogEntry.objects.values_list("object_id", "change_message")
    assert set(noted) == {
        (str(ada.pk), "Merged with Miss Adah Quill (adah-quill)."),
        (str(adah.pk), "Merged into Miss Ada Quill (ada-quill)."),
    }
    assert ada.history.latest().history_change_reason == "Merged with adah-quill"
    assert adah.history.latest().history_change_reason == "Merged into ada-quill"


def test_address_of_a_record_merged_into_an_unlisted_one_is_not_found(
    client: Client, ada: Consultant
) -> None:
    factories.consultant(slug="adah", is_listed=False, merged_into=ada)
    Consultant.objects.filter(pk=ada.pk).update(is_listed=False)

    assert client.get("/consultants/adah/").status_code == 404


def pairs() -> list[tuple[str, str, str]]:
    return [(one.slug, two.slug, why) for one, two, why in likely_pairs()]


def test_same_family_name_and_first_letter_are_likely_one_person(ada: Consultant, adah: Consultant) -> None:
    factories.consultant(given_name="Bo", slug="bo-quill")

    assert pairs() == [("ada-quill", "adah-quill", "The same family name and first letter")]


def test_names_nearly_alike_are_likely_one_person_at_one_hospital_only(
    ada: Consultant, elm: Hospital
) -> None:
    quil = factories.consultant(family_name="Quil", slug="ada-quil")
    factories.practice(ada, elm)
    assert pairs() == []

    factories.practice(quil, elm)

    assert pairs() == [("ada-quill", "ada-quil", "Names nearly alike, at the same hospital")]


def test_two_gmc_numbers_and_merged_records_are_no_likely_pair(ada: Consultant, adah: Consultant) -> None:
    Consultant.objects.filter(pk=ada.pk).update(gmc_number="7654321")
    factories.consultant(slug="gone", is_listed=False, merged_into=ada, gmc_number="")

    assert pairs() == []


def test_page_of_likely_pairs_leads_to_the_comparison(desk: Desk, ada: Consultant, adah: Consultant) -> None:
    page = desk.get("consultants_consultant_duplicates")

    assert page.tree.xpath("//*[@class='pairs']//a/@href") == [
        reverse(f"admin:{MERGE}", args=[ada.pk, adah.pk])
    ]


def test_those_who_only_look_cannot_merge(ada: Consultant, adah: Consultant) -> None:
    client = Desk(Role.CONTENT_EDITOR, "ash").client

    assert client.post(reverse(f"admin:{MERGE}", args=[ada.pk, adah.pk])).status_code == 403


def test_merged_record_that_is_listed_again_is_refused_in_words() -> None:
    stays = factories.consultant(slug="stays")
    gone = factories.consultant(slug="gone", is_listed=False, merged_into=stays)
    gone.is_listed = True

    with pytest.raises(ValidationError, match="merged into another"):
        gone.full_clean(exclude=["merged_into"])
