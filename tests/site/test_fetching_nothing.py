"""The site fetches no address that anybody types: it is asked with addresses of a server that would hear of it.

What a leaflet is printed of is held to the same in tests/procedures/test_printing.py.
"""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from procedures.models import Source
from tests import factories
from tests.enquiries.conftest import Answers
from tests.enquiries.pages import Page
from tests.enquiries.test_sending import send
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


class Listener:
    """A port of this machine that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}/x"
        Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.close()


def test_listener_hears_whoever_calls(listener: Listener) -> None:
    port = int(listener.address.rpartition(":")[2].removesuffix("/x"))

    with socket.create_connection(("127.0.0.1", port)) as caller:
        assert caller.recv(1) == b""

    assert listener.calls == 1


def test_answers_that_hold_addresses_fetch_none(
    client: Client, question: Answers, listener: Listener
) -> None:
    send(
        client,
        question | {"name": listener.address, "question": listener.address, "language": listener.address},
    )
    client.get("/search/", {"q": listener.address})
    client.get("/consultants/", {"q": listener.address, "hospital": listener.address})
    for header in ("Referer", "Origin", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "From", "Via"):
        client.get("/", headers={header: listener.address})
    call_command("worker", "--once")

    assert listener.calls == 0


def test_links_of_the_desk_are_kept_and_not_fetched(admin_user: User, listener: Listener) -> None:
    """A source, a consultant’s own page, a sheet of people, and a picture that names another as its own."""
    desk, address = signed_in(Client(), admin_user), listener.address
    factories.consultant()
    source = {
        "key": "far",
        "title": "Far",
        "publisher": "Elm",
        "year": 2020,
        "url": address,
        "checked_on": "2026-09-01",
    }
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}"/></svg>'.encode()
    sheet = f"Slug,Full profile\nada-quill,{address}\n".encode()

    desk.post(reverse("admin:procedures_source_add"), source)
    drawn = desk.post(
        reverse("admin:procedures_illustration_add"),
        {
            "key": "far",
            "alt": "x",
            "focal_x": 50,
            "focal_y": 50,
            "upload": SimpleUploadedFile("a.png", drawing),
        },
    )
    listed = desk.post(
        reverse("admin:consultants_consultant_import"), {"sheet": SimpleUploadedFile("a.csv", sheet)}
    )

    assert "cannot be read as a picture" in Page(drawn).text
    assert address in Page(listed).text
    assert Source.objects.get(key="far").url == address
    assert listener.calls == 0
