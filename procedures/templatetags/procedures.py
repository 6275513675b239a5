"""Pieces of a page that any template may need."""

import json
from collections.abc import Hashable
from typing import Any, cast

import phonenumbers
from django import template
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from procedures.counting import in_words
from procedures.models import RedFlagCard
from procedures.models.hospitals import clock
from procedures.moments import moment, time_of_day
from procedures.remembering import remembered

register = template.Library()


@register.simple_tag
@remembered
def red_flags() -> SafeString:
    """The whole red-flag panel, the same wherever it stands."""
    return render_to_string("components/red_flags.html", {"cards": RedFlagCard.objects.all()})


@register.simple_tag
def part(name: str, **inputs: Hashable) -> SafeString:
    """A component that shows nothing but these inputs, drawn once for all pages that give it the same.

    They are remembered with it, so they must be what we published, never what a reader sent.
    """
    return _part(name, *inputs.items())


@remembered
def _part(name: str, *inputs: tuple[str, Hashable]) -> SafeString:
    return render_to_string(f"components/{name}.html", dict(inputs))


@register.inclusion_tag("components/crumbs.html", takes_context=True)
def crumbs(context: template.Context, *steps: str) -> dict[str, Any]:
    """The way from home to this page. Steps: label and address by turns; the page itself last, a label alone."""
    links = [("Home", "/"), *zip(steps[:-1:2], steps[1::2], strict=True)]
    return {
        "links": links,
        "here": steps[-1],
        "structured_data": breadcrumb_list(context["public_url"], links),
    }


def breadcrumb_list(public_url: str, links: list[tuple[str, str]]) -> dict[str, Any]:
    """The same way as schema.org BreadcrumbList."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": f"{public_url}{address}"}
            for position, (name, address) in enumerate(links, start=1)
        ],
    }


@register.filter
def json_ld(data: Any) -> SafeString:
    """A JSON-LD block. What could end the script element early is escaped."""
    escapes = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
    text = json.dumps(data, ensure_ascii=False).translate(escapes)
    safe = mark_safe(text)  # noqa: S308  # nosec B308 B703  # nothing in it can end the element
    return format_html('<script type="application/ld+json">{}</script>', safe)


@register.filter
def counted(count: int) -> str:
    """How many there are, or that there are more than anybody counts."""
    return in_words(count)


@register.filter
def options(field: BoundField) -> SafeString:
    """The options of a choice field. A list of a hundred hospitals takes a template of its own 10 ms."""
    chosen, choices = str(field.value() or ""), cast(Any, field.field).choices
    rows = ((value, " selected" if str(value) == chosen else "", text) for value, text in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


@register.filter
def dialable(number: str) -> str:
    """A British number as a phone dials it from anywhere: “01582 714420” is “+441582714420”."""
    parsed = phonenumbers.parse(number, "GB")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@register.filter
def phone_link(number: str) -> SafeString:
    """A phone number to tap."""
    return format_html('<a class="tel" href="tel:{}">{}</a>', dialable(number), number)


register.filter(clock)
register.filter(moment)
register.filter(time_of_day)


class CaptureNode(template.Node):
    """Draw what stands inside once, and keep it under a name."""

    def __init__(self, nodelist: template.NodeList, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context: template.Context) -> SafeString:
        context[self.name] = SafeString(self.nodelist.render(context).strip())  # nosec B703  # as the template drew it
        return SafeString("")


@register.tag
def capture(parser: template.base.Parser, token: template.base.Token) -> CaptureNode:
    """{% capture title %}…{% endcapture %}: a page says its title once, and the head uses it in several places."""
    _, name = token.split_contents()
    nodelist = parser.parse(["endcapture"])
    parser.delete_first_token()
    return CaptureNode(nodelist, name)
