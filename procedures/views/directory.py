"""What is offered and where: the finder, the hospitals, and the hard words explained."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from procedures import glossing, opening, structured_data
from procedures.addresses import public_address
from procedures.forms import ProcedureSearchForm
from procedures.models import Hospital


@require_safe
def procedure_list(request: HttpRequest) -> TemplateResponse:
    """The finder: what is offered, where, of which kind."""
    form = ProcedureSearchForm(request.GET)
    return TemplateResponse(
        request, "procedures/procedure_list.html", {"form": form, "procedures": form.search()}
    )


@require_safe
def hospital_list(request: HttpRequest) -> TemplateResponse:
    """Every hospital."""
    return TemplateResponse(request, "procedures/hospital_list.html", {"hospitals": Hospital.objects.all()})


@require_safe
def hospital_detail(request: HttpRequest, slug: str) -> TemplateResponse:
    """A hospital: how to reach it, what is offered there and who practises there."""
    hospital = get_object_or_404(Hospital.objects.prefetch_related("opening_hours"), slug=slug)
    week, closed_days = opening.week(hospital), opening.closed_days(hospital)
    return TemplateResponse(
        request,
        "procedures/hospital_detail.html",
        {
            "hospital": hospital,
            "week": week,
            "closed_days": closed_days,
            "offerings": hospital.offerings.published().select_related("procedure"),
            "few": hospital.practices.with_procedures().few(),
            "structured_data": structured_data.hospital(hospital, public_address(request), week, closed_days),
        },
    )


@require_safe
def glossary(request: HttpRequest) -> TemplateResponse:
    """Hard words, explained."""
    return TemplateResponse(request, "procedures/glossary.html", {"entries": glossing.entries()})
