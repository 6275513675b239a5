"""For your GP: the facts of the page that a referral needs, and no others."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures import publishing
from procedures.models import Edition, Figure, Source
from tests import factories
from tests.enquiries.pages import Page
from tests.seeded import SeededSite, seen

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/for-your-gp/"


@pytest.fixture
def edition() -> Edition:
    draft = factories.whole_draft(procedure=factories.procedure(), number=1)
    factories.block(draft, "suits", heading="It may help if", body="<ul><li>your break is new</li></ul>")
    factories.block(draft, "asks", heading="Ask first if", body="<ul><li>you are pregnant</li></ul>")
    factories.block(draft, "section", heading="Which scans will I need?", anchor="tests")
    factories.block(draft, "text", body="<p>An MRI scan. See <a href='#risks'>risks</a>.</p>")
    factories.shown_in(draft.blocks.get(kind="risk"), factories.figure())
    factories.offering(draft.procedure, factories.hospital())
    publishing.publish_first_text(draft)
    return Edition.objects.get()


def test_page_gathers_what_a_referral_needs(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.heading == "Balloon kyphoplasty: for the GP"
    assert page.words("//main//section[not(@id)]//h2") == [
        "Who it may suit",
        "Scans",
        "What else can be tried",
        "What may be gained",
        "What can go wrong",
        "What doctors do not agree on",
        "How to refer",
        "Sources",
    ]
    for said in ("your break is new", "you are pregnant", "An MRI scan.", "You can wait, and ask again."):
        assert said in page.text
    assert page.words("//section[@id='urgent']//li") == ["both legs are weak"]
    assert page.dangling() == set()


def test_figures_stand_as_they_were_published_with_their_source(client: Client, edition: Edition) -> None:
    Figure.objects.update(count=90)
    Source.objects.update(publisher="Another Press")

    harms = Page(client.get(ADDRESS)).words("//section[@aria-labelledby='harms-h']")[0]

    assert "7 of 100 people had some cement leak." in harms
    assert "Elm Press, 2020" in harms
    assert "Another Press" not in harms


def test_nothing_that_staff_do_to_a_figure_or_source_today_moves_the_page(
    client: Client, edition: Edition
) -> None:
    before = Page(client.get(ADDRESS))
    other = Source.objects.create(
        key="other", title="Other", publisher="Ash Press", url="https://ash.example/", checked_on="2027-01-01"
    )
    Figure.objects.update(source=other, count=90, what="had none")
    Source.objects.exclude(pk=other.pk).update(
        key="renamed", title="New", publisher="New", year=1999, url="https://new.example/"
    )

    after = Page(client.get(ADDRESS))

    assert after.words("//main") == before.words("//main")
    assert after.tree.xpath("//main//a/@href") == before.tree.xpath("//main//a/@href")
    assert after.dangling() == set()


def test_figure_that_the_edition_keeps_no_value_of_is_left_out(client: Client, edition: Edition) -> None:
    Figure.objects.update(key="renamed", count=90)

    (harms,) = Page(client.get(ADDRESS)).words("//section[@aria-labelledby='harms-h']")

    assert "Cement can leak out of the bone." in harms
    assert "of 100 people" not in harms


def test_edition_that_kept_nothing_is_told_from_its_rows(client: Client) -> None:
    edition = factories.edition(procedure=factories.procedure())
    risk = factories.block(edition, "risk", heading="Cement leaks", body="<p>It can leak.</p>")
    factories.shown_in(risk, factories.figure())

    (harms,) = Page(client.get(ADDRESS)).words("//section[@aria-labelledby='harms-h']")

    assert "7 of 100 people had some cement leak." in harms


def test_link_to_a_part_of_the_page_leads_to_the_page(client: Client, edition: Edition) -> None:
    assert Page(client.get(ADDRESS)).tree.xpath("//a[.='risks']/@href") == [
        "/procedures/balloon-kyphoplasty/#risks"
    ]


def test_hospital_stands_with_the_phones_its_record_holds(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.words("//section[@aria-labelledby='refer-h']//address") == [
        "Elm Park Hospital Hospital: 01632 960100 Patients who pay for themselves: 01632 960101"
    ]


def test_hospital_without_phones_shows_none(client: Client) -> None:
    procedure = factories.published_procedure()
    factories.offering(procedure, factories.hospital(phone="", self_pay_phone=""))

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@aria-labelledby='refer-h']//address") == ["Elm Park Hospital"]


def test_parts_that_the_edition_lacks_are_absent(client: Client) -> None:
    factories.published_procedure()

    page = Page(client.get(ADDRESS))

    for heading in (
        "Who it may suit",
        "Scans",
        "What else can be tried",
        "What may be gained",
        "How to refer",
    ):
        assert heading not in page.words("//h2")


def test_patient_has_lines_of_their_own_that_send_nothing(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert page.words("//label") == [
        "My pain began",
        "It stops me from",
        "I have tried",
        "I would like to ask",
    ]
    assert page.tree.xpath("//form | //main//*[@name]") == []


def test_explainer_leads_to_the_page(client: Client, edition: Edition) -> None:
    assert Page(client.get(edition.procedure.get_absolute_url())).tree.xpath(f"//a[@href='{ADDRESS}']")


def test_everything_on_a_seeded_page_for_the_gp_is_on_the_explainer(site: SeededSite) -> None:
    for address in site.explainers:
        explainer = seen(site.pages[address])
        told = site.pages[f"{address}for-your-gp/"]
        for line in told.words("//main//section[not(@id)]//*[self::p or self::li or self::dt][not(.//li)]"):
            if not line.startswith("Sources:") and "Hospital" not in line:
                assert line in explainer, f"{address} for the GP says {line!r}"


@pytest.mark.parametrize("how_many", [1, 12])
def test_page_asks_the_database_as_often_for_twelve_as_for_one(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    draft = factories.whole_draft(procedure=factories.procedure(), number=1)
    for number in range(how_many):
        block = factories.block(draft, "risk", heading=f"Risk {number}", body="<p>It can leak.</p>")
        factories.shown_in(block, factories.figure(key=f"leak-{number}"))
        factories.cited_in(block, Source.objects.get())
        factories.offering(draft.procedure, factories.hospital(name=f"Ash {number}", slug=f"ash-{number}"))
    publishing.publish_first_text(draft)

    # The edition, its blocks, figures and sources, the sign-off, the offerings, the red flags, the head of the page.
    with django_assert_num_queries(8):
        client.get(ADDRESS)
