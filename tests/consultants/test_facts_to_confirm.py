"""Facts to confirm, on the staff desk: what is due, whom to ask, and what becomes of a secretary's corrections."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consultants.facts import key_of
from consultants.models import Consultant, Practice, Reconfirmation
from kyphoplasty_site.access import Role
from procedures.models import Hospital
from tests import factories
from tests.consultants.secretary import Secretary, asked
from tests.enquiries.pages import Page
from tests.procedures.staff import Desk
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 7, 1, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def elm() -> Hospital:
    return factories.hospital()


@pytest.fixture
def fern() -> Desk:
    """Fern, who keeps the directory."""
    return Desk(Role.DIRECTORY_EDITOR, "fern")


def practice(hospital: Hospital, name: str, days: int | None, **facts: Any) -> Practice:
    """A consultant at the hospital, confirmed so many days ago; never with None."""
    facts = {"secretary_email": f"{name.lower()}@elmpark.example"} | facts
    consultant = factories.consultant(family_name=name, slug=name.lower(), **facts)
    confirmed_on = None if days is None else TODAY - timedelta(days=days)
    return factories.practice(consultant, hospital, clinic_days="Mondays", confirmed_on=confirmed_on)


def groups(page: Page) -> dict[str, list[str]]:
    """Each group of practices by its heading, with the names in it."""
    return {
        heading: page.words(f"//section[h2='{heading}']//tbody//th")
        for heading in page.words("//section[.//table]/h2")
    }


@pytest.mark.parametrize(
    ("days", "group"),
    [
        (179, None),
        (180, "Due: 1"),
        (350, "Due: 1"),
        (351, "Lapsing within 14 days: 1"),
        (364, "Lapsing within 14 days: 1"),
        (365, "Lapsed: 1"),
        (None, "Never confirmed: 1"),
    ],
)
def test_each_practice_stands_in_its_group(
    elm: Hospital, fern: Desk, days: int | None, group: str | None
) -> None:
    practice(elm, "Quill", days)

    page = fern.get("facts_to_confirm")

    assert groups(page) == ({group: ["Miss Ada Quill"]} if group else {})
    assert ("Nothing is due." in page.text) is (group is None)


def test_unlisted_consultants_are_not_due(elm: Hospital, fern: Desk) -> None:
    practice(elm, "Quill", 200, is_listed=False)

    assert groups(fern.get("facts_to_confirm")) == {}


def test_consultants_without_an_address_are_counted_once_and_pointed_out(elm: Hospital, fern: Desk) -> None:
    ada = practice(elm, "Quill", 200, secretary_email="").consultant
    factories.practice(ada, factories.hospital(name="Ash", slug="ash"))
    practice(elm, "Marsh", 10, secretary_email="")

    page = fern.get("facts_to_confirm")

    assert "no email address of a secretary: 1." in page.text
    assert "No email address for Miss Ada Quill" in page.text
    assert page.words("//button[contains(., 'Ask')]") == []


def test_long_group_says_how_many_there_are(elm: Hospital, fern: Desk) -> None:
    for number in range(52):
        practice(elm, f"Quill{number}", 200)

    page = fern.get("facts_to_confirm")

    assert len(groups(page)["Due: 52"]) == 20
    assert "The first 20 are shown." in page.text


def test_page_asks_as_often_for_twenty_as_for_two(elm: Hospital, fern: Desk) -> None:
    counts = []
    for numbers in (range(2), range(2, 20)):
        for number in numbers:
            asked(practice(elm, f"Quill{number}", 200).consultant)
        with CaptureQueriesContext(connection) as queries:
            fern.get("facts_to_confirm")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_every_link_that_is_out_can_be_taken_back(elm: Hospital, fern: Desk) -> None:
    for number in range(22):
        asked(practice(elm, f"Quill{number}", 200).consultant)

    first = fern.get("facts_to_confirm")
    assert "Asked, and not answered yet: 22" in first.text
    (on,) = first.tree.xpath("//section[h2[@id='asked-h']]//a/@href")
    second = Page(fern.client.get(reverse("admin:facts_to_confirm") + on.partition("#")[0]))

    shown = [
        set(page.tree.xpath("//form[contains(@action, 'take-back')]/@action")) for page in (first, second)
    ]
    assert [len(links) for links in shown] == [20, 2]
    assert not shown[0] & shown[1]


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 5000, "999"])
def test_page_of_questions_that_cannot_be_shows_one_that_can(elm: Hospital, fern: Desk, page: str) -> None:
    asked(practice(elm, "Quill", 200).consultant)

    response = fern.client.get(reverse("admin:facts_to_confirm"), {"page": page})

    assert "Asked, and not answered yet: 1" in Page(response).text


def test_press_asks_the_secretary_and_says_so(elm: Hospital, fern: Desk) -> None:
    ada = practice(elm, "Quill", None).consultant

    page = fern.post("ask_secretary", ada.pk)

    question = Reconfirmation.objects.get()
    assert (question.consultant, question.asked_by, question.due_on) == (ada, fern.person, None)
    assert "The secretary of Miss Ada Quill is asked. The mail leaves in a moment." in page.text
    assert "Mail waiting to leave" in page.text
    assert LogEntry.objects.get().get_change_message() == "Asked the secretary to confirm the facts."


def test_mail_that_could_not_be_sent_is_shown_until_it_leaves(elm: Hospital, fern: Desk) -> None:
    ada = practice(elm, "Quill", 200).consultant
    question = Reconfirmation.objects.ask(ada, due_on=timezone.localdate())
    assert "could not send" not in fern.get("facts_to_confirm").text

    Reconfirmation.objects.update(next_try_at=timezone.now() + timedelta(hours=1))

    page = fern.get("facts_to_confirm")
    assert page.words("//*[@class='workflow__warning']//a") == ["Miss Ada Quill"]
    assert "Mail could not be sent" in page.text
    question.refresh_from_db()
    question.mark_sent()
    assert "could not" not in fern.get("facts_to_confirm").text


def test_button_stands_on_the_record(elm: Hospital, fern: Desk) -> None:
    ada = practice(elm, "Quill", None).consultant

    page = fern.get("consultants_consultant_change", ada.pk)

    (button,) = page.tree.xpath("//button[text()='Ask the secretary to confirm']")
    (form,) = page.tree.xpath(f"//form[@id='{button.get('form')}']")
    assert form.get("action") == reverse("admin:ask_secretary", args=[ada.pk])
    assert not form.xpath("ancestor::form")


def test_button_is_not_shown_to_who_may_not_press_it(elm: Hospital) -> None:
    ada = practice(elm, "Quill", None).consultant
    ash = Desk(Role.CONTENT_EDITOR, "ash")

    page = ash.get("consultants_consultant_change", ada.pk)

    assert page.status == 200
    assert "Ask the secretary" not in page.text
    assert reverse("admin:facts_to_confirm") not in ash.get("index").tree.xpath("//a/@href")


REFUSALS = {
    "without an address": "We have no email address of the secretary of Miss Ada Quill.",
    "not listed": "Miss Ada Quill is not in the public directory",
    "about to leave": "The mail to the secretary of Miss Ada Quill is about to leave.",
    "corrections wait": "Corrections from the secretary of Miss Ada Quill wait for a decision.",
}


@pytest.mark.parametrize("why", REFUSALS)
def test_press_that_makes_no_sense_is_refused_in_words(elm: Hospital, fern: Desk, why: str) -> None:
    ada = practice(elm, "Quill", None).consultant
    match why:
        case "without an address":
            Consultant.objects.update(secretary_email="")
        case "not listed":
            Consultant.objects.update(is_listed=False)
        case "about to leave":
            fern.post("ask_secretary", ada.pk)
        case "corrections wait":
            asked(ada).corrects(role="Surgeon")
    before = Reconfirmation.objects.count()

    page = fern.post("ask_secretary", ada.pk)

    assert REFUSALS[why] in page.text
    assert Reconfirmation.objects.count() == before


def test_link_can_be_taken_back(elm: Hospital, fern: Desk) -> None:
    robin = asked(practice(elm, "Quill", 200).consultant)

    first = fern.post("take_back_question", robin.question.pk)
    second = fern.post("take_back_question", robin.question.pk)

    assert "The link about Miss Ada Quill opens nothing any more." in first.text
    assert "That link was answered or taken back before." in second.text
    assert robin.opens().status == 410


def test_no_page_of_the_desk_shows_the_link(elm: Hospital, fern: Desk) -> None:
    robin = asked(practice(elm, "Quill", 200).consultant)
    robin.corrects(role="Surgeon")
    other = asked(practice(elm, "Marsh", 200).consultant)

    pages = [fern.get("facts_to_confirm"), fern.get("corrections", robin.question.pk), fern.get("index")]
    pages.append(fern.get("consultants_consultant_change", other.question.consultant_id))

    for page in pages:
        assert robin.question.token not in page.tree.text_content()
        assert not page.tree.xpath("//@*[contains(., '/confirm/')]")


# ---- Corrections ----


@pytest.fixture
def ada(elm: Hospital) -> Practice:
    """Miss Ada Quill at Elm Park, last confirmed 200 days ago, and at Ash, where she was named."""
    here = practice(elm, "Quill", 200, secretary_name="Robin")
    factories.practice(here.consultant, factories.hospital(name="Ash Hospital", slug="ash", position=1))
    return here


@pytest.fixture
def robin(ada: Practice) -> Secretary:
    return asked(ada.consultant)


def days(practice: Practice) -> str:
    return key_of(practice.pk, "clinic_days")


def confirmed() -> dict[str, date | None]:
    return dict(Practice.objects.values_list("hospital__slug", "confirmed_on"))


def decide(desk: Desk, robin: Secretary, **choices: str | None) -> Page:
    """Open the corrections, accept all but what is chosen otherwise, and write."""
    page = desk.get("corrections", robin.question.pk)
    accepted = {str(name): "accept" for name in page.tree.xpath("//fieldset//input[@type='radio']/@name")}
    sent = page.hidden() | accepted | choices
    return desk.post("corrections", robin.question.pk, **{key: v for key, v in sent.items() if v})


def test_corrections_stand_side_by_side_with_what_stands_now(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays", "languages": "Welsh, Urdu", "role": ""})

    listed = fern.get("facts_to_confirm")
    page = fern.get("corrections", robin.question.pk)

    assert "Corrections waiting: 1" in listed.text
    assert "Miss Ada Quill, 3 facts, answered on 1 July 2026" in listed.text
    assert "Corrections from secretaries: 1" in fern.get("index").text
    assert page.words("//fieldset") == [
        "Elm Park Hospital: Clinic days Stands nowMondays The secretary saysTuesdays Accept Refuse",
        "Role Stands nowSpinal consultant The secretary saysNothing Accept Refuse",
        "Languages besides English Stands nowNothing The secretary saysWelsh, Urdu Accept Refuse",
    ]
    assert page.dangling() == set()


def test_nothing_is_chosen_beforehand_and_what_was_chosen_is_kept(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays", "role": "Surgeon"})

    page = fern.get("corrections", robin.question.pk)
    refused = decide(fern, robin, role="refuse", **{days(ada): None})

    assert page.tree.xpath("//fieldset//input[@checked]") == []
    assert "Choose “Accept” or “Refuse” for every correction. Nothing was written yet." in refused.text
    assert refused.tree.xpath("//fieldset//input[@checked]/@name") == ["role"]
    assert refused.tree.xpath("//fieldset//input[@checked]/@value") == ["refuse"]
    assert Reconfirmation.objects.undecided().exists()


def test_what_is_accepted_is_written_and_confirmed_as_of_the_answer(
    robin: Secretary, ada: Practice, fern: Desk, clock: time_machine.Traveller
) -> None:
    robin.corrects(**{days(ada): "Tuesdays", "languages": "Welsh, Urdu", "first_fee": "£250"})
    clock.shift(timedelta(days=9))
    signed_in(fern.client, fern.person)

    page = decide(fern, robin)

    consultant = Consultant.objects.get()
    assert Practice.objects.get(pk=ada.pk).clinic_days == "Tuesdays"
    assert (consultant.languages, consultant.first_fee) == (["Welsh", "Urdu"], Decimal(250))
    assert confirmed() == {"elm-park": TODAY, "ash": TODAY}
    assert "Confirmed at: Elm Park Hospital, Ash Hospital." in page.text
    decided = Reconfirmation.objects.get()
    assert (decided.decided_by, decided.decided_at) == (fern.person, timezone.now())
    assert sorted(decided.accepted) == sorted(["first_fee", "languages", days(ada)])
    assert (
        "Accepted: Clinic days at Elm Park Hospital, Languages besides English, Guide fee"
        in LogEntry.objects.get().get_change_message()
    )


def test_fee_that_is_taken_away_and_procedures_are_written(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    Consultant.objects.update(first_fee=250, insurers=["Elm Health"], role="Surgeon")
    scan = factories.published_procedure(name="Bone scan", slug="bone-scan")
    done = key_of(ada.pk, "procedures")
    robin.corrects(**{done: ["bone-scan"], "first_fee": "", "insurers": "", "role": ""})

    decide(fern, robin)

    consultant = Consultant.objects.get()
    assert (consultant.first_fee, consultant.insurers, consultant.role) == (None, [], "")
    assert list(ada.procedures.all()) == [scan]


def test_who_has_left_a_hospital_is_taken_off_it(robin: Secretary, ada: Practice, fern: Desk) -> None:
    robin.corrects(**{key_of(ada.pk, "has_left"): "on", days(ada): "None"})

    decide(fern, robin)

    assert confirmed() == {"ash": TODAY}


def test_refused_correction_stays_as_it_is_and_its_hospital_unconfirmed(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays", "role": "Surgeon"})

    page = decide(fern, robin, **{days(ada): "refuse"})

    assert Practice.objects.get(pk=ada.pk).clinic_days == "Mondays"
    assert Consultant.objects.get().role == "Surgeon"
    assert confirmed() == {"elm-park": TODAY - timedelta(days=200), "ash": TODAY}
    assert "Refused: Clinic days at Elm Park Hospital." in page.text


def test_refused_fact_of_the_consultant_leaves_everything_unconfirmed(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays", "role": "Surgeon"})

    page = decide(fern, robin, role="refuse")

    assert Practice.objects.get(pk=ada.pk).clinic_days == "Tuesdays"
    assert confirmed() == {"elm-park": None, "ash": None}
    assert "Nothing was confirmed by that." in page.text
    assert "No longer confirmed, since facts were changed: Miss Ada Quill at Elm Park Hospital." in page.text


def test_fact_that_changed_meanwhile_is_pointed_out_and_never_overwritten_silently(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays"})
    Practice.objects.update(clinic_days="Fridays")

    page = fern.get("corrections", robin.question.pk)
    unchosen = decide(fern, robin, **{days(ada): None})

    assert "This has changed since the secretary saw it. They saw: Mondays" in page.text
    assert page.tree.xpath("//fieldset//input[@checked]") == []
    assert unchosen.words("//p[@class='errornote']") == [
        "Choose “Accept” or “Refuse” for every correction. Nothing was written yet.",
        "Choose “Accept” or “Refuse”.",
    ]
    assert unchosen.dangling() == set()
    assert set(Practice.objects.values_list("clinic_days", flat=True)) == {"Fridays"}

    decide(fern, robin, **{days(ada): "accept"})
    assert Practice.objects.get(pk=ada.pk).clinic_days == "Tuesdays"
    # Ash's clinic days changed as well, and the secretary never saw that.
    assert confirmed() == {"elm-park": TODAY, "ash": None}


def test_decision_on_a_page_that_is_out_of_date_writes_nothing(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays"})
    page = fern.get("corrections", robin.question.pk)
    Practice.objects.filter(pk=ada.pk).update(clinic_days="Fridays")

    shown = fern.post("corrections", robin.question.pk, **page.hidden())

    assert "Somebody changed these facts while your page was open. Nothing was written." in shown.text
    assert shown.title.startswith("Error: ")
    assert Practice.objects.get(pk=ada.pk).clinic_days == "Fridays"
    assert Reconfirmation.objects.undecided().exists()


def test_unchanged_fact_that_staff_changed_since_keeps_its_hospital_unconfirmed(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(role="Surgeon")
    Practice.objects.filter(pk=ada.pk).update(clinic_days="Fridays")

    decide(fern, robin)

    assert confirmed() == {"elm-park": TODAY - timedelta(days=200), "ash": TODAY}


def test_hospital_that_was_added_since_is_not_confirmed(robin: Secretary, ada: Practice, fern: Desk) -> None:
    robin.corrects(role="Surgeon")
    factories.practice(ada.consultant, factories.hospital(name="Oak Hospital", slug="oak", position=2))

    decide(fern, robin)

    assert confirmed() == {"elm-park": TODAY, "ash": TODAY, "oak": None}


def test_correction_of_a_hospital_that_is_gone_is_shown_and_settles_nothing(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(**{days(ada): "Tuesdays"})
    ada.delete()

    page = fern.get("corrections", robin.question.pk)
    decide(fern, robin)

    assert "This hospital was taken off their record since, so there is nothing to write." in page.text
    assert Reconfirmation.objects.get().accepted == []
    assert confirmed() == {"ash": TODAY}


def test_newer_confirmation_is_not_set_back(
    robin: Secretary, ada: Practice, fern: Desk, clock: time_machine.Traveller
) -> None:
    robin.corrects(role="Surgeon")
    clock.shift(timedelta(days=5))
    signed_in(fern.client, fern.person)
    Practice.objects.filter(pk=ada.pk).update(confirmed_on=TODAY + timedelta(days=5))

    decide(fern, robin)

    assert confirmed()["elm-park"] == TODAY + timedelta(days=5)


def test_what_was_said_of_the_secretary_goes_once_it_is_decided(
    robin: Secretary, ada: Practice, fern: Desk
) -> None:
    robin.corrects(secretary_name="Sam Larch", secretary_email="sam@elmpark.example", role="Surgeon")

    decide(fern, robin)

    assert Consultant.objects.get().secretary_name == "Sam Larch"
    kept = Reconfirmation.objects.get()
    assert kept.corrections == {"role": ["Spinal consultant", "Surgeon"]}
    assert set(kept.accepted) == {"secretary_name", "secretary_email", "role"}
    assert "Sam Larch" not in LogEntry.objects.get().change_message


def test_corrections_are_decided_once(robin: Secretary, ada: Practice, fern: Desk) -> None:
    robin.corrects(role="Surgeon")
    decide(fern, robin)

    assert fern.get("corrections", robin.question.pk).status == 404
    assert "Corrections waiting" not in fern.get("facts_to_confirm").text


def test_corrections_are_on_the_list_before_launch(robin: Secretary, ada: Practice, fern: Desk) -> None:
    robin.corrects(role="Surgeon")

    page = fern.get("launch_check")

    assert "Corrections from their secretary wait for a decision" in page.text


@pytest.mark.parametrize("role", set(Role) - {Role.DIRECTORY_EDITOR, Role.ADMINISTRATOR})
def test_no_other_role_sees_or_decides(robin: Secretary, ada: Practice, role: Role) -> None:
    robin.corrects(role="Surgeon")
    desk = Desk(role, "ash")

    assert desk.get("facts_to_confirm").status == 403
    assert desk.get("corrections", robin.question.pk).status == 403
    assert desk.post("corrections", robin.question.pk, role="accept").status == 403
    assert desk.post("ask_secretary", ada.consultant.pk).status == 403
    assert desk.post("take_back_question", robin.question.pk).status == 403
    assert Consultant.objects.get().role == "Spinal consultant"
