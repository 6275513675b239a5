"""Which consultants the forms offer: all of a few, and of very many the one asked about."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from consultants.models import Consultant, Practice
from enquiries.choices import MOST_CONSULTANTS
from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ANSWERS = {
    "name": "Jo Larkspur",
    "phone": "07700 900123",
    "consent": "1",
    "hospital": "elm-park",
    "question": "When?",
}


def consultants(hospital: Hospital, how_many: int) -> None:
    """Ada Quill and so many others."""
    made = Consultant.objects.bulk_create(
        Consultant(given_name="Bo", family_name=f"Marsh {number:02}", slug=f"marsh-{number}")
        for number in range(how_many)
    )
    Practice.objects.bulk_create(
        Practice(consultant=consultant, hospital=hospital, named_in=2016)
        for consultant in [*made, factories.consultant()]
    )


def offered(page: Page) -> list[str]:
    return page.words("//select[@name='consultant']/option")


def test_a_list_that_can_be_read_offers_everybody_by_surname(client: Client, hospital: Hospital) -> None:
    consultants(hospital, MOST_CONSULTANTS - 1)

    names = offered(Page(client.get("/enquiry/")))

    assert len(names) == 1 + MOST_CONSULTANTS
    assert (names[0], names[1], names[-1]) == ("Not sure", "Bo Marsh 00", "Miss Ada Quill")


def test_of_too_many_nobody_is_offered_and_nothing_is_asked(client: Client, hospital: Hospital) -> None:
    consultants(hospital, MOST_CONSULTANTS)

    page = Page(client.get("/enquiry/"))

    assert offered(page) == []
    assert "Which consultant?" not in page.text


def test_of_too_many_the_one_asked_about_is_chosen(client: Client, hospital: Hospital) -> None:
    consultants(hospital, MOST_CONSULTANTS)

    page = Page(client.get("/enquiry/?consultant=ada-quill"))

    assert offered(page) == ["Not sure", "Miss Ada Quill"]
    assert page.value("consultant") == "ada-quill"


@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/"])
def test_choice_is_kept_through_errors_checking_and_sending(
    client: Client, hospital: Hospital, address: str
) -> None:
    consultants(hospital, MOST_CONSULTANTS)

    wrong = Page(client.post(address, ANSWERS | {"consultant": "ada-quill", "name": ""}))
    check = Page(client.post(address, ANSWERS | {"consultant": "ada-quill"}))
    client.post(f"{address}send/", check.hidden())

    assert wrong.value("consultant") == "ada-quill"
    assert "Miss Ada Quill" in check.text
    assert Enquiry.objects.get().consultant == Consultant.objects.get(slug="ada-quill")


def test_what_was_answered_counts_over_what_the_address_says(client: Client, hospital: Hospital) -> None:
    consultants(hospital, MOST_CONSULTANTS)

    page = Page(client.post("/enquiry/?consultant=ada-quill", {"consultant": "marsh-7"}))

    assert offered(page) == ["Not sure", "Bo Marsh 07", "Miss Ada Quill"]
    assert page.value("consultant") == "marsh-7"


def test_consultant_whose_facts_have_lapsed_can_still_be_asked_about(
    client: Client, hospital: Hospital
) -> None:
    factories.practice(
        factories.consultant(), hospital, confirmed_on=timezone.localdate() - timedelta(days=365)
    )

    assert offered(Page(client.get("/enquiry/"))) == []
    assert Page(client.get("/enquiry/?consultant=ada-quill")).value("consultant") == "ada-quill"


def test_consultant_who_is_gone_is_said_to_be(client: Client, hospital: Hospital) -> None:
    page = Page(client.post("/enquiry/", ANSWERS | {"consultant": "nobody"}))

    assert page.problems == ["Choose a consultant from the list."]


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%27;", "x" * 5000, "%F0%9F%99%82", "ada%20quill"])
def test_odd_names_in_the_address_offer_nobody(client: Client, hospital: Hospital, odd: str) -> None:
    page = Page(client.get(f"/enquiry/?consultant={odd}"))

    assert page.status == 200
    assert offered(page) == []


@pytest.mark.parametrize(("query", "queries"), [("", 6), ("?consultant=ada-quill", 7)])
def test_many_consultants_cost_no_more_than_a_few(
    client: Client,
    hospital: Hospital,
    query: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    consultants(hospital, 2 * MOST_CONSULTANTS)

    with django_assert_num_queries(queries):
        client.get(f"/enquiry/{query}")


@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/"])
def test_consultant_is_asked_about_only_where_they_are_listed(
    client: Client, hospital: Hospital, address: str
) -> None:
    factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    consultants(hospital, 1)

    page = Page(client.post(address, ANSWERS | {"consultant": "ada-quill", "hospital": "oak-hill"}))

    assert page.problems == ["Miss Ada Quill is not listed at Oak Hill Hospital. Choose Elm Park Hospital."]


def test_call_back_says_at_the_top_whom_it_is_about(client: Client, hospital: Hospital) -> None:
    consultants(hospital, 1)

    form = Page(client.get("/call-back/?consultant=ada-quill"))
    check = Page(client.post("/call-back/", ANSWERS | {"consultant": "ada-quill"}))

    assert "About Miss Ada Quill" in form.text
    assert "About Miss Ada Quill" in check.text
