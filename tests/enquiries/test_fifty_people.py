"""Fifty made-up people through every flow, mistakes included: nothing of them stands anywhere but where it must."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from enquiries import mail
from enquiries.models import Enquiry, OutgoingMail
from kyphoplasty_site.logs import PrivateFormatter
from procedures.models import Hospital
from tests import factories
from tests.enquiries.conftest import Sink, is_on_disk, places_on_disk
from tests.enquiries.pages import Page
from tests.staff import signed_in

PEOPLE = 50
SECRET = "zanzibarquartz"  # in all that a patient or the team writes
WHO = ("Xylophonia", "xylophonia.example", "7700 900", "7700900")
REQUESTS = "/admin/enquiries/enquiry/"


@dataclass(frozen=True)
class Person:
    """Somebody who asks, in a way that can be searched for."""

    number: int

    @property
    def phone(self) -> str:
        return f"07700 9001{self.number:02}"

    def answers(self, hospital: Hospital) -> dict[str, Any]:
        """All that the forms ask."""
        return {
            "name": f"Xylophonia {chr(65 + self.number % 26)}",
            "phone": self.phone,
            "email": f"someone{self.number}@xylophonia.example",
            "hospital": hospital.slug,
            "question": f"{SECRET} {self.number}: my chest pain and my back",
            "patient_name": f"{SECRET} senior",
            "relationship": f"{SECRET} daughter",
            "language": f"{SECRET} tongue",
            "needs": ["hearing"],
            "consent": "1",
        }


class Watched(Client):
    """A browser whose every address, and every address it is sent on to, is written down."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.addresses: list[str] = []

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        self.addresses += [f"{request['PATH_INFO']}?{request.get('QUERY_STRING', '')}"]
        self.addresses += [response.headers.get("Location", "")]
        return response


def asks(browser: Watched, person: Person, hospital: Hospital) -> None:
    """A mistake, a stopped send, a double press; then what some people change."""
    kind = ("enquiry", "call-back")[person.number % 2]
    answers = person.answers(hospital)
    browser.get(f"/{kind}/")
    browser.post(f"/{kind}/", answers | {"phone": "12", "email": "x"})
    checked = Page(browser.post(f"/{kind}/", answers)).hidden()
    Client(enforce_csrf_checks=True).post(f"/{kind}/send/", checked)
    if person.number % 10 == 9:
        checked["subject"] = "a machine fills this in"
    sent = browser.post(f"/{kind}/send/", checked)
    browser.post(f"/{kind}/send/", checked)
    private = sent.headers["Location"]
    browser.get(private)
    if person.number % 3 == 0:
        browser.post(f"{private}phone/", {"phone": "12"})
        browser.post(f"{private}phone/", {"phone": "07700 900199"})
        browser.post(f"{private}phone/", {"phone": "07700 900199", "checked": "yes"})
    if person.number % 7 == 0:
        browser.post(f"{private}withdraw/")
    if person.number % 8 == 1:
        browser.post(f"{private}erase/")
        browser.get(private)


def is_answered(desk: Watched, colleague: User) -> None:
    """The team finds, opens, rings, notes, hands over, prints and exports."""
    desk.get("/admin/")
    for state in ("", "overdue", "suspected", "withdrawn", "finished", "leaving"):
        desk.get(REQUESTS, {"state": state})
    for words in ("Xylophonia", "07700 900112", "someone3@xylophonia.example", SECRET):
        desk.post(f"{REQUESTS}find/", {"words": words})
    for number, outcome in enumerate(["no_answer", "spoke", "booked", "wrong_number", "not_for_us"] * 4):
        page = desk.post(f"{REQUESTS}take-next/").headers["Location"]
        desk.post(page, {"deed": "left_message", "note": f"{SECRET} note"})
        desk.post(page, {"deed": "print"})
        desk.post(page, {"deed": outcome, "note": f"{SECRET} note {number}"})
        desk.get(f"{page.removesuffix('change/')}history/")
    page = desk.post(f"{REQUESTS}take-next/").headers["Location"]
    desk.post(page, {"deed": "hand_over", "colleague": colleague.pk, "note": f"{SECRET} handed over"})
    suspected = Enquiry.objects.suspected()[0]
    desk.post(f"{REQUESTS}{suspected.pk}/change/", {"deed": "not_spam", "note": SECRET})
    desk.post(f"{REQUESTS}{suspected.pk}/legal-hold/", {"keep": "yes", "reason": f"{SECRET} complaint"})
    for kind in ("csv", "xlsx"):
        desk.post(f"{REQUESTS}export/", {"kind": kind, "reason": f"{SECRET} reason"})
    for page in ("service/", "export/"):
        desk.get(REQUESTS + page)
    for model in ("outgoingmail", "reading", "callwindow"):
        desk.get(f"/admin/enquiries/{model}/")
    desk.get(f"/admin/enquiries/reading/?q={suspected.reference}")


def tables_that_say(*words: str) -> set[str]:
    """The tables with a row in which any of the words stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(row::text, chr(10)) FROM "{table}" AS row')
            text = cursor.fetchone()[0] or ""
            found |= {table for word in words if word in text}
    return found


def said(records: list[logging.LogRecord]) -> str:
    """The log as it is written. The database's debug lines never are; the mail server here is the test's own."""
    formatter = PrivateFormatter("%(name)s %(message)s")
    not_ours = ("django.db.backends", "mail.log", "asyncio")
    return "\n".join(formatter.format(one) for one in records if one.name not in not_ours)


@pytest.fixture
def elm_park(transactional_db: None) -> Hospital:
    factories.red_flag_card()
    hospital = factories.known_hospital(enquiries_email="team@elmpark.example")
    factories.call_window(hospital, places=20)
    cache.clear()
    return hospital


@pytest.mark.django_db(transaction=True)
def test_nothing_of_fifty_people_stands_where_it_need_not(
    elm_park: Hospital, mail_server: Sink, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    browser, desk = Watched(), Watched()
    manager = factories.handler("robin", elm_park, role="Enquiry manager")
    User.objects.filter(pk=manager.pk).update(email="robin@staff.example")
    signed_in(desk, manager)

    with caplog.at_level(logging.DEBUG):
        for number in range(PEOPLE):
            asks(browser, Person(number), elm_park)
        is_answered(desk, factories.handler("wren", elm_park))
        Enquiry.objects.unfinished().update(due_at=timezone.now() - timezone.timedelta(hours=1))  # type: ignore[attr-defined]
        OutgoingMail.objects.tell_managers(Enquiry.objects.overdue())
        mail_server.refused = {"someone2@xylophonia.example"}
        while mail.send_due():
            pass
        call_command("purge")

    # They did all that, so what follows is not about nothing.
    assert Enquiry.objects.count() == PEOPLE - len(range(1, PEOPLE, 8))
    assert {"", "answered", "booked", "not_reached", "not_for_us"} <= set(
        Enquiry.objects.values_list("outcome", flat=True)
    )
    assert {"received", "team", "changed", "missed", "overdue"} == set(
        OutgoingMail.objects.exclude(sent_at=None).values_list("purpose", flat=True)
    )
    assert OutgoingMail.objects.held().exists()
    assert desk.get("/admin/enquiries/reading/").status_code == 200

    log, addresses = said(caplog.records), "\n".join(browser.addresses + desk.addresses)
    kept = repr(list(cache._cache.items())) if hasattr(cache, "_cache") else ""
    sessions = "\n".join(str(one.get_decoded()) for one in Session.objects.all())
    cookies = str(browser.cookies) + str(desk.cookies)
    history = "\n".join(f"{one.object_repr} {one.change_message}" for one in LogEntry.objects.all())
    to_staff = [one for one in mail_server.mails if re.search(r"^To: .*(elmpark|staff)\.example", one, re.M)]
    assert log
    assert sessions
    assert history
    assert to_staff
    for word in (*WHO, SECRET, "chest pain"):
        for text in (log, addresses, kept, sessions, cookies, history, "\n".join(to_staff)):
            assert word not in text, word
    assert SECRET not in "\n".join(mail_server.mails)
    assert not any(enquiry.token in log for enquiry in Enquiry.objects.all())

    assert tables_that_say(*WHO) == {"enquiries_enquiry"}
    assert tables_that_say(SECRET, "chest pain") == set()
    folder, places = places_on_disk(tmp_path)
    for kept_in in places:
        assert is_on_disk("Xylophonia", kept_in), f"{kept_in} was not read, so nothing is shown."
        assert not is_on_disk(SECRET, kept_in)
    assert not is_on_disk(SECRET, folder)
