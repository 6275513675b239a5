"""Both forms, for the pages of any app."""

from dataclasses import dataclass, field

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from consultants.models import Consultant
from enquiries.choices import Choices
from enquiries.forms import CallbackForm, EnquiryForm
from procedures.models import Hospital, Procedure
from procedures.remembering import remembered

register = template.Library()


@register.simple_tag
def enquiry_forms(
    hospital: Hospital | None = None,
    procedure: Procedure | None = None,
    consultant: Consultant | None = None,
) -> SafeString:
    """Both forms, filled in with what the page is about. Neither needs a token, cookie or session, so any cache may hold them,
    and for that reason neither offers times to be rung, which go.

    The ids differ, so both can stand in one page; the names do not.
    """
    about = {"hospital": hospital, "procedure": procedure, "consultant": consultant}
    return _drawn(*((name, row.slug) for name, row in about.items() if row))


@remembered
def _drawn(*about: tuple[str, str]) -> SafeString:
    slugs = dict(about)
    choices = Choices.read(slugs.get("consultant"))
    forms = {
        "enquiry": EnquiryForm(choices, initial=dict(slugs), auto_id="enquiry_%s"),
        "call_back": CallbackForm(choices, initial=dict(slugs), auto_id="call_back_%s", offers_times=False),
    }
    for form in forms.values():
        form.shows_what_it_knows = False
    return render_to_string("enquiries/_both_forms.html", {**forms, "how_long": choices.consent.how_long})


@dataclass(frozen=True)
class Unanswered:
    """A question that nobody has typed an answer to. Two that are equal read alike while the content stands as it does.

    Its form may have been made just before the content changed, so all that it took from there is compared.
    """

    form: type
    id: str
    chosen: str | None
    choices: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    field: BoundField = field(compare=False)


@register.filter
def question(field: BoundField) -> SafeString:
    """A question of a form. Until it is answered it is the same for everybody, and so drawn once for many pages."""
    choices, chosen = tuple(getattr(field.field, "choices", ())), field.value()
    if field.form.is_bound or (chosen and chosen not in (value for value, _ in choices)):
        return as_crispy_field(field)
    version = getattr(field.field.widget, "version", "")  # of the words of consent
    words = (str(field.label), str(field.help_text), str(version))
    return _question(Unanswered(type(field.form), field.auto_id, chosen, choices, words, field))


@remembered
def _question(unanswered: Unanswered) -> SafeString:
    return as_crispy_field(unanswered.field)
