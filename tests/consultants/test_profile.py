"""A consultant's profile: what is known, and who said so."""

import json
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from consultants.models import Consultant
from procedures.models import Hospital
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


def test_facts_that_were_given_are_shown(client: Client, ada: Consultant) -> None:
    Consultant.objects.update(
        gmc_number="1234567",
        languages=["Welsh", "Urdu"],
        nhs_base="Ash Hospital",
        interests="None to declare.",
        about="I treat backs.",
        post_nominals="FRCS",
        profile_url="https://profiles.example/quill",
    )

    page = Page(client.get(ada.get_absolute_url()))

    assert dict(zip(page.words("//main//dt"), page.words("//main//dd"), strict=True)) == {
        "GMC number": "1234567",
        "Languages": "English, Welsh, Urdu",
        "NHS hospital": "Ash Hospital",
        "Declared interests": "None to declare.",
    }
    assert page.words("//h2[text()='About Miss Quill']/following-sibling::div") == ["I treat backs."]
    assert "FRCS" in page.text
    assert page.words("//a[@href='https://profiles.example/quill']") == [
        "Read the full profile on profiles.example (leaves this site)"
    ]


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

    links = page.tree.xpath("//aside//a/@href")
    assert "/call-back/?consultant=ada-quill" in links
    assert "/enquiry/?consultant=ada-quill" in links
    assert Page(client.get("/enquiry/?consultant=ada-quill")).value("consultant") == "ada-quill"


@pytest.mark.parametrize("how_many", [2, 30])
def test_profile_asks_the_database_as_often_for_thirty_practices_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultant, procedure = factories.consultant(), factories.published_procedure()
    for number in range(how_many):
        hospital = factories.hospital(name=f"Hospital {number}", slug=f"hospital-{number}")
        factories.practice(consultant, hospital, procedure)

    # The site's facts, the red flags, the consultant, their practices and procedures.
    with django_assert_num_queries(5):
        page = Page(client.get(consultant.get_absolute_url()))

    assert page.text.count("please ring to check") == how_many
