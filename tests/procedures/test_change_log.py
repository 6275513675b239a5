"""What has changed on a page, and what it said on any day: for everybody, without a word that is not theirs."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures import publishing
from procedures.models import Edition
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/procedures/balloon-kyphoplasty/changes/"
LONDON = ZoneInfo("Europe/London")
MAY, JUNE, JULY = (datetime(2027, month, 3, 9, tzinfo=LONDON) for month in (5, 6, 7))


@pytest.fixture
def first() -> Edition:
    """The text that the site opened with, on 3 May 2027 at nine."""
    with time_machine.travel(MAY, tick=False):
        draft = factories.whole_draft(procedure=factories.procedure(), number=1)
        publishing.publish_first_text(draft)
    return Edition.objects.get()


@pytest.fixture
def second(first: Edition) -> Edition:
    """A correction, on 3 June 2027 at nine."""
    with time_machine.travel(JUNE, tick=False):
        return factories.next_edition(
            first,
            change=("The pain can ease.", "The pain may ease."),
            change_summary="We no longer promise that pain eases.",
            change_reason="A newer study is less sure.",
        )


def read(client: Client, asked: str = "", *, at: datetime = JULY) -> Page:
    with time_machine.travel(at, tick=False):
        return Page(client.get(ADDRESS + asked))


def entries(page: Page) -> list[str]:
    return page.words("//li[starts-with(@id, 'edition-')]")


def test_every_public_edition_is_listed_the_latest_first(client: Client, second: Edition) -> None:
    page = read(client)

    latest, opening = entries(page)
    assert page.heading == "What has changed"
    assert "Edition 2" in latest
    assert "Clinical change" in latest
    assert "Shown since 3 June 2027." in latest
    assert "What changed: We no longer promise that pain eases." in latest
    assert "Why: A newer study is less sure." in latest
    assert "Edition 1" in opening
    assert "First text" in opening
    assert "Shown from 3 May 2027 to 3 June 2027." in opening
    assert "No clinician had signed it off then." in opening


def test_lines_that_changed_are_shown_as_they_were_and_as_they_are(client: Client, second: Edition) -> None:
    latest = "//li[@id='edition-2']//details"

    page = read(client)

    assert page.words(f"{latest}/summary") == ["The line that changed since edition 1"]
    assert [word.replace("[taken out: ", "").strip("]") for word in page.words(f"{latest}//li//del")] == [
        "can"
    ]
    assert [word.replace("[put in: ", "").strip("]") for word in page.words(f"{latest}//li//ins")] == ["may"]


def test_change_that_is_not_clinical_is_told_as_wording(client: Client, first: Edition) -> None:
    with time_machine.travel(JUNE, tick=False):
        factories.next_edition(first)

    latest = entries(read(client))[0]

    assert "Change of wording" in latest
    assert "No line of the text changed since edition 1." in latest


def test_first_edition_of_a_page_is_called_that(client: Client) -> None:
    with time_machine.travel(MAY, tick=False):
        factories.published(factories.whole_draft(procedure=factories.procedure(), number=1))

    (only,) = entries(read(client))

    assert "First edition" in only
    assert "Change of wording" not in only


def test_each_edition_can_be_read_as_it_was(client: Client, second: Edition) -> None:
    links = read(client).tree.xpath("//li[starts-with(@id, 'edition-')]//a/@href")

    assert links == [f"/procedures/balloon-kyphoplasty/editions/{number}/" for number in (2, 1)]


def test_explainer_leads_to_its_changes(client: Client, first: Edition) -> None:
    with time_machine.travel(JULY, tick=False):
        explainer = Page(client.get(first.procedure.get_absolute_url()))

    assert explainer.tree.xpath(f"//section[@id='sources']//a[@href='{ADDRESS}']")


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        ("2027-05-03", [1]),
        ("2027-06-02", [1]),
        ("2027-06-03", [1, 2]),
        ("2027-06-04", [2]),
        ("2027-07-03", [2]),
    ],
)
def test_page_says_what_stood_on_a_day(client: Client, second: Edition, day: str, numbers: list[int]) -> None:
    page = read(client, f"?on={day}")

    found = page.tree.xpath("//section[@id='day']//*[@role='status']//a/@href")
    assert found == [f"/procedures/balloon-kyphoplasty/editions/{number}/" for number in numbers]
    assert page.value("on") == day


def test_day_on_which_it_changed_names_both_with_their_hours(client: Client, second: Edition) -> None:
    said = read(client, "?on=2027-06-03").words("//section[@id='day']//*[@role='status']//p")

    assert said == [
        "On 3 June 2027 readers saw edition 1, from 3 May 2027, 09:00 to 3 June 2027, 09:00.",
        "On 3 June 2027 readers saw edition 2, from 3 June 2027, 09:00.",
    ]


def test_day_is_a_day_in_london(client: Client) -> None:
    late = datetime(2027, 5, 3, 0, 30, tzinfo=LONDON)  # still 2 May in UTC
    factories.edition(procedure=factories.procedure(), published_at=late)

    page = read(client, "?on=2027-05-02")

    assert page.words("//*[@id='id_on_error']") == [
        "This page was first shown on 3 May 2027. Choose that day or a later one."
    ]


def test_withdrawn_edition_gives_way_to_the_one_before_it(client: Client, second: Edition) -> None:
    with time_machine.travel(JUNE.replace(day=10), tick=False):
        publishing.withdraw(second)

    page = read(client, "?on=2027-06-20")

    assert "Shown from 3 June 2027 to 10 June 2027. Withdrawn on 10 June 2027." in entries(page)[0]
    assert "Shown from 3 May 2027 to 3 June 2027, and again shown since 10 June 2027." in entries(page)[1]
    assert "readers saw edition 1." in page.text


def test_page_that_was_withdrawn_whole_says_so(client: Client, first: Edition) -> None:
    with time_machine.travel(JUNE, tick=False):
        publishing.withdraw(first)

    page = read(client, "?on=2027-06-20")

    assert "None of them is shown now." in page.text
    assert "No edition was shown on 20 June 2027: the page had been withdrawn." in page.text
    assert first.procedure.get_absolute_url() not in page.tree.xpath("//main//a/@href")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "Choose a day."),
        ("2027-02-31", "That is not a day we know. Choose one such as 3 May 2027."),
        ("%00<b>", "That is not a day we know. Choose one such as 3 May 2027."),
        ("2027-07-04", "That day has not come yet. Choose today or an earlier day."),
        ("9999-12-31", "That day has not come yet. Choose today or an earlier day."),
        ("2027-05-02", "This page was first shown on 3 May 2027. Choose that day or a later one."),
        ("0001-01-01", "This page was first shown on 3 May 2027. Choose that day or a later one."),
    ],
)
def test_day_that_cannot_be_answered_is_told_plainly(
    client: Client, second: Edition, asked: str, said: str
) -> None:
    page = read(client, f"?on={asked}")

    assert page.status == 200
    assert page.words("//*[@id='id_on_error']") == [said]
    assert page.tree.xpath("//input[@name='on']/@aria-describedby") == ["id_on_error"]
    assert len(entries(page)) == 2


def test_day_may_be_typed_as_people_write_it(client: Client, second: Edition) -> None:
    assert read(client, "?on=3 May 2027").value("on") == "2027-05-03"
    assert read(client, "?on=3/5/2027").value("on") == "2027-05-03"


def test_nothing_internal_leaks(client: Client, second: Edition) -> None:
    editor = factories.person(
        "zanzibar", first_name="Zanzibar", last_name="Quux", email="zanzibar@quux.example"
    )
    with time_machine.travel(JUNE.replace(day=20), tick=False):
        draft = publishing.start_draft(second)
        block = draft.blocks.get(kind="benefit")
        block.body = "<p>Zanzibar in a draft.</p>"
        block.save()
        Edition.objects.filter(pk=draft.pk).update(
            internal_note="zanzibar note",
            returned_note="zanzibar returned",
            change_summary="zanzibar summary",
        )
        publishing.changed_by(draft, editor)
        factories.sign_off(draft, factories.Reviewer.objects.get(), reviewer_name="Dr Zanzibar")
        factories.preview_address(draft, shown_to="zanzibar friend", by=editor)

    for address in (ADDRESS, second.get_absolute_url(), second.procedure.get_absolute_url()):
        with time_machine.travel(JULY, tick=False):
            content = client.get(address).content.decode().lower()
        for secret in ("zanzibar", "quux", "morgan@", "robin", "edition 3"):
            assert secret not in content, (address, secret)


def test_scheduled_edition_is_not_listed_before_its_minute(client: Client, first: Edition) -> None:
    with time_machine.travel(JUNE, tick=False):
        draft = publishing.start_draft(first)
        Edition.objects.filter(pk=draft.pk).update(change_summary="Soon.", change_reason="Soon.")
        morgan = factories.reviewer()
        factories.sign_off(draft, morgan)
        publishing.publish(draft, by=morgan.user, at=JULY)

    assert len(entries(read(client, at=JUNE))) == 1
    assert len(entries(read(client, at=JULY))) == 2


def test_edition_withdrawn_before_its_minute_was_never_public(client: Client, first: Edition) -> None:
    factories.edition(
        procedure=first.procedure, number=2, is_first_text=False, published_at=JULY, withdrawn_at=JUNE
    )

    assert len(entries(read(client, at=JULY))) == 1


def test_procedure_that_was_never_public_has_no_changes(client: Client) -> None:
    factories.draft(procedure=factories.procedure())

    assert client.get(ADDRESS).status_code == 404
    assert client.get("/procedures/nothing/changes/").status_code == 404


@pytest.mark.parametrize("how_many", [2, 12])
def test_page_asks_the_database_as_often_for_twelve_as_for_two(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    procedure = factories.procedure()
    for number in range(1, how_many + 1):
        factories.edition(procedure=procedure, number=number, published_at=MAY.replace(day=number))

    with time_machine.travel(JULY, tick=False), django_assert_num_queries(3):  # editions, red flags, hospital
        client.get(ADDRESS)
