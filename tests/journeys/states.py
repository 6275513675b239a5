"""Every page type and every state of a form: how to get there, and the status it is sent with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, Literal
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.test import override_settings
from django.utils.timezone import localdate, now
from playwright.sync_api import Page, expect

from consultants.models import Consultant, Reconfirmation
from enquiries import promises
from enquiries.forms import EnquiryForm
from enquiries.models import Enquiry
from kyphoplasty_site.models import SiteSettings
from procedures import publishing
from procedures.models import Edition, Hospital, Procedure
from tests import factories
from tests.journeys.watch import Watch

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

EXPLAINER = "/procedures/balloon-kyphoplasty/"
FORMS = {"enquiry": "/enquiry/", "call-back": "/call-back/"}
SEND = {"enquiry": "Send my question", "call-back": "Ask us to call me"}
PATIENTS = count(1)  # the same answers would be the same request


DRESS = """([text, style]) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  document.adoptedStyleSheets = [sheet]
  document.documentElement.style.fontSize = text
}"""


@dataclass(frozen=True)
class State:
    """How to get there, and the status of what is shown."""

    reach: Callable[[Page], None]
    status: int = HTTPStatus.OK


@dataclass(frozen=True)
class Standing:
    """A page that stands open in one of its states."""

    name: str
    page: Page
    watch: Watch
    painted: set[str] = field(default_factory=set)

    @property
    def html(self) -> str:
        """The page as it was sent."""
        return self.watch.documents[-1].html

    def at(
        self,
        width: int,
        scheme: Literal["light", "dark"] = "light",
        *,
        text: str = "100%",
        style: str = "",
        forced: bool = False,
    ) -> Page:
        """The page seen at this width and in this colour scheme, with a reader's own size of text, style or colours."""
        self.page.emulate_media(color_scheme=scheme, forced_colors="active" if forced else "none")
        self.page.set_viewport_size({"width": width, "height": PHONE["height"]})
        self.page.evaluate(DRESS, [text, style])
        return self.page


def void(_: object) -> None:
    return None


def at(path: str) -> Callable[[Page], None]:
    return lambda page: void(page.goto(path))


def with_notice(page: Page) -> None:
    """While it stands; the other states have none."""
    SiteSettings.objects.update(
        notice="Our phones are not answered on 25 and 26 December. " * 3,
        notice_from=now() - timedelta(days=1),
        notice_until=now() + timedelta(days=1),
    )
    page.goto("/")
    SiteSettings.objects.update(notice="", notice_from=None, notice_until=None)


def failing(cause: BaseException, path: str = "/consultants/") -> Callable[[Page], None]:
    """A page whose view meets this."""

    def reach(page: Page) -> None:
        with patch("consultants.views.ConsultantSearchForm", side_effect=cause):
            page.goto(path)

    return reach


def empty(form: str) -> Callable[[Page], None]:
    return at(FORMS[form])


def with_errors(form: str) -> Callable[[Page], None]:
    """Every question that can be answered wrongly is."""

    def reach(page: Page) -> None:
        page.goto(FORMS[form])
        page.locator("[name=phone]").fill("12")
        page.locator("[name=email]").fill("jo at larkspur")
        page.locator("summary", has_text="asking for someone else").click()
        page.locator("[name=patient_name]").fill("x" * 201)
        page.get_by_role("button", name="Check my answers").click()

    return reach


def fill(page: Page, form: str) -> None:
    """As much as a patient may be asked."""
    page.goto(f"{FORMS[form]}?hospital=spire-harpenden")  # another state may have opened a second one
    page.locator("[name=name]").fill("Jo Larkspur")
    page.locator("[name=phone]").fill("07700 900123")
    page.locator("[name=email]").fill("jo@larkspur.example")
    if form == "enquiry":
        page.locator("[name=question]").fill("Could this help my mother?\nShe is 84.")
    page.locator("summary", has_text="asking for someone else").click()
    page.locator("[name=patient_name]").fill(f"Ivy Larkspur {next(PATIENTS)}")
    page.locator("[name=needs]").first.check()
    page.locator("[name=consent]").check()


def checking(form: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        fill(page, form)
        page.get_by_role("button", name="Check my answers").click()

    return reach


def sent(form: str, meanwhile: AbstractContextManager[Any] | None = None) -> Callable[[Page], None]:
    """What is shown when the answers are sent, and meanwhile something is amiss."""

    def reach(page: Page) -> None:
        checking(form)(page)
        if meanwhile is None:
            page.get_by_role("button", name=SEND[form]).click()
            return
        with meanwhile:
            page.get_by_role("button", name=SEND[form]).click()

    return reach


def sent_twice(page: Page) -> None:
    """The same answers, from a browser that has forgotten the first time."""
    for _ in range(2):
        page.context.clear_cookies()
        fill(page, "enquiry")
        page.locator("[name=patient_name]").fill("Fern Larkspur")
        page.get_by_role("button", name="Check my answers").click()
        page.get_by_role("button", name=SEND["enquiry"]).click()
    expect(page.get_by_role("heading", name="We have this request already")).to_be_visible()


def stale(form: str) -> Callable[[Page], None]:
    """Sent after the cookie of the check page has gone."""

    def reach(page: Page) -> None:
        checking(form)(page)
        page.context.clear_cookies()
        page.get_by_role("button", name=SEND[form]).click()

    return reach


def asked(**facts: Any) -> Enquiry:
    """A call-back with a place in the next window that is free."""
    hospital = Hospital.objects.all()[0]
    return factories.booked(hospital, next(iter(promises.free_slots(hospital))), **facts)


def request_page(change: str = "", meanwhile: Callable[[Enquiry], object] = void) -> Callable[[Page], None]:
    """The private page of a request, or a page to change it, after something happened to it."""

    def reach(page: Page) -> None:
        enquiry = asked()
        meanwhile(enquiry)
        page.goto(enquiry.get_absolute_url() + change)

    return reach


def overdue(enquiry: Enquiry) -> None:
    Enquiry.objects.filter(pk=enquiry.pk).update(due_at=now() - timedelta(hours=1))


def handled(enquiry: Enquiry) -> None:
    someone = User.objects.filter(username="wren").first() or factories.person("wren")
    enquiry.mark_handled(by=someone)


def number_typed(number: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        request_page("phone/")(page)
        page.locator("[name=phone]").fill(number)
        page.get_by_role("button", name="Check the number").click()

    return reach


def fill_up(key: str) -> None:
    """Somebody else takes every place of that call window."""
    hospital = Hospital.objects.all()[0]
    while key in promises.free_slots(hospital):
        factories.booked(hospital, key)


def time_taken(page: Page) -> None:
    fill(page, "call-back")
    page.locator("[name=call_time]").select_option(index=1)
    chosen = page.locator("[name=call_time]").input_value()
    page.get_by_role("button", name="Check my answers").click()
    fill_up(chosen)
    page.get_by_role("button", name=SEND["call-back"]).click()


def other_time_taken(page: Page) -> None:
    request_page("time/")(page)
    page.locator("[name=call_time]").select_option(index=2)
    fill_up(page.locator("[name=call_time]").input_value())
    page.get_by_role("button", name="Change the time").click()


def time_asked_late(page: Page) -> None:
    """From a page that a cache may hold, which offers no times."""
    page.goto(EXPLAINER)
    form = page.locator("#call-back")
    form.locator("[name=name]").fill("Jo Larkspur")
    form.locator("[name=phone]").fill("07700 900123")
    if form.locator("select[name=hospital]").count():
        form.locator("select[name=hospital]").select_option("spire-harpenden")
    form.locator("[name=consent]").check()
    form.get_by_role("button", name="Check my answers").click()


def erased(page: Page) -> None:
    request_page("erase/")(page)
    page.get_by_role("button", name="Yes, erase everything").click()


def kept_for_the_law(page: Page) -> None:
    someone = User.objects.filter(username="wren").first() or factories.person("wren")
    request_page("erase/", lambda enquiry: enquiry.keep_for_the_law(someone, "A claim."))(page)
    page.get_by_role("button", name="Yes, erase everything").click()


def number_changed(page: Page) -> None:
    number_typed("07700 900456")(page)
    page.get_by_role("button", name="Yes, call this number").click()


def stopped(page: Page) -> None:
    """Pressed after the cookie of the page has gone."""
    request_page("withdraw/")(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Yes, withdraw my request").click()


def stale_elsewhere(page: Page) -> None:
    """A form that is not a patient's, sent without its token."""
    page.goto("/")
    page.evaluate(
        "() => { const form = document.createElement('form'); form.method = 'post';"
        " form.action = '/accounts/login/'; document.body.append(form); form.submit() }"
    )
    page.wait_for_url("**/accounts/login/")


def too_large(page: Page) -> None:
    fill(page, "enquiry")
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        page.get_by_role("button", name="Check my answers").click()


def database_away_while_reading_a_form(page: Page) -> None:
    with database_away():
        page.goto("/enquiry/")


def database_away() -> AbstractContextManager[Any]:
    """While it lasts, the forms' choices cannot be read."""
    return patch("enquiries.views.Choices.read", side_effect=OperationalError)


def changed_page() -> str:
    """A page in its second edition, made once."""
    found = Procedure.objects.filter(slug="elm-brace").first()
    if found is None:
        found = factories.procedure(name="Elm brace", slug="elm-brace", aliases="Elm")
        draft = factories.whole_draft(procedure=found, number=1)
        publishing.publish_first_text(draft)
        factories.next_edition(
            Edition.objects.get(pk=draft.pk), change=("The pain can ease", "The pain may ease")
        )
    return found.get_absolute_url()


def preview() -> str:
    """A link to a draft of the explainer, which is made once."""
    edition = Edition.objects.current().get(procedure__slug="balloon-kyphoplasty")
    someone = User.objects.filter(username="wren").first() or factories.person("wren")
    draft = edition.procedure.editions.drafts().first() or publishing.start_draft(edition)
    return factories.preview_address(draft, by=someone)


def secretary(page: Page, **typed: str) -> None:
    """A secretary's page, with something typed and sent."""
    ada = Consultant.objects.filter(slug="cy-rook").first()
    if ada is None:
        ada = factories.consultant(
            slug="cy-rook", secretary_email="robin@elmpark.example", first_fee=250, languages=["Welsh"]
        )
        factories.practice(ada, Hospital.objects.all()[0], confirmed_on=localdate())
    someone = User.objects.filter(username="wren").first() or factories.person("wren")
    page.goto(factories.question(ada, by=someone).address)
    for name, words in typed.items():
        page.locator(f"[name={name}]").fill(words)


def secretary_presses(button: str, **typed: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        secretary(page, **typed)
        page.get_by_role("button", name=button).click()

    return reach


def secretary_enters(page: Page) -> None:
    """Enter in a box leads to the two buttons, and confirms nothing."""
    secretary(page)
    page.locator("[name=nhs_base]").press("Enter")
    expect(page.get_by_role("heading", name="Nothing was confirmed or sent yet")).to_be_visible()


def known_hospital() -> str:
    """A hospital of which everything is known, with a consultant of whom everything is known and one who lapsed, made once."""
    found = Hospital.objects.filter(slug="elm-park").first()
    if found is None:
        kyphoplasty = Procedure.objects.get(slug="balloon-kyphoplasty")
        found = factories.known_hospital(position=9)
        factories.closure(found, localdate() + timedelta(days=30))
        factories.offering(
            kyphoplasty,
            found,
            guide_price=8500,
            price_includes="The stay and one visit after it.",
            price_valid_until_date=localdate(),
        )
        ada = factories.known_consultant(found, kyphoplasty)
        factories.procedure_count(ada, kyphoplasty)
        factories.known_consultant(
            found,
            kyphoplasty,
            slug="bo-marsh",
            gmc_number="",
            confirmed_on=localdate() - timedelta(days=400),
        )
        for number in range(8):
            factories.practice(factories.consultant(slug=f"ada-{number}"), found, kyphoplasty)
    return found.get_absolute_url()


def beside_the_known_hospital(path: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        known_hospital()
        page.goto(path)

    return reach


def too_late(page: Page) -> None:
    secretary(page)
    Reconfirmation.objects.unanswered().update(revoked_at=now())
    page.reload()


STATES = {
    "home": State(at("/")),
    "home, with a notice": State(with_notice),
    "explainer": State(at(EXPLAINER)),
    "another treatment": State(at("/procedures/vertebroplasty/")),
    "a scan": State(at("/procedures/mri-scan/")),
    "changes": State(at(f"{EXPLAINER}changes/")),
    "changes, a day nobody knows": State(at(f"{EXPLAINER}changes/?on=2027-02-31")),
    "changes, line by line": State(
        lambda page: void(page.goto(f"{changed_page()}changes/?on={localdate()}"))
    ),
    "old edition": State(lambda page: void(page.goto(f"{changed_page()}editions/1/"))),
    "visit sheet": State(at(f"{EXPLAINER}visit-sheet/")),
    "for the GP": State(at(f"{EXPLAINER}for-your-gp/")),
    "preview": State(lambda page: void(page.goto(preview()))),
    "preview, gone": State(at("/preview/nothing/"), HTTPStatus.NOT_FOUND),
    "secretary": State(secretary),
    "secretary, errors": State(
        secretary_presses(
            "Send these corrections",
            secretary_phone="12",
            secretary_email="x",
            first_fee="a lot",
            profile_url="x",
        )
    ),
    "secretary, Enter": State(secretary_enters),
    "secretary, not all is right": State(secretary_presses("All of this is right", nhs_base="Elm")),
    "secretary, confirmed": State(secretary_presses("All of this is right")),
    "secretary, corrected": State(secretary_presses("Send these corrections", nhs_base="Elm")),
    "secretary, too late": State(too_late, HTTPStatus.GONE),
    "finder": State(at("/procedures/")),
    "finder, narrowed": State(at("/procedures/?q=scan&kind=scan")),
    "finder, nothing found": State(at("/procedures/?q=zzzz")),
    "directory": State(at("/consultants/")),
    "directory, narrowed": State(at("/consultants/?procedure=balloon-kyphoplasty")),
    "directory, nobody found": State(at("/consultants/?q=zzzz")),
    "directory, loosened": State(
        at("/consultants/?q=dyson+zzzz&procedure=balloon-kyphoplasty&hospital=spire-harpenden")
    ),
    "search": State(at("/search/?q=broken+back")),
    "search, one person": State(at("/search/?q=mr+osie")),
    "search, nothing found": State(at("/search/?q=zzzz")),
    "consultant": State(lambda page: first_of(page, "/consultants/")),
    "hospitals": State(at("/hospitals/")),
    "hospital": State(lambda page: first_of(page, "/hospitals/")),
    "hospital, every fact": State(lambda page: void(page.goto(known_hospital()))),
    "consultant, every fact": State(beside_the_known_hospital("/consultants/ada-quill/")),
    "consultant, all lapsed": State(beside_the_known_hospital("/consultants/bo-marsh/")),
    "finder, many names": State(beside_the_known_hospital("/procedures/?q=kyphoplasty")),
    "glossary": State(at("/glossary/")),
    "privacy": State(at("/privacy/")),
    "accessibility": State(at("/accessibility/")),
    **{
        f"{form}{name}": State(reach(form), status)
        for form in FORMS
        for name, reach, status in [
            ("", empty, HTTPStatus.OK),
            (", errors", with_errors, HTTPStatus.OK),
            (", check", checking, HTTPStatus.OK),
            (", thank you", sent, HTTPStatus.OK),
            (", token stale", stale, HTTPStatus.FORBIDDEN),
        ]
    },
    "call-back, time asked late": State(time_asked_late),
    "call-back, time taken": State(time_taken),
    "request": State(request_page()),
    "request, late": State(request_page(meanwhile=overdue)),
    "request, withdrawn": State(request_page(meanwhile=Enquiry.withdraw)),
    "request, answered": State(request_page(meanwhile=handled)),
    "request, phone": State(request_page("phone/")),
    "request, phone errors": State(number_typed("12")),
    "request, phone check": State(number_typed("07700 900456")),
    "request, time": State(request_page("time/")),
    "request, time taken": State(other_time_taken),
    "request, withdraw": State(request_page("withdraw/")),
    "request, token stale": State(stopped, HTTPStatus.FORBIDDEN),
    "request, erase": State(request_page("erase/")),
    "request, erased": State(erased),
    "request, kept for the law": State(kept_for_the_law),
    "request, number changed": State(number_changed),
    "request, nothing here": State(at(f"/requests/{'x' * 43}/"), HTTPStatus.NOT_FOUND),
    "enquiry, sent twice": State(sent_twice),
    "enquiry, too many": State(
        sent("enquiry", patch("enquiries.views.is_over_limit", return_value=True)),
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
    "enquiry, our own fault": State(
        sent("enquiry", patch.object(EnquiryForm, "as_request", side_effect=RuntimeError("broken"))),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    ),
    "enquiry, database away": State(sent("enquiry", database_away()), HTTPStatus.SERVICE_UNAVAILABLE),
    "enquiry, too large": State(too_large, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    "enquiry, cannot be opened": State(database_away_while_reading_a_form, HTTPStatus.SERVICE_UNAVAILABLE),
    "400": State(failing(BadRequest("no")), HTTPStatus.BAD_REQUEST),
    "403": State(failing(PermissionDenied("no")), HTTPStatus.FORBIDDEN),
    "403, token stale": State(stale_elsewhere, HTTPStatus.FORBIDDEN),
    "404": State(at("/nothing-here/"), HTTPStatus.NOT_FOUND),
    "500": State(failing(RuntimeError("broken")), HTTPStatus.INTERNAL_SERVER_ERROR),
    "503": State(failing(OperationalError("away")), HTTPStatus.SERVICE_UNAVAILABLE),
}


def first_of(page: Page, path: str) -> None:
    """The first page that this list leads to."""
    page.goto(path)
    page.locator(f"main a[href^='{path}']:not([href='{path}'])").first.click()
