"""A believable, invented cast: a hospital, a procedure, a consultant, a caller. Build only what the sentence mentions.

Phone numbers are the regulator's own examples, kept out of use for stories.
"""

import itertools
from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from consultants.models import Consultant, Practice
from enquiries import consent
from enquiries.models import CallWindow, Enquiry, TeamMember
from procedures.models import (
    Block,
    BlockFigure,
    Edition,
    Figure,
    GlossaryTerm,
    Hospital,
    Illustration,
    Offering,
    Procedure,
    RedFlagCard,
    Source,
)


def hospital(**facts: Any) -> Hospital:
    """Elm Park Hospital, where the stories happen."""
    return Hospital.objects.create(
        **{
            "name": "Elm Park Hospital",
            "short_name": "Elm Park",
            "slug": "elm-park",
            "phone": "01632 960100",
            "self_pay_phone": "01632 960101",
            "enquiries_email": "team@elmpark.example",
        }
        | facts
    )


def procedure(**facts: Any) -> Procedure:
    """Balloon kyphoplasty, without a page of its own yet."""
    return Procedure.objects.create(
        **{
            "name": "Balloon kyphoplasty",
            "slug": "balloon-kyphoplasty",
            "kind": Procedure.Kind.TREATMENT,
            "summary": "A treatment for a broken bone in the back.",
        }
        | facts
    )


def published_procedure(**facts: Any) -> Procedure:
    """A procedure whose first edition is out."""
    made = procedure(**facts)
    edition(procedure=made)
    return made


def edition(**facts: Any) -> Edition:
    """The first edition of a procedure's page, published."""
    return Edition.objects.create(
        **{
            "number": 1,
            "lead": "A treatment for a broken bone in the back.",
            "description": "What happens, who it helps, what can go wrong.",
            "published_at": timezone.now(),
        }
        | facts
    )


def block(edition: Edition, kind: str, **facts: Any) -> Block:
    """One block, after those that the edition has."""
    return Block.objects.create(
        edition=edition, kind=kind, **{"position": edition.blocks.count() + 1} | facts
    )


def red_flag_card(**facts: Any) -> RedFlagCard:
    """A card of the red-flag panel."""
    return RedFlagCard.objects.create(
        **{
            "level": RedFlagCard.Level.NOW,
            "heading": "Call 999 or go to A&E now if",
            "body": "<ul><li>both legs are weak</li></ul>",
            "position": 1,
        }
        | facts
    )


def consultant(**facts: Any) -> Consultant:
    """Miss Ada Quill, spinal consultant."""
    return Consultant.objects.create(
        **{
            "title": "Miss",
            "given_name": "Ada",
            "family_name": "Quill",
            "slug": "ada-quill",
            "role": "Spinal consultant",
        }
        | facts
    )


def practice(consultant: Consultant, hospital: Hospital, *procedures: Procedure, **facts: Any) -> Practice:
    """A consultant at a hospital, with what they do there."""
    made = Practice.objects.create(consultant=consultant, hospital=hospital, **{"named_in": 2016} | facts)
    made.procedures.set(procedures)
    return made


_numbers = itertools.count(1)


def enquiry(hospital: Hospital, **facts: Any) -> Enquiry:
    """What Jo Larkspur asks, not yet stored."""
    made = Enquiry(
        **{
            "kind": Enquiry.Kind.ENQUIRY,
            "submission_id": uuid4(),
            "hospital": hospital,
            "name": "Jo Larkspur",
            "phone": "07700 900123",
            "phone_in_full": "+447700900123",
            "email": "jo@larkspur.example",
            "question": "Could this help my mother?",
        }
        | facts
    )
    if not made.consent_text:
        made.agree_to(consent.CURRENT)
    return made


def stored_enquiry(hospital: Hospital, **facts: Any) -> Enquiry:
    """What Jo Larkspur asks, stored, with its mail in the outbox; another question each time, so that none is a repeat."""
    return Enquiry.objects.submit(enquiry(hospital, **{"question": f"Question {next(_numbers)}"} | facts))


def call_window(hospital: Hospital, **facts: Any) -> CallWindow:
    """Monday morning, confirmed by nobody yet."""
    return CallWindow.objects.create(
        hospital=hospital, **{"weekday": 0, "starts_at": "09:00", "ends_at": "12:00", "places": 6} | facts
    )


def person(username: str = "robin", **facts: Any) -> User:
    """Somebody who works here."""
    return User.objects.create_user(username, password="correct horse battery", **facts)


def team_member(user: User, hospital: Hospital) -> TeamMember:
    """Somebody who answers for the hospital."""
    return TeamMember.objects.create(user=user, hospital=hospital)


def source(**facts: Any) -> Source:
    """A made-up study, read lately."""
    return Source.objects.create(
        **{
            "key": "elm-study-2020",
            "title": "The Elm study of broken backs",
            "publisher": "Elm Press",
            "year": 2020,
            "url": "https://press.example/elm-study",
            "checked_on": date(2026, 9, 1),
        }
        | facts
    )


def figure(**facts: Any) -> Figure:
    """Seven of every hundred people in the Elm study, from its own source unless the story names another."""
    if "source" not in facts:
        facts["source"] = Source.objects.filter(key="elm-study-2020").first() or source()
    return Figure.objects.create(
        **{
            "key": "elm-leaks",
            "shape": Figure.Shape.PROPORTION,
            "what": "had some cement leak",
            "counted": Figure.Counted.PEOPLE,
            "count": 7,
            "out_of": 100,
        }
        | facts
    )


def shown_in(block: Block, *figures: Figure) -> None:
    """The figures stand in the block, in this order."""
    BlockFigure.objects.bulk_create(
        BlockFigure(block=block, figure=figure, position=position) for position, figure in enumerate(figures)
    )


def illustration(**facts: Any) -> Illustration:
    """The first of our own drawings."""
    return Illustration.objects.create(
        **{
            "key": "tubes",
            "drawing": "step-1-tubes.svg",
            "alt": "Thin tubes reach the bone.",
            "caption": "The first step.",
        }
        | facts
    )


def glossary_term(**facts: Any) -> GlossaryTerm:
    """A hard word."""
    return GlossaryTerm.objects.create(
        **{"term": "Vertebra", "slug": "vertebra", "definition": "One bone of your spine."} | facts
    )


def offering(procedure: Procedure, hospital: Hospital, **facts: Any) -> Offering:
    """A procedure at a hospital, with no price yet."""
    return Offering.objects.create(procedure=procedure, hospital=hospital, **facts)
