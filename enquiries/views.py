"""Ask, check your answers, send.

The first POST shows "check your answers" and stores nothing, so it needs no CSRF token and the form may stand in a
cached page. The second, with the token and the submission id of the check page, stores. Whatever goes wrong, what was
typed comes back in the page.
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import NamedTuple

from django.conf import settings
from django.db import Error
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from enquiries.choices import Choices
from enquiries.forms import CallbackForm, EnquiryForm, RequestForm, typed
from enquiries.limits import is_of_this_browser, is_over_limit, mint_submission_id, why_suspected
from enquiries.models import Enquiry
from enquiries.outages import is_database_away
from enquiries.patience import patience, storing, turns
from enquiries.promises import TimeTaken

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
FormClass = type[RequestForm]

FORM_PAGES: dict[FormClass, str] = {EnquiryForm: "enquire", CallbackForm: "request_callback"}
SEND_VIEWS: dict[str, FormClass] = {"enquire_send": EnquiryForm, "callback_send": CallbackForm}
VIEWS = SEND_VIEWS | {page: form_class for form_class, page in FORM_PAGES.items()}
# What a link may choose. Nobody is to find a box ticked, or another’s number, because of the link they followed.
LINKED = {"hospital", "consultant", "procedure"}


class OurNumber(NamedTuple):
    """All that a page says of the site where nothing can be read."""

    self_pay_phone: str


def keeps_what_was_typed(form_class: type[Form]) -> Callable[[View], View]:
    """With the database away, say so and keep every answer in the page, so that pressing the button again works."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **where: str) -> HttpResponseBase:
            try:
                with turns[f"{request.method} {view.__name__}"].taken(), patience():
                    response = view(request, **where)
                    return response.render() if isinstance(response, TemplateResponse) else response
            except Error as error:
                if not is_database_away(error):
                    raise
                logger.warning("The database is away. What was typed was kept in the page.")
                return _kept_page(request, form_class, "enquiries/away.html", HTTPStatus.SERVICE_UNAVAILABLE)

        return answer

    return decorate


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_what_was_typed(EnquiryForm)
def enquire(request: HttpRequest) -> HttpResponse:
    """The enquiry form; a POST shows the answers to be checked."""
    return _ask(request, EnquiryForm)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_what_was_typed(EnquiryForm)
def enquire_send(request: HttpRequest) -> HttpResponse:
    """Store an enquiry. Opened as a page, such as by reloading, it leads to the form."""
    return _send(request, EnquiryForm)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_what_was_typed(CallbackForm)
def request_callback(request: HttpRequest) -> HttpResponse:
    """The call-back form; a POST shows the answers to be checked."""
    return _ask(request, CallbackForm)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_what_was_typed(CallbackForm)
def callback_send(request: HttpRequest) -> HttpResponse:
    """Store a call-back. Opened as a page, such as by reloading, it leads to the form."""
    return _send(request, CallbackForm)


def csrf_failed_on_send(request: HttpRequest) -> HttpResponseBase | None:
    """Instead of a refusal: the check page again with everything typed and a fresh token. None for any other page."""
    form_class = _form_sent(request, SEND_VIEWS)
    if form_class is None:
        return None

    @keeps_what_was_typed(form_class)
    def check_again(request: HttpRequest) -> HttpResponse:
        response = _ask(request, form_class, was_stopped=True)
        response.status_code = HTTPStatus.FORBIDDEN
        return response

    return check_again(request)


def kept_after_fault(request: HttpRequest) -> HttpResponseBase | None:
    """After a fault of our own that nobody foresaw: everything typed, kept in the page. None for any other page."""
    form_class = _form_sent(request, VIEWS)
    if form_class is None or request.method != "POST":
        return None
    return _kept_page(request, form_class, "enquiries/away.html", HTTPStatus.INTERNAL_SERVER_ERROR)


def _form_sent(request: HttpRequest, views: Mapping[str, FormClass]) -> FormClass | None:
    """Which form is sent there, if one of these views is asked."""
    match = request.resolver_match
    return views.get(match.url_name or "") if match and match.app_name == "enquiries" else None


def _choices(request: HttpRequest) -> Choices:
    """What the forms offer, among it the consultant whom the address or the answers name."""
    return Choices.read(request.GET.get("consultant"), request.POST.get("consultant"))


def _ask(request: HttpRequest, form_class: FormClass, **context: object) -> HttpResponse:
    if request.method != "POST":
        linked = {name: request.GET[name] for name in LINKED & request.GET.keys()}
        return _form_page(request, form_class(_choices(request), initial=linked))
    form = form_class(_choices(request), request.POST)
    form.full_clean()
    form.say_if_time_is_taken()
    is_to_be_checked = form.can_be_checked and "change" not in request.POST
    return (_check_page if is_to_be_checked else _form_page)(request, form, **context)


def _send(request: HttpRequest, form_class: FormClass) -> HttpResponse:
    """Whatever cannot be stored as it is comes back to be put right."""
    if request.method != "POST":
        return redirect(form_class.url_name)
    if is_over_limit(request):
        return _kept_page(request, form_class, "enquiries/too_many.html", HTTPStatus.TOO_MANY_REQUESTS)
    form = form_class(_choices(request), request.POST, offers_times=False)
    if form.is_valid() and form.cleaned_data["submission_id"]:
        enquiry = form.as_request()
        try:
            with storing.taken():
                if because := why_suspected(request, enquiry):
                    enquiry.suspect(because)
                enquiry = Enquiry.objects.submit(enquiry, form.cleaned_data["kept_for"])
        except TimeTaken as taken:
            form.offer_instead(taken.free)
            return _check_page(request, form)
        is_from_one_page = enquiry.submission_id == form.cleaned_data["submission_id"]
        if not (is_from_one_page or is_of_this_browser(request, enquiry.submission_id)):
            return _known_page(request, enquiry)
        return HttpResponseRedirect(enquiry.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    return _ask(request, form_class)


def _form_page(request: HttpRequest, form: RequestForm, **context: object) -> TemplateResponse:
    context |= {"form": form, "how_long": form.choices.consent.how_long}
    response = TemplateResponse(request, f"enquiries/{FORM_PAGES[type(form)]}.html", context)
    if form.is_bound:
        add_never_cache_headers(response)
    else:  # A browser's own back button still finds it, with what was typed.
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _check_page(request: HttpRequest, form: RequestForm, **context: object) -> TemplateResponse:
    submission_id = form.cleaned_data["submission_id"] or mint_submission_id(request)
    context |= {"form": form, "submission_id": submission_id}
    response = TemplateResponse(request, "enquiries/check.html", context)
    add_never_cache_headers(response)
    return response


def _known_page(request: HttpRequest, enquiry: Enquiry) -> TemplateResponse:
    """The same answers from another browser may be somebody else's: who knows them is not given the key to the request."""
    response = TemplateResponse(
        request, "enquiries/known.html", {"was_mailed": enquiry.email and not enquiry.suspected_at}
    )
    add_never_cache_headers(response)
    return response


def _kept_page(
    request: HttpRequest, form_class: type[Form], template: str, status: HTTPStatus
) -> TemplateResponse:
    context: dict[str, object] = {"carried": typed(form_class, request.POST)}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # A database that does not answer is not asked a second time, nor whatever it was that failed.
        context["site"] = OurNumber(settings.FALLBACK_PHONE)
    response = TemplateResponse(request, template, context, status=status)
    response["Retry-After"] = "30"
    add_never_cache_headers(response)
    return response
