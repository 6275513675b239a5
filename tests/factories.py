"""A believable, invented cast: a hospital, a procedure, a consultant, a caller. Build only what the sentence mentions.

Phone numbers are the regulator's own examples, kept out of use for stories.
"""

import itertools
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from consultants.models import Consultant, Practice, ProcedureCount, Reconfirmation
from enquiries import promises, questions
from enquiries.models import CallWindow, ConsentWording, Enquiry, Reading, TeamMember
from enquiries.models.reading import record
from procedures import publishing
from procedures.copies import clinical_hash
from procedures.models import (
    Block,
    BlockFigure,
    Closure,
    Edition,
    Figure,
    GlossaryTerm,
    Hospital,
    Illustration,
    Leaflet,
    Offering,
    OpeningHours,
    PreviewLink,
    Procedure,
    RedFlagCard,
    Reviewer,
    SignOff,
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
    """The first edition of a procedure's page, published by hand: nothing of it was kept, and the gate was not asked."""
    facts = {
        "number": 1,
        "lead": "A treatment for a broken bone in the back.",
        "description": "What happens, who it helps, what can go wrong.",
        "published_at": timezone.now(),
    } | facts
    facts.setdefault("is_first_text", facts["number"] == 1 and facts["published_at"] is not None)
    with pgtrigger.ignore("procedures.Edition:published_edition_is_signed_off"):
        return Edition.objects.create(**facts)


def draft(**facts: Any) -> Edition:
    """An edition still being written."""
    return edition(**{"published_at": None, "is_first_text": False} | facts)


def block(edition: Edition, kind: str, **facts: Any) -> Block:
    """One block, after those that the edition has, even where it is published already: a story may tell it in any order."""
    with pgtrigger.ignore("procedures.Block:blocks_are_frozen"):
        return Block.objects.create(
            edition=edition, kind=kind, **{"position": edition.blocks.count() + 1} | facts
        )


def whole_draft(**facts: Any) -> Edition:
    """A draft that has every part a page needs, in words the publish gate has nothing against. Brings the warning signs."""
    made = draft(**{"number": 2} | facts)
    if not RedFlagCard.objects.exists():
        red_flag_card()
    study = Source.objects.filter(key="elm-study-2020").first() or source()
    for kind, heading, body in WHOLE:
        anchor = heading.lower().split()[0] if kind == Block.Kind.SECTION else ""
        cited_in(block(made, kind, heading=heading, body=body, anchor=anchor), study)
    return made


WHOLE = [
    (Block.Kind.KEY_FACT, "Time", "<p><b>30 to 60 minutes</b></p>"),
    (Block.Kind.SECTION, "Short and plain", ""),
    (Block.Kind.SUMMARY, "", "<ul><li>It holds a broken bone still.</li><li>You can say no.</li></ul>"),
    (Block.Kind.SECTION, "What is good and bad about it", ""),
    (Block.Kind.BENEFIT, "Less pain", "<p>The pain can ease.</p>"),
    (Block.Kind.RISK, "Cement leaks", "<p>Cement can leak out of the bone.</p>"),
    (Block.Kind.DISAGREEMENT, "Does it last?", "<p>Studies clash on this.</p>"),
    (Block.Kind.SECTION, "Other choices", ""),
    (Block.Kind.ALTERNATIVE, "No operation for now", "<p>You can wait, and ask again.</p>"),
]


def cited_in(block: Block, *sources: Source) -> None:
    """The block stands on the sources, even where its edition is published already."""
    with pgtrigger.ignore("procedures.BlockSource:block_sources_are_frozen"):
        block.sources.add(*sources)


def leaflet(edition: Edition, size: str = Leaflet.Size.STANDARD) -> Leaflet:
    """A leaflet that was made of the edition, with next to nothing on it."""
    return Leaflet.objects.create(edition=edition, size=size, pdf=b"%PDF-1.7 a leaflet", pages=12)


def reviewer(**facts: Any) -> Reviewer:
    """A clinician, made up, who may sign off from the account “morgan”."""
    facts.setdefault("user", None)
    facts["user"] = facts["user"] or person("morgan")
    return Reviewer.objects.create(**{"name": "Dr Morgan Vale", "post": "Consultant radiologist"} | facts)


def sign_off(edition: Edition, reviewer: Reviewer, **facts: Any) -> SignOff:
    """The reviewer's approval of the edition's clinical text as it is now."""
    return SignOff.objects.create(
        **{
            "procedure": edition.procedure,
            "edition": edition,
            "clinical_hash": clinical_hash(Edition.objects.with_blocks().get(pk=edition.pk)),
            "reviewer": reviewer,
            "reviewer_name": reviewer.name,
            "reviewer_post": reviewer.post,
            "next_review_on": timezone.localdate() + timedelta(days=365),
        }
        | facts
    )


def published(draft: Edition, **facts: Any) -> Edition:
    """The draft signed off by Dr Morgan Vale and published as the desk does it, now or at the time given."""
    morgan = Reviewer.objects.first() or reviewer()
    sign_off(draft, morgan)
    if facts:
        Edition.objects.filter(pk=draft.pk).update(**facts)
    return publishing.publish(draft, by=morgan.user)


def next_edition(edition: Edition, *, change: tuple[str, str] | None = None, **facts: Any) -> Edition:
    """A newer edition, published: a copy, with some words changed for others wherever its blocks say them."""
    draft = publishing.start_draft(edition)
    old, new = change or ("", "")
    for block in draft.blocks.all() if change else []:
        block.heading, block.body = block.heading.replace(old, new), block.body.replace(old, new)
        block.save()
    facts = {"change_summary": "We made a line clearer.", "change_reason": "A reader asked."} | facts
    return published(draft, **facts)


def preview_address(
    edition: Edition, *, by: User | None = None, shown_to: str = "A colleague", days: int = 7
) -> str:
    """Where a draft can be read by a link, for a week."""
    by = by or User.objects.first() or person()
    return reverse(
        "procedures:preview",
        args=[PreviewLink.objects.mint(edition, by=by, shown_to=shown_to, days=days)],
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


def question(consultant: Consultant, *, by: User | None = None) -> Reconfirmation:
    """What the consultant's secretary was asked by mail just now, and has not answered."""
    by = by or User.objects.first() or person()
    asked = Reconfirmation.objects.ask(consultant, by=by)
    asked.mark_sent()
    return asked


def procedure_count(consultant: Consultant, procedure: Procedure, **facts: Any) -> ProcedureCount:
    """Twelve in the year to March, from the Elm study unless the story names another source."""
    if "source" not in facts:
        facts["source"] = Source.objects.filter(key="elm-study-2020").first() or source()
    return ProcedureCount.objects.create(
        consultant=consultant,
        procedure=procedure,
        **{"done": 12, "until_date": date(2026, 3, 31)} | facts,
    )


# What a consultant may be known by, all of it invented.
KNOWN: dict[str, Any] = {
    "post_nominals": "MB BS, FRCS (Tr & Orth)",
    "about": "I treat broken bones in the spine.\n\nI like to draw what I mean.",
    "gmc_number": "1234567",
    "specialties": ["Spinal surgery", "Pain"],
    "languages": ["Welsh", "Urdu"],
    "nhs_base": "Ash Hospital",
    "interests": "Paid by Elm Press for two talks in 2025.",
    "secretary_name": "Jo Reed",
    "secretary_phone": "01632 960123",
    "secretary_email": "jo@reed.example",
    "insurers": ["Elm Health", "Oak Mutual"],
    "first_fee": 250,
    "follow_up_fee": "150.50",
    "profile_url": "https://profiles.example/quill",
}


def known_consultant(hospital: Hospital, *procedures: Procedure, **facts: Any) -> Consultant:
    """A consultant who gave every fact, confirmed today unless the story says otherwise."""
    practice_facts = {"named_in": None, "confirmed_on": timezone.localdate(), "clinic_days": "Mondays"}
    practice_facts |= {name: facts.pop(name) for name in list(facts) if name in practice_facts}
    made = consultant(**KNOWN | facts)
    practice(made, hospital, *procedures, **practice_facts)
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
        made.agree_to(ConsentWording.objects.current())
    made.be_asked(questions.asked(made.kind))
    return made


def stored_enquiry(hospital: Hospital, **facts: Any) -> Enquiry:
    """What Jo Larkspur asks, stored, with its mail in the outbox; another question each time, so that none is a repeat."""
    return Enquiry.objects.submit(enquiry(hospital, **{"question": f"Question {next(_numbers)}"} | facts))


def booked(hospital: Hospital, key: str, **facts: Any) -> Enquiry:
    """A call-back with a place in a call window, named by its key in the form, such as “2026-12-07 09:00-12:00”."""
    made = enquiry(hospital, **{"kind": "call_back", "question": f"Question {next(_numbers)}"} | facts)
    made.choose(promises.moments(key))
    return Enquiry.objects.submit(made)


def reading(user: User, *enquiries: Enquiry, deed: Reading.Deed = Reading.Deed.OPENED) -> Reading:
    """A line of the read record: the user read these requests, of one hospital, just now."""
    record(user, deed, enquiries)
    return Reading.objects.latest("pk")


def call_window(hospital: Hospital, **facts: Any) -> CallWindow:
    """Monday morning, confirmed by nobody yet."""
    return CallWindow.objects.create(
        hospital=hospital, **{"weekday": 0, "starts_at": "09:00", "ends_at": "12:00", "places": 6} | facts
    )


def person(username: str = "robin", **facts: Any) -> User:
    """Somebody who works here."""
    return User.objects.create_user(username, password="correct horse battery", **facts)


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of everybody's authenticator app


def second_factor(user: User) -> Authenticator:
    """Their authenticator app, and recovery codes beside it."""
    RecoveryCodes.activate(user)
    return TOTP.activate(user, SECRET).instance


def code_now(secret: str = SECRET, steps: int = 0) -> str:
    """The six digits that the app shows now, or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps))


def team_member(user: User, hospital: Hospital) -> TeamMember:
    """Somebody who answers for the hospital."""
    return TeamMember.objects.create(user=user, hospital=hospital)


def roles(*names: str) -> QuerySet[Group]:
    """The roles of these names, as the migrations made them."""
    return Group.objects.filter(name__in=names)


def handler(username: str, hospital: Hospital, role: str = "Enquiry handler") -> User:
    """Somebody of the hospital's team who rings people back."""
    user = person(username, is_staff=True)
    user.groups.set(roles(role))
    team_member(user, hospital)
    return user


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
    with pgtrigger.ignore("procedures.BlockFigure:block_figures_are_frozen"):
        BlockFigure.objects.bulk_create(
            BlockFigure(block=block, figure=figure, position=position)
            for position, figure in enumerate(figures)
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


def known_hospital(**facts: Any) -> Hospital:
    """A hospital that gave every fact."""
    made = hospital(
        **{
            "provider": "Elm Trust",
            "street": "1 Elm Row",
            "town": "Elm",
            "postcode": "EL1 1AA",
            "directions": "From the station, turn left.",
            "parking": "Behind the house.",
            "access": "A ramp.",
            "bank_holidays": Hospital.BankHolidays.CLOSED,
            "confirmed_on": date(2026, 9, 1),
        }
        | facts
    )
    for weekday in range(5):
        opening_hours(made, weekday)
    opening_hours(made, 5, closes_at=time(12))
    return made


def opening_hours(hospital: Hospital, weekday: int, **facts: Any) -> OpeningHours:
    """From nine to half past five."""
    return OpeningHours.objects.create(
        hospital=hospital, weekday=weekday, **{"opens_at": time(9), "closes_at": time(17, 30)} | facts
    )


def closure(hospital: Hospital, closed_on: date, reason: str = "Moving day") -> Closure:
    """A day when nobody answers."""
    return Closure.objects.create(hospital=hospital, closed_on=closed_on, reason=reason)


def offering(procedure: Procedure, hospital: Hospital, **facts: Any) -> Offering:
    """A procedure at a hospital, with no price yet."""
    return Offering.objects.create(procedure=procedure, hospital=hospital, **facts)
