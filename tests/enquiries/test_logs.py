"""No line of the log holds who wrote or what."""

import logging

import pytest
from django.test import Client

from kyphoplasty_site.logs import PrivateFormatter
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.test_sending import send


@pytest.mark.django_db
def test_log_of_a_request_and_its_mistakes_names_nobody(
    client: Client, question: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    answers = question | {"email": "jo@larkspur.example", "language": "Welsh"}

    with caplog.at_level(logging.DEBUG):
        client.get("/enquiry/")
        client.post("/enquiry/", answers | {"phone": "12"})
        send(client, answers)
        Client(enforce_csrf_checks=True).post("/enquiry/send/", answers)

    written = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    for private in ("Larkspur", "larkspur", "900123", "mother", "Welsh"):
        assert not any(private in line for line in written)


@pytest.mark.django_db
def test_log_of_a_private_page_and_its_changes_names_nobody_and_no_token(
    client: Client, hospital: Hospital, caplog: pytest.LogCaptureFixture
) -> None:
    enquiry = factories.stored_enquiry(hospital, email="jo@larkspur.example")
    page = enquiry.get_absolute_url()
    formatter = PrivateFormatter("%(message)s")

    with caplog.at_level(logging.DEBUG):
        client.get(f"{page}phone/")
        client.post(f"{page}phone/", {"phone": "07700 900456", "checked": "yes"})
        client.post(f"{page}phone/", {"phone": "12"})
        Client(enforce_csrf_checks=True).post(f"{page}erase/")
        client.post(f"{page}withdraw/")
        client.post(f"{page}erase/", follow=True)

    written = [formatter.format(record) for record in caplog.records if record.name != "django.db.backends"]
    assert any("/requests/…/erase/" in line for line in written)
    for private in ("Larkspur", "larkspur", "900123", "900456", enquiry.token):
        assert not any(private in line for line in written)
