"""All that we hold of a request, in words that the person can read: what, why and for how long, by the rules of retention."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from enquiries.models import Enquiry, Reading, ServicePolicy
from enquiries.models.attempts import Ending
from enquiries.retention import RULES, Rule

# Nobody is told the key of a private page, nor twice which request a row belongs to, nor what only checks a row. Our
# staff are not named. Why the law makes us keep a request may be what the person must not be told: a manager says it.
LEFT_OUT = {
    *("id", "token", "enquiry", "submission_id", "content_hash", "questions_hash", "consent_hash"),
    *("legal_hold_reason", "ring_by_at"),
}
BELONGING = ("mails", "attempts__by", "notes__by", "log_entries")
# Whom and what a request names.
NAMED = (
    *("hospital", "procedure", "consultant", "follows", "duplicate_of"),
    *("handled_by", "owner", "legal_hold_by"),
)
ONE_OF_US = "one of our team"


@dataclass(frozen=True)
class Fact:
    """Something that we hold about a person."""

    what: str
    values: list[str]
    why: str


@dataclass(frozen=True)
class Held:
    """A request, and all that is held of it."""

    enquiry: Enquiry
    facts: list[Fact]
    seen: list[str]
    until: str

    @classmethod
    def of_all(cls, enquiries: list[Enquiry]) -> list["Held"]:
        """With everything that belongs to each, and when somebody saw it; asked for once, however many they are."""
        models.prefetch_related_objects(enquiries, *NAMED, *BELONGING)
        policy = ServicePolicy.objects.current()
        seen: dict[str, list[str]] = defaultdict(list)
        for line in Reading.objects.of(*(enquiry.reference for enquiry in enquiries)):
            for reference in line.references:
                seen[reference].append(f"{_moment(line.at)}: {line.get_deed_display()}")
        return [
            cls(enquiry, list(_facts(enquiry)), seen[enquiry.reference], _until(enquiry, policy))
            for enquiry in enquiries
        ]


def _until(enquiry: Enquiry, policy: ServicePolicy) -> str:
    """How long it is kept, in the middle of a sentence."""
    if enquiry.is_kept_for_the_law:
        return "for as long as the law makes us keep your request"
    days = min(enquiry.keep_days, policy.requests_days)
    if enquiry.outcome == Ending.SPAM:
        return f"until {min(days, policy.spam_days)} days after we took your request for spam"
    since = "you withdrew" if enquiry.withdrawn_at else "we have dealt with"
    return f"until {days} days after {since} your request"


def _facts(enquiry: Enquiry) -> Iterator[Fact]:
    rows: dict[str, Iterable[models.Model]] = {
        "Enquiry": [enquiry],
        "OutgoingMail": _in_order(enquiry.mails.all()),
        "Attempt": _in_order(enquiry.attempts.all()),
        "Note": _in_order(enquiry.notes.all()),
    }
    for rule in RULES:
        if values := [words for row in rows[rule.model] if (words := _words(row, rule))]:
            yield Fact(rule.what, values, rule.why)
    logged = [
        f"{_moment(entry.action_time)}: {entry.get_change_message()}" for entry in enquiry.log_entries.all()
    ]
    if logged:
        yield Fact("what our team did on its desk", logged, "to see how far we are")


def _in_order(rows: Iterable[models.Model]) -> list[models.Model]:
    return sorted(rows, key=lambda row: row.pk)


def _words(row: models.Model, rule: Rule) -> str:
    """What the row says in the columns of the rule; of a rule of several, each by its name."""
    fields = [field for field in row._meta.concrete_fields if field.name in set(rule.fields) - LEFT_OUT]
    said = {str(field.verbose_name): words for field in fields if (words := _value(row, field))}
    if len(rule.fields) == 1:
        return "; ".join(said.values())
    return "; ".join(f"{name}: {words}" for name, words in said.items())


def _value(row: models.Model, field: Any) -> str:
    value = getattr(row, field.name)
    if isinstance(value, User):
        return ONE_OF_US
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field.name == "needs":
        return ", ".join(Enquiry.Need(code).label for code in value.split())
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    return "" if value is None else str(value)


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M}"
