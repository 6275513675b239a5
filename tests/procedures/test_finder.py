"""The finder of treatments, tests and scans, as a reader uses it."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from procedures.models import Hospital, Offering, Procedure, SearchWord
from procedures.models.confirmations import HIDE_AFTER
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


@pytest.fixture
def kyphoplasty(hospital: Hospital) -> Procedure:
    procedure = factories.published_procedure(aliases="BKP")
    factories.offering(procedure, hospital)
    return procedure


@pytest.fixture
def mri() -> Procedure:
    return factories.published_procedure(
        name="MRI scan", slug="mri-scan", kind="scan", summary="A picture of your spine."
    )


def names(page: Page) -> list[str]:
    return page.words("//main//tbody//th/a")


def test_everything_published_is_listed_under_its_letter(
    client: Client, kyphoplasty: Procedure, mri: Procedure
) -> None:
    factories.procedure(name="Hidden", slug="hidden")

    page = Page(client.get("/procedures/"))

    assert page.heading == "Find a treatment, test or scan"
    assert names(page) == ["Balloon kyphoplasty", "MRI scan"]
    assert page.words("//main//*[@role='status']") == ["2 treatments, tests and scans found"]
    assert page.tree.xpath("//nav[@aria-label='A to Z']//a/@href") == ["#letter-B", "#letter-M"]
    assert page.dangling() == set()


@pytest.mark.parametrize(
    "query", ["q=kypho", "q=bkp", "q=broken+bone", "kind=treatment", "hospital=elm-park", "q=%C2%A0kypho"]
)
def test_each_question_narrows_the_list(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    page = Page(client.get(f"/procedures/?{query}"))

    assert names(page) == ["Balloon kyphoplasty"]


@pytest.mark.parametrize("query", ["kind=treatment&q=mri", "hospital=elm-park&kind=scan"])
def test_questions_are_asked_together(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    page = Page(client.get(f"/procedures/?{query}"))

    assert names(page) == []
    assert "Nothing matches that." in page.text
    assert page.tree.xpath("//main//a[text()='See everything on our list']/@href") == ["/procedures/"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=walk",
        "kind=scan&kind=walk",
        "hospital=nowhere",
        "hospital=%00",
        "q=%00",
        "q=" + "a" * 5000,
        "q=%FF%FE",
        "page=2",
    ],
)
def test_nonsense_is_never_an_error(
    client: Client, kyphoplasty: Procedure, mri: Procedure, query: str
) -> None:
    response = client.get(f"/procedures/?{query}")

    assert response.status_code == 200
    assert "found" in Page(response).words("//main//*[@role='status']")[0]


def test_what_was_asked_stays_in_the_form(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/?q=kypho&kind=treatment&hospital=elm-park"))

    assert page.value("q") == "kypho"
    assert page.value("hospital") == "elm-park"
    assert page.tree.xpath("//input[@name='kind'][@checked]/@value") == ["treatment"]
    assert page.heading == "Find a treatment, test or scan available at Elm Park Hospital"


def test_kind_is_all_until_one_is_chosen(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/"))

    assert page.words("//fieldset//label") == ["All", "Treatments", "Tests", "Scans"]
    assert page.tree.xpath("//input[@name='kind'][@checked]/@value") == [""]


def test_what_was_asked_is_shown_as_text(client: Client, kyphoplasty: Procedure) -> None:
    response = client.get("/procedures/", {"q": '"><script>alert(1)</script>'})

    assert "<script>alert" not in response.content.decode()
    assert Page(response).value("q") == '"><script>alert(1)</script>'


def words(cell: Any) -> str:
    return " ".join(" ".join(cell.itertext()).split()).replace(" ,", ",")


def cells(page: Page, label: str) -> list[str]:
    return page.words(f"//main//td[@data-label='{label}']")


def test_line_says_where_and_that_nobody_has_confirmed_it(client: Client, kyphoplasty: Procedure) -> None:
    page = Page(client.get("/procedures/"))

    assert page.words("//main//tbody//th") == [
        "Balloon kyphoplasty Treatment A treatment for a broken bone in the back."
    ]
    assert cells(page, "Hospital") == [
        "Elm Park Hospital The hospital has not confirmed lately that it offers this; please ring to check"
    ]
    assert cells(page, "Consultants") == ["No names on our list"]
    assert cells(page, "Guide price") == ["For a guide price, call 01632 960101."]


def test_confirmed_offering_does_not_ask_to_ring(client: Client, kyphoplasty: Procedure) -> None:
    today = timezone.localdate()
    kyphoplasty.offerings.update(confirmed_on=today)

    page = Page(client.get("/procedures/"))

    assert cells(page, "Hospital") == [
        f"Elm Park Hospital The hospital confirmed on {today:%-d %B %Y} that it offers this"
    ]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "The hospital confirmed on 3 May 2026 that it offers this"),
        (179, "The hospital confirmed on 3 May 2026 that it offers this"),
        (180, "The hospital last confirmed on 3 May 2026 that it offers this; please ring to check"),
        (364, "The hospital last confirmed on 3 May 2026 that it offers this; please ring to check"),
        (365, "The hospital has not confirmed lately that it offers this; please ring to check"),
    ],
)
def test_offering_says_on_each_day_how_sure_we_are(days: int, said: str) -> None:
    offering = Offering(confirmed_on=date(2026, 5, 3))

    with time_machine.travel(date(2026, 5, 3) + timedelta(days=days), tick=False):
        shown = render_to_string("components/offering_standing.html", {"offering": offering})

    assert shown.strip() == f'<p class="meta">{said}</p>'


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (0, "Guide price: £8,500. The stay and the first check. Valid until"),
        (-1, "For a guide price, call 01632 960101."),
    ],
)
def test_price_says_what_it_covers_and_gives_way_to_the_phone_once_it_is_stale(
    client: Client, kyphoplasty: Procedure, days: int, shown: str
) -> None:
    kyphoplasty.offerings.update(
        guide_price=8500,
        price_includes="The stay and the first check.",
        price_valid_until_date=timezone.localdate() + timedelta(days=days),
    )

    (price,) = cells(Page(client.get("/procedures/")), "Guide price")

    assert price.startswith(shown)
    assert ("8,500" in price) == (days == 0)


def test_hospital_without_a_self_pay_line_is_asked_on_its_switchboard(
    client: Client, kyphoplasty: Procedure
) -> None:
    Hospital.objects.update(self_pay_phone="")

    (price,) = cells(Page(client.get("/procedures/")), "Guide price")

    assert price.startswith("For a guide price, call 01632 960100.")


def test_who_does_it_there_stands_with_how_sure_we_are(
    client: Client, hospital: Hospital, kyphoplasty: Procedure, mri: Procedure
) -> None:
    ash = factories.hospital(name="Ash Hospital", slug="ash", position=1)
    factories.offering(kyphoplasty, ash)
    today = timezone.localdate()
    for name, place, procedure, facts in [
        ("Rook", hospital, kyphoplasty, {"confirmed_on": today}),
        ("Marsh", hospital, kyphoplasty, {}),
        ("Finch", ash, kyphoplasty, {}),
        ("Lapsed", hospital, kyphoplasty, {"confirmed_on": today - HIDE_AFTER}),
        ("Other", hospital, mri, {}),
    ]:
        factories.practice(
            factories.consultant(title="Mr", given_name="Bo", family_name=name, slug=name.lower()),
            place,
            procedure,
            **facts,
        )
    hidden = factories.consultant(is_listed=False)
    factories.practice(hidden, hospital, kyphoplasty)

    page = Page(client.get("/procedures/?q=kypho"))

    assert page.words("//td[@data-label='Hospital']/a") == ["Elm Park Hospital", "Ash Hospital"]
    here, there = page.tree.xpath("//td[@data-label='Consultants']")
    assert [link.text_content() for link in here.xpath(".//a")] == ["Mr Bo Marsh", "Mr Bo Rook"]
    assert [link.text_content() for link in there.xpath(".//a")] == ["Mr Bo Finch"]
    assert ["ring to check" in line.text_content() for line in here.xpath(".//li")] == [True, False]


def test_one_hospital_shows_its_own_line_only(client: Client, kyphoplasty: Procedure) -> None:
    factories.offering(kyphoplasty, factories.hospital(name="Ash Hospital", slug="ash"))

    page = Page(client.get("/procedures/?hospital=ash"))

    assert page.words("//td[@data-label='Hospital']/a") == ["Ash Hospital"]


def test_many_names_are_a_handful_and_a_way_to_all_of_them(
    client: Client, hospital: Hospital, kyphoplasty: Procedure
) -> None:
    for number in range(7):
        factories.practice(
            factories.consultant(family_name=f"Quill {number}", slug=f"ada-{number}"), hospital, kyphoplasty
        )

    page = Page(client.get("/procedures/"))

    assert len(page.words("//td[@data-label='Consultants']//li")) == 3
    assert page.words("//td[@data-label='Consultants']/p/a") == [
        "See all on our list for Balloon kyphoplasty at Elm Park Hospital"
    ]
    (everyone,) = page.tree.xpath("//td[@data-label='Consultants']/p/a/@href")
    assert everyone == "/consultants/?procedure=balloon-kyphoplasty&hospital=elm-park"
    assert "7 consultants" in Page(client.get(everyone)).text


def test_what_no_hospital_offers_says_so_and_takes_a_question(client: Client, mri: Procedure) -> None:
    page = Page(client.get("/procedures/"))

    assert cells(page, "Hospital") == ["No hospital on our list says that it offers this. Ask us"]
    assert page.tree.xpath("//td//a/@href") == ["/enquiry/?procedure=mri-scan"]


def test_who_is_named_where_nobody_says_that_it_is_offered_is_not_left_out(
    client: Client, hospital: Hospital, kyphoplasty: Procedure, mri: Procedure
) -> None:
    ash = factories.hospital(name="Ash Hospital", slug="ash", position=1)
    factories.practice(factories.consultant(), hospital, mri, kyphoplasty)
    factories.practice(factories.consultant(slug="bo", given_name="Bo"), ash, kyphoplasty)
    factories.practice(factories.consultant(slug="hidden", is_listed=False), ash, mri, kyphoplasty)

    offered, elsewhere, nowhere = Page(client.get("/procedures/")).tree.xpath("//td[@data-label='Hospital']")

    assert "Elm Park" in offered.text_content()
    assert words(elsewhere) == (
        "Other hospitals do not say that they offer this. On our list for it: "
        "Miss Bo Quill, Ash Hospital Named by the hospital in 2016; please ring to check "
        "See all consultants on our list for Balloon kyphoplasty"
    )
    assert words(nowhere) == (
        "No hospital on our list says that it offers this. Ask us On our list for it: "
        "Miss Ada Quill, Elm Park Hospital Named by the hospital in 2016; please ring to check "
        "See all consultants on our list for MRI scan"
    )


def test_finder_of_one_hospital_names_nobody_elsewhere(
    client: Client, kyphoplasty: Procedure, hospital: Hospital
) -> None:
    ash = factories.hospital(name="Ash Hospital", slug="ash")
    factories.practice(factories.consultant(), ash, kyphoplasty)

    assert "Quill" not in Page(client.get("/procedures/?hospital=elm-park")).text


def test_many_hospitals_are_five_and_a_way_to_all_of_them(client: Client, kyphoplasty: Procedure) -> None:
    for number in range(6):
        factories.offering(
            kyphoplasty, factories.hospital(name=f"Ash {number}", slug=f"ash-{number}", position=1)
        )

    page = Page(client.get("/procedures/"))

    assert page.words("//td[@data-label='Hospital']/a") == [
        "Elm Park Hospital",
        *(f"Ash {number}" for number in range(4)),
    ]
    assert cells(page, "More") == ["Balloon kyphoplasty at 2 more hospitals"]
    assert page.tree.xpath("//td[@data-label='More']/a/@href") == ["/procedures/balloon-kyphoplasty/#where"]
    assert page.words("//tbody//th/p") == ["A treatment for a broken bone in the back."]


@pytest.mark.parametrize("how_many", [2, 30])
def test_finder_asks_the_database_as_often_for_thirty_as_for_two(
    client: Client, hospital: Hospital, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultants = [factories.consultant(slug=f"ada-{number}") for number in range(how_many)]
    practices = [factories.practice(consultant, hospital) for consultant in consultants]
    for number in range(how_many):
        procedure = factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}", kind="scan")
        factories.offering(procedure, hospital)
        for practice in practices:
            practice.procedures.add(procedure)

    # The site's facts; the hospitals to choose from, counted first; the procedures and where each is offered; who does it
    # there, picked and read; and who does it where it is not offered: here nobody.
    with django_assert_num_queries(7):
        page = Page(client.get("/procedures/"))

    assert len(names(page)) == how_many


def test_known_name_that_fits_nothing_is_taken_for_a_slip(client: Client) -> None:
    """A Mr Baloon on the list must not keep anybody from the balloon."""
    factories.published_procedure()
    SearchWord.objects.create(word="baloon")

    page = Page(client.get("/procedures/?q=baloon"))

    assert page.words("//main//*[@role='status']") == [
        "1 treatment, test or scan found We did not find “baloon”, so we looked for words like it: balloon."
    ]
