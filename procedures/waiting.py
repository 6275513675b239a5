"""What of the pages and the hospitals waits for a person: the front of the desk shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from procedures.models import Edition, Hospital, Offering, Source, Task
from procedures.models.confirmations import CHECK_AFTER
from procedures.reviews import Review, reviews

# How long a source may stand before somebody looks whether it still says the same.
LOOK_AGAIN_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person; where it can be counted, how many there are; and the page that lists just those."""

    what: str
    url: str = ""
    count: int | None = None
    is_urgent: bool = False

    @property
    def is_there(self) -> bool:
        """Whether anything waits at all."""
        return self.count != 0


def pages_waiting(user: User) -> Iterator[Waiting]:
    """For whoever writes pages or signs them off: reviews, tasks and sources that grow old."""
    if not (user.has_perm("procedures.change_edition") or user.has_perm("procedures.add_signoff")):
        return
    found, due = reviews(), reverse("admin:reviews_due")
    overdue, soon = _count(found, "is_overdue"), _count(found, "is_due_soon")
    yield Waiting("Reviews overdue", f"{due}#overdue", overdue, is_urgent=bool(overdue))
    yield Waiting("Reviews due within 90 days", f"{due}#due-within-90-days", soon)
    if not user.has_perm("procedures.change_edition"):
        return
    yield Waiting("Open tasks", _list("task", "done_at__isempty=1"), Task.objects.open().count())
    old = timezone.localdate() - LOOK_AGAIN_AFTER
    yield Waiting(
        "Sources last looked at over a year ago",
        _list("source", f"checked_on__lte={old}&withdrawn_on__isnull=True"),
        Source.objects.filter(checked_on__lte=old, withdrawn_on=None).count(),
    )


def sign_offs_waiting(user: User) -> list[Edition]:
    """For a reviewer: the drafts to read, the first sent first."""
    if not user.has_perm("procedures.add_signoff"):
        return []
    return list(Edition.objects.awaiting_sign_off().select_related("procedure"))


def hospitals_waiting(user: User) -> Iterator[Waiting]:
    """For whoever keeps the directory: what hospitals have not confirmed, or too long ago to state it."""
    if not user.has_perm("procedures.change_offering"):
        return
    old = timezone.localdate() - CHECK_AFTER
    for model, name in ((Hospital, "Hospitals"), (Offering, "Offerings")):
        rows, page = model._default_manager, name.lower().rstrip("s")
        never, long_ago = rows.filter(confirmed_on=None), rows.filter(confirmed_on__lte=old)
        yield Waiting(f"{name} nobody has confirmed", _list(page, "confirmed_on__isnull=True"), never.count())
        yield Waiting(
            f"{name} last confirmed over 180 days ago",
            _list(page, f"confirmed_on__lte={old}"),
            long_ago.count(),
        )


def _count(found: list[Review], what: str) -> int:
    return sum(getattr(review, what) for review in found)


def _list(model: str, asked: str) -> str:
    return f"{reverse(f'admin:procedures_{model}_changelist')}?{asked}"
