"""What is still missing or unconfirmed before the site may meet the public."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.db.models import Model
from django.urls import reverse

from consultants.facts import MISSED
from consultants.models import Consultant, Practice, Reconfirmation
from enquiries.models import CallWindow, ServicePolicy
from procedures import gate, printing
from procedures.missing import OF_HOSPITAL, OF_OFFERING, missing
from procedures.models import (
    Edition,
    GlossaryTerm,
    Hospital,
    Illustration,
    Leaflet,
    Offering,
    Procedure,
    RedFlagCard,
    Task,
)

MOST_OF_A_KIND = 50


@dataclass(frozen=True)
class Gap:
    """Something that a person must still give, confirm or sign off, and the page where they do it."""

    about: str
    what: str
    address: str = ""
    permission: str = ""

    def seen_by(self, user: AbstractBaseUser | AnonymousUser) -> "Gap":
        """The same gap, with a way to its page only for who may open it."""
        is_open = isinstance(user, User) and (not self.permission or user.has_perm(self.permission))
        return self if is_open else replace(self, address="")


def gaps() -> dict[str, list[Gap]]:
    """Every gap, by the part of the site it is in. An empty part is left out."""
    parts = {
        "Texts": [*_editions(), *_procedures(), *_tasks(), *_red_flags(), *_leaflets(), *_other_texts()],
        "Hospitals": [*_first(_hospitals()), *_first(_offerings())],
        "Consultants": [*_first(_corrections()), *_first(_practices()), *_first(_consultants())],
        "Requests from patients": [*_call_windows(), *_policy(), *_database()],
    }
    return {part: found for part, found in parts.items() if found}


def _first(gaps: Iterator[Gap]) -> Iterator[Gap]:
    """The first of what may be very many, and whether there are more."""
    yield from islice(gaps, MOST_OF_A_KIND)
    if next(gaps, None):
        yield Gap("And more", f"These are the first {MOST_OF_A_KIND}")


def _gap(row: Model, what: str) -> Gap:
    meta: Any = row._meta
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return Gap(str(row), what, page, f"{meta.app_label}.view_{meta.model_name}")


def _editions() -> Iterator[Gap]:
    for edition in Edition.objects.current().with_blocks():
        if not edition.sign_off:
            yield _gap(edition, "Not signed off by a clinician")
        if not edition.next_review_on:
            yield _gap(edition, "No date for its next review")
        if edition.is_overdue:
            yield _gap(edition, f"Its review was due on {edition.next_review_on:%-d %B %Y}")
        if blocking := sum(finding.is_blocking for finding in gate.findings(edition)):
            yield _gap(
                edition, f"{blocking} {'thing' if blocking == 1 else 'things'} that would stop it today"
            )


def _procedures() -> Iterator[Gap]:
    for procedure in Procedure.objects.published().filter(owner=None).alphabetical():
        yield _gap(procedure, "No owner, so nobody is reminded of its reviews")


def _tasks() -> Iterator[Gap]:
    for task in Task.objects.open().select_related("edition__procedure"):
        page = reverse("admin:procedures_task_change", args=[task.pk])
        yield Gap(str(task.edition), task.what, page, "procedures.view_task")


def _red_flags() -> Iterator[Gap]:
    for card in RedFlagCard.objects.filter(checked_on=None):
        yield _gap(card, "Not compared with today’s NHS advice by a clinician")


def _leaflets() -> Iterator[Gap]:
    if not printing.can_print():
        yield Gap("Leaflets", printing.LACKING)
    for edition, size in Leaflet.objects.missing():
        yield _gap(edition, f"No leaflet yet ({Leaflet.Size(size).label.lower()})")


def _other_texts() -> Iterator[Gap]:
    glossary, drawings = GlossaryTerm.objects.count(), Illustration.objects.count()
    yield Gap(
        "Glossary",
        f"{glossary} definitions, not signed off",
        reverse("admin:procedures_glossaryterm_changelist"),
        "procedures.view_glossaryterm",
    )
    yield Gap(
        "Drawings",
        f"{drawings} pictures, not signed off",
        reverse("admin:procedures_illustration_changelist"),
        "procedures.view_illustration",
    )
    yield Gap("Privacy page", "Not read by the person who answers for data protection", reverse("privacy"))


def _hospitals() -> Iterator[Gap]:
    for hospital in Hospital.objects.prefetch_related("opening_hours"):
        yield from (_gap(hospital, what) for what in missing(hospital, OF_HOSPITAL).values())
        if not hospital.opening_hours.all():
            yield _gap(hospital, "No opening hours, so patients are told “as soon as we can”")


def _offerings() -> Iterator[Gap]:
    for offering in Offering.objects.select_related("procedure", "hospital").iterator():
        yield from (_gap(offering, what) for what in missing(offering, OF_OFFERING).values())


def _corrections() -> Iterator[Gap]:
    page = reverse("admin:facts_to_confirm")
    for question in Reconfirmation.objects.undecided().select_related("consultant").iterator():
        what = "Corrections from their secretary wait for a decision"
        yield Gap(str(question.consultant), what, page, "consultants.change_reconfirmation")


def _practices() -> Iterator[Gap]:
    for practice in Practice.objects.unconfirmed().select_related("consultant", "hospital").iterator():
        yield _gap(practice, f"Not confirmed since the hospital named them in {practice.named_in}")


def _consultants() -> Iterator[Gap]:
    for consultant in Consultant.objects.listed().iterator():
        yield from (_gap(consultant, what) for what in missing(consultant, MISSED).values())


def _call_windows() -> Iterator[Gap]:
    for window in CallWindow.objects.filter(confirmed_on=None).select_related("hospital"):
        yield _gap(window, "A development default, not confirmed by the enquiry team")


def _policy() -> Iterator[Gap]:
    policy = ServicePolicy.objects.current()
    if not policy.is_confirmed:
        yield _gap(
            policy,
            f"{policy.promised_hours} working hours until we call and {policy.requests_days} days until a request"
            " is deleted are our own defaults. Ask the hospital, and save what it says",
        )


def _database() -> Iterator[Gap]:
    """What a failed statement carried is in its log, unless it is told otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('log_min_error_statement'), current_setting('log_error_verbosity')"
        )
        if cursor.fetchone() != ("panic", "terse"):
            yield Gap(
                "PostgreSQL’s log", "May hold what patients typed: README says which two settings it needs"
            )
