"""A procedure's page, as a reader meets it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from procedures.models import Edition, Hospital, Procedure
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/"


@pytest.fixture
def hospital() -> Hospital:
    return factories.hospital()


@pytest.fixture
def procedure() -> Procedure:
    return factories.procedure()


@pytest.fixture
def edition(procedure: Procedure) -> Edition:
    return factories.edition(procedure=procedure)


def with_a_section(edition: Edition, anchor: str = "about", heading: str = "About it") -> Edition:
    factories.block(edition, "section", heading=heading, anchor=anchor)
    return edition


def test_page_says_what_its_current_edition_says(client: Client, edition: Edition) -> None:
    factories.block(with_a_section(edition), "text", heading="At first", body="<p>You lie down.</p>")

    page = Page(client.get(ADDRESS))

    assert page.heading == "Balloon kyphoplasty"
    assert page.title.startswith("Balloon kyphoplasty | ")
    assert page.words("//p[@class='lead']")[0] == "A treatment for a broken bone in the back."
    assert page.words("//section[@id='about']//h2") == ["About it"]
    assert page.words("//section[@id='about']//h3") == ["At first"]
    assert "You lie down." in page.text


@pytest.mark.parametrize(
    ("published", "withdrawn"),
    [(None, None), (timedelta(hours=1), None), (timedelta(hours=-1), timedelta())],
    ids=["draft", "future", "withdrawn"],
)
def test_page_without_a_current_edition_is_not_found(
    client: Client, procedure: Procedure, published: timedelta | None, withdrawn: timedelta | None
) -> None:
    now = timezone.now()
    factories.edition(
        procedure=procedure,
        published_at=now + published if published else None,
        withdrawn_at=now + withdrawn if withdrawn is not None else None,
    )

    assert client.get(ADDRESS).status_code == 404


def test_procedure_nobody_knows_is_not_found(client: Client, db: None) -> None:
    assert client.get("/procedures/nothing/").status_code == 404


def test_page_appears_at_its_minute_with_no_job_to_publish_it(client: Client, procedure: Procedure) -> None:
    nine = timezone.now() + timedelta(days=1)
    factories.edition(procedure=procedure, published_at=nine)

    with time_machine.travel(nine - timedelta(seconds=1), tick=False):
        early = client.get(ADDRESS).status_code
    with time_machine.travel(nine, tick=False):
        on_time = client.get(ADDRESS).status_code

    assert (early, on_time) == (404, 200)


def test_key_facts_stand_at_the_top(client: Client, edition: Edition) -> None:
    factories.block(edition, "key_fact", heading="Time", body="<p><b>30 minutes</b></p>")
    factories.block(edition, "key_fact", heading="Stay", body="<p><b>One night</b></p>")
    with_a_section(edition)

    page = Page(client.get(ADDRESS))

    assert page.words("//dl[@class='facts']//dt") == ["Time", "Stay"]
    assert page.words("//dl[@class='facts']//dd") == ["30 minutes", "One night"]


def test_every_red_flag_card_is_shown_whole(client: Client, edition: Edition) -> None:
    factories.red_flag_card()
    factories.red_flag_card(
        position=2, level="today", heading="Call 111 if", body="<ul><li>you are hot</li></ul>"
    )

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='urgent']//h2") == ["Call 999 or go to A&E now if", "Call 111 if"]
    assert page.words("//section[@id='urgent']//li") == ["both legs are weak", "you are hot"]


def test_first_red_flag_card_stands_open(client: Client, edition: Edition) -> None:
    factories.red_flag_card()

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='urgent']/div//li") == ["both legs are weak"]


def test_contents_list_leads_to_every_section_in_order(client: Client, edition: Edition) -> None:
    factories.red_flag_card()
    with_a_section(edition, "short", "The short version")
    with_a_section(edition, "risks", "What can go wrong")

    page = Page(client.get(ADDRESS))

    lists = page.tree.xpath("//ol[@class='toc-list']")
    assert len(lists) == 2  # folded on a phone, at the side on a desk
    for contents in lists:
        links = contents.xpath(".//a/@href")
        assert links[:3] == ["#urgent", "#short", "#risks"]
        assert [link.text_content() for link in contents.xpath(".//a")][1:3] == [
            "The short version",
            "What can go wrong",
        ]
        headings = [heading.get("id") for heading in page.tree.xpath("//main//section[.//h2]")]
        assert [link[1:] for link in links] == headings
    assert page.dangling() == set()


def test_empty_parts_are_absent_and_so_are_their_links(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    for absent in ("Who does it here", "Where, and the price", "Key facts", "Next review due"):
        assert absent not in page.text


@pytest.mark.parametrize("filler", ["None", "N/A", "to be confirmed", "Unknown", "£"])
def test_missing_facts_leave_no_filler(
    client: Client, edition: Edition, hospital: Hospital, filler: str
) -> None:
    factories.offering(edition.procedure, hospital)
    factories.practice(factories.consultant(role=""), hospital, edition.procedure)
    factories.shown_in(
        factories.block(with_a_section(edition), "risk", heading="Leaks", body="<p>Cement leaks.</p>"),
        factories.figure(source=factories.source(year=None)),
    )

    words = Page(client.get(ADDRESS)).words("//main//section[not(@id='contact')]")

    assert not any(filler.lower() in text.lower() for text in words)


def test_page_is_marked_as_not_yet_signed_off(client: Client, edition: Edition) -> None:
    page = Page(client.get(ADDRESS))

    assert "Not yet signed off by a clinician" in page.words("//p[@class='tools']")[0]
    assert "Not yet signed off by a clinician" in page.words("//section[@id='sources']")[0]


def test_edition_its_date_and_its_review_are_told(client: Client, procedure: Procedure) -> None:
    half_past_midnight_in_london = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    factories.edition(
        procedure=procedure,
        number=3,
        published_at=half_past_midnight_in_london,
        review_due_on=date(2027, 7, 2),
    )

    page = Page(client.get(ADDRESS))

    told = page.words("//section[@id='sources']")[0]
    assert "Edition 3, published 2 July 2026." in told
    assert "Next review due 2 July 2027." in told
    assert '"datePublished": "2026-07-02"' in page.tree.xpath(
        "string(//head/script[@type='application/ld+json'])"
    )


def test_consultants_who_do_it_are_named(client: Client, edition: Edition, hospital: Hospital) -> None:
    factories.practice(factories.consultant(), hospital, edition.procedure)
    factories.practice(factories.consultant(slug="other", family_name="Other"), hospital)
    factories.practice(
        factories.consultant(slug="hidden", family_name="Hidden", is_listed=False),
        hospital,
        edition.procedure,
    )

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='consultants']//h3") == ["Miss Ada Quill"]
    assert page.words("//section[@id='consultants']/p/a") == ["Search all consultants"]
    assert page.tree.xpath("//section[@id='consultants']/p/a/@href") == ["/consultants/"]
    assert "Named by the hospital in 2016; please ring to check" in page.text


def test_many_consultants_are_six_and_a_way_to_all_who_do_it(
    client: Client, edition: Edition, hospital: Hospital
) -> None:
    ash = factories.hospital(name="Ash Hospital", slug="ash", position=1)
    for number in range(7):
        consultant = factories.consultant(slug=f"ada-{number}")
        factories.practice(consultant, hospital, edition.procedure)
        factories.practice(consultant, ash, edition.procedure)

    page = Page(client.get(ADDRESS))

    assert len(page.words("//section[@id='consultants']//h3")) == 6
    assert page.words("//section[@id='consultants']/p/a") == ["See all 7 on our list for it"]
    (everyone,) = page.tree.xpath("//section[@id='consultants']/p/a/@href")
    assert everyone == "/consultants/?procedure=balloon-kyphoplasty"
    assert "7 consultants" in Page(client.get(everyone)).text


def test_price_that_holds_is_shown_with_what_it_covers_and_until_when(
    client: Client, edition: Edition, hospital: Hospital
) -> None:
    factories.offering(
        edition.procedure,
        hospital,
        guide_price=Decimal("6250.00"),
        price_includes="The operation and one night.",
        price_valid_until_date=date(2030, 1, 31),
        confirmed_on=timezone.localdate(),
    )

    page = Page(client.get(ADDRESS))

    assert page.words("//section[@id='where']//li/p") == [
        "Guide price: £6,250. The operation and one night. Valid until 31 January 2030.",
        f"The hospital confirmed on {timezone.localdate():%-d %B %Y} that it offers this",
    ]


def test_price_that_no_longer_holds_is_asked_by_phone(
    client: Client, edition: Edition, hospital: Hospital
) -> None:
    factories.offering(
        edition.procedure,
        hospital,
        guide_price=6250,
        price_includes="The stay.",
        price_valid_until_date=timezone.localdate() - timedelta(days=1),
    )

    page = Page(client.get(ADDRESS))

    assert "£" not in page.text
    assert "For a guide price, call 01632 960101." in page.words("//section[@id='where']//p")


def test_both_forms_stand_in_the_page_and_name_the_procedure(
    client: Client, edition: Edition, hospital: Hospital
) -> None:
    response = client.get(ADDRESS)

    page = Page(response)
    assert page.tree.xpath("//section[@id='contact']//form/@action") == ["/call-back/", "/enquiry/"]
    assert page.tree.xpath(
        "//section[@id='enquiry']//select[@name='procedure']/option[@selected]/@value"
    ) == ["balloon-kyphoplasty"]
    assert "csrfmiddlewaretoken" not in response.content.decode()


@pytest.mark.parametrize("address", [ADDRESS, "/", "/procedures/", "/consultants/", "/hospitals/elm-park/"])
def test_reading_sets_no_cookie_and_varies_on_nothing_personal(
    client: Client, edition: Edition, hospital: Hospital, address: str
) -> None:
    response = client.get(address)

    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()


def test_step_stands_beside_its_picture_with_words_for_people_who_cannot_see_it(
    client: Client, edition: Edition
) -> None:
    factories.block(
        with_a_section(edition),
        "step",
        heading="Tubes go in",
        body="<p>They are thin.</p>",
        illustration=factories.illustration(),
    )

    page = Page(client.get(ADDRESS))

    (picture,) = page.tree.xpath("//ol[@class='steps']//img")
    assert picture.get("alt") == "Thin tubes reach the bone."
    assert (picture.get("width"), picture.get("height")) == ("520", "400")
    assert client.get(picture.get("src"))["Content-Type"] == "image/svg+xml"


def test_picture_in_the_text_has_its_caption_and_key(client: Client, edition: Edition) -> None:
    picture = factories.illustration(key_lines="the tube\nthe bone")
    factories.block(with_a_section(edition), "text", body="<p>Look.</p>", illustration=picture)

    page = Page(client.get(ADDRESS))

    assert page.words("//figure//figcaption/ol/li") == ["1the tube", "2the bone"]
    assert page.words("//figure//figcaption")[0].startswith("The first step.")


def test_other_choices_keep_the_anchor_of_doing_nothing(client: Client, edition: Edition) -> None:
    factories.block(
        with_a_section(edition),
        "alternative",
        heading="No operation for now",
        body="<p>Wait.</p>",
        anchor="no-operation",
    )

    page = Page(client.get(ADDRESS))

    assert page.words("//li[@id='no-operation']/h3") == ["No operation for now"]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("summary", "//div[contains(@class, 'rich--ticks')]//li"),
        ("suits", "//div[contains(@class, 'rich--ticks')]//li"),
        ("asks", "//div[contains(@class, 'rich--asks')]//li"),
        ("checklist", "//div[contains(@class, 'rich--boxes')]//li"),
        ("care", "//div[contains(@class, 'care--info')]//li"),
        ("stage", "//ol[@class='time']//li/div//li"),
        ("cost", "//div[contains(@class, 'card')]//li"),
        ("disagreement", "//section[@id='about']//li"),
        ("faq", "//details//li"),
        ("benefit", "//div[contains(@class, 'evidence')]//li"),
        ("risk", "//div[contains(@class, 'evidence')]//li"),
    ],
)
def test_every_kind_of_block_shows_its_text(client: Client, edition: Edition, kind: str, path: str) -> None:
    body = "<ul><li>a line to be read</li></ul>"
    factories.block(with_a_section(edition), kind, heading="A heading", body=body)

    page = Page(client.get(ADDRESS))

    assert "a line to be read" in page.words(path)


def test_question_to_take_along_has_a_box_to_tick(client: Client, edition: Edition) -> None:
    factories.block(with_a_section(edition), "question", heading="What happens if I wait?")

    page = Page(client.get(ADDRESS))

    assert page.words("//li/label[input[@type='checkbox']]") == ["What happens if I wait?"]


@pytest.mark.parametrize("how_many", [2, 30])
def test_page_asks_the_database_as_often_for_thirty_of_everything_as_for_two(
    client: Client,
    edition: Edition,
    hospital: Hospital,
    how_many: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with_a_section(edition)
    picture = factories.illustration()
    for number in range(how_many):
        factories.practice(
            factories.consultant(slug=f"ada-{number}"),
            hospital if number == 0 else factories.hospital(name=f"Ash {number}", slug=f"ash-{number}"),
            edition.procedure,
        )
        source = factories.source(key=f"study-{number}", url=f"https://press.example/{number}")
        risk = factories.block(
            edition, "risk", heading=f"Risk {number}", body="<p>It may.</p>", illustration=picture
        )
        factories.shown_in(risk, factories.figure(key=f"figure-{number}", source=source))
        factories.cited_in(risk, source)
        factories.red_flag_card(position=number)
    for offered_at in Hospital.objects.all():
        factories.offering(edition.procedure, offered_at)

    # The edition with its procedure; once more to draw it, with its blocks, their figures and sources, and hard words;
    # offerings; practices; leaflets; red flags; the site's facts; and for the forms the hospitals, procedures,
    # consultants and what is agreed to. An edition published by the desk is kept drawn, and takes five fewer. Beyond six
    # consultants it is asked how many there are.
    with django_assert_num_queries(15 if how_many == 2 else 16):
        page = Page(client.get(ADDRESS))

    assert len(page.words("//div[contains(@class, 'evidence')]/h3")) == how_many
    assert len(page.words("//section[@id='consultants']//h3")) == min(how_many, 6)
