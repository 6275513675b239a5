"""The page on which a secretary confirms or corrects the facts: safe to open, answered once, and only for what it showed."""

import logging
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consultants.facts import key_of
from consultants.models import Consultant, Practice, Reconfirmation
from consultants.reading import NO_FEE
from kyphoplasty_site.logs import PrivateFormatter
from procedures.clocks import clocks
from procedures.models import Procedure
from tests import factories
from tests.consultants.secretary import CORRECTED, RIGHT, Secretary, asked
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def practice() -> Practice:
    """Miss Ada Quill at Elm Park, last confirmed on New Year's Day, with everything that can be held of her."""
    ada = factories.consultant(
        specialties=["Spinal surgery", "Pain"],
        languages=["Welsh"],
        nhs_base="Ash Hospital",
        secretary_name="Robin Fern",
        secretary_phone="01632 960111",
        secretary_email="robin@elmpark.example",
        insurers=["Elm Health"],
        first_fee=250,
        follow_up_fee="180.50",
        profile_url="https://profiles.example/quill",
    )
    factories.edition(
        procedure=factories.procedure(name="Bone scan", slug="bone-scan"), published_at=timezone.now()
    )
    kyphoplasty = factories.published_procedure()
    return factories.practice(
        ada,
        factories.hospital(),
        kyphoplasty,
        clinic_days="Mondays",
        confirmed_on=date(2026, 1, 1),
    )


@pytest.fixture
def robin(practice: Practice) -> Secretary:
    """Her secretary, with our mail."""
    return asked(practice.consultant)


def key(practice: Practice, name: str) -> str:
    return key_of(practice.pk, name)


def held() -> Reconfirmation:
    return Reconfirmation.objects.get()


def test_page_shows_every_fact_we_hold_in_a_field(robin: Secretary, practice: Practice) -> None:
    page = robin.opens()

    there = {"clinic_days": "Mondays"}
    about = {
        "role": "Spinal consultant",
        "specialties": "Spinal surgery, Pain",
        "languages": "Welsh",
        "nhs_base": "Ash Hospital",
        "profile_url": "https://profiles.example/quill",
        "insurers": "Elm Health",
        "first_fee": "250",
        "follow_up_fee": "180.50",
        "secretary_name": "Robin Fern",
        "secretary_phone": "01632 960111",
        "secretary_email": "robin@elmpark.example",
    }
    assert page.heading == "Are these facts about Miss Ada Quill right?"
    assert page.words("//main//h2")[0] == "Elm Park Hospital"
    assert {name: page.value(name) for name in about} == about
    assert {name: page.value(key(practice, name)) for name in there} == there
    assert page.words("//main//label[input[@type='checkbox' and @checked]]") == ["Balloon kyphoplasty"]
    assert page.words("//main//button") == [
        "Nothing yet",  # which Enter presses
        "All of this is right",
        "Send these corrections",
    ]
    assert page.dangling() == set()


def test_page_shows_what_else_readers_are_told_for_nobody_to_confirm_unread(
    robin: Secretary, practice: Practice
) -> None:
    Consultant.objects.update(
        post_nominals="FRCS", gmc_number="1234567", gender="female", about="I draw.", interests="A talk."
    )

    page = robin.opens()

    assert dict(zip(page.words("//main//dt"), page.words("//main//dd"), strict=True)) == {
        "Name": "Miss Ada Quill",
        "Letters after the name": "FRCS",
        "GMC number": "1234567",
        "Gender, for readers who ask for a woman or a man": "female",
        "In their own words": "I draw.",
        "Declared interests": "A talk.",
    }


@pytest.mark.parametrize("answer", [{"answer": "unsaid"}, {"answer": "x"}, {}])
def test_enter_confirms_nothing_and_sends_nothing(
    robin: Secretary, practice: Practice, answer: dict[str, str]
) -> None:
    page = robin.answers(robin.opens(), nhs_base="Oak", **answer)

    assert "Nothing was confirmed or sent yet" in page.text
    assert page.value("nhs_base") == "Oak"
    assert held().answered_at is None
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)


def test_secretary_is_told_that_what_they_leave_is_taken_as_right(robin: Secretary) -> None:
    page = robin.opens()
    done = robin.answers(page, nhs_base="Oak", **CORRECTED)

    assert "“Send these corrections” also says that all you did not change is right." in page.text
    assert "What you did not change, we take as right." in done.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (RIGHT, "told us that all facts about Miss Ada Quill are right"),
        (CORRECTED | {"nhs_base": "Oak"}, "sent us corrections of the facts about Miss Ada Quill"),
    ],
)
def test_used_link_says_what_was_answered_and_when(
    robin: Secretary, answer: dict[str, str], said: str
) -> None:
    robin.answers(robin.opens(), **answer)

    page = robin.opens()

    assert f"On {TODAY:%-d %B %Y} at " in page.text
    assert said in page.text


def test_opening_the_page_changes_nothing(robin: Secretary, practice: Practice) -> None:
    """Mail scanners follow every link."""
    before = Reconfirmation.objects.values().get()

    for method in (robin.client.get, robin.client.head, robin.client.get):
        assert method(robin.address).status_code == 200

    assert Reconfirmation.objects.values().get() == before
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)


def test_answer_needs_the_token_of_the_page(robin: Secretary) -> None:
    strict = Client(enforce_csrf_checks=True)
    typed = robin.opens().hidden() | {"clinic_days": "x", "role": "Surgeon"} | RIGHT

    page = Page(strict.post(robin.address, typed))

    assert page.status == 403
    assert "Please press the button once more" in page.text
    assert page.value("role") == "Surgeon"
    assert held().answered_at is None


def test_stale_token_on_a_dead_link_is_still_a_dead_link(robin: Secretary) -> None:
    robin.question.take_back()

    assert Client(enforce_csrf_checks=True).post(robin.address, RIGHT).status_code == 410


def test_all_is_right_confirms_every_hospital_that_was_shown_at_once(
    robin: Secretary, practice: Practice
) -> None:
    other = factories.hospital(name="Ash Hospital", slug="ash", position=1)
    named = factories.practice(practice.consultant, other)

    page = robin.confirms()

    assert page.heading == "Thank you. All of it is confirmed"
    assert set(Practice.objects.values_list("pk", "confirmed_on")) == {
        (practice.pk, date(2026, 7, 1)),
        (named.pk, date(2026, 7, 1)),
    }
    assert held().outcome == Reconfirmation.Outcome.CONFIRMED
    assert held().corrections == {}


def test_confirmation_is_of_the_day_in_london(
    robin: Secretary, practice: Practice, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))

    robin.confirms()

    assert Practice.objects.get().confirmed_on == date(2026, 7, 2)


def test_corrections_are_kept_for_staff_and_change_nothing(robin: Secretary, practice: Practice) -> None:
    page = robin.corrects(
        **{
            key(practice, "clinic_days"): "Tuesdays",
            key(practice, "procedures"): ["bone-scan"],
            key(practice, "has_left"): "on",
            "languages": " Welsh ,Urdu,, ",
            "first_fee": "£1,300",
            "follow_up_fee": "",
            "role": "",
        }
    )

    assert page.heading == "Thank you. We have your corrections"
    assert held().outcome == Reconfirmation.Outcome.CORRECTED
    assert held().corrections == {
        key(practice, "clinic_days"): ["Mondays", "Tuesdays"],
        key(practice, "procedures"): [["balloon-kyphoplasty"], ["bone-scan"]],
        key(practice, "has_left"): [False, True],
        "languages": [["Welsh"], ["Welsh", "Urdu"]],
        "first_fee": ["250", "1300"],
        "follow_up_fee": ["180.50", ""],
        "role": ["Spinal consultant", ""],
    }
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)
    assert Consultant.objects.get().role == "Spinal consultant"


def test_pressing_all_is_right_over_a_change_confirms_nothing(robin: Secretary, practice: Practice) -> None:
    page = robin.answers(robin.opens(), role="Surgeon", **RIGHT)

    assert "You changed something, so not all of this is right" in page.text
    assert page.title.startswith("Error: ")
    assert page.value("role") == "Surgeon"
    assert held().answered_at is None
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)


def test_sending_corrections_without_any_says_so(robin: Secretary) -> None:
    page = robin.corrects()

    assert "You changed nothing" in page.text
    assert held().answered_at is None


ERRORS = {
    "secretary_phone": ("12", "Give one phone number and nothing else, such as 01632 960100."),
    "secretary_email": ("robin at elm", "Check the email. It should look like name@example.com."),
    "first_fee": ("a lot", NO_FEE),
    "follow_up_fee": ("0", NO_FEE),
    "profile_url": ("not one", "Write the whole address, such as https://www.example.org/name."),
    "role": ("r" * 121, "Shorten this to 120 letters or fewer. It has 121 now."),
    "languages": (
        "l" * 41,
        f"Shorten “{'l' * 20}…” to 40 letters or fewer. Put a comma between two answers.",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_says_how_to_put_it_right_and_keeps_what_was_typed(robin: Secretary, name: str) -> None:
    typed, message = ERRORS[name]

    page = robin.corrects(**{name: typed, "nhs_base": "Oak Hospital"})

    assert page.problems == [message]
    assert page.title.startswith("Error: ")
    assert (page.value(name), page.value("nhs_base")) == (typed, "Oak Hospital")
    assert page.dangling() == set()
    assert held().answered_at is None


def test_choice_that_is_not_on_the_list_is_refused(robin: Secretary, practice: Practice) -> None:
    page = robin.corrects(**{key(practice, "procedures"): ["nothing"]})

    assert page.problems == ["Choose from the list."]


def test_fact_that_nobody_touched_is_never_objected_to(robin: Secretary) -> None:
    Consultant.objects.update(secretary_phone="ask reception")

    assert robin.corrects(role="Surgeon").heading == "Thank you. We have your corrections"


@pytest.mark.parametrize(
    "untidy",
    [
        {"role": "Spinal  consultant"},
        {"role": "Spinal\nconsultant "},
        {"specialties": ["Spinal  surgery", " Pain"]},
        {"specialties": ["Spinal surgery; Pain"]},
        {"secretary_phone": "01632  960111"},
        {"profile_url": " https://profiles.example/quill"},
    ],
)
def test_facts_kept_untidily_can_be_confirmed(robin: Secretary, untidy: dict[str, Any]) -> None:
    Consultant.objects.update(**untidy)
    page = robin.opens()
    (name,) = untidy
    assert "\n" not in page.value(name), "A box drops line breaks."

    assert robin.answers(page, **RIGHT).heading == "Thank you. All of it is confirmed"


@pytest.mark.parametrize("answer", [RIGHT, CORRECTED], ids=["right", "corrected"])
def test_answer_counts_only_for_the_facts_that_were_shown(
    robin: Secretary, practice: Practice, answer: dict[str, str]
) -> None:
    page = robin.opens()
    Practice.objects.update(clinic_days="Fridays")

    shown = robin.answers(page, nhs_base="Oak Hospital", **answer)

    assert shown.status == 409
    assert "Elm Park Hospital: Clinic days was “Mondays” and is now “Fridays”." in shown.text
    assert shown.value(key(practice, "clinic_days")) == "Fridays"
    assert shown.value("nhs_base") == "Oak Hospital"
    assert held().answered_at is None
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)


def test_page_that_was_read_again_can_be_answered(robin: Secretary, practice: Practice) -> None:
    page = robin.opens()
    Practice.objects.update(clinic_days="Fridays")

    again = robin.answers(page, **RIGHT)
    robin.answers(again, **RIGHT)

    assert Practice.objects.get().confirmed_on == date(2026, 7, 1)


@pytest.mark.parametrize(
    "change", ["hospital", "added", "removed", "procedures", "list", "fee", "name", "words"]
)
def test_every_change_of_a_fact_is_noticed(robin: Secretary, practice: Practice, change: str) -> None:
    page = robin.opens()
    other = factories.hospital(name="Ash Hospital", slug="ash", position=1)
    match change:
        case "hospital":
            Practice.objects.update(hospital=other)
        case "added":
            factories.practice(practice.consultant, other)
        case "removed":
            practice.delete()
        case "procedures":
            practice.procedures.add(Procedure.objects.get(slug="bone-scan"))
        case "list":
            Consultant.objects.update(languages=[])
        case "fee":
            Consultant.objects.update(first_fee=251)
        case "name":
            Consultant.objects.update(family_name="Rook")
        case "words":
            Consultant.objects.update(about="I draw.")

    assert robin.answers(page, **RIGHT).status == 409
    assert held().answered_at is None


@pytest.mark.parametrize("seen", ["", "nonsense", "e30:1abc:def"])
def test_answer_that_does_not_say_what_was_shown_confirms_nothing(
    robin: Secretary, practice: Practice, seen: str
) -> None:
    page = robin.answers(robin.opens(), seen=seen, **RIGHT)

    assert page.status == 409
    assert Practice.objects.get().confirmed_on == date(2026, 1, 1)


def test_by_a_clock_that_is_wrong_nothing_is_confirmed(
    robin: Secretary, practice: Practice, clock: Any
) -> None:
    page = robin.opens()
    clocks.note(time.time(), time.monotonic())
    robin.client.raise_request_exception = False

    clock.shift(timedelta(days=400))  # by which the link would have run out
    refused = robin.answers(page, **RIGHT)

    assert refused.status == 503
    assert "Sorry, we cannot do that just now" in refused.text
    practice.refresh_from_db()
    assert practice.confirmed_on == date(2026, 1, 1)


def test_link_works_once(robin: Secretary) -> None:
    page = robin.opens()
    robin.answers(page, **RIGHT)

    for again in (robin.opens(), robin.answers(page, **RIGHT)):
        assert again.status == 410
        assert again.heading == "This was already answered"


def test_link_runs_out_after_three_weeks(robin: Secretary, clock: time_machine.Traveller) -> None:
    page = robin.opens()
    clock.move_to(TODAY + timedelta(days=20, hours=23))
    assert robin.opens().status == 200

    clock.move_to(TODAY + timedelta(days=21))

    for late in (robin.opens(), robin.answers(page, **RIGHT)):
        assert late.status == 410
        assert late.heading == "This link has run out"
    assert held().answered_at is None


def test_link_that_was_taken_back_opens_nothing(robin: Secretary) -> None:
    assert robin.question.take_back()
    assert not robin.question.take_back()

    page = robin.opens()

    assert page.status == 410
    assert page.heading == "This link opens nothing any more"


def test_newer_question_takes_the_place_of_an_older_one(robin: Secretary, practice: Practice) -> None:
    newer = asked(practice.consultant)

    assert robin.opens().status == 410
    assert newer.opens().status == 200


def test_link_about_somebody_who_is_not_listed_opens_nothing(robin: Secretary) -> None:
    Consultant.objects.update(is_listed=False)

    assert robin.opens().status == 410


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "%ff" * 9, "x" * 5000])
def test_link_that_nobody_made_is_not_found(client: Client, robin: Secretary, token: str) -> None:
    assert Page(client.get(f"/confirm/{token}/")).heading == "We do not know this link"
    assert client.get(f"/confirm/{token}/").status_code == 404


def test_dead_link_names_nobody_and_gives_the_phone_number(robin: Secretary) -> None:
    robin.question.take_back()

    page = robin.opens()

    assert "Quill" not in page.text
    assert page.tree.xpath("//main//a[@href='tel:+441632960101' or @href='tel:01632960101']")


def test_page_is_kept_from_search_engines_and_stores(robin: Secretary) -> None:
    for response in (
        robin.client.get(robin.address),
        robin.client.post(robin.address, RIGHT),
        robin.client.get("/confirm/unknown/"),
    ):
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"
        assert Page(response).tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert not Page(response).tree.xpath("//link[@rel='canonical']")


def test_page_links_to_no_other_site(robin: Secretary) -> None:
    links = robin.opens().tree.xpath("//a/@href")

    assert [link for link in links if "://" in link] == []


def test_only_the_fingerprint_of_a_link_is_kept(robin: Secretary) -> None:
    kept = str(Reconfirmation.objects.values().get())

    assert robin.address.split("/")[2] not in kept
    assert "robin@elmpark.example" not in kept


def test_links_cannot_be_made_without_our_key(robin: Secretary, settings: Any) -> None:
    token = robin.question.token
    settings.SECRET_KEY = "another key " * 5

    assert robin.question.token != token
    assert robin.opens().status == 200


def test_log_does_not_hold_the_link(robin: Secretary, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        robin.confirms()
        robin.opens()

    written = [PrivateFormatter("{message}", style="{").format(record) for record in caplog.records]
    assert any("/confirm/…" in line for line in written)
    assert not any(robin.question.token in line for line in written)


@pytest.mark.parametrize("how_many", [2, 20])
def test_page_asks_the_database_as_often_for_twenty_hospitals_as_for_two(
    robin: Secretary, practice: Practice, how_many: int, django_assert_num_queries: Any
) -> None:
    for number in range(how_many):
        hospital = factories.hospital(name=f"Hospital {number}", slug=f"hospital-{number}", position=9)
        factories.practice(practice.consultant, hospital)

    # The question, the consultant, their practices and procedures, the choices, the site's facts.
    with django_assert_num_queries(6):
        robin.opens()
