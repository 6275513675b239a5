"""What patients are told about a procedure."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from procedures import rendering, structured_data
from procedures.addresses import public_address
from procedures.models import Edition
from procedures.remembering import remembered


def explainer_context(address: str, edition: Edition, *, as_it_was: bool = False) -> dict[str, Any]:
    """All that `procedures/procedure_detail.html` shows of an edition, published or still a draft.

    As it was, it says nothing of today's places, prices and people, and takes no question.
    """
    procedure, page = edition.procedure, rendering.page(edition)
    return {
        "edition": edition,
        "page": page,
        "procedure": procedure,
        "offerings": [] if as_it_was else list(procedure.offerings.select_related("hospital")),
        "leaflets": [] if as_it_was else list(edition.leaflets.without_pdf()),
        "few": None if as_it_was else procedure.practices.few(),
        "has_forms": not as_it_was,
        "structured_data": not edition.is_draft and structured_data.medical_web_page(edition, page, address),
    }


@remembered
def _as_it_stands(slug: str, address: str) -> dict[str, Any]:
    current = Edition.objects.current().select_related("procedure").defer("copies")
    return explainer_context(address, get_object_or_404(current, procedure__slug=slug))


@require_safe
def procedure_detail(request: HttpRequest, slug: str) -> TemplateResponse:
    """What patients are told about a procedure, by its current edition."""
    context = _as_it_stands(slug, public_address(request))
    return TemplateResponse(request, "procedures/procedure_detail.html", context)
