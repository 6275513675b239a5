"""The pages of the hospitals: what is known, and nothing in place of what is not."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/hospitals/elm-park/"


def labels(page: Page) -> list[str]:
    return page.words("//main//dl[@class='rows']//dt")


def test_facts_that_nobody_gave_are_absent(client: Client) -> None:
    factories.hospital(phone="", self_pay_phone="")

    page = Page(client.get(ADDRESS))

    assert page.heading == "Elm Park Hospital"
    assert labels(page) == []
    for absent in ("Treatments, tests and scans", "Who does it here"):
        assert absent not in page.words("//main//section//h2")


def test_facts_that_were_given_are_shown(client: Client) -> None:
    hospital = factories.known_hospital(bank_holidays="")
    factories.closure(hospital, timezone.localdate() + timedelta(days=30))
    factories.closure(hospital, timezone.localdate() - timedelta(days=1), "Past day")

    page = Page(client.get(ADDRESS))

    assert labels(page) == [
        "Address",
        "Hospital phone",
        "Paying for yourself",
        "Phone lines open",
        "Phone lines closed",
        "How to get there",
        "Parking",
        "Getting in and around",
    ]
    for given in (
        "Run by Elm Trust",
        "1 Elm Row",
        "EL1 1AA",
        "01632 960100",
        "Please call 01632 960101",
        "Moving day",
        "From the station, turn left.",
        "A ramp.",
        "The hospital confirmed these facts on 1 September 2026",
    ):
        assert given in page.text
    assert "Past day" not in page.text


def test_map_is_a_plain_link_that_leaves_the_site(client: Client) -> None:
    factories.known_hospital(street="1 Elm Row & Yard")

    page = Page(client.get(ADDRESS))

    (link,) = page.tree.xpath("//address/following-sibling::a")
    assert link.get("href") == (
        "https://www.openstreetmap.org/search?query=1+Elm+Row+%26+Yard%2C+Elm%2C+EL1+1AA"
    )
    assert " ".join(link.text_content().split()) == "See it on a map on OpenStreetMap (leaves this site)"


def test_page_never_says_open_now_since_it_may_be_kept(client: Client) -> None:
    factories.known_hospital()

    text = Page(client.get(ADDRESS)).text.lower()

    assert "open now" not in text
    assert "closed now" not in text


def test_enquiry_teams_email_is_never_shown(client: Client) -> None:
    factories.hospital(enquiries_email="team@elmpark.example")

    assert "team@elmpark.example" not in client.get(ADDRESS).content.decode()


def test_what_is_offered_and_who_does_it_are_shown(client: Client) -> None:
    hospital = factories.hospital()
    procedure = factories.published_procedure()
    factories.offering(procedure, hospital)
    factories.offering(factories.procedure(name="Hidden", slug="hidden"), hospital)
    factories.practice(factories.consultant(), hospital, procedure)

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@aria-labelledby='offered-h']//h3") == ["Balloon kyphoplasty"]
    assert page.words("//section[@id='consultants']//h3") == ["Miss Ada Quill"]
    assert "Named for: Balloon kyphoplasty" in page.words("//section[@id='consultants']//p")


def test_many_consultants_are_six_and_a_way_to_all_of_them(client: Client) -> None:
    hospital = factories.hospital()
    for number in range(8):
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital)

    page = Page(client.get(ADDRESS))

    assert len(page.words("//section[@id='consultants']//h3")) == 6
    assert page.words("//section[@id='consultants']/p/a") == ["See all 8 on our list for it"]
    (everyone,) = page.tree.xpath("//section[@id='consultants']/p/a/@href")
    assert everyone == "/consultants/?hospital=elm-park"
    assert "8 consultants" in Page(client.get(everyone)).text


def test_price_that_nobody_gave_is_asked_by_phone(client: Client) -> None:
    hospital = factories.hospital()
    factories.offering(factories.published_procedure(), hospital)

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@aria-labelledby='offered-h']/p") == [
        "For a guide price that is not given here, call 01632 960101."
    ]


def test_bar_under_the_thumb_rings_and_names_the_hospital(client: Client) -> None:
    factories.hospital(name="Ash Hospital", slug="ash", self_pay_phone="01632 960200")
    factories.hospital(position=1)

    page = Page(client.get(ADDRESS))

    assert page.tree.xpath("//nav[@aria-label='Quick actions']/a/@href") == [
        "tel:+441632960101",
        "/call-back/?hospital=elm-park",
    ]


def test_hospital_without_a_phone_lends_no_other_number(client: Client) -> None:
    factories.hospital(name="Ash Hospital", slug="ash", self_pay_phone="01632 960200")
    elm = factories.hospital(position=1, phone="", self_pay_phone="")
    factories.offering(factories.published_procedure(), elm)

    page = Page(client.get(ADDRESS))

    assert page.tree.xpath("//nav[@aria-label='Quick actions']/a/@href")[0] == "tel:+441632960200"
    for address in (ADDRESS, "/procedures/", "/procedures/balloon-kyphoplasty/"):
        prices = Page(client.get(address)).words("//main//p[contains(., 'no number for this hospital')]")
        assert len(prices) == 1, address
        assert "01632" not in prices[0]


def test_forms_name_the_hospital(client: Client) -> None:
    factories.hospital(position=1)
    factories.hospital(name="Ash Hospital", slug="ash", position=2)

    page = Page(client.get(ADDRESS))

    assert page.tree.xpath("//select[@name='hospital']/option[@selected]/@value") == ["elm-park", "elm-park"]


def test_hospital_nobody_knows_is_not_found(client: Client) -> None:
    assert client.get("/hospitals/nowhere/").status_code == 404


def test_search_engines_are_told_only_what_was_given(client: Client) -> None:
    factories.hospital(phone="", town="Elm")

    page = Page(client.get(ADDRESS))

    told = json.loads(page.tree.xpath("//head/script[@type='application/ld+json']/text()")[0])
    assert told == {
        "@context": "https://schema.org",
        "@type": "Hospital",
        "url": "http://testserver/hospitals/elm-park/",
        "name": "Elm Park Hospital",
        "address": {"@type": "PostalAddress", "addressLocality": "Elm"},
    }


def test_every_hospital_is_listed_in_staffs_own_order(client: Client) -> None:
    factories.hospital(position=2, town="Elm", postcode="EL1 1AA")
    factories.hospital(name="Ash Hospital", slug="ash", position=1)

    page = Page(client.get("/hospitals/"))

    assert page.words("//main//h2") == ["Ash Hospital", "Elm Park Hospital"]
    assert "Elm, EL1 1AA" in page.text


@pytest.mark.parametrize("how_many", [2, 30])
def test_pages_ask_the_database_as_often_for_thirty_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hospital = factories.hospital()
    for number in range(how_many):
        procedure = factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}")
        factories.offering(procedure, hospital)
        factories.practice(factories.consultant(slug=f"ada-{number}"), hospital, procedure)
        Hospital.objects.create(name=f"Ash {number}", slug=f"ash-{number}", short_name="Ash", position=9)

    # The hospital with hours and closures; what is offered; practices; what for; red flags; the site's facts; the forms' four; and,
    # where there are more than six consultants, how many.
    with django_assert_num_queries(12 if how_many == 2 else 13):
        client.get(ADDRESS)
    with django_assert_num_queries(2):
        client.get("/hospitals/")
