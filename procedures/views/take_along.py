"""Pages to print and take along: questions for the visit, and facts for the GP."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from procedures import rendering
from procedures.models import Block, Edition
from procedures.referral import Referral


@require_safe
def visit_sheet(request: HttpRequest, slug: str) -> TemplateResponse:
    """Questions to tick and to write, for one sheet of paper. What is typed stays in the browser."""
    edition = get_object_or_404(Edition.objects.current().select_related("procedure"), procedure__slug=slug)
    return TemplateResponse(
        request,
        "procedures/visit_sheet.html",
        {
            "edition": edition,
            "procedure": edition.procedure,
            "own_lines": "123456",
            "questions": edition.blocks.filter(kind=Block.Kind.QUESTION).order_by("position"),
        },
    )


@require_safe
def for_your_gp(request: HttpRequest, slug: str) -> TemplateResponse:
    """What a GP needs to refer somebody, in the words and figures of the page."""
    current = Edition.objects.current().select_related("procedure").defer("lines")
    edition = get_object_or_404(current, procedure__slug=slug)
    page = rendering.page(edition)
    return TemplateResponse(
        request,
        "procedures/for_your_gp.html",
        {
            "edition": edition,
            "procedure": edition.procedure,
            "page": page,
            "referral": Referral(edition, page),
            "offerings": edition.procedure.offerings.select_related("hospital"),
        },
    )
