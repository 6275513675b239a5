"""No line of the log holds who wrote or what."""

import logging

import pytest
from django.test import Client

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
