"""All that we hold of a request, in words that the person can read: what, why and for how long, by the rules of retention."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from enquiries.models import Enquiry, Reading, ServicePolicy
from enquiries.retention import RULES, Rule

# Nobody is told the key of a private page, nor twice which request a row belongs to. Our staff are not named.
LEFT_OUT = {"id", "token", "enquiry"}
ONE_OF_US = "one of our team"


@dataclass(frozen=True)
class Fact:
    """Something that we hold about a person."""

    what: str
    values: list[str]
    why: str
    days: int


@dataclass(frozen=True)
class Held:
    """A request, and all that is held of it."""

    enquiry: Enquiry
    facts: list[Fact]
    seen: list[str]

    @classmethod
    def of(cls, enquiry: Enquiry) -> "Held":
        """With everything that belongs to it, and when somebody saw it."""
        lines = Reading.objects.of(enquiry.reference)
        seen = [f"{_moment(line.at)}: {line.get_deed_display()}" for line in lines]
        return cls(enquiry, list(_facts(enquiry)), seen)


def _facts(enquiry: Enquiry) -> Iterator[Fact]:
    rows: dict[str, Iterable[models.Model]] = {
        "Enquiry": [enquiry],
        "OutgoingMail": enquiry.mails.order_by("pk"),
        "Attempt": enquiry.attempts.order_by("pk"),
        "Note": enquiry.notes.order_by("pk"),
    }
    days = ServicePolicy.objects.current().requests_days
    for rule in RULES:
        if values := [words for row in rows[rule.model] if (words := _words(row, rule))]:
            yield Fact(rule.what, values, rule.why, days)
    logged = [
        f"{_moment(entry.action_time)}: {entry.get_change_message()}" for entry in enquiry.log_entries.all()
    ]
    if logged:
        yield Fact("what our team did on its desk", logged, "to see how far we are", days)


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
