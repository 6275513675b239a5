"""The directory and a consultant's profile."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from consultants import structured_data
from consultants.directory import find, wishes
from consultants.forms import ConsultantSearchForm
from consultants.models import Consultant
from procedures.addresses import public_address


@require_safe
def consultant_list(request: HttpRequest) -> TemplateResponse:
    """The directory, narrowed by what stands in the address."""
    form = ConsultantSearchForm(request.GET)
    found = find(form.asked)
    page = found.search.page(form.place)
    wished = wishes(form.asked, found.question)
    return TemplateResponse(
        request,
        "consultants/consultant_list.html",
        {
            "form": form,
            "found": found,
            "page": page,
            "wishes": [(wish, form.address(without=wish.name)) for wish in wished],
            "left_out": [wish.words for wish in wished if wish.name in found.left_out],
            "back": page.back and form.address(before=page.back),
            "on": page.on and form.address(after=page.on),
            "start": form.address(),
            "end": form.address(last="1"),
        },
    )


@require_safe
def consultant_detail(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A consultant's profile: what is known, and who said so. It opens even where all that is known has lapsed.

    The address of a merged record leads to the one that stays.
    """
    consultant = Consultant.objects.with_profile().with_record().filter(slug=slug).first()
    if consultant is None:
        stays = get_object_or_404(Consultant.objects.with_profile(), merged__slug=slug)
        return redirect(stays, permanent=True)
    return TemplateResponse(
        request,
        "consultants/consultant_detail.html",
        {
            "consultant": consultant,
            "structured_data": structured_data.physician(consultant, public_address(request)),
        },
    )
