"""A link that somebody guesses, alters or half knows opens nothing, changes nothing and tells nothing."""

import string
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as some

from enquiries import promises
from enquiries.models import Enquiry, requests
from procedures.models import Hospital
from tests import factories
from tests.enquiries.pages import Page
from tests.naughty import bounded, met

pytestmark = pytest.mark.django_db
TOKENS = string.ascii_letters + string.digits + "-_"
PAGES = ["", "phone/", "time/", "withdraw/", "erase/"]
DEEDS = {"phone": "07700 900456", "checked": "yes", "call_time": "soon"}


def nothing_here(client: Client) -> str:
    """What is said to a link that was never anybody's."""
    return Page(client.get(f"/requests/{'x' * 43}/")).text


def altered(token: str) -> list[str]:
    return [
        token.swapcase(),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[1:] + token[0],
        token[:-1],
        token + "A",
        token + "=",
        f" {token}",
        f"{token} ",
        f"{token}\0",
        f"{token}\n",
        f"{token[:42]}%",
        f"{token[:42]}_",
        "_" * 43,
        "-" * 43,
        "%" * 43,
    ]


def test_altered_link_opens_and_changes_nothing(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    before = Enquiry.objects.values().get()

    for token in altered(enquiry.token):
        for page in PAGES:
            address = f"/requests/{quote(token, safe='')}/{page}"
            for response in (met(client.get, address), met(client.post, address, DEEDS)):
                assert response.status_code == 404 or (response.status_code, page) == (405, "")
                assert enquiry.reference not in response.content.decode()
    assert Enquiry.objects.values().get() == before


@bounded(30)
@given(token=some.text(TOKENS, min_size=43, max_size=43))
def test_guessed_link_is_told_the_same_as_any_other(client: Client, hospital: Hospital, token: str) -> None:
    if not Enquiry.objects.exists():
        factories.stored_enquiry(hospital)

    response = met(client.get, f"/requests/{token}/")

    assert response.status_code == 404
    assert Page(response).text == nothing_here(client)


def test_number_or_reference_opens_nothing(client: Client, hospital: Hospital) -> None:
    enquiry = factories.stored_enquiry(hospital)
    known = [
        str(enquiry.pk),
        enquiry.reference,
        enquiry.reference_in_groups,
        str(enquiry.submission_id),
        enquiry.phone,
    ]

    for guess in known:
        for address in (
            f"/requests/{quote(guess)}/",
            f"/requests/{quote(guess.ljust(43, '0'))}/",
            f"/requests/?reference={quote(guess)}",
        ):
            assert met(client.get, address).status_code == 404


def test_reference_is_found_by_no_search_or_form_of_the_public_pages(
    client: Client, hospital: Hospital
) -> None:
    """So that nobody who counts references upwards learns which there are."""
    enquiry, spelt = factories.stored_enquiry(hospital), []
    for known in (enquiry.reference, "ABCDEFGH"):
        said = ""
        for address in (
            "/search/?q={}",
            "/consultants/?q={}",
            "/leaflets/?code={}",
            "/leaflets/{}/",
            "/enquiry/?submission_id={}",
            "/confirm/{}/",
            "/preview/{}/",
        ):
            said += Page(client.get(address.format(known), follow=True)).text.replace(known, "…")
        spelt.append(said)

    assert spelt[0] == spelt[1]


def test_link_to_one_request_does_nothing_to_another(client: Client, hospital: Hospital) -> None:
    factories.call_window(hospital)
    (free, *_) = promises.free_slots(hospital)
    mine = factories.booked(hospital, free)
    theirs = factories.booked(hospital, free, name="Fern", email="")
    before = Enquiry.objects.filter(pk=theirs.pk).values().get()
    sent = DEEDS | {
        "id": theirs.pk,
        "pk": theirs.pk,
        "token": theirs.token,
        "reference": theirs.reference,
        "enquiry": theirs.pk,
    }

    for page in PAGES[1:]:
        address = f"{mine.get_absolute_url()}{page}"
        met(client.post, f"{address}?token={theirs.token}&id={theirs.pk}", sent)

    assert not Enquiry.objects.filter(pk=mine.pk).exists()
    assert Enquiry.objects.filter(pk=theirs.pk).values().get() == before


def test_link_is_looked_up_whole_in_an_index_so_no_part_of_it_is_ever_compared(
    client: Client, hospital: Hospital
) -> None:
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, Enquiry._meta.db_table).values()

    with CaptureQueriesContext(connection) as asked:
        client.get(f"/requests/{'x' * 43}/")

    assert any(index["unique"] and index["columns"] == ["token"] for index in indexes)
    (lookup,) = [query["sql"] for query in asked if "enquiries_enquiry" in query["sql"]]
    assert f"""WHERE "enquiries_enquiry"."token" = '{"x" * 43}'""" in lookup


def test_link_is_256_bits_of_chance(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.secrets, "token_urlsafe", lambda size: f"{size * 8} bits")

    assert factories.stored_enquiry(hospital).token == "256 bits"


def test_tokens_and_references_do_not_follow_each_other(hospital: Hospital) -> None:
    made = [factories.stored_enquiry(hospital) for _ in range(20)]

    tokens, references = [one.token for one in made], [one.reference for one in made]
    for kind in (tokens, references):
        assert len(set(kind)) == 20
        assert len({each[:4] for each in kind}) > 15
        assert sorted(kind) != kind
        assert sorted(kind, reverse=True) != kind
    assert all(len(token) == 43 for token in tokens)
