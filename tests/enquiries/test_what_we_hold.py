"""A person asks the team what it holds about them, or to delete it: from the desk, at one's own hospitals, on record."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from enquiries import ringing
from enquiries.models import Attempt, Deletion, Enquiry, Export, Note, Reading
from enquiries.models.attempts import Ending
from enquiries.retention import RULES
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.procedures.staff import administrator
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
HELD, COPY, ERASE = (reverse(f"admin:enquiries_enquiry_{name}") for name in ("held", "copy", "erase"))
JO = {"phone": "07700 900123", "email": "", "name": "jo  larkspur"}
WHY = "Rang back on the number we hold."


@pytest.fixture
def manager(hospital: Hospital) -> Client:
    client = Client()
    signed_in(client, factories.handler("maya", hospital, role="Enquiry manager"))
    return client


@pytest.fixture
def known(hospital: Hospital, manager: Client) -> Enquiry:
    """All that a request may come to hold."""
    wren = factories.person("wren", first_name="Wren", last_name="Hollis")
    enquiry = factories.stored_enquiry(
        hospital,
        kind="call_back",
        question="Could this help my mother?\nShe is 84.",
        needs="hearing bsl",
        language="Welsh",
        patient_name="Ivy Larkspur",
        relationship="I am her daughter",
    )
    ringing.take(enquiry, wren)
    ringing.record(enquiry, Attempt.Outcome.NO_ANSWER, wren)
    Note.objects.create(enquiry=enquiry, text="She hears better with the left ear.", by=wren)
    return enquiry


def post(client: Client, address: str, **answers: Any) -> Page:
    return Page(client.post(address, JO | {"reason": WHY} | answers, follow=True))


def copy_of(client: Client, *ticked: Enquiry) -> str:
    references = [enquiry.reference for enquiry in ticked]
    response = client.post(COPY, JO | {"reason": WHY, "reference": references})
    assert response["Content-Disposition"].startswith("attachment;")
    return response.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"phone": "0044 7700-900 123"},
        {"email": "JO@larkspur.example"},
        {"phone": "07700 900999", "email": "jo@larkspur.example"},
    ],
)
def test_person_is_found_by_number_or_address_however_spelt(
    manager: Client, known: Enquiry, asked: dict[str, str]
) -> None:
    page = Page(manager.post(HELD, asked))

    assert "1 request at your hospitals" in page.text
    assert known.reference_in_groups in page.text


def test_somebody_else_is_not_found(manager: Client, known: Enquiry) -> None:
    page = post(manager, HELD, phone="07700 900124")

    assert "At your hospitals we hold nothing under that." in page.text
    assert "Jo Larkspur" not in page.text


def test_requests_to_another_hospital_are_neither_shown_nor_counted_nor_erased(
    manager: Client, known: Enquiry
) -> None:
    oak = factories.stored_enquiry(factories.hospital(slug="oak-hill", name="Oak Hill", short_name="Oak"))

    assert "1 request at your hospitals" in post(manager, HELD).text
    assert oak.reference_in_groups not in copy_of(manager, known, oak)
    post(manager, ERASE, confirmed="yes", reference=[known.reference, oak.reference])

    assert list(Enquiry.objects.all()) == [oak]
    assert not Reading.objects.filter(references__contains=[oak.reference]).exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"phone": "", "email": ""}, "Give a phone number or an email address, or both."),
        ({"phone": "12"}, "Check the phone number."),
        ({"email": "jo at larkspur"}, "Check the email. It needs an @ and a dot, as in name@example.org."),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_kept(
    manager: Client, typed: dict[str, str], said: str
) -> None:
    page = post(manager, HELD, **typed)

    assert said in page.text
    assert page.value("email") == typed.get("email", "")


def test_copy_says_all_of_it_and_why_and_names_none_of_our_staff(manager: Client, known: Enquiry) -> None:
    text = copy_of(manager, known)

    for said in (
        "Could this help my mother?",
        "I do not hear well on the phone, British Sign Language (BSL)",
        "Ivy Larkspur",
        "She hears better with the left ear.",
        "No answer",
        "We keep it to ring you back, until 90 days after",
        "Exported it",
    ):
        assert said in text
    assert "wren" not in text.lower()
    assert "maya" not in text.lower()
    assert known.token not in text


def test_copy_has_every_kind_of_thing_that_the_privacy_page_tells_of(manager: Client, known: Enquiry) -> None:
    """A column without a rule stops the site from starting, so no column is left out of the copy either."""
    known.keep_for_the_law(known.attempts.get().by, "A claim.")
    Enquiry.objects.filter(pk=known.pk).update(
        suspected_at=now(), due_at=now(), suspected_because="speed", payment="myself"
    )
    text = copy_of(manager, known).lower()

    left_out = [rule.what for rule in RULES if rule.what not in text.replace("&#x27;", "'")]
    assert left_out == ["why the law makes us keep it for longer"]


def test_copy_keeps_to_itself_why_the_law_keeps_it_and_what_only_checks_a_row(
    manager: Client, known: Enquiry
) -> None:
    known.keep_for_the_law(known.attempts.get().by, "The police ask us not to tell him.")

    text = copy_of(manager, known)

    assert "The police" not in text
    assert "until 90 days" not in text
    assert "for as long as the law makes us keep your request." in text
    for internal in (known.content_hash, known.consent_hash, known.questions_hash, str(known.submission_id)):
        assert internal not in text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"keep_days": 60}, "until 60 days after we have dealt with your request."),
        ({"withdrawn_at": now()}, "until 90 days after you withdrew your request."),
    ],
)
def test_copy_says_how_long_each_request_is_kept(
    manager: Client, known: Enquiry, facts: dict[str, Any], said: str
) -> None:
    Enquiry.objects.filter(pk=known.pk).update(**facts)

    assert said in copy_of(manager, known)


def test_copy_says_that_spam_leaves_sooner(manager: Client, known: Enquiry) -> None:
    known.mark_handled(known.attempts.get().by, Ending.SPAM)

    assert "until 14 days after we took your request for spam." in copy_of(manager, known)


def test_copy_and_what_would_go_take_as_many_queries_for_one_request_as_for_six(
    manager: Client, hospital: Hospital, known: Enquiry
) -> None:
    def queries(*ticked: Enquiry) -> list[int]:
        counted = []
        for deed in (COPY, ERASE):
            sent = JO | {"reason": WHY, "reference": [enquiry.reference for enquiry in ticked]}
            with CaptureQueriesContext(connection) as asked:
                manager.post(deed, sent)
            counted.append(len(asked))
        return counted

    more = [factories.stored_enquiry(hospital) for _ in range(5)]
    for one in more:
        Note.objects.create(enquiry=one, text="She rang.", by=known.attempts.get().by)
    ContentType.objects.clear_cache()
    queries(known)

    assert queries(known, *more) == queries(known)


def test_no_more_is_shown_than_anybody_sends(
    manager: Client, hospital: Hospital, monkeypatch: pytest.MonkeyPatch, known: Enquiry
) -> None:
    monkeypatch.setattr("enquiries.admin.persons.MOST", 2)
    latest = [factories.stored_enquiry(hospital) for _ in range(2)]

    page = post(manager, HELD)

    assert "No more than the latest 2 are shown." in page.text
    assert page.tree.xpath("//input[@type='checkbox']/@value") == [one.reference for one in latest]


def test_copy_is_put_on_record_with_the_reason_which_is_encrypted(manager: Client, known: Enquiry) -> None:
    copy_of(manager, known)

    export = Export.objects.get()
    assert (export.kind, export.requests, export.reason, export.by.username) == ("html", 1, WHY, "maya")
    assert Reading.objects.of(known.reference)[0].deed == Reading.Deed.EXPORTED
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM enquiries_export")
        assert WHY not in cursor.fetchone()[0]


@pytest.mark.parametrize(("reason", "said"), [("", "Say how you know"), ("It is", "Say a little more")])
@pytest.mark.parametrize("deed", [{}, {"confirmed": "yes"}, None], ids=["erase", "erase at once", "copy"])
def test_nothing_is_copied_or_deleted_without_saying_how_we_know_them(
    manager: Client, known: Enquiry, deed: dict[str, str] | None, reason: str, said: str
) -> None:
    address, confirmed = (COPY, {}) if deed is None else (ERASE, deed)

    page = post(manager, address, reason=reason, reference=known.reference, **confirmed)

    assert said in page.text
    assert page.value("reason") == reason
    assert page.tree.xpath("//input[@name='reference'][@checked]/@value") == [known.reference]
    assert not Export.objects.exists()
    assert Enquiry.objects.exists()


def test_how_we_knew_them_is_carried_over_the_question_to_each_receipt_encrypted(
    manager: Client, known: Enquiry
) -> None:
    asked = post(manager, ERASE, reference=known.reference)
    post(manager, ERASE, confirmed="yes", reference=known.reference, reason=asked.value("reason"))

    assert Deletion.objects.get().reason == WHY
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM enquiries_deletion")
        assert WHY not in cursor.fetchone()[0]
    assert WHY in administrator().get("enquiries_deletion_changelist").text


def test_erasing_first_shows_what_would_go(manager: Client, hospital: Hospital, known: Enquiry) -> None:
    joined = factories.stored_enquiry(hospital, phone_in_full="+447700900124", email="")
    Enquiry.objects.filter(pk=joined.pk).update(duplicate_of=known)

    page = post(manager, ERASE, reference=known.reference)

    assert page.words("//section[@aria-labelledby='going-h']//li")[0].startswith(f"{known} of Jo Larkspur")
    assert f"joined to {known}" in page.text
    assert Enquiry.objects.count() == 2


@pytest.fixture
def alans(hospital: Hospital, known: Enquiry) -> Enquiry:
    """Alan has the same number as Jo."""
    return factories.stored_enquiry(
        hospital, name="Alan Larkspur", email="alan@larkspur.example", question="Can my wife come along?"
    )


def test_only_what_came_under_their_name_is_ticked(manager: Client, known: Enquiry, alans: Enquiry) -> None:
    page = post(manager, HELD)

    assert f"Theirs: {alans} of Alan Larkspur" in page.text
    assert page.tree.xpath("//input[@type='checkbox']/@value") == [known.reference, alans.reference]
    assert page.tree.xpath("//input[@type='checkbox'][@checked]/@value") == [known.reference]
    assert not post(manager, HELD, name="").tree.xpath("//input[@checked]")


def test_copy_and_erasing_take_what_is_ticked_and_nothing_else(
    manager: Client, known: Enquiry, alans: Enquiry
) -> None:
    text = copy_of(manager, known)
    shown = post(manager, ERASE, reference=known.reference)
    post(manager, ERASE, confirmed="yes", reference=shown.tree.xpath("//input[@name='reference']/@value"))

    assert "Can my wife come along?" not in text
    assert list(Enquiry.objects.all()) == [alans]
    assert not Reading.objects.filter(deed="exported", references__contains=[alans.reference]).exists()


@pytest.mark.parametrize("deed", [COPY, ERASE])
def test_nothing_is_done_where_nothing_is_ticked(manager: Client, known: Enquiry, deed: str) -> None:
    page = post(manager, deed)

    assert "Tick the requests that are theirs." in page.text
    assert page.value("reason") == WHY
    assert not Export.objects.exists()
    assert Enquiry.objects.exists()


def test_what_was_joined_since_is_not_erased_unseen(
    manager: Client, hospital: Hospital, known: Enquiry
) -> None:
    other = factories.stored_enquiry(hospital, phone_in_full="+447700900124", email="", name="Una Holm")
    shown = post(manager, ERASE, reference=known.reference)
    Enquiry.objects.filter(pk=other.pk).update(duplicate_of=known)

    page = post(
        manager, ERASE, confirmed="yes", reference=shown.tree.xpath("//input[@name='reference']/@value")
    )

    assert "Another request was joined since, so not deleted: 1." in page.text
    assert set(Enquiry.objects.all()) == {known, other}


def test_what_was_joined_before_is_erased_with_it(
    manager: Client, hospital: Hospital, known: Enquiry
) -> None:
    other = factories.stored_enquiry(hospital, phone_in_full="+447700900124", email="", name="Una Holm")
    Enquiry.objects.filter(pk=other.pk).update(duplicate_of=known)
    shown = post(manager, ERASE, reference=known.reference)

    assert f"{other} of Una Holm" in shown.text
    post(manager, ERASE, confirmed="yes", reference=shown.tree.xpath("//input[@name='reference']/@value"))

    assert not Enquiry.objects.exists()


def test_erasing_deletes_and_leaves_receipts_and_a_line_that_names_nobody(
    manager: Client, known: Enquiry
) -> None:
    page = post(manager, ERASE, confirmed="yes", reference=known.reference)

    assert f"Deleted, and a receipt kept of each: {known.reference_in_groups}." in page.text
    assert not Enquiry.objects.exists()
    assert Deletion.objects.get().reference == known.reference
    line = LogEntry.objects.get()
    assert (line.object_repr, line.change_message) == ("Deleted because somebody asked: 1", "")


def test_what_came_in_meanwhile_is_not_erased_unseen(
    manager: Client, hospital: Hospital, known: Enquiry
) -> None:
    later = factories.stored_enquiry(hospital)

    post(manager, ERASE, confirmed="yes", reference=known.reference)

    assert list(Enquiry.objects.all()) == [later]


def test_law_keeps_what_it_keeps_and_the_page_says_so(
    manager: Client, hospital: Hospital, known: Enquiry
) -> None:
    """Of two that were joined one is under a hold, so both stay; a third goes."""
    whole, third = factories.stored_enquiry(hospital), factories.stored_enquiry(hospital)
    Enquiry.objects.filter(pk=known.pk).update(duplicate_of=whole)
    Enquiry.objects.get(pk=whole.pk).keep_for_the_law(known.attempts.get().by, "A claim.")

    ticked = [known.reference, whole.reference, third.reference]
    page = post(manager, ERASE, reference=ticked)
    done = post(manager, ERASE, confirmed="yes", reference=ticked)

    assert len(page.words("//section[@aria-labelledby='kept-h']//li")) == 2
    assert len(page.words("//section[@aria-labelledby='going-h']//li")) == 1
    assert "A claim." not in page.text
    assert "Kept for the law, so not deleted: 2." in done.text
    assert set(Enquiry.objects.all()) == {known, whole}


def test_pressing_twice_says_that_nothing_was_left(manager: Client, known: Enquiry) -> None:
    page = post(manager, ERASE, confirmed="yes", reference="NOTHING")

    assert "There was nothing left to delete." in page.text


def test_nothing_of_the_person_stands_in_an_address(manager: Client, known: Enquiry) -> None:
    page = post(manager, HELD)

    addresses = " ".join(map(str, page.tree.xpath("//@href | //@action")))
    assert "900123" not in addresses
    assert "larkspur" not in addresses.lower()


def test_page_of_a_request_leads_to_all_of_that_person(manager: Client, known: Enquiry) -> None:
    page = Page(manager.get(reverse("admin:enquiries_enquiry_change", args=[known.pk])))
    given = {name: page.tree.xpath(f"//form[@id='held']/input[@name='{name}']/@value")[0] for name in JO}

    assert "1 request at your hospitals" in post(manager, HELD, **given).text


def test_handler_is_not_shown_the_way(hospital: Hospital, known: Enquiry) -> None:
    client = Client()
    signed_in(client, factories.handler("robin", hospital))

    page = Page(client.get(reverse("admin:enquiries_enquiry_changelist")))

    assert not page.tree.xpath(f"//a[@href='{HELD}']")
    assert client.post(HELD, JO).status_code == 403
