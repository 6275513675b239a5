"""The two forms, before anything is typed."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
ADDRESSES = ["/enquiry/", "/call-back/"]


def names(page: Page) -> list[str]:
    return list(
        dict.fromkeys(str(name) for name in page.tree.xpath("//main//form//@name") if name != "submission_id")
    )


def test_enquiry_asks_for_what_was_agreed_and_no_more(client: Client, hospital: Hospital) -> None:
    factories.practice(factories.consultant(), hospital)

    page = Page(client.get("/enquiry/"))

    assert page.heading == "Ask us a question"
    assert names(page) == [
        "questions",
        "kept_for",
        "name",
        "phone",
        "email",
        "hospital",
        "question",
        "payment",
        "procedure",
        "consultant",
        "patient_name",
        "relationship",
        "needs",
        "language",
        "consent",
    ]


def test_call_back_asks_for_what_was_agreed_and_no_more(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital)

    page = Page(client.get("/call-back/"))

    assert page.heading == "We can call you"
    assert names(page) == [
        "questions",
        "kept_for",
        "procedure",
        "consultant",
        "name",
        "phone",
        "hospital",
        "aim",
        "call_time",
        "may_leave_message",
        "email",
        "patient_name",
        "relationship",
        "needs",
        "language",
        "consent",
    ]


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_what_is_needed_is_required(client: Client, hospital: Hospital, address: str) -> None:
    page = Page(client.get(address))

    required = set(page.tree.xpath("//main//form//@name[../@required]"))
    assert required == {"name", "hospital", "consent"} | {"phone" if address == "/call-back/" else "question"}


def test_optional_questions_are_marked(client: Client, hospital: Hospital) -> None:
    page = Page(client.get("/call-back/"))

    marked = page.words("//label[span[@class='opt']] | //legend[span[@class='opt']]")
    assert marked == ["What is your call about? (optional)", "Email (optional)"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_extra_questions_are_folded_away(client: Client, hospital: Hospital, address: str) -> None:
    folds = Page(client.get(address)).folds()

    assert folds
    assert not any(folds.values())


@pytest.mark.parametrize("address", ADDRESSES)
def test_form_says_what_happens_to_what_is_written(client: Client, hospital: Hospital, address: str) -> None:
    page = Page(client.get(address))

    beside = page.words("//aside")[0]
    assert "What happens to what you write" in beside
    assert "We delete it 90 days after we have dealt with your request." in beside
    assert "If you are paying for your treatment yourself please call 01632 960101" in beside
    assert page.tree.xpath("//aside//a[@href='/privacy/']")


@pytest.mark.parametrize("address", ADDRESSES)
def test_form_is_not_for_emergencies(client: Client, hospital: Hospital, address: str) -> None:
    page = Page(client.get(address))

    assert "Do not use this form in an emergency. Call 999." in page.text
    assert "both legs are weak" in page.text
    assert page.tree.xpath("//*[@class='note']//a[@href='#urgent']")


@pytest.mark.parametrize("address", ADDRESSES)
def test_form_needs_no_token_and_sets_no_cookie(client: Client, hospital: Hospital, address: str) -> None:
    response = client.get(address)

    assert not response.cookies
    assert b"csrfmiddlewaretoken" not in response.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_browser_may_keep_the_form_so_that_back_finds_it(
    client: Client, hospital: Hospital, address: str
) -> None:
    response = client.get(address)

    assert response["Cache-Control"] == "private, no-cache"


def test_only_hospital_is_already_chosen(client: Client, hospital: Hospital) -> None:
    assert Page(client.get("/enquiry/")).value("hospital") == "elm-park"


def test_with_two_hospitals_none_is_chosen_for_the_reader(client: Client, hospital: Hospital) -> None:
    factories.hospital(name="Oak Hill Hospital", slug="oak-hill")

    assert Page(client.get("/enquiry/")).value("hospital") == ""


def test_with_two_hospitals_each_self_pay_line_is_named(client: Client, hospital: Hospital) -> None:
    factories.hospital(name="Oak Hill Hospital", slug="oak-hill", self_pay_phone="01632 960202")

    beside = Page(client.get("/enquiry/")).words("//aside")[0]

    assert "please call Elm Park Hospital 01632 960101" in beside
    assert "please call Oak Hill Hospital 01632 960202" in beside


def test_address_fills_in_what_the_page_was_about(client: Client, hospital: Hospital) -> None:
    factories.published_procedure()
    factories.practice(factories.consultant(), hospital)
    factories.hospital(name="Oak Hill Hospital", slug="oak-hill")

    page = Page(client.get("/enquiry/?procedure=balloon-kyphoplasty&consultant=ada-quill&hospital=oak-hill"))

    assert page.value("procedure") == "balloon-kyphoplasty"
    assert page.value("consultant") == "ada-quill"
    assert page.value("hospital") == "oak-hill"
    assert page.folds()["More about your enquiry (optional)"]


def test_call_back_carries_what_the_page_was_about(client: Client, hospital: Hospital) -> None:
    factories.published_procedure()

    page = Page(client.get("/call-back/?procedure=balloon-kyphoplasty"))

    assert page.value("procedure") == "balloon-kyphoplasty"


@pytest.mark.parametrize("form", ["/enquiry/", "/call-back/"])
def test_link_ticks_no_box_and_types_no_answer(client: Client, hospital: Hospital, form: str) -> None:
    wanted = {"consent": "1", "may_leave_message": "yes", "phone": "07700 900999", "email": "x@y.example"}

    page = Page(client.get(form, wanted | {"name": "Mallory", "question": "Theirs", "kept_for": "1"}))

    plain = Page(client.get(form))
    assert page.hidden() == plain.hidden()
    assert page.tree.xpath("//@checked/..") == plain.tree.xpath("//@checked/..") == []
    assert not {"07700 900999", "x@y.example", "Mallory", "Theirs"} & set(
        page.tree.xpath("//@value | //textarea/text()")
    )


def test_address_with_an_unknown_name_fills_in_nothing(client: Client, hospital: Hospital) -> None:
    factories.practice(factories.consultant(), hospital)

    page = Page(client.get("/enquiry/?procedure=no-such&consultant=%00&hospital=%ff"))

    assert page.status == 200
    assert (page.value("procedure"), page.value("consultant")) == ("", "")
    assert page.value("hospital") == "elm-park"
    assert not any(page.folds().values())


def test_unpublished_procedures_and_unlisted_consultants_are_not_offered(
    client: Client, hospital: Hospital
) -> None:
    factories.procedure()
    factories.practice(factories.consultant(is_listed=False), hospital)
    factories.practice(factories.consultant(slug="bo", family_name="Marsh"), hospital)

    page = Page(client.get("/enquiry/?consultant=ada-quill"))

    assert "Balloon kyphoplasty" not in page.words("//option")
    assert "Miss Ada Marsh" in page.words("//option")
    assert "Miss Ada Quill" not in page.words("//option")


@pytest.mark.parametrize(("address", "queries"), [("/enquiry/", 6), ("/call-back/", 10)])
def test_form_takes_few_queries_however_much_there_is_to_choose(
    client: Client,
    hospital: Hospital,
    address: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        factories.published_procedure(name=f"Scan {number}", slug=f"scan-{number}")
        factories.practice(factories.consultant(slug=f"quill-{number}"), hospital)
        factories.call_window(hospital, weekday=number)
        factories.opening_hours(hospital, number)

    # Three lists to choose from, what is agreed to, the red flags, the head of the page; for the times to be called, the windows, the
    # places taken, the hours and the days closed.
    with django_assert_num_queries(queries):
        client.get(address)
