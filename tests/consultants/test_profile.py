"""A consultant's profile: what is known, and who said so."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consultants.models import Consultant
from procedures.models import Hospital, Source
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


@pytest.fixture
def ada(hospital: Hospital) -> Consultant:
    """Named by the hospital in 2016 and confirmed by nobody."""
    consultant = factories.consultant()
    factories.practice(
        consultant,
        hospital,
        factories.published_procedure(),
        clinic_days="Mondays",
        named_source=factories.source(),
    )
    return consultant


def physician(page: Page) -> dict[str, object]:
    blocks = [json.loads(text) for text in page.tree.xpath("//script[@type='application/ld+json']/text()")]
    (found,) = [block for block in blocks if block["@type"] == "Physician"]
    return found


def test_unlisted_consultant_has_no_page(client: Client) -> None:
    hidden = factories.consultant(is_listed=False)

    assert client.get(hidden.get_absolute_url()).status_code == 404


def test_unconfirmed_practice_says_who_named_them_and_asks_to_ring(client: Client, ada: Consultant) -> None:
    page = Page(client.get(ada.get_absolute_url()))

    assert page.heading == "Miss Ada Quill"
    assert "Named by the hospital in 2016; please ring to check" in page.text
    assert "Named by the hospital for: Balloon kyphoplasty" in page.text
    assert page.words("//main//a[@href='https://press.example/elm-study']") == [
        "The Elm study of broken backs"
    ]
    assert "Mondays" not in page.text
    assert "Does:" not in page.text


def test_confirmed_practice_says_since_when_and_on_which_days(client: Client, ada: Consultant) -> None:
    ada.practices.update(confirmed_on=date(2026, 9, 1))

    page = Page(client.get(ada.get_absolute_url()))

    assert "Facts confirmed on 1 September 2026" in page.text
    assert "Clinic days: Mondays" in page.text
    assert "please ring to check" not in page.text


def test_search_engines_are_told_only_name_and_hospital_until_somebody_confirms(
    client: Client, ada: Consultant
) -> None:
    told = physician(Page(client.get(ada.get_absolute_url())))

    assert told == {
        "@context": "https://schema.org",
        "@type": "Physician",
        "url": "http://testserver/consultants/ada-quill/",
        "name": "Miss Ada Quill",
        "hospitalAffiliation": [{"@type": "Hospital", "name": "Elm Park Hospital"}],
    }


def test_search_engines_are_told_what_is_done_once_it_is_confirmed(client: Client, ada: Consultant) -> None:
    ada.practices.update(confirmed_on=date(2026, 9, 1))

    told = physician(Page(client.get(ada.get_absolute_url())))

    assert told["availableService"] == [{"@type": "MedicalProcedure", "name": "Balloon kyphoplasty"}]


def test_facts_that_nobody_gave_are_absent(client: Client, ada: Consultant) -> None:
    page = Page(client.get(ada.get_absolute_url()))

    for absent in (
        "GMC number",
        "Languages",
        "NHS hospital",
        "Declared interests",
        "About Miss",
        "full profile",
    ):
        assert absent not in page.text
    for filler in ("None", "N/A", "to be confirmed", "Not known", "Unknown"):
        assert filler.lower() not in page.text.lower()


@pytest.fixture
def known(hospital: Hospital) -> Consultant:
    """Gave every fact, and confirmed them today."""
    procedure = factories.published_procedure()
    consultant = factories.known_consultant(hospital, procedure)
    factories.procedure_count(consultant, procedure)
    return consultant


def facts(page: Page) -> dict[str, str]:
    return dict(zip(page.words("//main//dt"), page.words("//main//dd"), strict=True))


def test_facts_that_were_given_are_shown(client: Client, known: Consultant) -> None:
    page = Page(client.get(known.get_absolute_url()))

    assert facts(page) == {
        "Secretary": "Jo Reed, 01632 960123",
        "First consultation": "Guide fee £250",
        "Follow-up": "Guide fee £150.50",
        "Recognised by these insurers": "Elm HealthOak Mutual",
        "Balloon kyphoplasty": "12 in the year to 31 March 2026"
        "Source: The Elm study of broken backs, Elm Press, 2020",
        "GMC number": "1234567Check it on the register (leaves this site)",
        "Languages": "English, Welsh, Urdu",
        "NHS hospital": "Ash Hospital",
        "Declared interests": "Paid by Elm Press for two talks in 2025.",
    }
    assert page.words("//h2[text()='About Miss Quill']/following-sibling::div") == [
        "I treat broken bones in the spine. I like to draw what I mean."
    ]
    assert page.words("//ul[@aria-label='Specialties']/li") == ["Spinal surgery", "Pain"]
    assert "FRCS" in page.text
    assert "Clinic days: Mondays" in page.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://www.gmc-uk.org/registrants/1234567", "Check it on the register (leaves this site)"),
        ("https://profiles.example/quill", "Read the full profile on profiles.example (leaves this site)"),
        ("https://press.example/elm-study", "The Elm study of broken backs"),
        ("tel:+441632960123", "01632 960123"),
    ],
)
def test_each_fact_leads_to_where_it_can_be_checked(
    client: Client, known: Consultant, address: str, words: str
) -> None:
    page = Page(client.get(known.get_absolute_url()))

    assert page.words(f"//main//a[@href='{address}']") == [words]


def test_register_is_searched_by_hand_while_the_number_is_not_known(client: Client, ada: Consultant) -> None:
    page = Page(client.get(ada.get_absolute_url()))

    assert page.tree.xpath("//main//a[contains(@href, 'gmc-uk.org')]/@href") == [
        "https://www.gmc-uk.org/registration-and-licensing/our-registers"
    ]


def test_secretarys_email_is_never_shown(client: Client, known: Consultant) -> None:
    assert "jo@reed.example" not in client.get(known.get_absolute_url()).content.decode()


@pytest.mark.parametrize("days", [180, 365, None])
def test_what_nobody_confirmed_lately_is_not_stated_as_current(
    client: Client, known: Consultant, days: int | None
) -> None:
    known.practices.update(named_in=2016, confirmed_on=days and timezone.localdate() - timedelta(days=days))

    page = Page(client.get(known.get_absolute_url()))

    sourced = {"Balloon kyphoplasty"}  # how many, as a source says
    once_confirmed = {"GMC number", "Languages", "NHS hospital", "Declared interests"}
    assert set(facts(page)) == (sourced | once_confirmed if days == 180 else sourced)
    for current in ("Booking and fees", "Mondays", "Does:", "01632 960123", "Elm Health"):
        assert current not in page.text
    assert "availableService" not in str(page.tree.xpath("//script/text()"))


def test_of_who_was_only_named_nothing_is_told_but_as_what_where_and_when(
    client: Client, known: Consultant
) -> None:
    known.practices.update(named_in=2016, confirmed_on=None)

    page = Page(client.get(known.get_absolute_url()))

    assert page.words("//main//p[@class='lead']") == ["Named as “Spinal consultant”"]
    assert page.words("//*[@role='note']") == [
        "Nobody has confirmed anything about Miss Quill lately. Please ring Elm Park Hospital on 01632 960101 to check."
    ]
    for fact in ("FRCS", "Spinal surgery", "I treat", "1234567", "Welsh", "two talks", "full profile"):
        assert fact not in page.text
    assert "spinal consultant" not in page.tree.xpath("//meta[@name='description']/@content")[0]


def test_what_was_confirmed_long_ago_is_told_as_it_was_then(client: Client, known: Consultant) -> None:
    day = timezone.localdate() - timedelta(days=180)
    known.practices.update(confirmed_on=day)

    page = Page(client.get(known.get_absolute_url()))

    assert page.words("//main//p[@class='lead']") == ["Spinal consultant, when last confirmed"]
    assert page.words("//*[@role='note']") == [
        f"What stands here was last confirmed on {day:%-d %B %Y}. Please ring Elm Park Hospital on 01632 960101 to check."
    ]
    assert {"About Miss Quill, when last confirmed", "Facts and checks, when last confirmed"} <= set(
        page.words("//main//h2")
    )


def test_only_what_was_given_of_booking_is_shown(client: Client, known: Consultant) -> None:
    Consultant.objects.update(secretary_name="", first_fee=None, insurers=[])

    shown = facts(Page(client.get(known.get_absolute_url())))

    assert shown["Secretary"] == "01632 960123"
    assert not {"First consultation", "Recognised by these insurers"} & set(shown)


def test_booking_is_left_out_whole_where_nothing_was_given(client: Client, known: Consultant) -> None:
    Consultant.objects.update(
        secretary_name="", secretary_phone="", first_fee=None, follow_up_fee=None, insurers=[]
    )

    assert "Booking and fees" not in Page(client.get(known.get_absolute_url())).words("//h2")


def test_of_several_years_the_latest_is_told(client: Client, known: Consultant) -> None:
    procedure = known.practices.get().procedures.get()
    factories.procedure_count(known, procedure, done=1_400, until_date=date(2025, 3, 31))

    page = Page(client.get(known.get_absolute_url()))

    assert "12 in the year to 31 March 2026" in page.text
    assert "1,400" not in page.text


def test_counts_of_hidden_procedures_and_from_withdrawn_sources_are_not_told(
    client: Client, known: Consultant
) -> None:
    factories.procedure_count(known, factories.procedure(name="Hidden", slug="hidden"), done=99)
    before = Page(client.get(known.get_absolute_url()))
    Source.objects.update(withdrawn_on=date(2026, 9, 1))
    after = Page(client.get(known.get_absolute_url()))

    assert "99 in the year" not in before.text
    assert "How many in a year" in before.words("//h2")
    assert "How many in a year" not in after.words("//h2")


def test_lapsed_practice_stands_only_where_nothing_better_is_known(client: Client, known: Consultant) -> None:
    long_ago = timezone.localdate() - timedelta(days=365)
    ash = factories.hospital(name="Ash Infirmary", slug="ash")
    factories.practice(known, ash, confirmed_on=long_ago)
    with_another = Page(client.get(known.get_absolute_url()))
    known.practices.update(confirmed_on=long_ago)
    alone = Page(client.get(known.get_absolute_url()))

    assert with_another.words("//main//h3/a") == ["Elm Park Hospital"]
    assert sorted(alone.words("//main//h3/a")) == ["Ash Infirmary", "Elm Park Hospital"]
    assert alone.words("//main//ul[@class='links']") == []


def test_profile_of_which_all_has_lapsed_opens_and_is_kept_from_search_engines(
    client: Client, known: Consultant
) -> None:
    known.practices.update(confirmed_on=timezone.localdate() - timedelta(days=365))

    page = Page(client.get(known.get_absolute_url()))

    assert page.heading == "Miss Ada Quill"
    assert page.words("//*[@role='note']") == [
        "Nobody has told us lately where Miss Quill practises. Please ring Elm Park Hospital on 01632 960101 to check."
    ]
    assert page.tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.tree.xpath("//link[@rel='canonical']") == []
    assert "Physician" not in str(page.tree.xpath("//script/text()"))


@pytest.mark.parametrize("title", ["Mr", "Miss", "Dr", "Professor"])
def test_gender_is_never_told_from_a_title(client: Client, ada: Consultant, title: str) -> None:
    Consultant.objects.update(title=title)

    words = Page(client.get(ada.get_absolute_url())).text.lower().split()

    assert not {"he", "she", "him", "her", "his", "hers", "male", "female", "gender"} & set(words)


def test_initials_stand_for_a_photograph_that_nobody_gave(client: Client, ada: Consultant) -> None:
    page = Page(client.get(ada.get_absolute_url()))

    assert page.words("//main//span[contains(@class, 'avatar')]") == ["AQ"]
    assert page.tree.xpath("//main//img") == []


def test_both_ways_to_ask_name_the_consultant(client: Client, ada: Consultant) -> None:
    page = Page(client.get(ada.get_absolute_url()))

    asked = "consultant=ada-quill&hospital=elm-park"
    links = page.tree.xpath("//aside//a/@href")
    assert {f"/call-back/?{asked}", f"/enquiry/?{asked}"} <= set(links)
    assert page.tree.xpath("//nav[@aria-label='Quick actions']/a/@href")[1] == f"/call-back/?{asked}"
    assert Page(client.get(f"/enquiry/?{asked}")).value("consultant") == "ada-quill"


@pytest.mark.parametrize(("hospitals", "rung"), [(1, "01632 960300"), (2, "01632 960200")])
def test_reader_is_led_to_the_one_hospital_they_practise_at(
    client: Client, hospitals: int, rung: str
) -> None:
    factories.hospital(name="Ash Infirmary", slug="ash", self_pay_phone="01632 960200")
    bo = factories.consultant()
    for number in range(hospitals):
        oak = factories.hospital(
            name=f"Oak {number}", slug=f"oak-{number}", self_pay_phone="01632 960300", position=1
        )
        factories.practice(bo, oak)

    page = Page(client.get(bo.get_absolute_url()))

    assert (
        page.tree.xpath("//nav[@aria-label='Quick actions']/a/@href")[0]
        == f"tel:+44{rung[1:].replace(' ', '')}"
    )
    assert set(
        page.words("//main//a[@class='tel'][not(contains(@href, '999')) and not(contains(@href, '111'))]")
    ) == {"01632 960300"}


def test_hospital_without_a_number_is_lent_no_other(client: Client) -> None:
    factories.hospital(name="Ash Infirmary", slug="ash", self_pay_phone="01632 960200")
    bo = factories.consultant()
    factories.practice(bo, factories.hospital(phone="", self_pay_phone="", position=1))

    page = Page(client.get(bo.get_absolute_url()))

    assert "We have no number for where they practise." in page.text
    assert "01632 960200" not in " ".join(page.words("//main"))


def test_with_two_hospitals_the_forms_let_the_reader_choose(client: Client, ada: Consultant) -> None:
    factories.practice(ada, factories.hospital(name="Ash Infirmary", slug="ash"))

    page = Page(client.get(ada.get_absolute_url()))

    assert "/enquiry/?consultant=ada-quill" in page.tree.xpath("//aside//a/@href")


@pytest.mark.parametrize("how_many", [2, 30])
def test_profile_asks_the_database_as_often_for_thirty_practices_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultant, procedure = factories.consultant(), factories.published_procedure()
    for number in range(how_many):
        hospital = factories.hospital(name=f"Hospital {number}", slug=f"hospital-{number}")
        factories.practice(consultant, hospital, procedure)

        counted = factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}")
        factories.procedure_count(consultant, counted)

    # The site's facts, the red flags, the consultant, their practices, what is done there, and the counts.
    with django_assert_num_queries(6):
        page = Page(client.get(consultant.get_absolute_url()))

    assert page.text.count("please ring to check") == how_many
