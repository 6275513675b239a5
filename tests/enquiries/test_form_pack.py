"""How a question is drawn: label, hint, error, control, each tied to the other."""

import pytest
from django.test import Client

from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page

pytestmark = pytest.mark.django_db
BAD = {
    "name": "",
    "phone": "12",
    "email": "jo@",
    "hospital": "no-such",
    "question": "x" * 4001,
    "payment": "gold",
    "procedure": "no-such",
    "consultant": "no-such",
    "patient_name": "x" * 201,
    "relationship": "x" * 201,
    "needs": "gold",
    "language": "x" * 101,
    "aim": "gold",
    "call_time": "gold",
}


@pytest.fixture
def call_window(hospital: Hospital) -> None:
    factories.call_window(hospital)


@pytest.mark.usefixtures("call_window")
@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/"])
def test_every_reference_in_the_page_leads_somewhere(client: Client, address: str) -> None:
    for response in (client.get(address), client.post(address, BAD)):
        page = Page(response)

        assert page.dangling() == set()
        assert len(page.ids) == len(set(page.ids))


@pytest.mark.usefixtures("call_window")
@pytest.mark.parametrize(("address", "count"), [("/enquiry/", 13), ("/call-back/", 11)])
def test_summary_links_to_every_question_that_needs_putting_right(
    client: Client, address: str, count: int
) -> None:
    page = Page(client.post(address, BAD))

    assert page.words("//*[@class='oops']/h2") == [f"There are {count} things to put right"]
    assert len(page.problems) == count
    for link in page.tree.xpath("//*[@class='oops']//a/@href"):
        (control,) = page.tree.xpath(f"//*[@id='{link[1:]}']")
        assert control.tag in ("input", "select", "textarea")


def test_summary_counts_one_thing_as_one(client: Client, hospital: Hospital) -> None:
    answers = {"phone": "07700 900123", "hospital": "elm-park", "question": "When?", "consent": "1"}

    page = Page(client.post("/enquiry/", answers))

    assert page.words("//*[@class='oops']/h2") == ["There is 1 thing to put right"]
    assert page.title.startswith("Error: Ask us a question")


def test_summary_takes_the_focus(client: Client, hospital: Hospital) -> None:
    (summary,) = Page(client.post("/enquiry/", {})).tree.xpath("//*[@class='oops']")

    assert summary.get("role") == "alert"
    assert summary.get("tabindex") == "-1"
    assert "autofocus" in summary.attrib


def test_label_hint_error_and_control_stand_in_that_order(client: Client, hospital: Hospital) -> None:
    page = Page(client.post("/enquiry/", BAD))

    (field,) = page.tree.xpath("//*[@id='id_phone']/..")
    assert [(part.tag, part.get("id")) for part in field] == [
        ("label", None),
        ("span", "id_phone_helptext"),
        ("p", "id_phone_error"),
        ("input", "id_phone"),
    ]
    assert field[-1].get("aria-describedby") == "id_phone_helptext id_phone_error"
    assert field[-1].get("aria-invalid") == "true"
    assert field.get("class") == "field field--bad"


def test_choices_stand_in_a_fieldset_with_a_legend(client: Client, hospital: Hospital) -> None:
    page = Page(client.post("/enquiry/", BAD))

    (group,) = page.tree.xpath("//fieldset[.//input[@name='payment']]")
    assert group[0].tag == "legend"
    assert group.get("aria-describedby") == "id_payment_error"
    assert not group.xpath(".//input/@aria-invalid")


def test_choices_that_were_made_stay_made(client: Client, hospital: Hospital) -> None:
    page = Page(client.post("/enquiry/", {"payment": "nhs", "needs": ["bsl", "hearing"], "consent": "1"}))

    assert page.tree.xpath("//input[@checked]/@value") == ["nhs", "hearing", "bsl", "1"]


@pytest.mark.parametrize(
    ("name", "autocomplete", "inputmode"),
    [("name", "name", None), ("phone", "tel", "tel"), ("email", "email", "email")],
)
def test_browser_is_told_what_to_fill_in(
    client: Client, hospital: Hospital, name: str, autocomplete: str, inputmode: str | None
) -> None:
    (control,) = Page(client.get("/enquiry/")).tree.xpath(f"//input[@name='{name}']")

    assert control.get("autocomplete") == autocomplete
    assert control.get("inputmode") == inputmode


def test_browser_leaves_checking_to_us(client: Client, hospital: Hospital) -> None:
    (form,) = Page(client.get("/enquiry/")).tree.xpath("//main//form")

    assert "novalidate" in form.attrib


@pytest.mark.parametrize(
    ("typed", "fold"),
    [
        ({"payment": "nhs"}, "More about your enquiry (optional)"),
        ({"language": "Welsh"}, "I am asking for someone else, or need help to communicate (optional)"),
        ({"procedure": "no-such"}, "More about your enquiry (optional)"),
    ],
)
def test_fold_with_an_answer_or_an_error_stands_open(
    client: Client, hospital: Hospital, typed: dict[str, str], fold: str
) -> None:
    folds = Page(client.post("/enquiry/", typed)).folds()

    assert [summary for summary, is_open in folds.items() if is_open] == [fold]
