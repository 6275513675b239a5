"""The page that a secretary reaches by the link in our mail. The link is the key to it; opening it changes nothing."""

from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultants import answers
from consultants.confirm_form import ConfirmForm, sealed, unsealed
from consultants.facts import held, news, with_facts
from consultants.models import Consultant, Reconfirmation
from procedures.clocks import clocks

PRIVATE = {"X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> TemplateResponse:
    """The facts that we hold of a consultant, for their secretary to confirm or to correct."""
    clocks.require()
    question = Reconfirmation.objects.for_token(token).select_related("consultant").first()
    if question is None or question.ended:
        return _gone(request, question)
    if request.method == "POST":
        with transaction.atomic():
            return _take(request, answers.locked(question.pk))
    question.consultant = with_facts(Consultant.objects.filter(pk=question.consultant_id)).get()
    return _page(request, question, ConfirmForm(held(question.consultant)))


def csrf_failed_on_confirm(request: HttpRequest) -> HttpResponseBase | None:
    """Instead of a refusal: the page again with everything typed and a fresh token. None for any other page."""
    match = request.resolver_match
    if match is None or match.view_name != "consultants:confirm":
        return None
    question = Reconfirmation.objects.for_token(match.kwargs["token"]).select_related("consultant").first()
    if question is None or question.ended:
        return _gone(request, question).render()
    form = ConfirmForm(unsealed(request.POST.get("seen", "")), request.POST)
    question.consultant = with_facts(Consultant.objects.filter(pk=question.consultant_id)).get()
    form = form.moved_to(held(question.consultant))
    return _page(request, question, form, "stopped", status=HTTPStatus.FORBIDDEN).render()


def _take(request: HttpRequest, question: Reconfirmation) -> TemplateResponse:
    """An answer counts for the facts that its page showed, and for no others."""
    if question.ended:
        return _gone(request, question)
    seen, now = unsealed(request.POST.get("seen", "")), held(question.consultant)
    form = ConfirmForm(seen, request.POST)
    if seen != now:
        changed = news(seen, now) if seen else []
        moved = form.moved_to(now)
        return _page(request, question, moved, "changed", news=changed, status=HTTPStatus.CONFLICT)
    if request.POST.get("answer") not in ("right", "corrected"):
        return _page(request, question, form, "unsaid")
    is_right = request.POST["answer"] == "right"
    if is_right and form.changed_data:
        return _page(request, question, form, "corrected")
    if not is_right and not form.is_valid():
        return _page(request, question, form)
    if not is_right and not form.corrections:
        return _page(request, question, form, "not corrected")
    if is_right:
        answers.confirm(question)
    else:
        answers.correct(question, form.corrections)
    context = {"consultant": question.consultant, "is_right": is_right}
    return TemplateResponse(request, "consultants/confirm_done.html", context, headers=PRIVATE)


def _page(
    request: HttpRequest, question: Reconfirmation, form: ConfirmForm, notice: str = "", **more: object
) -> TemplateResponse:
    status = more.pop("status", HTTPStatus.OK)
    context = {"question": question, "consultant": question.consultant, "form": form, "notice": notice}
    return TemplateResponse(
        request,
        "consultants/confirm.html",
        context | {"seen": sealed(form.facts)} | more,
        status=status,  # type: ignore[arg-type]
        headers=PRIVATE,
    )


def _gone(request: HttpRequest, question: Reconfirmation | None) -> TemplateResponse:
    """The link opens nothing: it was never made, or it opens nothing any more. Nobody is named but to who has an answered one."""
    return TemplateResponse(
        request,
        "consultants/confirm_gone.html",
        {"ended": question.ended if question else "unknown", "question": question},
        status=HTTPStatus.GONE if question else HTTPStatus.NOT_FOUND,
        headers=PRIVATE,
    )
