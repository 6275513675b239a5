"""What a patient may do on the private page: another number, another time, withdraw, erase. Each by POST, asked once more."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from enquiries import promises
from enquiries.erasure import purge
from enquiries.mail import message
from enquiries.models import Enquiry, MailText, OutgoingMail
from enquiries.models.attempts import Ending
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.enquiries.test_booking import TAKEN

pytestmark = pytest.mark.django_db
CHANGES = ["phone", "time", "withdraw", "erase"]
SECRETS = ["Larkspur", "larkspur", "07700", "7700900", "900123", "Question "]


@pytest.fixture
def enquiry(hospital: Hospital) -> Enquiry:
    """A call-back with the only place of a window, of a hospital with one more window to choose."""
    factories.call_window(hospital, places=1)
    return factories.booked(hospital, next(iter(promises.free_slots(hospital))))


def address(enquiry: Enquiry, change: str = "") -> str:
    return f"{enquiry.get_absolute_url()}{change}/" if change else enquiry.get_absolute_url()


def status(client: Client, enquiry: Enquiry) -> Page:
    return Page(client.get(address(enquiry)))


@pytest.mark.parametrize("change", CHANGES)
def test_page_that_asks_is_private_and_changes_nothing(client: Client, enquiry: Enquiry, change: str) -> None:
    response = client.get(address(enquiry, change))

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"
    assert not any(secret in response.content.decode() for secret in SECRETS)
    assert Enquiry.objects.open().get() == enquiry
    assert not OutgoingMail.objects.filter(purpose="changed").exists()


@pytest.mark.parametrize(
    ("method", "change"),
    [("get", ""), *((method, change) for method in ("get", "post") for change in CHANGES)],
)
def test_link_that_is_not_ours_is_told_nothing(
    client: Client, enquiry: Enquiry, change: str, method: str
) -> None:
    wrong = address(enquiry, change).replace(enquiry.token, "x" * 43)

    response = getattr(client, method)(wrong)

    assert response.status_code == 404
    assert "no-store" in response["Cache-Control"]
    assert Page(response).heading == "There is nothing here"


def test_new_number_is_shown_back_large_before_it_is_stored(client: Client, enquiry: Enquiry) -> None:
    page = Page(client.post(address(enquiry, "phone"), {"phone": "07700900456"}))

    assert page.heading == "Is this number right?"
    assert page.words("//*[@class='ref']") == ["07700 900456"]
    assert "Nothing has changed yet." in page.text
    enquiry.refresh_from_db()
    assert enquiry.phone_ending == "123"


def test_number_that_was_checked_is_the_one_we_call(client: Client, enquiry: Enquiry) -> None:
    checked = Page(client.post(address(enquiry, "phone"), {"phone": "07700 900456"})).hidden()

    response = client.post(address(enquiry, "phone"), checked | {"checked": "yes"})

    assert response.status_code == 303
    assert response.headers["Location"] == address(enquiry) + "?changed=phone"
    told = Page(client.get(response.headers["Location"])).text
    assert "We have your new phone number." in told
    assert "We call the number that ends in 456." in told
    enquiry.refresh_from_db()
    assert (enquiry.phone, enquiry.phone_in_full) == ("07700 900456", "+447700900456")


def test_number_can_be_put_right_after_it_was_shown(client: Client, enquiry: Enquiry) -> None:
    page = Page(client.post(address(enquiry, "phone"), {"phone": "07700 900456", "change": "yes"}))

    assert page.value("phone") == "07700 900456"
    assert not page.problems


def test_number_that_cannot_be_is_put_right(client: Client, enquiry: Enquiry) -> None:
    page = Page(client.post(address(enquiry, "phone"), {"phone": "12", "checked": "yes"}))

    assert page.problems == ["Check the phone number. Some digits seem to be missing."]
    assert page.title.startswith("Error: ")
    assert page.value("phone") == "12"
    enquiry.refresh_from_db()
    assert enquiry.phone_ending == "123"


def test_who_wrote_by_email_may_give_a_number(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, phone="", phone_in_full="")

    client.post(address(enquiry, "phone"), {"phone": "07700 900456", "checked": "yes"})

    assert "We will call you" in status(client, enquiry).text


def test_another_time_frees_the_first(client: Client, enquiry: Enquiry, hospital: Hospital) -> None:
    first, another = enquiry.slot, next(iter(promises.free_slots(hospital).values()))
    assert first is not None

    response = client.post(address(enquiry, "time"), {"call_time": another.key})

    assert response.status_code == 303
    told = Page(client.get(response.headers["Location"])).text
    assert "We have noted your time." in told
    assert f"We will call you on {another.in_a_sentence}." in told
    enquiry.refresh_from_db()
    assert enquiry.due_at == another.ends_at
    assert first.key in promises.free_slots(hospital)


def test_time_they_hold_is_chosen_until_they_choose_another(client: Client, enquiry: Enquiry) -> None:
    page = Page(client.get(address(enquiry, "time")))

    assert enquiry.slot is not None
    assert page.value("call_time") == enquiry.slot.key


def test_same_time_chosen_again_changes_nothing(client: Client, enquiry: Enquiry) -> None:
    assert enquiry.slot is not None

    response = client.post(address(enquiry, "time"), {"call_time": enquiry.slot.key})

    assert response.status_code == 303
    assert not OutgoingMail.objects.filter(purpose="changed").exists()


def test_as_soon_as_we_can_gives_the_place_back(client: Client, enquiry: Enquiry, hospital: Hospital) -> None:
    assert enquiry.slot is not None

    client.post(address(enquiry, "time"), {"call_time": "soon"})

    assert enquiry.slot.key in promises.free_slots(hospital)
    enquiry.refresh_from_db()
    assert enquiry.slot is None


def test_time_that_somebody_else_took_is_refused_and_the_first_is_kept(
    client: Client, enquiry: Enquiry, hospital: Hospital
) -> None:
    wanted = next(iter(promises.free_slots(hospital)))
    factories.booked(hospital, wanted)

    page = Page(client.post(address(enquiry, "time"), {"call_time": wanted}))

    assert page.problems == [TAKEN]
    assert wanted not in page.tree.xpath("//option/@value")
    before = enquiry.slot
    assert before is not None
    assert page.value("call_time") == before.key
    enquiry.refresh_from_db()
    assert enquiry.slot == before


def test_time_that_is_none_is_put_right(client: Client, enquiry: Enquiry) -> None:
    page = Page(client.post(address(enquiry, "time"), {"call_time": "gold"}))

    assert page.problems == ["Choose a time for our call from the list."]


def test_where_no_times_are_offered_none_are_said_to_be_taken(client: Client, hospital: Hospital) -> None:
    page = Page(client.get(address(factories.stored_enquiry(hospital), "time")))

    assert "You cannot choose a time here just now." in page.text


def test_nobody_without_a_number_chooses_a_time(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, phone="", phone_in_full="")

    assert client.get(address(enquiry, "time")).headers["Location"] == address(enquiry)


def test_withdrawn_request_is_told_to_the_team_and_gives_its_place_back(
    client: Client, enquiry: Enquiry, hospital: Hospital
) -> None:
    assert enquiry.slot is not None

    response = client.post(address(enquiry, "withdraw"))

    assert response.status_code == 303
    page = status(client, enquiry)
    assert "You have withdrawn your request. We will not contact you." in page.text
    assert "You withdrew it" in page.text
    assert "What happens next" not in page.text
    assert enquiry.slot.key in promises.free_slots(hospital)
    enquiry.refresh_from_db()
    assert enquiry.withdrawn_at is not None
    assert not Enquiry.objects.open().exists()


def test_withdrawn_request_is_nobodys_to_ring(client: Client, enquiry: Enquiry) -> None:
    soon = timezone.now()
    Enquiry.objects.update(owner=factories.person(), claimed_until=soon, next_try_at=soon)

    client.post(address(enquiry, "withdraw"))

    enquiry.refresh_from_db()
    assert (enquiry.owner, enquiry.claimed_until, enquiry.next_try_at) == (None, None, None)


def test_withdrawn_request_leaves_in_time(client: Client, enquiry: Enquiry) -> None:
    client.post(address(enquiry, "withdraw"))
    Enquiry.objects.update(withdrawn_at=timezone.now() - timezone.timedelta(days=91))  # type: ignore[attr-defined]

    assert purge()["enquiries.Enquiry"] == 1


@pytest.mark.parametrize("change", ["phone", "time", "withdraw"])
@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("withdrawn", "You withdrew this request, so nothing was changed."),
        ("handled", "We have dealt with this request, so nothing was changed."),
    ],
)
def test_nothing_changes_once_it_is_over_and_we_say_so(
    client: Client, enquiry: Enquiry, change: str, end: str, said: str
) -> None:
    if end == "withdrawn":
        enquiry.withdraw()
    else:
        enquiry.mark_handled(by=factories.person())
    before = Enquiry.objects.values().get()

    response = client.post(
        address(enquiry, change), {"phone": "07700 900456", "checked": "yes", "call_time": "soon"}
    )

    assert said in Page(client.get(response.headers["Location"])).text
    assert client.get(address(enquiry, change)).headers["Location"] == address(enquiry)
    assert Enquiry.objects.values().get() == before


def test_new_number_opens_again_a_request_that_reached_nobody(client: Client, enquiry: Enquiry) -> None:
    enquiry.mark_handled(factories.person(), Ending.NOT_REACHED)
    Enquiry.objects.update(tries=3)

    assert "Change my phone number" in status(client, enquiry).text
    client.post(address(enquiry, "phone"), {"phone": "07700 900456", "checked": "yes"})

    assert "We will call you as soon as we can." in status(client, enquiry).text
    again = Enquiry.objects.to_ring_now().get()
    assert (again.phone_ending, again.tries, again.handled_by, again.outcome) == ("456", 0, None, "")


def test_change_that_meets_the_end_of_the_request_is_dropped(enquiry: Enquiry) -> None:
    """Somebody handled it between the page and the press."""
    stale = Enquiry.objects.get()
    enquiry.mark_handled(by=factories.person())

    assert not stale.change_phone("07700 900456")
    assert not stale.withdraw()
    assert not OutgoingMail.objects.filter(purpose="changed").exists()


def test_erased_request_leaves_nothing_and_says_so(client: Client, enquiry: Enquiry) -> None:
    LogEntry.objects.log_actions(factories.person().pk, Enquiry.objects.all(), 2, "Marked as handled.")

    response = client.post(address(enquiry, "erase"))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert Page(response).heading == "Everything is erased"
    assert "If you erased your request, it is gone" in status(client, enquiry).text
    assert status(client, enquiry).status == 404
    assert not Enquiry.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert not LogEntry.objects.exists()


def test_request_that_is_over_can_still_be_erased(client: Client, enquiry: Enquiry) -> None:
    enquiry.withdraw()

    client.post(address(enquiry, "erase"))

    assert not Enquiry.objects.exists()


def test_request_that_the_law_makes_us_keep_is_not_erased_and_we_say_why(
    client: Client, enquiry: Enquiry
) -> None:
    enquiry.keep_for_the_law(factories.person(), "A claim.")

    page = Page(client.post(address(enquiry, "erase")))

    assert page.heading == "We cannot erase this request now"
    assert "The law makes us keep it for now." in page.text
    assert "01632 960101" in page.text
    assert not page.tree.xpath("//button[contains(., 'erase everything')]")
    assert Enquiry.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
def test_press_without_a_token_shows_the_page_again_and_changes_nothing(
    enquiry: Enquiry, change: str
) -> None:
    before = Enquiry.objects.values().get()

    response = Client(enforce_csrf_checks=True).post(
        address(enquiry, change), {"phone": "07700 900456", "checked": "yes", "call_time": "soon"}
    )

    page = Page(response)
    assert response.status_code == 403
    assert "nothing has changed" in page.text
    assert Enquiry.objects.values().get() == before
    if change == "phone":
        assert page.hidden()["phone"] == "07700 900456"


@pytest.mark.parametrize(
    ("change", "typed"), [("phone", {"phone": "07700 900456"}), ("time", {"call_time": "soon"})]
)
def test_with_the_database_away_what_was_typed_is_kept(
    client: Client, database_away: None, change: str, typed: dict[str, str]
) -> None:
    response = client.post(f"/requests/{'x' * 43}/{change}/", typed)

    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert Page(response).hidden() == typed
    assert "Nothing has changed yet." in Page(response).text


@pytest.mark.parametrize("change", ["", "withdraw/", "erase/"])
def test_with_the_database_away_the_page_says_so(client: Client, database_away: None, change: str) -> None:
    press = client.post if change else client.get

    response = press(f"/requests/{'x' * 43}/{change}")

    assert response.status_code == 503
    assert "This is our fault, not yours." in Page(response).text


def changed(enquiry: Enquiry) -> Any:
    row = OutgoingMail.objects.select_related("enquiry__hospital").get(purpose="changed")
    return message(row, MailText.objects.of("changed"))


def test_change_is_told_by_mail_in_words_and_in_html(client: Client, enquiry: Enquiry) -> None:
    client.post(address(enquiry, "phone"), {"phone": "07700 900456", "checked": "yes"})

    mail = changed(enquiry)
    ((html, kind),) = mail.alternatives
    assert kind == "text/html"
    assert mail.to == ["jo@larkspur.example"]
    assert mail.subject == f"Your request has changed: {enquiry.reference_in_groups}"
    assert enquiry.slot is not None
    for body in (mail.body, html):
        assert f"We will call you on {enquiry.slot.in_a_sentence}." in body
        assert "We will call the number that ends in 456." in body
        assert enquiry.get_absolute_url() in body
        assert not any(secret in body for secret in [*SECRETS, "07700 900456"])


def test_withdrawal_is_told_by_mail(client: Client, enquiry: Enquiry) -> None:
    client.post(address(enquiry, "withdraw"))

    assert "You have withdrawn your request. We will not contact you." in changed(enquiry).body


def test_changes_before_the_mail_has_left_are_one_mail(client: Client, enquiry: Enquiry) -> None:
    client.post(address(enquiry, "time"), {"call_time": "soon"})
    client.post(address(enquiry, "withdraw"))

    assert OutgoingMail.objects.filter(purpose="changed").count() == 1


def test_change_after_the_mail_was_tried_is_another(client: Client, enquiry: Enquiry) -> None:
    client.post(address(enquiry, "time"), {"call_time": "soon"})
    OutgoingMail.objects.claim()

    client.post(address(enquiry, "withdraw"))

    assert OutgoingMail.objects.filter(purpose="changed").count() == 2


def test_each_change_is_told_to_the_log_which_outlives_the_database(
    enquiry: Enquiry, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """After a restore the request is as it was before: docs/backups.md. No line says who or what."""
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        enquiry.change_phone("07700 900456")
        enquiry.change_time(None)
        enquiry.withdraw()
        enquiry.withdraw()

    said = ("another number", "another time", "withdrawn")
    assert caplog.messages == [f"Request {enquiry.reference} has changed: {how}." for how in said]


def test_three_changes_a_day_are_told_by_mail(enquiry: Enquiry) -> None:
    for number in range(5):
        enquiry.change_phone(f"07700 90045{number}")
        OutgoingMail.objects.claim()

    assert OutgoingMail.objects.filter(purpose="changed").count() == 3


def test_change_of_what_looks_like_spam_is_told_to_nobody(enquiry: Enquiry) -> None:
    Enquiry.objects.update(suspected_at=timezone.now(), suspected_because="trap")

    assert Enquiry.objects.get().change_phone("07700 900456")

    assert not OutgoingMail.objects.filter(purpose="changed").exists()


def test_number_that_too_many_ask_for_is_looked_at_before_it_is_rung(
    client: Client, enquiry: Enquiry, hospital: Hospital, settings: Any
) -> None:
    settings.SENDS_PER_NUMBER = 1
    factories.stored_enquiry(hospital, phone="07700 900456", phone_in_full="+447700900456")

    client.post(address(enquiry, "phone"), {"phone": "07700 900456", "checked": "yes"})

    suspected = Enquiry.objects.suspected().get()
    assert (suspected, suspected.suspected_because) == (enquiry, "number")
    assert not OutgoingMail.objects.filter(purpose="changed").exists()


def test_wrong_number_is_put_right_though_its_place_was_given_away(hospital: Hospital) -> None:
    """The team rang early and reached a stranger, and somebody else has booked the place since."""
    factories.call_window(hospital)
    free = next(iter(promises.free_slots(hospital)))
    enquiry = factories.booked(hospital, free)
    enquiry.mark_handled(factories.person(), Ending.NOT_REACHED)
    other = factories.booked(hospital, free, name="Fern")
    assert other.call_place == enquiry.call_place

    assert enquiry.change_phone("07700 900456")

    enquiry.refresh_from_db()
    assert (enquiry.is_open, enquiry.call_place, enquiry.phone) == (True, None, "07700 900456")
    assert enquiry.next_try_at


def test_nobody_without_an_address_is_written_to(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital, email="")

    client.post(address(enquiry, "withdraw"))

    assert not OutgoingMail.objects.filter(purpose="changed").exists()


def test_answers_sent_again_after_a_change_are_the_same_request(client: Client, hospital: Hospital) -> None:
    first = factories.stored_enquiry(hospital, question="Once")
    first.change_phone("07700 900456")

    again = Enquiry.objects.submit(
        factories.enquiry(hospital, question="Once", submission_id=first.submission_id)
    )

    assert again == first
    assert again.phone_ending == "456"


def test_answers_sent_from_a_new_page_after_a_change_are_heard(hospital: Hospital) -> None:
    first = factories.stored_enquiry(hospital, question="Once")
    first.change_phone("07700 900456")

    again = Enquiry.objects.submit(factories.enquiry(hospital, question="Once"))

    assert again != first
    assert again.phone_ending == "123"
