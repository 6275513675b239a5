"""A small, invented edition with one of everything that a leaflet has to carry."""

from datetime import UTC, datetime

from procedures.models import Edition
from tests import factories

PUBLISHED_AT = datetime(2027, 5, 3, 8, 0, tzinfo=UTC)
CODE = "ABCD2345"


def told() -> Edition:
    """Edition 2 of the page on resting a broken back, at Elm Park."""
    procedure = factories.procedure(name="Elm rest", slug="elm-rest")
    factories.offering(procedure, factories.hospital())
    factories.red_flag_card()
    factories.red_flag_card(
        level="today", heading="Call 111 today if", body="<ul><li>you have a fever</li></ul>", position=2
    )
    edition = factories.edition(
        procedure=procedure,
        number=2,
        lead="A way to rest.",
        description="How to rest.",
        published_at=PUBLISHED_AT,
        leaflet_code=CODE,
    )
    factories.block(edition, "key_fact", heading="Time", body="<p><b>One hour</b></p><p>Or two.</p>")
    factories.block(edition, "section", heading="What happens", anchor="what")
    factories.block(
        edition, "text", heading="A bone that broke", body="<p>You lie down, and you <b>rest</b>.</p>"
    )
    factories.block(
        edition,
        "step",
        heading="Lie down",
        body="<p>Ask for a pillow.</p><ol><li>First</li><li>Then</li></ol>",
        illustration=factories.illustration(),
    )
    factories.block(
        edition, "section", heading="What can go wrong", anchor="risks", body="<h4>In a few words</h4>"
    )
    risk = factories.block(edition, "risk", heading="A sore back", body="<p>It passes.</p>")
    factories.shown_in(risk, factories.figure())
    factories.block(
        edition,
        "text",
        body="<table><caption>Day by day</caption><thead><tr><th scope='col'>Day</th><th scope='col'>Do</th></tr></thead>"
        "<tbody><tr><th scope='row'>One</th><td>Rest</td></tr></tbody></table>",
    )
    factories.block(edition, "section", heading="Questions to ask", anchor="questions")
    factories.block(edition, "question", heading="How long do I rest?")
    factories.block(edition, "question", heading="Who helps me?")
    factories.block(edition, "section", heading="Common questions", anchor="faq")
    factories.block(
        edition, "faq", heading="May I read?", body="<p>Yes. See <a href='#risks'>what can go wrong</a>.</p>"
    )
    return Edition.objects.with_blocks().get(pk=edition.pk)
