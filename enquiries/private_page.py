"""The private page of a request, and what a patient may do there: change the phone number or the time, withdraw, erase.

Whoever has the link may see the page, so it never shows what was written. Every change is a POST.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from enquiries.change_forms import PhoneForm, TimeForm
from enquiries.erasure import KeptForTheLaw
from enquiries.erasure import erase as erase_request
from enquiries.fields import tidied
from enquiries.limits import why_number_suspected
from enquiries.models import Enquiry
from enquiries.progress import steps
from enquiries.promises import TimeTaken, free_slots
from enquiries.views import keeps_what_was_typed

Page = Callable[..., HttpResponse]


def private(
    form_class: type[Form] = Form, *, only_if: str = ""
) -> Callable[[Page], Callable[..., HttpResponseBase]]:
    """A page of one request, for whoever has its link: never stored, never listed, and gone without a hint for any other link.

    What can be done only if some fact is true of a request leads back to its page once it is not.
    """

    def decorate(page: Page) -> Callable[..., HttpResponseBase]:
        @wraps(page)
        def answer(request: HttpRequest, token: str, **how: bool) -> HttpResponse:
            rows = Enquiry.objects.select_related("hospital", "consultant", "procedure")
            enquiry = rows.filter(token=token).first()
            if enquiry is None:
                response: HttpResponse = _nothing_here(request)
            elif only_if and not getattr(enquiry, only_if):
                response = _back_to(enquiry, "nothing" if request.method == "POST" else "")
            else:
                response = page(request, enquiry, **how)
            response["X-Robots-Tag"] = "noindex"
            add_never_cache_headers(response)
            return response

        return keeps_what_was_typed(form_class)(answer)

    return decorate


@require_safe
@private()
def request_status(request: HttpRequest, enquiry: Enquiry) -> HttpResponse:
    """Its reference, what has happened, and what happens next."""
    return _page(request, "request_status", enquiry, steps=steps(enquiry), changed=request.GET.get("changed"))


@require_http_methods(["GET", "HEAD", "POST"])
@private(PhoneForm, only_if="takes_another_number")
def change_phone(request: HttpRequest, enquiry: Enquiry, *, was_stopped: bool = False) -> HttpResponse:
    """Another number to ring, shown back large before it is stored."""
    form = PhoneForm(tidied(request.POST) if request.method == "POST" else None)
    is_to_be_checked = form.is_valid() and "change" not in request.POST
    if is_to_be_checked and "checked" in request.POST and not was_stopped:
        because = why_number_suspected(form.phone_in_full)
        was_changed = enquiry.change_phone(form.cleaned_data["phone"], because)
        return _back_to(enquiry, "phone" if was_changed else "nothing")
    return _page(
        request,
        "change_phone",
        enquiry,
        form=form,
        is_to_be_checked=is_to_be_checked,
        was_stopped=was_stopped,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private(TimeForm, only_if="is_open")
def change_time(request: HttpRequest, enquiry: Enquiry, *, was_stopped: bool = False) -> HttpResponse:
    """Another time to be rung. One that goes while it is being chosen is refused, and the next ones are shown."""
    if not enquiry.phone_in_full:
        return _back_to(enquiry)
    form = TimeForm(request.POST if request.method == "POST" else None, held=enquiry.slot)
    if form.is_valid() and not was_stopped:
        try:
            was_changed = enquiry.change_time(form.stretch)
            return _back_to(enquiry, "time" if was_changed else "nothing")
        except TimeTaken as taken:
            enquiry.refresh_from_db()
            form.offer(taken.free)
            form.say_time_is_taken()
    else:
        form.offer(free_slots(enquiry.hospital))
    return _page(request, "change_time", enquiry, form=form, was_stopped=was_stopped)


@require_http_methods(["GET", "HEAD", "POST"])
@private(only_if="is_open")
def withdraw(request: HttpRequest, enquiry: Enquiry, *, was_stopped: bool = False) -> HttpResponse:
    """They no longer want to be answered. Asked once more before it is done."""
    if request.method == "POST" and not was_stopped:
        was_open = enquiry.withdraw()
        return _back_to(enquiry, "" if was_open else "nothing")
    return _page(request, "withdraw", enquiry, was_stopped=was_stopped)


@require_http_methods(["GET", "HEAD", "POST"])
@private()
def erase(request: HttpRequest, enquiry: Enquiry, *, was_stopped: bool = False) -> HttpResponse:
    """Nothing of it is to be left. Asked once more before it is done; after that there is no page to go back to."""
    if request.method == "POST" and not was_stopped:
        try:
            erase_request(enquiry)
            return TemplateResponse(request, "enquiries/erased.html")
        except KeptForTheLaw:
            return _page(request, "erase", enquiry, is_kept=True)
    return _page(request, "erase", enquiry, was_stopped=was_stopped)


CHANGES: dict[str, Callable[..., HttpResponseBase]] = {
    page.__name__: page for page in (change_phone, change_time, withdraw, erase)
}


def csrf_failed_on_change(request: HttpRequest) -> HttpResponseBase | None:
    """Instead of a refusal: the page again, with what was typed and a fresh token. None for any other page."""
    match = request.resolver_match
    page = CHANGES.get(match.url_name or "") if match and match.app_name == "enquiries" else None
    if page is None or match is None:
        return None
    response = page(request, **match.kwargs, was_stopped=True)
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.FORBIDDEN
    return response


def _page(request: HttpRequest, name: str, enquiry: Enquiry, **context: Any) -> TemplateResponse:
    return TemplateResponse(request, f"enquiries/{name}.html", context | {"enquiry": enquiry})


def _back_to(enquiry: Enquiry, changed: str = "") -> HttpResponse:
    query = f"?changed={changed}" if changed else ""
    return HttpResponseRedirect(enquiry.get_absolute_url() + query, status=HTTPStatus.SEE_OTHER)


def _nothing_here(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "enquiries/nothing_here.html", status=HTTPStatus.NOT_FOUND)
