"""Who may do what, held against every address of the site: one table in kyphoplasty_site/access.py, and nothing beside it."""

import json
import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from consultants import answers
from enquiries.admin.work import DEEDS
from enquiries.models import (
    Attempt,
    ConsentWording,
    Deletion,
    Enquiry,
    MailFence,
    MailText,
    OutgoingMail,
    ServicePolicy,
)
from kyphoplasty_site.access import ADDRESSES, EVERYONE, MODELS, STAFF, Address, Role, addresses
from kyphoplasty_site.models import SiteSettings
from procedures.models import AvoidedWord, BlockFigure, Closure, OpeningHours, Synonym, Task, Video
from tests import factories
from tests.headers import faults
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
LISTED = list(addresses())
Grid = dict[str, dict[tuple[str, str], str]]

# The visitors: nobody we know, an account that is not staff's, staff without a role, and each role.
ANONYMOUS, PLAIN, NO_ROLE = "anonymous", "plain account", "staff without a role"
VISITORS = [ANONYMOUS, PLAIN, NO_ROLE, *(str(role) for role in Role)]
AND = " and "  # between the roles of a visitor who holds several


class Undrawn:
    """Leave pages and refusals undrawn once the view has decided: the first visitor to get in has seen the page drawn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        if request.META.get("UNDRAWN"):
            response.template_name = engines["django"].from_string("")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusals = {PermissionDenied: 403, Http404: 404}
        status = refusals.get(type(exception)) if request.META.get("UNDRAWN") else None
        return HttpResponse(status=status) if status else None


class Cast:
    """A row of every model, and a browser for every visitor."""

    def __init__(self, visitors: Sequence[str] = VISITORS) -> None:
        self.urls: dict[str, str] = {}
        self.hospital = factories.hospital()
        self.browsers = {visitor: self.browser(visitor) for visitor in visitors}
        procedure = factories.published_procedure(name="Oak brace", slug="oak-brace")
        draft = factories.draft(procedure=procedure, number=2)
        block = factories.block(draft, "section", heading="What can go wrong", anchor="risks")
        figure = factories.figure()
        factories.shown_in(block, figure)
        reviewer = next(
            factories.reviewer(user=user)
            for user in User.objects.filter(groups__name=Role.CLINICAL_REVIEWER).order_by("pk")
        )
        consultant = factories.consultant()
        enquiry = factories.stored_enquiry(self.hospital)
        member = factories.person("robin", email="robin@elmpark.example")
        self.rows: dict[str, models.Model] = {
            label(row): row
            for row in (
                self.hospital,
                procedure,
                draft,
                block,
                reviewer,
                factories.sign_off(draft, reviewer),
                Task.objects.create(edition=draft, what="Read it again."),
                Video.objects.create(
                    **{"key": "film", "title": "How it is done", "mp4": "a.mp4", "poster": "a.webp"},
                    **{"captions": "a.vtt", "transcript": "<p>You see a bone.</p>"},
                    **{"seconds": 60, "width": 640, "height": 360},
                ),
                Synonym.objects.create(phrase="sore back", means="kyphoplasty"),
                AvoidedWord.objects.create(word="elmless", instead="Say what not to eat or drink."),
                BlockFigure.objects.get(figure=figure),
                figure,
                figure.source,
                factories.glossary_term(),
                factories.illustration(),
                factories.red_flag_card(position=99),
                OpeningHours(hospital=self.hospital, weekday=0, opens_at="09:00", closes_at="17:00"),
                Closure(hospital=self.hospital, closed_on="2026-12-25", reason="Christmas Day"),
                factories.offering(procedure, self.hospital),
                consultant,
                factories.practice(consultant, self.hospital, procedure),
                enquiry,
                factories.call_window(self.hospital),
                OutgoingMail.objects.filter(enquiry=enquiry).first() or OutgoingMail(),
                factories.reading(member, enquiry),
                Deletion.objects.create(cause=Deletion.Cause.TIME, counts={}),
                MailFence.objects.get(),
                SiteSettings.objects.get(),
                ServicePolicy.objects.get(),
                ConsentWording.objects.current(),
                MailText.objects.of("received"),
                factories.team_member(member, self.hospital),
                member,
                Group.objects.get(name=Role.CONTENT_EDITOR),
            )
        }

    def browser(self, visitor: str) -> Client:
        """What the visitor looks at the site with."""
        client = Client(raise_request_exception=False)
        if visitor != ANONYMOUS:
            person = User.objects.create(username=visitor, is_staff=visitor != PLAIN)
            if roles := roles_of(visitor):
                person.groups.set(Group.objects.filter(name__in=roles))
                factories.team_member(person, self.hospital)
            factories.second_factor(person)
            signed_in(client, person)
        return client

    def url(self, address: Address) -> str:
        """The address of a row that exists, made the first time."""
        if address.name not in self.urls:
            self.urls[address.name] = self._url(address)
        return self.urls[address.name]

    def _url(self, address: Address) -> str:
        if address.name in PLACES:
            return PLACES[address.name](self)
        model = re.fullmatch(
            r"admin:(\w+)_(changelist|add|deleted|history|delete|change|put_back)", address.name
        )
        assert model, f"Say in PLACES of {__file__} which row {address.name} is tried with."
        name, page = model.groups()
        row: Any
        (row,) = (row for label, row in self.rows.items() if label.replace(".", "_") == name)
        if page == "put_back":
            return reverse(address.name, args=[row.pk, row._meta.model_name, row.history.latest().pk])
        return reverse(address.name, args=[] if page in ("changelist", "add", "deleted") else [row.pk])

    def tries(self, address: Address, visitors: Sequence[str] = ()) -> dict[tuple[str, str], str]:
        """What each of these visitors, or else of all, meets there, by each method."""
        url = self.url(address)
        met: dict[tuple[str, str], str] = {}
        for visitor in visitors or self.browsers:
            browser = self.browsers[visitor]
            for method in methods(address):
                is_drawn = method == "GET" and "in" not in met.values() and visitor != NO_ROLE
                response = self.request(browser, method, url, is_drawn)
                is_for_all = EVERYONE in (address.row.read, address.row.post) if address.row else False
                happened = what_happened(response, visitor, is_for_all=is_for_all)
                is_file = address.name == "media" and response.status_code == 200
                unguarded = faults(response.headers, address.name, is_file=is_file)
                met[visitor, method] = f"{happened}, without {unguarded}" if unguarded else happened
        return met

    def request(self, browser: Client, method: str, url: str, is_drawn: bool) -> HttpResponse:
        """One request, undone."""
        cookies = browser.cookies.output()
        with transaction.atomic():
            response: HttpResponse = getattr(browser, method.lower())(url, UNDRAWN="" if is_drawn else "yes")
            if response.streaming:
                response.getvalue()  # read to its end, and so closed
            transaction.set_rollback(True)
        browser.cookies.load(cookies.replace("Set-Cookie: ", ""))
        return response

    def of(self, name: str) -> Any:
        return self.rows[name]


def roles_of(visitor: str) -> set[str]:
    return set(visitor.split(AND)) & set(Role)


def label(row: models.Model | type[models.Model]) -> str:
    return row._meta.label_lower


def deed(name: str) -> Callable[[Cast], str]:
    return lambda cast: reverse(name, args=[cast.of("procedures.edition").pk])


def preview_link(cast: Cast) -> str:
    edition = cast.of("procedures.edition")
    factories.preview_address(edition)
    return reverse(
        "admin:procedures_edition_revoke_preview", args=[edition.pk, edition.preview_links.latest("pk").pk]
    )


def corrections(cast: Cast) -> str:
    question = factories.question(cast.of("consultants.consultant"))
    answers.correct(question, {"role": ["Spinal consultant", "Consultant radiologist"]})
    return reverse("admin:corrections", args=[question.pk])


def picture(cast: Cast) -> str:
    return default_storage.url(default_storage.save("a.webp", ContentFile(b"a picture")))


def named(name: str) -> Callable[[Cast], str]:
    return lambda cast: reverse(name)


def page_of(name: str) -> Callable[[Cast], str]:
    return lambda cast: cast.of(name).get_absolute_url()


def beside_the_page(name: str) -> Callable[[Cast], str]:
    return lambda cast: reverse(name, args=[cast.of("procedures.procedure").slug])


def of_a_request(name: str) -> Callable[[Cast], str]:
    return lambda cast: reverse(name, args=[cast.of("enquiries.enquiry").token])


def leaflet(cast: Cast) -> str:
    return factories.leaflet(cast.of("procedures.procedure").editions.get(number=1)).get_absolute_url()


def leaflet_code(cast: Cast) -> str:
    procedure = factories.procedure(name="Rest", slug="rest")
    edition = factories.edition(procedure=procedure, leaflet_code="ABCD2345")
    return reverse("procedures:leaflet_check", args=[edition.leaflet_code])


# Which row each address is tried with, where it is not simply one of Django's pages for a model.
PLACES: dict[str, Callable[[Cast], str]] = {
    **{name: named(name) for name in ADDRESSES},
    "sitemap_part": lambda cast: reverse("sitemap_part", args=["consultants"]),
    "media": picture,
    "procedures:procedure_detail": page_of("procedures.procedure"),
    **{
        f"procedures:{name}": beside_the_page(f"procedures:{name}")
        for name in ("change_list", "visit_sheet", "for_your_gp")
    },
    "procedures:leaflet": leaflet,
    "procedures:leaflet_check": leaflet_code,
    "procedures:edition_detail": lambda cast: (
        cast.of("procedures.procedure").editions.get(number=1).get_absolute_url()
    ),
    "procedures:preview": lambda cast: factories.preview_address(cast.of("procedures.edition")),
    "procedures:hospital_detail": page_of("procedures.hospital"),
    "consultants:consultant_detail": page_of("consultants.consultant"),
    "consultants:confirm": lambda cast: factories.question(cast.of("consultants.consultant")).address,
    "admin:ask_secretary": lambda cast: reverse(
        "admin:ask_secretary", args=[cast.of("consultants.consultant").pk]
    ),
    "admin:take_back_question": lambda cast: reverse(
        "admin:take_back_question", args=[factories.question(cast.of("consultants.consultant")).pk]
    ),
    "admin:corrections": corrections,
    "enquiries:request_status": page_of("enquiries.enquiry"),
    **{
        f"enquiries:{name}": of_a_request(f"enquiries:{name}")
        for name in ("change_phone", "change_time", "withdraw", "erase")
    },
    **{name: deed(name) for name in ADDRESSES if name.startswith("admin:procedures_edition_")},
    "admin:procedures_edition_revoke_preview": preview_link,
    "admin:procedures_edition_take_back": lambda cast: reverse(
        "admin:procedures_edition_take_back",
        args=[cast.of("procedures.edition").pk, cast.of("procedures.signoff").pk],
    ),
    "admin:enquiries_enquiry_legal_hold": lambda cast: reverse(
        "admin:enquiries_enquiry_legal_hold", args=[cast.of("enquiries.enquiry").pk]
    ),
    "admin:consultants_consultant_merge": lambda cast: reverse(
        "admin:consultants_consultant_merge",
        args=[
            cast.of("consultants.consultant").pk,
            factories.consultant(given_name="Adah", slug="adah-quill").pk,
        ],
    ),
    "account_reset_password_from_key": lambda cast: reverse(
        "account_reset_password_from_key", args=["1", "a-b"]
    ),
    "account_passkey_from_key": lambda cast: reverse("account_passkey_from_key", args=["1"]),
    "mfa_remove_webauthn": lambda cast: reverse("mfa_remove_webauthn", args=[0]),
    "admin:guide_page": lambda cast: reverse("admin:guide_page", args=["ring-people-back"]),
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
    "admin:auth_user_sign_in": lambda cast: reverse(
        "admin:auth_user_sign_in", args=[cast.of("auth.user").pk]
    ),
}


def is_desk(address: Address) -> bool:
    return address.name.startswith(("admin:", "account_", "mfa_"))


def may(visitor: str, allowed: frozenset[str]) -> bool:
    """Whether the row lets the visitor in."""
    return (
        allowed == EVERYONE
        or bool(roles_of(visitor) & allowed)
        or (allowed == STAFF and visitor not in (ANONYMOUS, PLAIN))
    )


def what_happened(response: Any, visitor: str, *, is_for_all: bool) -> str:
    """In words. The desk sends a stranger to its door, and back to its front whoever may not know that a row exists.

    What a stranger posts is kept for them while they sign in, with a 401.
    """
    place = response.get("Location", "").partition("?")[0]
    doors = {reverse(name) for name in ("admin:login", "admin:index", "account_login")}
    if visitor in (ANONYMOUS, PLAIN) and not is_for_all and (place in doors or response.status_code == 401):
        return "log in first"
    if place == reverse("admin:index") and not is_for_all:
        return "forbidden"
    refusals = {403: "forbidden", 404: "not found", 405: "not allowed"}
    return refusals.get(response.status_code, "in" if response.status_code < 500 else "broken")


def what_should_happen(address: Address, visitor: str, method: str) -> str:
    assert address.row, (
        f"{address.name} has no row. Add it to ADDRESSES in kyphoplasty_site/access.py: who may read it, and who may post to it."
    )
    if method in ("PUT", "DELETE"):
        return "not allowed"
    allowed = address.row.read if method in ("GET", "HEAD") else address.row.post
    if may(visitor, allowed):
        return "in"
    if is_desk(address) and visitor in (ANONYMOUS, PLAIN) and address.row.read != EVERYONE:
        return "log in first"
    if address.name == "admin:app_list":
        return "not found"
    is_djangos = address.name not in ADDRESSES and not address.name.endswith("_deleted")
    return "forbidden" if allowed or is_djangos else "not allowed"


def methods(address: Address) -> list[str]:
    """The methods it is tried with. Django's own desk is held only to what a browser sends."""
    return ["GET", "POST"] if is_desk(address) else ["GET", "HEAD", "POST", "PUT", "DELETE"]


@pytest.fixture(scope="session")
def met(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Grid:
    """What every visitor met at every address, each request undone before the next. Nothing of it stays."""
    middleware = [f"{__name__}.Undrawn", *settings.MIDDLEWARE]
    assert connection.settings_dict["NAME"].startswith("test_")
    with django_db_blocker.unblock():
        with (
            override_settings(MIDDLEWARE=middleware, SECURITY_CONTACT="mailto:a@b.example"),
            transaction.atomic(),
        ):
            cast = Cast()
            met = {address.name: cast.tries(address) for address in LISTED}
            transaction.set_rollback(True)
        connection.close()
    return met


@pytest.mark.parametrize("address", LISTED, ids=[address.name for address in LISTED])
def test_every_visitor_meets_what_the_table_says(address: Address, met: Grid) -> None:
    assert met[address.name] == {
        (visitor, method): what_should_happen(address, visitor, method)
        for visitor in VISITORS
        for method in methods(address)
    }


def test_every_row_has_its_address() -> None:
    found = {address.name for address in LISTED}

    assert set(ADDRESSES) <= found, f"No such address: remove the row of {set(ADDRESSES) - found}."


def test_address_without_a_row_says_what_to_do() -> None:
    nobody_wrote_it = Address("procedures:leaflet", "procedures/leaflet/", None)

    with pytest.raises(AssertionError, match="Add it to ADDRESSES in kyphoplasty_site/access"):
        what_should_happen(nobody_wrote_it, ANONYMOUS, "GET")


def test_every_model_of_the_desk_has_its_row() -> None:
    desk = {label(model) for model in site._registry}

    assert desk <= set(MODELS), (
        f"Add to MODELS in kyphoplasty_site/access.py who may do what: {desk - set(MODELS)}."
    )


def test_groups_in_the_database_hold_what_the_table_says() -> None:
    held = {
        group.name: {
            (permission.content_type.app_label, permission.codename) for permission in group.permissions.all()
        }
        for group in Group.objects.prefetch_related("permissions__content_type")
    }

    assert held == {
        str(role): {
            (model.split(".")[0], f"{deed}_{model.split('.')[1]}")
            for model, roles in MODELS.items()
            for deed in roles.get(role, ())
        }
        for role in Role
    }


def test_every_model_named_in_the_table_exists() -> None:
    assert set(MODELS) <= {model._meta.label_lower for model in apps.get_models()}


@pytest.mark.parametrize("visitor", [Role.CONTENT_EDITOR, Role.ADMINISTRATOR, Role.ENQUIRY_MANAGER])
def test_desk_sends_nobody_on_to_a_patients_private_page(visitor: str) -> None:
    cast = Cast()
    enquiry = cast.of("enquiries.enquiry")
    kind = ContentType.objects.get_for_model(enquiry).pk

    response = cast.browsers[visitor].get(reverse("admin:view_on_site", args=[kind, enquiry.pk]))

    assert response.status_code == 403
    assert enquiry.token not in str(response.headers)


def test_search_of_the_desk_finds_only_rows_that_may_be_seen() -> None:
    cast = Cast()
    of_users = reverse("admin:autocomplete") + "?app_label=enquiries&model_name=teammember&field_name=user"

    met = {visitor: browser.get(of_users).status_code for visitor, browser in cast.browsers.items()}

    assert {visitor for visitor, status in met.items() if status == 200} == {Role.ADMINISTRATOR}


OF_REQUESTS = [address for address in LISTED if address.name.startswith("admin:enquiries_enquiry_")]
ELSEWHERE = {"name": "Pat Rowan", "phone": "020 7946 0018", "phone_in_full": "+442079460018"}


@pytest.mark.parametrize("pressed", [*DEEDS, *Attempt.Outcome, "print"])
def test_no_press_does_anything_with_a_request_to_another_hospital(pressed: str) -> None:
    cast = Cast()
    ash = factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash")
    elsewhere = factories.stored_enquiry(ash)
    before = Enquiry.objects.filter(pk=elsewhere.pk).values().get()
    url = reverse("admin:enquiries_enquiry_change", args=[elsewhere.pk])
    typed = {"note": "Hello", "at": "2026-12-03T10:00", "other": cast.of("enquiries.enquiry").pk}

    for browser in cast.browsers.values():
        met = browser.post(url, typed | {"deed": pressed})
        assert met.status_code in (302, 401, 403)

    assert Enquiry.objects.filter(pk=elsewhere.pk).values().get() == before
    assert not elsewhere.notes.exists()
    assert not elsewhere.attempts.exists()
    assert not elsewhere.log_entries.exists()


@pytest.mark.parametrize("role", list(Role))
def test_nothing_of_a_request_to_another_hospital_is_met_anywhere_by_any_role(role: Role) -> None:
    """Every address of the team's desk, read and posted to, asking for the other hospital and its person by all we know."""
    cast = Cast()
    ash = factories.hospital(name="Ash Hospital", slug="ash", short_name="Ash")
    elsewhere = factories.stored_enquiry(ash, email="pat@rowan.example", question="Zebras", **ELSEWHERE)
    before = Enquiry.objects.filter(pk=elsewhere.pk).values().get()
    cast.rows["enquiries.enquiry"] = elsewhere
    asked = {"hospital": ash.pk, "deed": "take", "note": "Hello", "reason": "For the test", "kind": "csv"}
    browser = cast.browsers[role]

    for address in OF_REQUESTS:
        url = cast.url(address)
        for words in (elsewhere.name, elsewhere.phone, elsewhere.email, elsewhere.reference):
            sent = asked | {"words": words}
            for met in (
                browser.get(url, {"hospital": ash.pk}),
                browser.post(f"{url}?hospital={ash.pk}", sent),
            ):
                text = met.getvalue().decode().replace(f'value="{words}"', "")
                if met.status_code == 302:
                    continue
                for known in ("Pat Rowan", "7946", "rowan.example", "Zebras", elsewhere.reference_in_groups):
                    assert known not in text, address.name

    assert Enquiry.objects.filter(pk=elsewhere.pk).values().get() == before
    assert not elsewhere.notes.exists()


def test_list_urls_prints_every_address_as_one_line_of_json() -> None:
    printed = StringIO()

    call_command("list_urls", stdout=printed)

    (line,) = printed.getvalue().splitlines()
    told = {url["name"]: url for url in json.loads(line)["urls"]}
    assert set(told) == {address.name for address in LISTED}
    assert told["home"] == {"name": "home", "route": "/", "read": ["everyone"], "post": []}
    assert told["admin:enquiries_enquiry_changelist"]["read"] == ["Enquiry handler", "Enquiry manager"]
    assert told["admin:procedures_task_changelist"]["presses"] == {
        "mark_done": ["Administrator", "Content editor"]
    }
