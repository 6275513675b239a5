"""The directory and a consultant's profile."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from consultants import structured_data
from consultants.forms import ConsultantSearchForm
from consultants.models import Consultant
from procedures.addresses import public_address


@require_safe
def consultant_list(request: HttpRequest) -> TemplateResponse:
    """The directory, narrowed by what stands in the address."""
    form = ConsultantSearchForm(request.GET)
    return TemplateResponse(
        request, "consultants/consultant_list.html", {"form": form, "consultants": form.search()}
    )


@require_safe
def consultant_detail(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A consultant's profile: what is known, and who said so. The address of a merged record leads to the one that stays."""
    consultant = Consultant.objects.listed().with_practices().filter(slug=slug).first()
    if consultant is None:
        stays = get_object_or_404(Consultant.objects.with_profile(), merged__slug=slug)
        return redirect(stays, permanent=True)
    return TemplateResponse(
        request,
        "consultants/consultant_detail.html",
        {
            "consultant": consultant,
            "practices": consultant.practices.all(),
            "structured_data": structured_data.physician(consultant, public_address(request)),
        },
    )
