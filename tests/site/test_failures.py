"""What a reader meets when something fails: whose fault it is, what to do next, a number to ring, and nothing of ours."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from enquiries.models import Enquiry
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.staff import signed_in

pytestmark = pytest.mark.usefixtures("as_any_process")
INSIDES = ("Traceback", "psycopg2", "procedures_", "SELECT", "django", "Exception", ".py", "site-packages")
PUBLIC_PAGES = [
    "/",
    "/procedures/",
    "/procedures/balloon-kyphoplasty/",
    "/hospitals/",
    "/hospitals/spire-harpenden/",
    "/consultants/",
    "/consultants/peter-dyson/",
    "/glossary/",
    "/sitemap.xml",
]


@pytest.fixture
def reader() -> Client:
    """A client that is shown the site's own error page, as a reader is."""
    return Client(raise_request_exception=False)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the site's own handler writes to its log."""
    (console,) = [
        handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler
    ]
    written = StringIO()
    before = console.setStream(written)
    yield written
    console.setStream(before)


def assert_fit_for_a_reader(
    response: Any, status: int, heading: str, phone: str = settings.FALLBACK_PHONE
) -> None:
    page = Page(response)
    assert response.status_code == status
    assert page.heading == heading
    assert page.words("//main//a[starts-with(@href, 'tel:')]") == [f"Call {phone}"]
    assert page.tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert page.words("//span[@class='tag']") == [f"Error {status}"]
    assert "no-store" in response["Cache-Control"]
    assert page.dangling() == set()
    for inside in INSIDES:
        assert inside not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/nowhere/", "/procedures/nothing/", "/consultants/nobody/", "/requests/short/"]
)
def test_page_that_is_not_there(reader: Client, address: str) -> None:
    response = reader.get(address)

    assert_fit_for_a_reader(response, 404, "We cannot find that page")
    assert Page(response).tree.xpath("//main//form/@action") == ["/search/"]


@pytest.mark.django_db
def test_error_page_shows_the_hospitals_own_number_while_it_can_be_read(reader: Client) -> None:
    factories.hospital()

    assert_fit_for_a_reader(reader.get("/nowhere/"), 404, "We cannot find that page", "01632 960101")


@pytest.mark.django_db
def test_what_was_asked_for_is_not_repeated(reader: Client) -> None:
    response = reader.get("/<script>alert(1)</script>/")

    assert "alert(1)" not in response.content.decode()


@pytest.mark.django_db
def test_request_to_a_strangers_name_is_not_understood(reader: Client) -> None:
    assert_fit_for_a_reader(reader.get("/", headers={"host": "evil.example"}), 400, "We could not read that")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/enquiry/", "/call-back/", "/enquiry/send/", "/call-back/send/"])
def test_more_than_we_can_take_in(reader: Client, address: str) -> None:
    too_much = {"question": "a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}

    response = reader.post(address, too_much, content_type="application/x-www-form-urlencoded")

    assert_fit_for_a_reader(response, 413, "That was too much for us to take in")
    assert not Enquiry.objects.exists()


@pytest.mark.django_db
def test_desk_page_for_somebody_else(reader: Client) -> None:
    signed_in(reader, factories.person(is_staff=True))

    page = Page(reader.get("/admin/enquiries/enquiry/"))

    assert (page.status, page.heading) == (403, "You may not do that")
    assert "Ask an administrator." in page.text


@pytest.mark.django_db
def test_form_of_the_desk_gone_stale() -> None:
    reader = Client(raise_request_exception=False, enforce_csrf_checks=True)

    assert_fit_for_a_reader(reader.post("/admin/login/"), 403, "This form has gone stale")


@pytest.mark.django_db
def test_fault_of_our_own(reader: Client, log: StringIO) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procedures_redflagcard RENAME COLUMN heading TO title")

    response = reader.get("/")

    assert_fit_for_a_reader(response, 500, "Sorry, something went wrong here")
    assert "ProgrammingError" in log.getvalue()


@pytest.mark.parametrize("address", PUBLIC_PAGES)
def test_page_while_the_database_is_away(reader: Client, database_away: None, address: str) -> None:
    response = reader.get(address)

    assert_fit_for_a_reader(response, 503, "Sorry, we cannot do that just now")
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["/privacy/", "/accessibility/"])
def test_page_that_needs_no_rows_stays_up_without_the_database(
    reader: Client, database_away: None, address: str
) -> None:
    response = reader.get(address)

    assert response.status_code == 200
    assert settings.FALLBACK_PHONE in Page(response).text


def test_privacy_page_tells_the_most_it_can_be_while_the_choice_cannot_be_read(
    reader: Client, database_away: None
) -> None:
    assert "No more than 365 days after we have dealt with it" in Page(reader.get("/privacy/")).text


def test_process_is_healthy_and_not_ready_while_the_database_is_away(
    reader: Client, database_away: None
) -> None:
    health, readiness = reader.get("/healthz"), reader.get("/readyz")

    assert (health.status_code, readiness.status_code) == (200, 503)
    assert json.loads(readiness.content) == {"database": "away"}


def test_page_not_found_keeps_its_face_without_the_database(reader: Client, database_away: None) -> None:
    assert_fit_for_a_reader(reader.get("/nowhere/"), 404, "We cannot find that page")


@pytest.mark.django_db
def test_log_never_holds_the_address_of_a_private_page(reader: Client, log: StringIO) -> None:
    request = factories.stored_enquiry(factories.hospital())
    unknown = "x" * 43

    reader.get(request.get_absolute_url())
    reader.post(request.get_absolute_url())
    reader.get(f"/requests/{unknown}/")

    assert "/requests/…" in log.getvalue()
    assert request.token not in log.getvalue()
    assert unknown not in log.getvalue()


@pytest.mark.django_db
def test_log_of_a_row_that_the_database_refused_holds_nothing_that_was_typed(
    reader: Client, log: StringIO
) -> None:
    hospital = factories.hospital()
    answers: Answers = {
        "name": "Jo Larkspur",
        "phone": "07700 900123",
        "hospital": hospital.slug,
        "question": "Could this help my mother?",
        "consent": "1",
        "submission_id": "7f6e2a0c-3c58-4f5e-9a53-2d9d3f1d9c55",
    }
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE enquiries_enquiry ADD CONSTRAINT nobody CHECK (name <> 'Jo Larkspur')")

    response = reader.post("/enquiry/send/", answers)

    assert response.status_code == 500
    assert "IntegrityError" in log.getvalue()
    for private in ("Larkspur", "900123", "mother", "7f6e2a0c"):
        assert private not in log.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/enquiry/", "/enquiry/send/", "/call-back/", "/call-back/send/"])
def test_what_was_typed_survives_a_fault_of_our_own(
    reader: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    typed = {
        "name": "Jo Larkspur",
        "phone": "07700 900123",
        "submission_id": "7f6e2a0c-3c58-4f5e-9a53-2d9d3f1d9c55",
    }
    monkeypatch.setattr("enquiries.views.Choices.read", Mock(side_effect=RuntimeError("unforeseen")))

    response = reader.post(address, typed)

    page = Page(response)
    assert response.status_code == 500
    assert "Your request has not reached us." in page.text
    assert typed.items() <= page.hidden().items()
    assert page.tree.xpath("//main//form/@action") == [address]
    assert settings.FALLBACK_PHONE in page.words("//main")[0]
    assert "no-store" in response["Cache-Control"]
    for inside in INSIDES:
        assert inside not in response.content.decode()
