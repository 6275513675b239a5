"""Where a figure, source, hard word, picture or film stands, and what a change to it asks of whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils.text import Truncator

from procedures import standing
from procedures.copies import UPKEEP
from procedures.models import Edition, Figure, GlossaryTerm, Illustration, Source, Task, Video
from procedures.publishing import changed_by

Thing = Figure | Source | GlossaryTerm | Illustration | Video
LONGEST_VALUE, LONGEST_TASK = 70, 400
NUMBER = ("shape", "counted", "count", "out_of", "percentage", "score", "scale", "comparator_score")
# Upkeep that readers' pages depend on all the same: it calls for a look.
CALLS_FOR_A_LOOK = frozenset({"gone_on", "withdrawn_on"})


@dataclass(frozen=True)
class Use:
    """An edition that something stands on, and how far it has come."""

    edition: Edition
    standing: str


def uses(thing: Thing) -> list[Use]:
    """Every edition that it stands in: first what readers see or will see, then what they saw."""
    current = set(Edition.objects.current().values_list("pk", flat=True))
    still = set(Edition.objects.standing().values_list("pk", flat=True))
    found = (
        Edition.objects.standing_on(thing).select_related("procedure").order_by("procedure__name", "-number")
    )
    return [
        Use(edition, standing.in_words(edition, is_current=edition.pk in current))
        for edition in sorted(found, key=lambda edition: edition.pk not in still)
    ]


def name(thing: Thing) -> str:
    """What people call it."""
    match thing:
        case Figure():
            return f"figure “{thing.what}”"
        case Source():
            return f"source “{thing.title}”"
        case GlossaryTerm():
            return f"hard word “{thing.term}”"
        case Illustration():
            return f"picture “{thing.caption or thing.alt or thing.key}”"
        case Video():
            return f"film “{thing.title}”"


def number(figure: Figure) -> str:
    """A figure's number as it was published."""
    match figure.shape:
        case Figure.Shape.PROPORTION:
            return f"{figure.count} of {figure.out_of} {figure.get_counted_display()}"
        case Figure.Shape.PERCENTAGE:
            return f"{figure.published_percentage} of {figure.get_counted_display()}"
        case Figure.Shape.SCORE:
            against = f" against {figure.comparator_score}" if figure.comparator_score is not None else ""
            return f"{figure.score}{against} {figure.scale}"
    return f"{figure.count} reports" if figure.count is not None else "reports"


def what_happened(was: Thing, now: Thing, changed: Iterable[str]) -> str:
    """The change in a sentence: what it was, what it is. Empty when a reader would not meet it."""
    changed = [field for field in changed if field not in UPKEEP - CALLS_FOR_A_LOOK | {"key", "slug"}]
    if not changed:
        return ""
    if "withdrawn_on" in changed and getattr(now, "withdrawn_on", None):
        reason = getattr(now, "withdrawn_reason", "").rstrip(".")
        return f"The {name(now)} was withdrawn{f': {reason}' if reason else ''}."
    if "gone_on" in changed and getattr(now, "gone_on", None):
        return f"The {name(now)} can no longer be opened at its address."
    if isinstance(was, Figure) and isinstance(now, Figure) and number(was) != number(now):
        return f"The {name(was)} changed from {number(was)} to {number(now)}."
    field = changed[0]
    label = now._meta.get_field(field).verbose_name  # type: ignore[union-attr]
    others = f", and {len(changed) - 1} more of it" if len(changed) > 1 else ""
    return (
        f"The {name(was)} changed: its {label} from “{_value(was, field)}” to “{_value(now, field)}”{others}."
    )


def what_is_new(thing: Thing) -> str:
    """That the row was added, in a sentence."""
    return f"The {name(thing)} is new: pages that say it now explain it."


def _value(thing: Model, field: str) -> str:
    value: Any = getattr(thing, field)
    said = value.title if isinstance(value, Source) else str(value if value is not None else "")
    return Truncator(said).chars(LONGEST_VALUE)


def locked_uses(*things: Thing) -> list[Edition]:
    """The editions in which a mistake of them still has to be put right, locked: neither changed nor published meanwhile.

    Needs a transaction. Locked in one order, so that two changes cannot wait for each other.
    """
    used = {pk for thing in things for pk in _standing_uses(thing)}
    return [Edition.objects.locked(pk) for pk in sorted(used)]


def _standing_uses(thing: Thing) -> Iterable[int]:
    """A new row stands nowhere yet; save a hard word, which pages may have said all along."""
    if thing._state.adding and not isinstance(thing, GlossaryTerm):
        return []
    return Edition.objects.standing().standing_on(thing).values_list("pk", flat=True)


def tell(editions: Iterable[Edition], happened: str, by: User) -> None:
    """Give each edition a task. Whoever made the change has changed each draft too, and may not sign it off."""
    for edition in editions:
        Task.objects.create(
            edition=edition, what=Truncator(f"{happened} {_what_to_do(edition)}").chars(LONGEST_TASK)
        )
        if edition.is_draft:
            changed_by(edition, by)


def _what_to_do(edition: Edition) -> str:
    if edition.is_draft:
        return f"The draft of {edition.procedure} follows it at once: read it again where it stands."
    return (
        f"Edition {edition.number} of {edition.procedure}, its page and its leaflets still show the old one:"
        " start a draft, check it, have it signed off."
    )
