"""Nobody who is real is refused: names in any script, phones from anywhere, every address that mail can reach."""

import phonenumbers
import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as some

from enquiries import phones
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.naughty import bounded

LETTERS = some.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"])
NAMES = some.lists(some.text(LETTERS, min_size=1, max_size=20), min_size=1, max_size=4).flatmap(
    lambda words: some.sampled_from([" ", "-", "’", "'", ". ", " d’", ", "]).map(
        lambda between: between.join(words)
    )
)
PHONES = {
    "07700 900123": "+447700900123",
    "07700900123": "+447700900123",
    "+44 7700 900 123": "+447700900123",
    "+44 (0) 7700 900123": "+447700900123",
    "0044-7700-900-123": "+447700900123",
    "020 7946 0018": "+442079460018",
    "(029) 2018 0123": "+442920180123",
    "01632.960.123": "+441632960123",
    "0800 1111": "+448001111",
    "016977 2345": "+44169772345",
    "01534 712345": "+441534712345",
    "07797 712345": "+447797712345",
    "+44 1481 712345": "+441481712345",
    "07781 123456": "+447781123456",
    "01624 712345": "+441624712345",
    "07624 312345": "+447624312345",
    "+353 1 222 2222": "+35312222222",
    "00353 85 012 3456": "+353850123456",
    "+353 (0)20 912 3456": "+353209123456",
    "+1 (202) 555-0123": "+12025550123",
    "+33 1 99 00 12 34": "+33199001234",
    "+91 98765 43210": "+919876543210",
    "+48 22 123 45 67": "+48221234567",
    "\u200e+44 7700 900123\u202c": "+447700900123",
    "０７７００９００１２３": "+447700900123",
    "07700\u00a0900\u2011123": "+447700900123",
}
EMAILS = [
    "jo@larkspur.example",
    "j@l.example",
    "Jo.Larkspur+back@mail.larkspur.example",
    "o'neill@larkspur.example",
    "jo_larkspur-1@sub.sub.larkspur.example",
    "123456@larkspur.example",
    "!#$%&'*+/=?^_`{|}~-@larkspur.example",
    "jo@bücher.example",
    "jo@xn--bcher-kva.example",
    "jo@larkspur.photography",
    "a" * 64 + "@larkspur.example",
    " jo@larkspur.example ",
]  # fmt: skip


def is_taken(client: Client, answers: Answers, address: str = "/enquiry/") -> bool:
    page = Page(client.post(address, answers))
    assert page.problems == []
    return page.heading == "Check your answers"


@pytest.mark.django_db
@bounded(25)
@given(name=NAMES)
@example(name="Q")
@example(name="Ñ")
@example(name="O'Brien-D’Arcy")
@example(name="Nguyễn Thị Ánh")
@example(name="नारायण")
@example(name="\u200fמרים בת־שבע")
@example(name="María José de la Cruz y Fernández-Villaverde III")
def test_name_in_any_script_is_taken_and_read_back(client: Client, question: Answers, name: str) -> None:
    page = Page(client.post("/enquiry/", question | {"name": name, "patient_name": name}))

    assert page.problems == []
    assert page.hidden()["name"] == name
    assert " ".join(name.split()) in page.text


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "meant"), PHONES.items())
def test_phone_from_home_the_islands_ireland_and_abroad_is_taken(
    client: Client, wish_to_be_rung: Answers, typed: str, meant: str
) -> None:
    assert is_taken(client, wish_to_be_rung | {"phone": typed}, "/call-back/")
    assert phones.in_full(typed) == meant


KINDS = [phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_example_number_of_every_country_is_taken_as_it_is_written_there_and_here(region: str) -> None:
    known = [number for kind in KINDS if (number := phonenumbers.example_number_for_type(region, kind))]
    assert known

    for number in known:
        meant = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        abroad = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        assert phones.in_full(meant) == phones.in_full(abroad) == meant
        assert phones.in_full("00" + meant[1:]) == meant
        if region in ("GB", "GG", "JE", "IM"):
            at_home = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            assert phones.in_full(at_home) == meant


@pytest.mark.django_db
@pytest.mark.parametrize("email", EMAILS)
def test_email_that_mail_can_reach_is_taken(client: Client, question: Answers, email: str) -> None:
    assert is_taken(client, question | {"phone": "", "email": email})
