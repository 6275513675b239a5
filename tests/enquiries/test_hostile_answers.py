"""Anything typed or sent to the pages where patients and secretaries write: answered, and nothing that was typed is lost."""

import re
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as some

from enquiries import promises
from enquiries.fields import UNTYPED, tidied
from enquiries.forms import CARRIED, CallbackForm, EnquiryForm, RequestForm
from enquiries.limits import TRAP
from enquiries.models import Enquiry
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.naughty import NASTY, STRINGS, bounded, met

pytestmark = pytest.mark.django_db
FORMS: dict[str, type[RequestForm]] = {"/enquiry/": EnquiryForm, "/call-back/": CallbackForm}
ADDRESSES = [*FORMS, *(f"{address}send/" for address in FORMS)]
TEXTS = ["name", "phone", "email", "question", "patient_name", "relationship", "language"]
NAMES = sorted(
    {name for form in FORMS.values() for name in form.base_fields} | {"subject", "change", "checked"}
)
BYTES = some.binary(max_size=300)

each_form = pytest.mark.parametrize("address", FORMS)


@pytest.fixture
def places(hospital: Hospital) -> list[str]:
    """Every address that takes what somebody types, of the forms and of what comes after them."""
    factories.call_window(hospital)
    consultant = factories.known_consultant(hospital, factories.published_procedure())
    request = factories.booked(hospital, next(iter(promises.free_slots(hospital)))).get_absolute_url()
    return [
        *ADDRESSES,
        *(f"{request}{change}/" for change in ("phone", "time")),
        factories.question(consultant).address,
    ]


def as_shown(typed: str) -> str:
    """What a page can show of it: no page can hold what no keyboard types, and a browser makes each end of a line one."""
    return UNTYPED.sub("", typed).replace("\r\n", "\n").replace("\r", "\n")


def shown(page: Page, name: str) -> str:
    """What the field holds. Before a text box's text the template ends a line, which browsers leave out."""
    (field,) = page.tree.xpath(f"//main//*[self::input or self::textarea][@name='{name}']")
    value = str(field.value or "").replace("\r\n", "\n").replace("\r", "\n")
    return value.removeprefix("\n") if field.tag == "textarea" else value


def assert_kept(page: Page, typed: dict[str, str], form: type[RequestForm]) -> None:
    for name in typed.keys() & form.base_fields.keys():
        assert shown(page, name) == as_shown(typed[name]), name


@each_form
def test_naughty_string_in_every_answer_comes_back_as_it_was_typed(
    client: Client, hospital: Hospital, address: str
) -> None:
    for naughty in STRINGS:
        typed = dict.fromkeys(TEXTS, naughty) | {"consent": ""}

        page = Page(met(client.post, address, typed | {"hospital": hospital.slug}))

        assert page.problems
        assert_kept(page, typed, FORMS[address])


@each_form
@bounded(15)
@given(typed=some.fixed_dictionaries(dict.fromkeys(TEXTS, NASTY)))
def test_whatever_is_typed_comes_back_as_it_was_typed(
    client: Client, hospital: Hospital, address: str, typed: dict[str, str]
) -> None:
    page = Page(met(client.post, address, typed | {"consent": ""}))

    assert page.problems
    assert_kept(page, typed, FORMS[address])


def whole(answers: Answers, text: str) -> Answers:
    """Answers that can be sent, with this text wherever any text will do."""
    return answers | {"name": text, "question": text, "relationship": text[:200], "language": text[:100]}


SENDABLE = NASTY.filter(lambda text: 0 < len(" ".join(UNTYPED.sub("", text).split())) <= 200)


@bounded(15)
@given(text=SENDABLE)
@example(text="Jo\r\nBcc: all@larkspur.example")
@example(text="\u202eJo\u202c \u200b'; --")
def test_whatever_can_be_sent_is_read_back_and_stored_as_it_was_typed(
    client: Client, question: Answers, text: str
) -> None:
    with transaction.atomic():
        checked = Page(met(client.post, "/enquiry/", whole(question, text[:4_000])))
        assert checked.heading == "Check your answers"
        assert as_shown(checked.hidden()["question"]) == as_shown(text[:4_000])

        response = met(client.post, "/enquiry/send/", checked.hidden())

        stored = Enquiry.objects.get()
        assert response.status_code == 303
        assert stored.question == as_shown(text[:4_000]).strip()
        assert stored.name == " ".join(as_shown(text).split())
        transaction.set_rollback(True)


@pytest.mark.parametrize("kept_by", ["too many", "no token"])
@bounded(10)
@given(typed=some.fixed_dictionaries(dict.fromkeys(TEXTS, NASTY)))
def test_page_that_stops_a_send_keeps_every_answer_as_it_was_typed(
    hospital: Hospital, kept_by: str, monkeypatch: pytest.MonkeyPatch, typed: dict[str, str]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("enquiries.views.is_over_limit", lambda request: kept_by == "too many")
        client = Client(enforce_csrf_checks=kept_by == "no token")
        response = met(client.post, "/enquiry/send/", typed | {"hospital": "no-such"})

    page = Page(response)
    assert response.status_code == (429 if kept_by == "too many" else 403)
    assert_kept(page, typed, EnquiryForm)


FIELDS = some.lists(
    some.tuples(some.sampled_from(NAMES), NASTY | some.sampled_from(["1", "bsl", "nhs", "soon", "elm-park"])),
    max_size=25,
)


@bounded(6)
@given(fields=FIELDS, changes=some.booleans())
def test_any_fields_in_any_number_are_answered(
    client: Client, places: list[str], fields: list[tuple[str, str]], changes: bool
) -> None:
    """Tampered choices, answers given twice, fields of other forms."""
    body = urlencode([*fields, *([("change", "1")] if changes else [])])

    for address in places:
        with transaction.atomic():
            met(client.post, address, body, content_type="application/x-www-form-urlencoded")
            transaction.set_rollback(True)


def part(name: bytes, head: bytes, content: bytes) -> bytes:
    return b'--a\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, head, content)


HEADS = some.sampled_from(
    [
        b"",
        b'; filename="\xff\x00.png"',
        b"; filename*=UTF-8''..%2f..%2fetc%2fpasswd",
        b"\r\nContent-Type: image/png; charset=hex",
        b"\r\nContent-Transfer-Encoding: base64",
        b"\r\nContent-Length: -1",
        b'; filename="' + b"a" * 5_000 + b'"',
    ]
)
NAMED = some.sampled_from([name.encode() for name in NAMES]) | BYTES
PARTS = some.lists(some.builds(part, NAMED, HEADS, BYTES), max_size=8).map(b"".join)
BODIES = some.one_of(
    some.tuples(some.just("application/x-www-form-urlencoded"), BYTES),
    some.tuples(
        some.just("application/x-www-form-urlencoded"),
        some.lists(some.tuples(NAMED, BYTES).map(b"=".join), max_size=20).map(b"&".join),
    ),
    some.tuples(
        some.just("multipart/form-data; boundary=a"),
        PARTS | PARTS.map(lambda parts: parts + b"--a--\r\n") | BYTES,
    ),
    some.tuples(
        some.sampled_from(
            ["application/json", "text/xml", "", "multipart/form-data", "multipart/mixed; boundary="]
        ),
        BYTES,
    ),
)


@bounded(8)
@given(body=BODIES)
def test_any_bytes_are_answered(client: Client, places: list[str], body: tuple[str, bytes]) -> None:
    kind, content = body

    for address in places:
        with transaction.atomic():
            assert met(client.post, address, content, content_type=kind).status_code in (200, 303, 400, 409)
            transaction.set_rollback(True)


@bounded(25)
@given(fields=FIELDS)
def test_what_is_left_out_is_what_no_keyboard_types_and_nothing_else(fields: list[tuple[str, str]]) -> None:
    tidy = tidied(QueryDict(urlencode(fields)))

    given_values = [
        value for name in dict.fromkeys(name for name, _ in fields) for key, value in fields if key == name
    ]
    kept = [value for _, values in tidy.lists() for value in values]
    assert kept == [UNTYPED.sub("", value) for value in given_values]
    assert not any(re.search(r"[\0-\x08]", value) for value in kept)
    assert set(CARRIED) <= set(NAMES)


@bounded(4)
@given(
    method=some.sampled_from(
        ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "", "\xff"]
    ),
    body=BYTES,
)
def test_method_that_nobody_uses_stores_nothing(
    client: Client, places: list[str], method: str, body: bytes
) -> None:
    before = list(Enquiry.objects.values())

    for address in places:
        assert met(client.generic, method, address, body).status_code in (200, 302, 405)
    assert list(Enquiry.objects.values()) == before


def test_each_person_of_an_odd_request_is_one_request(
    client: Client, question: Answers, hospital: Hospital
) -> None:
    """The trap filled in, ids of other requests and a hospital given twice make nothing but one row."""
    other = factories.hospital(name="Oak Vale Hospital", slug="oak-vale")
    checked: Any = Page(client.post("/enquiry/", question)).hidden()
    odd = {"id": "1", "pk": "1", "token": "x" * 43, "reference": "ABC", "handled_at": "now"}

    met(
        client.post,
        "/enquiry/send/",
        checked | odd | {TRAP: "Pills", "hospital": [other.slug, hospital.slug]},
    )

    stored = Enquiry.objects.get()
    assert (stored.hospital, stored.suspected_because) == (hospital, Enquiry.Suspicion.TRAP)
    assert stored.token != "x" * 43
    assert not stored.is_handled


@pytest.mark.parametrize("field", ["name", "language", "question", "patient_name", "relationship"])
def test_answer_that_would_add_a_header_to_a_mail_adds_none(
    client: Client, question: Answers, mailoutbox: list[Any], field: str
) -> None:
    header = "Jo\r\nBcc: all@larkspur.example\r\nX-Evil: yes\r\n\r\nBuy now"
    checked = Page(
        client.post("/enquiry/", question | {"email": "jo@larkspur.example", field: header})
    ).hidden()
    client.post("/enquiry/send/", checked)

    call_command("worker", "--once", stdout=StringIO())

    assert [mail.recipients() for mail in mailoutbox] == [["jo@larkspur.example"], ["team@elmpark.example"]]
    for mail in mailoutbox:
        assert not {"Bcc", "X-Evil"} & set(mail.message().keys())
        assert "Buy now" not in mail.body
