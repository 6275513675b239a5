"""What becomes of a secretary's answer: all of it confirmed at once, or corrections that wait for staff to decide."""

from collections.abc import Container

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from consultants.facts import PERSONAL, Facts, held, place_of, with_facts, write_back
from consultants.models import Consultant, Practice, Reconfirmation
from procedures.fingerprints import fingerprint

ABOUT = "about"
BY_SECRETARY = "Confirmed by the secretary, by the link we sent."


def locked(pk: int) -> Reconfirmation:
    """The question with its consultant's facts, none of which anybody else can change before this transaction ends.

    The consultant comes first, as wherever several are locked, so that no two wait for each other.
    """
    about = Consultant.objects.filter(reconfirmations=pk)
    list(about.select_for_update(of=("self",)))
    list(Practice.objects.select_for_update().filter(consultant__in=about))
    question = Reconfirmation.objects.select_for_update().get(pk=pk)
    question.consultant = with_facts(Consultant.objects.filter(pk=question.consultant_id)).get()
    return question


def confirm(question: Reconfirmation) -> None:
    """All of it is right: every practice that was shown is confirmed today. Needs the question locked."""
    question.answered_at, question.outcome = timezone.now(), Reconfirmation.Outcome.CONFIRMED
    question.save(update_fields=["answered_at", "outcome"])
    for practice in question.consultant.practices.all():
        practice.confirm(timezone.localdate(), BY_SECRETARY)


def correct(question: Reconfirmation, corrections: Facts) -> None:
    """Keep the corrections for staff. Nothing is written and nothing is confirmed. Needs the question locked."""
    question.answered_at, question.outcome = timezone.now(), Reconfirmation.Outcome.CORRECTED
    question.corrections = corrections
    question.unchanged = _by_place(held(question.consultant), corrections)
    question.save(update_fields=["answered_at", "outcome", "corrections", "unchanged"])


def decide(question: Reconfirmation, accepted: Container[str], *, by: AbstractBaseUser) -> list[Practice]:
    """Write what was accepted, and confirm each practice whose facts are now all as the secretary said. Says which.

    They were confirmed on the day the secretary answered. A practice stays unconfirmed where a correction of it was
    refused, or where staff changed another of its facts since. So do all, where that is so of the consultant's own
    facts: they are stated with any practice that is confirmed. Needs the question locked.
    """
    facts, said = held(question.consultant), question.corrections
    taken = [key for key in said if key in accepted and key in facts]
    unsure = {_place(key) for key in said if key not in taken}
    unsure |= {
        place for place, found in _by_place(facts, said).items() if found != question.unchanged.get(place)
    }
    write_back(question.consultant, {key: said[key][1] for key in taken})
    question.decided_at, question.decided_by, question.accepted = timezone.now(), by, taken  # type: ignore[assignment]
    question.corrections = {key: pair for key, pair in said.items() if key not in PERSONAL}
    question.save(update_fields=["decided_at", "decided_by", "accepted", "corrections"])
    if ABOUT in unsure:
        return []
    staying = Practice.objects.filter(consultant=question.consultant_id).select_related(
        "hospital", "consultant"
    )
    sure = [practice for practice in staying if str(practice.pk) not in unsure]
    for practice in sure:
        practice.confirm(timezone.localdate(question.answered_at), BY_SECRETARY)
    return sure


def _by_place(facts: Facts, corrections: Container[str]) -> dict[str, str]:
    """A fingerprint of the facts that were left as they are, of the consultant and at each hospital."""
    places = {_place(key) for key in facts}
    return {
        place: fingerprint(
            {key: value for key, value in facts.items() if _place(key) == place and key not in corrections}
        )
        for place in places
    }


def _place(key: str) -> str:
    place = place_of(key)
    return ABOUT if place is None else str(place)
