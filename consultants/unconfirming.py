"""A confirmation covers the facts that were confirmed. What is changed since was not, unless a day is given with the change."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import QuerySet
from django.utils import timezone

from consultants.facts import Facts, held, place_of, with_facts
from consultants.models import Consultant, Practice

CHANGED = "Facts were changed, and nobody confirmed the new ones."


@contextmanager
def unconfirming(consultants: QuerySet[Consultant]) -> Iterator[list[Practice]]:
    """Practices whose confirmed facts are changed within, without a new day or today's, are confirmed no longer.

    The consultant's own facts need the new day of one practice; without it, none is confirmed any longer. Gives the
    practices concerned, once it is left. Needs a transaction that holds the rows.
    """
    before = {one.pk: one for one in with_facts(consultants.order_by())}
    was = {pk: _told(one) for pk, one in before.items()}
    concerned: list[Practice] = []
    yield concerned
    for consultant in with_facts(Consultant.objects.filter(pk__in=before)):
        days = {practice.pk: practice.confirmed_on for practice in before[consultant.pk].practices.all()}
        now = _told(consultant)
        changed = {place_of(key) for key in now if now[key] != was[consultant.pk].get(key)}
        practices = [practice for practice in consultant.practices.all() if practice.confirmed_on]
        covered = [one for one in practices if _is_new(one, days)]
        for practice in practices:
            is_changed = practice.pk in changed or (None in changed and not covered)
            if is_changed and practice not in covered and not practice.is_lapsed:
                practice.unconfirm(CHANGED)
                concerned.append(practice)


def _told(consultant: Consultant) -> Facts:
    """What patients may be told. They are never told where we write to."""
    return {key: value for key, value in held(consultant).items() if key != "secretary_email"}


def _is_new(practice: Practice, days: dict[int, object]) -> bool:
    """Whether a day was given with the change, or is today, which covers what is changed in the same call."""
    return practice.confirmed_on == timezone.localdate() or practice.confirmed_on != days.get(practice.pk)
