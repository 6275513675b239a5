"""What readers were told before, and what they may be told next: the changes, old editions, and drafts by a link."""

from http import HTTPStatus

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from procedures.addresses import public_address
from procedures.forms import DayForm
from procedures.history import Entry, entries
from procedures.models import Edition, PreviewLink
from procedures.views.explainer import explainer_context

NOINDEX = {"X-Robots-Tag": "noindex"}
# The address of a preview is a key to it, so no link on it tells another page where the reader came from.
PRIVATE = NOINDEX | {"Referrer-Policy": "no-referrer"}


@require_safe
def change_list(request: HttpRequest, slug: str) -> TemplateResponse:
    """What changed on a procedure's page, when and why; and with ?on= what stood there on a day."""
    public = _public_entries(slug)
    form = DayForm(request.GET if "on" in request.GET else None, first=public[-1].stays[0].since)
    return TemplateResponse(
        request,
        "procedures/change_list.html",
        {
            "procedure": public[0].edition.procedure,
            "is_public": any(entry.is_current for entry in public),
            "entries": public,
            "form": form,
            "found": form.stays_on_the_day(stay for entry in public for stay in entry.stays),
        },
    )


@require_safe
def edition_detail(request: HttpRequest, slug: str, number: int) -> TemplateResponse:
    """An edition as it was, for whoever wants to know what was said."""
    public = _public_entries(slug)
    entry = next((entry for entry in public if entry.edition.number == number), None)
    if entry is None:
        raise Http404
    return TemplateResponse(
        request,
        "procedures/edition_detail.html",
        explainer_context(public_address(request), entry.edition, as_it_was=True)
        | {"entry": entry, "is_public": any(entry.is_current for entry in public)},
        headers=NOINDEX,
    )


@never_cache
@require_safe
def preview(request: HttpRequest, token: str) -> TemplateResponse:
    """A draft, exactly as it will look, for somebody with a link and no account."""
    links = PreviewLink.objects.live().for_token(token).filter(edition__published_at=None)
    link = links.select_related("edition__procedure").first()
    if link is None:
        return TemplateResponse(
            request, "procedures/preview_gone.html", status=HTTPStatus.NOT_FOUND, headers=PRIVATE
        )
    context = explainer_context(public_address(request), link.edition) | {"has_forms": False, "link": link}
    return TemplateResponse(request, "procedures/preview.html", context, headers=PRIVATE)


def _public_entries(slug: str) -> list[Entry]:
    """The editions that readers have seen, the latest first. Raises Http404 when there are none."""
    seen = Edition.objects.once_public().filter(procedure__slug=slug).select_related("procedure")
    if not (found := [entry for entry in entries(list(seen.defer("html", "copies"))) if entry.stays]):
        raise Http404
    return found
