"""Who may do what, held against every address of the site: one table in kyphoplasty_site/access.py, and nothing beside it."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from enquiries.models import OutgoingMail
from kyphoplasty_site.access import ADDRESSES, EVERYONE, MODELS, STAFF, Address, Role, addresses
from procedures.models import BlockFigure, Closure, OpeningHours
from tests import factories

pytestmark = pytest.mark.django_db
LISTED = list(addresses())
READ, WRITE, OTHER = ("GET", "HEAD"), ("POST",), ("PUT", "DELETE")

# The visitors: nobody we know, an account that is not staff's, staff without a role, and each role.
ANONYMOUS, PLAIN, NO_ROLE = "anonymous", "plain account", "staff without a role"
VISITORS = [ANONYMOUS, PLAIN, NO_ROLE, *(str(role) for role in Role)]


class Cast:
    """A row of every model, and a browser for every visitor."""

    def __init__(self) -> None:
        self.hospital = factories.hospital()
        procedure = factories.published_procedure()
        block = factories.block(
            procedure.editions.get(), "section", heading="What can go wrong", anchor="risks"
        )
        figure = factories.figure()
        factories.shown_in(block, figure)
        consultant = factories.consultant()
        enquiry = factories.stored_enquiry(self.hospital)
        member = factories.person("robin")
        self.rows: dict[str, models.Model] = {
            label(row): row
            for row in (
                self.hospital,
                procedure,
                procedure.editions.get(),
                block,
                BlockFigure.objects.get(),
                figure,
                figure.source,
                factories.glossary_term(),
                factories.illustration(),
                factories.red_flag_card(),
                OpeningHours(hospital=self.hospital, weekday=0, opens_at="09:00", closes_at="17:00"),
                Closure(hospital=self.hospital, closed_on="2026-12-25", reason="Christmas Day"),
                factories.offering(procedure, self.hospital),
                consultant,
                factories.practice(consultant, self.hospital, procedure),
                enquiry,
                factories.call_window(self.hospital),
                OutgoingMail.objects.filter(enquiry=enquiry).first() or OutgoingMail(),
                factories.team_member(member, self.hospital),
                member,
                Group.objects.get(name=Role.CONTENT_EDITOR),
            )
        }
        self.browsers = {visitor: self.browser(visitor) for visitor in VISITORS}

    def browser(self, visitor: str) -> Client:
        """What the visitor looks at the site with."""
        client = Client()
        if visitor != ANONYMOUS:
            person = User.objects.create(username=visitor, is_staff=visitor != PLAIN)
            if visitor in set(Role):
                person.groups.add(Group.objects.get(name=visitor))
                factories.team_member(person, self.hospital)
            client.force_login(person)
        return client

    def url(self, address: Address) -> str:
        """The address of a row that exists."""
        if address.name in PLACES:
            return PLACES[address.name](self)
        model = re.fullmatch(r"admin:(\w+?)_(\w+)_(changelist|add|history|delete|change)", address.name)
        assert model, f"Say in PLACES of {__file__} which row {address.name} is tried with."
        app, name, page = model.groups()
        row = self.rows[f"{app}.{name}"]
        return reverse(address.name, args=[] if page in ("changelist", "add") else [row.pk])

    def of(self, name: str) -> Any:
        return self.rows[name]


def label(row: models.Model) -> str:
    return row._meta.label_lower


def picture(cast: Cast) -> str:
    return default_storage.url(default_storage.save("a.webp", ContentFile(b"a picture")))


def named(name: str) -> Callable[[Cast], str]:
    return lambda cast: reverse(name)


def page_of(name: str) -> Callable[[Cast], str]:
    return lambda cast: cast.of(name).get_absolute_url()


# Which row each address is tried with, where it is not simply one of Django's pages for a model.
PLACES: dict[str, Callable[[Cast], str]] = {
    **{name: named(name) for name in ADDRESSES},
    "media": picture,
    "procedures:procedure_detail": page_of("procedures.procedure"),
    "procedures:hospital_detail": page_of("procedures.hospital"),
    "consultants:consultant_detail": page_of("consultants.consultant"),
    "enquiries:request_status": page_of("enquiries.enquiry"),
    "admin:app_list": lambda cast: reverse("admin:app_list", args=["procedures"]),
    "admin:autocomplete": lambda cast: (
        reverse("admin:autocomplete") + "?app_label=procedures&model_name=offering&field_name=procedure"
    ),
    "admin:view_on_site": lambda cast: reverse(
        "admin:view_on_site",
        args=[
            ContentType.objects.get_for_model(cast.of("procedures.procedure")).pk,
            cast.of("procedures.procedure").pk,
        ],
    ),
    "admin:auth_user_password_change": lambda cast: reverse(
        "admin:auth_user_password_change", args=[cast.of("auth.user").pk]
    ),
}


def is_desk(address: Address) -> bool:
    return address.name.startswith("admin:")


def may(visitor: str, allowed: frozenset[str]) -> bool:
    """Whether the row lets the visitor in."""
    return allowed == EVERYONE or visitor in allowed or (allowed == STAFF and visitor not in (ANONYMOUS, PLAIN))


def asks_to_log_in(response: HttpResponse) -> bool:
    return response.status_code == HTTPStatus.FOUND and response["Location"].startswith(reverse("admin:login"))


def what_happened(response: HttpResponse) -> str:
    if asks_to_log_in(response):
        return "log in first"
    refusals = {403: "forbidden", 404: "not found", 405: "not allowed"}
    return refusals.get(response.status_code, "in" if response.status_code < 500 else "broken")


def what_should_happen(address: Address, visitor: str, method: str) -> str:
    assert address.row, (
        f"{address.name} has no row. Add it to ADDRESSES in kyphoplasty_site/access.py: who may read it, and who may post to it."
    )
    if method in OTHER and not is_desk(address):
        return "not allowed"
    allowed = address.row.read if method in READ else address.row.post
    if may(visitor, allowed):
        return "in"
    if is_desk(address) and visitor in (ANONYMOUS, PLAIN):
        return "log in first"
    return "forbidden" if allowed else "not allowed"


@pytest.mark.parametrize("address", LISTED, ids=[address.name for address in LISTED])
def test_every_visitor_meets_what_the_table_says(address: Address) -> None:
    cast = Cast()
    methods = [*READ, *WRITE, *([] if is_desk(address) else OTHER)]
    url = cast.url(address)

    happened = {
        (visitor, method): what_happened(getattr(browser, method.lower())(url))
        for visitor, browser in cast.browsers.items()
        for method in methods
    }

    assert happened == {
        (visitor, method): what_should_happen(address, visitor, method)
        for visitor in VISITORS
        for method in methods
    }


def test_every_row_has_its_address() -> None:
    found = {address.name for address in LISTED}

    assert set(ADDRESSES) <= found, f"No such address: remove the row of {set(ADDRESSES) - found}."
