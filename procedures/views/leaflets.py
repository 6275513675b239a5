"""The leaflet to print, and whether the paper that somebody holds is still current."""

import io
import re
from http import HTTPStatus
from typing import Any

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers, get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from procedures.addresses import public_origin
from procedures.comparing import changes
from procedures.history import entries
from procedures.models import Edition, Leaflet, SignOff


@require_safe
def leaflet(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The leaflet of the current edition, as it was made and kept; in large print for ?size=large."""
    edition = get_object_or_404(Edition.objects.current().select_related("procedure"), procedure__slug=slug)
    is_large = request.GET.get("size") == Leaflet.Size.LARGE
    size = Leaflet.Size.LARGE if is_large else Leaflet.Size.STANDARD
    kept = edition.leaflets.without_pdf().filter(size=size).first()
    if kept is None:
        return _not_made_yet(request, edition)
    response: Any = FileResponse(
        io.BytesIO(kept.pdf), content_type="application/pdf", filename=kept.file_name
    )
    response["ETag"] = kept.etag
    response["Last-Modified"] = http_date(kept.made_at.timestamp())
    page = f"{public_origin(request)}{edition.procedure.get_absolute_url()}"
    response["Link"] = f'<{page}>; rel="canonical"'
    answer: Any = get_conditional_response(request, kept.etag, int(kept.made_at.timestamp()), response)
    return answer


def _not_made_yet(request: HttpRequest, edition: Edition) -> HttpResponseBase:
    response = TemplateResponse(
        request, "procedures/leaflet_not_made.html", {"edition": edition}, status=HTTPStatus.NOT_FOUND
    )
    add_never_cache_headers(response)
    return response


@require_safe
def leaflet_find(request: HttpRequest) -> HttpResponseBase:
    """A box for the code on a leaflet, which leads on to what became of that leaflet."""
    if code := re.sub(r"[^A-Z0-9]", "", request.GET.get("code", "").upper()):
        return redirect("procedures:leaflet_check", code)
    return TemplateResponse(request, "procedures/leaflet_find.html")


@require_safe
def leaflet_check(request: HttpRequest, code: str) -> TemplateResponse:
    """Whether a leaflet is current, by the code on it; else what changed since, or that it was withdrawn."""
    held = (
        Edition.objects.once_public().select_related("procedure").filter(leaflet_code=as_minted(code)).first()
    )
    if held is None:
        return TemplateResponse(
            request, "procedures/leaflet_unknown.html", {"code": code}, status=HTTPStatus.NOT_FOUND
        )
    editions = Edition.objects.once_public().filter(procedure=held.procedure)
    public = entries(list(editions.defer("html", "copies")))
    entry = next(entry for entry in public if entry.edition == held)
    current = next((entry.edition for entry in public if entry.is_current), None)
    return TemplateResponse(
        request,
        "procedures/leaflet_check.html",
        {
            "held": held,
            "procedure": held.procedure,
            "current": current,
            "replaced_at": entry.replaced_at,
            "since": [later.edition for later in public[: public.index(entry)] if later.stays],
            "taken_back": None if held.sign_off else _taken_back(held),
            "changes": changes(held.lines, current.lines) if current and current != held else [],
        },
    )


def as_minted(code: str) -> str:
    """A code as somebody typed it, with spaces and in small letters, as it was minted."""
    return re.sub(r"[^A-Z0-9]", "", code.upper())


def _taken_back(edition: Edition) -> SignOff | None:
    """The sign-off of the edition's text that was taken back last."""
    given = edition.procedure.sign_offs.filter(clinical_hash=edition.clinical_hash, revoked_at__isnull=False)
    return given.order_by("-revoked_at").first()
