"""The team's queue: only one's own hospital, the next call first, and nothing that says who a patient is."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries import references, ringing
from enquiries.models import Attempt, Enquiry
from enquiries.models.attempts import Ending
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
REQUESTS = "/admin/enquiries/enquiry/"
NEXT, FIND = f"{REQUESTS}take-next/", f"{REQUESTS}find/"


@pytest.fixture
def robin(hospital: Hospital) -> User:
    """Answers for Elm Park."""
    return factories.handler("robin", hospital)


@pytest.fixture
def desk(client: Client, robin: User) -> Client:
    signed_in(client, robin)
    return client


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


def listed(desk: Client, **narrowed: str) -> list[str]:
    """The references of the rows, from top to bottom."""
    return Page(desk.get(REQUESTS, narrowed)).words("//table//tbody//th/a")


def called(*enquiries: Enquiry) -> list[str]:
    return [str(enquiry) for enquiry in enquiries]


def test_queue_shows_what_waits_and_nothing_personal(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)

    text = Page(desk.get(REQUESTS)).text

    assert enquiry.reference_in_groups in text
    for private in ("Larkspur", "900123", "mother", "larkspur.example"):
        assert private not in text


def test_what_helps_a_person_to_talk_is_seen_first(desk: Client, hospital: Hospital) -> None:
    factories.stored_enquiry(hospital, needs="bsl", language="Welsh")

    (first_cell,) = Page(desk.get(REQUESTS)).words("//tbody/tr/td[1]")

    assert first_cell == "British Sign Language (BSL) Language: Welsh"


def test_next_call_comes_first(desk: Client, hospital: Hospital) -> None:
    soon = factories.stored_enquiry(hospital, created_at=ago(hours=1))
    later = factories.stored_enquiry(hospital)
    missed = factories.stored_enquiry(hospital, created_at=ago(days=5))
    again = factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=again.pk).update(next_try_at=ago(days=9), tries=1)

    assert listed(desk) == called(missed, again, soon, later)


def test_window_that_passed_unrung_goes_to_the_top(desk: Client, hospital: Hospital) -> None:
    """Above a second try that has waited longer."""
    again = factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=again.pk).update(next_try_at=ago(days=2), tries=1)
    passed = factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=passed.pk).update(due_at=ago(minutes=1))

    assert listed(desk) == called(passed, again)
    assert "Overdue since" in Page(desk.get(REQUESTS)).text


def test_request_is_new_until_somebody_takes_it_whoever_reads_it(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    assert Page(desk.get(REQUESTS)).words("//tbody//span[contains(@class, 'mark--new')]") == ["New"]

    desk.get(f"{REQUESTS}{enquiry.pk}/change/")
    assert listed(desk, state="unread") == called(enquiry)
    desk.post(NEXT)

    assert Page(desk.get(REQUESTS)).words("//tbody//span[contains(@class, 'mark--new')]") == []
    assert listed(desk, state="unread") == []


def test_queue_is_counted_and_each_count_leads_to_its_rows(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    overdue, held, tried, _ = (factories.stored_enquiry(hospital) for _ in range(4))
    Enquiry.objects.filter(pk=overdue.pk).update(due_at=ago(minutes=1))
    Enquiry.objects.filter(pk=held.pk).update(
        owner=robin, claimed_until=timezone.now() + timedelta(minutes=5), opened_at=timezone.now()
    )
    Enquiry.objects.filter(pk=tried.pk).update(next_try_at=timezone.now() + timedelta(days=1))
    factories.stored_enquiry(hospital).mark_handled(robin)

    counts = Page(desk.get(REQUESTS)).words("//ul[@class='calls__counts']/li")

    assert counts == ["4 to be rung", "1 overdue", "3 not taken yet", "1 being rung", "1 to try again"]
    assert listed(desk, state="overdue") == called(overdue)
    assert listed(desk, state="held") == listed(desk, owner="me") == called(held)
    assert listed(desk, state="tried") == called(tried)
    assert held.reference_in_groups not in " ".join(listed(desk, owner="nobody"))


def test_queue_counts_what_looks_like_spam_and_says_so_when_nothing_else_waits(
    desk: Client, hospital: Hospital
) -> None:
    factories.stored_enquiry(hospital, suspected_at=timezone.now(), suspected_because="trap")

    assert "1 looks like spam" in Page(desk.get(REQUESTS)).words("//ul[@class='calls__counts']/li")
    told = Page(desk.post(NEXT, follow=True)).text
    assert "Nobody waits for a call just now. Requests that look like spam, to be checked: 1." in told


def test_queue_is_narrowed_to_what_a_named_colleague_has(desk: Client, hospital: Hospital) -> None:
    wren = factories.handler("wren", hospital)
    factories.handler("ash", factories.hospital(name="Oak Hill Hospital", slug="oak-hill"))
    factories.stored_enquiry(hospital)
    theirs = factories.stored_enquiry(hospital)
    ringing.take(theirs, wren)

    assert listed(desk, owner=str(wren.pk)) == called(theirs)
    names = Page(desk.get(REQUESTS)).words("//select[@name='owner']/option")
    assert names == ["Anybody", "Me", "Nobody", "wren"]


def test_administrator_in_no_team_sees_mail_that_waits_for_a_person_and_no_other(
    client: Client, hospital: Hospital
) -> None:
    held, waits = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    held.mails.get(purpose="team").hold("No address.")
    person = factories.person("ash", is_staff=True)
    person.groups.set(factories.roles("Administrator"))
    signed_in(client, person)

    text = Page(client.get("/admin/enquiries/outgoingmail/")).text

    assert (held.reference in text, waits.reference in text) == (True, False)
    assert "Mail that could not be sent: 1" in Page(client.get("/admin/")).text


def test_queue_is_narrowed_by_hospital_and_age(desk: Client, hospital: Hospital, robin: User) -> None:
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    factories.team_member(robin, oak_hill)
    old = factories.stored_enquiry(oak_hill, created_at=ago(days=4))
    factories.stored_enquiry(hospital)

    assert listed(desk, hospital=str(oak_hill.pk)) == listed(desk, age="3") == called(old)
    assert "1 to be rung" in Page(desk.get(REQUESTS, {"hospital": oak_hill.pk})).text


def test_spam_is_put_apart_and_taken_back_by_a_person(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"deed": "spam"})
    assert (listed(desk), listed(desk, state="spam")) == ([], called(enquiry))

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"deed": "reopen"})

    assert (listed(desk), listed(desk, state="spam")) == (called(enquiry), [])


def test_finished_requests_are_found_by_how_they_ended(desk: Client, hospital: Hospital, robin: User) -> None:
    answered, not_reached = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    answered.mark_handled(robin)
    not_reached.mark_handled(robin, Ending.NOT_REACHED)

    assert listed(desk) == []
    assert listed(desk, state="not_reached") == called(not_reached)
    assert listed(desk, state="finished") == called(not_reached, answered)


def test_list_of_fifty_takes_as_many_queries_as_a_list_of_five(desk: Client, hospital: Hospital) -> None:
    counts = []
    for more in (5, 45):
        for _ in range(more):
            factories.stored_enquiry(hospital, email="")
        with CaptureQueriesContext(connection) as queries:
            desk.get(REQUESTS)
        counts.append(len(queries))

    assert counts[0] == counts[1]


# Finding a person.


@pytest.mark.parametrize(
    "words",
    [
        "Jo Larkspur",
        "larkspur",
        "Jo Larkpsur",
        "Larkspurr",
        "Jo Larcspur",
        "07700 900123",
        "+44 7700 900123",
        "07700 900132",
        "900123",
        "jo@larkspur.example",
        "jo@larkspur.exmaple",
    ],
)
def test_person_is_found_though_mistyped(desk: Client, hospital: Hospital, words: str) -> None:
    wanted = factories.stored_enquiry(hospital)
    other = {"name": "Wyn Abbot", "phone": "020 7946 0018", "phone_in_full": "+442079460018"}
    factories.stored_enquiry(hospital, email="wyn@abbot.example", **other)

    rows = Page(desk.post(FIND, {"words": words})).words("//table//tbody//th/a")

    assert rows == called(wanted)


def test_whoever_has_the_name_with_a_slip_stands_before_all_that_come_near(
    desk: Client, hospital: Hospital
) -> None:
    abbot = factories.stored_enquiry(hospital, name="Wyn Abbot")
    assert Page(desk.post(FIND, {"words": "abott"})).words("//tbody//th/a") == called(abbot)

    abott = factories.stored_enquiry(hospital, name="Wyn Abott")

    assert Page(desk.post(FIND, {"words": "abott"})).words("//tbody//th/a") == called(abott)


def test_last_digits_find_only_whose_number_ends_in_them(desk: Client, hospital: Hospital) -> None:
    wanted = factories.stored_enquiry(hospital)
    factories.stored_enquiry(hospital, phone="0123 900 1234", phone_in_full="+441239001234")

    assert Page(desk.post(FIND, {"words": "900 123"})).words("//tbody//th/a") == called(wanted)


def test_number_that_somebody_gave_finds_nobody_else(desk: Client, hospital: Hospital) -> None:
    wanted = factories.stored_enquiry(hospital)
    factories.stored_enquiry(hospital, phone="07700 900124", phone_in_full="+447700900124")

    assert Page(desk.post(FIND, {"words": "+44 7700 900 123"})).words("//tbody//th/a") == called(wanted)


def test_request_is_found_by_its_reference_however_it_is_typed(desk: Client, hospital: Hospital) -> None:
    wanted = factories.stored_enquiry(hospital)
    factories.stored_enquiry(hospital)

    for words in (
        wanted.reference,
        wanted.reference_in_groups.lower(),
        wanted.reference_in_groups.replace(" ", "-"),
    ):
        assert Page(desk.post(FIND, {"words": words})).words("//tbody//th/a") == called(wanted)


def test_nobody_is_found_by_an_address_and_nothing_typed_is_kept(
    desk: Client, hospital: Hospital, caplog: pytest.LogCaptureFixture
) -> None:
    factories.stored_enquiry(hospital)

    assert desk.get(FIND, {"words": "Larkspur"}).status_code == 405
    found = desk.post(FIND, {"words": "Larkspur"})

    assert "no-store" in found["Cache-Control"]
    assert "Larkspur" not in caplog.text + str(dict(desk.session)) + str(found.headers)
    assert not LogEntry.objects.exists()


def test_nothing_found_says_what_to_do(desk: Client, hospital: Hospital) -> None:
    assert "Ask them to spell the name" in Page(desk.post(FIND, {"words": "Zzz Qqq"})).text
    assert "Type a name" in Page(desk.post(FIND, {"words": " "})).text


# Own and other hospitals.


def test_handler_in_no_team_is_told_so_and_not_that_nobody_waits(client: Client, hospital: Hospital) -> None:
    newcomer = factories.person("wren", is_staff=True)
    newcomer.groups.set(factories.roles("Enquiry handler"))
    signed_in(client, newcomer)
    factories.stored_enquiry(hospital)

    page = Page(client.post(NEXT, follow=True))

    assert "You are in no hospital’s team yet" in page.text
    assert "Nobody waits" not in page.text


def test_request_that_was_erased_in_mid_call_leads_to_the_queue(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    screen = f"{REQUESTS}{enquiry.pk}/change/"
    enquiry.delete()

    page = Page(desk.post(screen, {"deed": "spoke", "note": "They said yes."}, follow=True))

    assert "Calls to make" in page.words("//h1")
    assert "The patient has erased it" in page.text


@pytest.fixture
def elsewhere(hospital: Hospital) -> Enquiry:
    """A request to a hospital whose team Robin is not in."""
    oak_hill = factories.hospital(name="Oak Hill Hospital", slug="oak-hill", short_name="Oak Hill")
    return factories.stored_enquiry(oak_hill)


def test_request_to_another_hospital_is_in_no_list_count_search_or_filter(
    desk: Client, elsewhere: Enquiry
) -> None:
    page = Page(desk.get(REQUESTS))

    assert listed(desk) == []
    assert "0 to be rung" in page.text
    assert page.words("//select[@name='hospital']/option") == ["All of yours", "Elm Park Hospital"]
    assert listed(desk, hospital=str(elsewhere.hospital_id)) == []
    for words in (elsewhere.reference, "Jo Larkspur", "07700 900123", "jo@larkspur.example"):
        assert Page(desk.post(FIND, {"words": words})).words("//tbody//th/a") == []


def test_request_to_another_hospital_is_neither_opened_nor_its_history(
    desk: Client, elsewhere: Enquiry
) -> None:
    page = f"{REQUESTS}{elsewhere.pk}"

    assert desk.get(f"{page}/change/").status_code == 302
    assert desk.get(f"{page}/history/").status_code == 302


@pytest.mark.parametrize("deed", ["take", "note", "finish", "spoke", "hand_over", "print", "join", "reopen"])
def test_nothing_is_done_with_a_request_to_another_hospital(
    desk: Client, elsewhere: Enquiry, deed: str
) -> None:
    desk.post(f"{REQUESTS}{elsewhere.pk}/change/", {"deed": deed, "note": "Hello"})

    elsewhere.refresh_from_db()
    assert (elsewhere.owner, elsewhere.outcome) == (None, "")
    assert not elsewhere.notes.exists()
    assert not elsewhere.attempts.exists()


def test_no_list_to_choose_from_names_requests(desk: Client, elsewhere: Enquiry) -> None:
    asked = {"app_label": "enquiries", "model_name": "outgoingmail", "field_name": "enquiry", "term": "a"}

    assert desk.get("/admin/autocomplete/", asked).status_code in (403, 404)


def test_next_call_is_never_one_to_another_hospital(desk: Client, elsewhere: Enquiry) -> None:
    response = desk.post(NEXT, follow=True)

    assert "Nobody waits for a call just now." in Page(response).text
    elsewhere.refresh_from_db()
    assert elsewhere.owner is None


def test_person_who_has_left_the_team_no_longer_has_the_call(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    enquiry = factories.stored_enquiry(hospital)
    desk.post(NEXT)
    robin.team_memberships.all().delete()

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"deed": Attempt.Outcome.SPOKE})

    enquiry.refresh_from_db()
    assert not enquiry.is_handled
    assert ringing.take_next(robin) is None


def test_outbox_of_another_hospital_is_not_there(desk: Client, elsewhere: Enquiry, robin: User) -> None:
    robin.groups.set(factories.roles("Enquiry manager"))

    text = Page(desk.get("/admin/enquiries/outgoingmail/")).text

    assert elsewhere.reference not in text


# What the desk cannot do.


def test_what_a_patient_sent_cannot_be_changed_added_or_deleted(desk: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, question="Could this help my mother?")

    desk.post(f"{REQUESTS}{enquiry.pk}/change/", {"name": "Mallory", "question": "Changed", "_save": "Save"})

    enquiry.refresh_from_db()
    assert (enquiry.name, enquiry.question) == ("Jo Larkspur", "Could this help my mother?")
    assert desk.get(f"{REQUESTS}add/").status_code == 403
    assert desk.post(f"{REQUESTS}{enquiry.pk}/delete/").status_code == 403


def test_outbox_is_searched_by_reference_and_can_only_be_looked_at(
    desk: Client, hospital: Hospital, robin: User
) -> None:
    robin.groups.set(factories.roles("Enquiry manager"))
    mail = factories.stored_enquiry(hospital).mails.get(purpose="team")
    reference = mail.enquiry.reference
    factories.stored_enquiry(hospital)

    for typed in (references.in_groups(reference).lower(), reference[:5]):
        found = Page(desk.get("/admin/enquiries/outgoingmail/", {"q": typed})).text
        assert f"{reference}-team" in found
    wrong = ("2" if reference[0] != "2" else "3") + reference[1:]
    assert "mistyped or misheard" in Page(desk.get("/admin/enquiries/outgoingmail/", {"q": wrong})).text
    assert desk.post(f"/admin/enquiries/outgoingmail/{mail.pk}/delete/").status_code == 403
    assert desk.get("/admin/enquiries/outgoingmail/add/").status_code == 403
