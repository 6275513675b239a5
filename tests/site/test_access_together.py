"""Beyond each role at each address: who holds several roles, presses on many rows, boxes that complete, other hospitals."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.db import connection, models, transaction
from django.test import override_settings
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from enquiries.models import CallWindow, OutgoingMail, Reading, TeamMember
from kyphoplasty_site.access import MODELS, PRESSES, Address, Role
from tests import factories
from tests.site.test_access import (
    AND,
    LISTED,
    Cast,
    Grid,
    Undrawn,
    is_desk,
    label,
    methods,
    roles_of,
    what_happened,
    what_should_happen,
)

pytestmark = pytest.mark.django_db
PAIRS = [AND.join(pair) for pair in combinations(Role, 2)]
EVERY_ROLE = AND.join(Role)
OF_ONES_OWN = "admin:procedures_edition_take_back"
DESK = [address for address in LISTED if is_desk(address)]
# Who tries each address: whoever holds every role and, in turn, one of the pairs. All pairs at all would take two minutes.
TRIED_BY = {address.name: [PAIRS[n % len(PAIRS)], EVERY_ROLE] for n, address in enumerate(DESK)}


@pytest.fixture(scope="session")
def met_together(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Grid:
    """What those with two roles, or with all of them, met at the addresses of the desk. Nothing of it stays."""
    middleware = [f"{Undrawn.__module__}.{Undrawn.__name__}", *settings.MIDDLEWARE]
    assert connection.settings_dict["NAME"].startswith("test_")
    with django_db_blocker.unblock():
        with override_settings(MIDDLEWARE=middleware), transaction.atomic():
            cast = Cast([*PAIRS, EVERY_ROLE])
            met = {
                address.name: cast.tries(address, TRIED_BY[address.name])
                for address in DESK
                if address.name != OF_ONES_OWN
            }
            transaction.set_rollback(True)
        with override_settings(MIDDLEWARE=middleware):
            met[OF_ONES_OWN] = {
                tried: what for visitor in TRIED_BY[OF_ONES_OWN] for tried, what in _alone(visitor).items()
            }
        connection.close()
    return met


def _alone(visitor: str) -> dict[tuple[str, str], str]:
    """What this visitor meets where a reviewer takes back what they signed themselves."""
    address = next(one for one in DESK if one.name == OF_ONES_OWN)
    with transaction.atomic():
        met = Cast(with_a_reviewer(visitor)).tries(address)
        transaction.set_rollback(True)
    return {tried: what for tried, what in met.items() if tried[0] == visitor}


def with_a_reviewer(visitor: str) -> list[str]:
    """The visitor and, where they sign nothing, somebody who does."""
    return [visitor] if Role.CLINICAL_REVIEWER in roles_of(visitor) else [visitor, Role.CLINICAL_REVIEWER]


@pytest.mark.parametrize("address", DESK, ids=[address.name for address in DESK])
def test_two_roles_are_allowed_what_either_is_and_nothing_else(address: Address, met_together: Grid) -> None:
    assert met_together[address.name] == {
        (visitor, method): what_should_happen(address, visitor, method)
        for visitor in TRIED_BY[address.name]
        for method in methods(address)
    }


def may(visitor: str, deed: str, model: str) -> bool:
    return any(deed in MODELS[model].get(role, ()) for role in map(Role, roles_of(visitor)))


@pytest.mark.parametrize(
    ("model", "press"), [(model, press) for model, presses in PRESSES.items() for press in presses]
)
def test_only_whom_the_table_names_can_press_for_many_rows(model: str, press: str) -> None:
    """Everybody else is told that there is no such press, and nothing changes."""
    cast = Cast([*Role, EVERY_ROLE])
    row = cast.of(model)
    if model == "enquiries.outgoingmail":
        row.hold("No address.")
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    before = type(row)._base_manager.filter(pk=row.pk).values().get()

    for visitor, browser in cast.browsers.items():
        page = browser.post(address, {"action": press, "_selected_action": [row.pk]}, follow=True)
        is_taken = press == "merge_two" and b"Tick the two records" in page.content
        is_asked = page.status_code == 200 and b'name="confirmed" value="yes"' in page.content
        is_nothing = b"There is nothing to do here." in page.content
        assert (is_taken or is_asked or is_nothing) == may(visitor, PRESSES[model][press], model), visitor

    assert type(row)._base_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize(
    ("model", "press"), [(model, press) for model, presses in PRESSES.items() for press in presses]
)
def test_nobody_else_gets_past_the_page_that_asks(model: str, press: str) -> None:
    cast = Cast([*Role, EVERY_ROLE])
    row = cast.of(model)
    if model == "enquiries.outgoingmail":
        row.hold("No address.")
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    before = type(row)._base_manager.filter(pk=row.pk).values().get()
    pressed = {"action": press, "confirmed": "yes", "_selected_action": [row.pk]}

    for visitor, browser in cast.browsers.items():
        if not may(visitor, PRESSES[model][press], model):
            assert browser.post(address, pressed).status_code in (200, 302, 403), visitor

    assert type(row)._base_manager.filter(pk=row.pk).values().get() == before


def boxes() -> Iterator[tuple[type[models.Model], str, str]]:
    """Every box that completes what is typed: whose form it stands in, its field, and the rows that it looks through."""
    for model, desk in site._registry.items():
        for form in (desk, *desk.inlines):
            inside: Any = getattr(form, "model", model) if form is not desk else model
            for name in form.autocomplete_fields:
                yield inside, name, label(inside._meta.get_field(name).related_model)


@pytest.mark.parametrize(("model", "field", "looked_through"), list(boxes()))
def test_box_completes_for_those_who_may_see_the_rows(
    model: type[models.Model], field: str, looked_through: str
) -> None:
    cast = Cast([*Role, EVERY_ROLE])
    asked = {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name)}
    asked["field_name"] = field

    for visitor, browser in cast.browsers.items():
        met = browser.get(reverse("admin:autocomplete"), asked).status_code
        assert (met == 200) == may(visitor, "view", looked_through), visitor


# Who sees rows of hospitals whose team they are not in, apart from requests: who keeps the teams, and mail that waits.
SEE_ELSEWHERE = {
    "enquiries.callwindow": set(),
    "enquiries.teammember": {Role.ADMINISTRATOR},
    "enquiries.reading": {Role.ADMINISTRATOR},
    "enquiries.outgoingmail": set(),
}


@pytest.mark.parametrize("visitor", [*Role, EVERY_ROLE])
def test_rows_of_another_hospital_are_met_by_nobody_but_whom_the_table_names(visitor: str) -> None:
    """Their list, search and filters, their pages and their history, read and posted to."""
    cast = Cast(with_a_reviewer(visitor))
    ash = factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash")
    elsewhere = factories.stored_enquiry(ash)
    rows: list[models.Model] = [
        factories.call_window(ash),
        factories.team_member(factories.person("zoe"), ash),
        factories.reading(factories.person("yann"), elsewhere),
        elsewhere.mails.get(purpose=OutgoingMail.Purpose.TEAM),
    ]
    browser = cast.browsers[visitor]

    for row in rows:
        page = f"admin:{label(row).replace('.', '_')}"
        sees = bool(roles_of(visitor) & SEE_ELSEWHERE[label(row)])
        for name in ("change", "history", "delete"):
            address = reverse(f"{page}_{name}", args=[row.pk])
            for method in ("get", "post"):
                with transaction.atomic():
                    met = what_happened(getattr(browser, method)(address), visitor, is_for_all=False)
                    transaction.set_rollback(True)
                assert met == "forbidden" or sees, (address, method)
        for asked in ({}, {"q": elsewhere.reference}, {"hospital__id__exact": ash.pk}, {"hospital": ash.pk}):
            shown = browser.get(reverse(f"{page}_changelist"), asked)
            link = reverse(f"{page}_change", args=[row.pk])
            assert link not in shown.content.decode() or sees, (page, asked)

    for kept in (CallWindow, TeamMember, Reading, OutgoingMail):
        assert kept._base_manager.filter(pk__in=[row.pk for row in rows if isinstance(row, kept)]).exists()
