"""Both forms, for the pages of any app."""

from typing import Any

from django import template

from consultants.models import Consultant
from enquiries.choices import Choices
from enquiries.forms import CallbackForm, EnquiryForm
from procedures.models import Hospital, Procedure

register = template.Library()


@register.inclusion_tag("enquiries/_both_forms.html")
def enquiry_forms(
    hospital: Hospital | None = None,
    procedure: Procedure | None = None,
    consultant: Consultant | None = None,
) -> dict[str, Any]:
    """Both forms, filled in with what the page is about. Neither needs a token, cookie or session, so any cache may hold them,
    and for that reason neither offers times to be rung, which go.

    The ids differ, so both can stand in one page; the names do not.
    """
    about = {"hospital": hospital, "procedure": procedure, "consultant": consultant}
    slugs = {name: row.slug for name, row in about.items() if row}
    choices = Choices.read(slugs.get("consultant"))
    forms = {
        "enquiry": EnquiryForm(choices, initial=dict(slugs), auto_id="enquiry_%s"),
        "call_back": CallbackForm(choices, initial=dict(slugs), auto_id="call_back_%s", offers_times=False),
    }
    for form in forms.values():
        form.shows_what_it_knows = False
    return {**forms, "how_long": choices.consent.how_long}
