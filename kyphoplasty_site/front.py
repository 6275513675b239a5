"""The front of the desk: what needs this person now, the most urgent first, for every role that they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.timesince import timesince

from consultants.waiting import consultants_waiting
from enquiries.waiting import calls_waiting, mail_waiting, today
from kyphoplasty_site.accounts.attempts import failed_in_the_last_day
from kyphoplasty_site.models import Backup
from procedures import gate, standing
from procedures.models import Edition
from procedures.publishing import live_sign_offs
from procedures.waiting import Waiting, hospitals_waiting, pages_waiting, sign_offs_waiting

# One is made each night, and may take its time.
BACKUP_IS_LATE_AFTER = timedelta(hours=26)


@dataclass(frozen=True)
class Part:
    """A part of the front: its name as template and anchor, its heading, what waits there, and what it lists besides."""

    name: str
    heading: str
    waiting: list[Waiting]
    rows: list[Any]

    @property
    def is_urgent(self) -> bool:
        """Whether something in it cannot wait."""
        return any(one.is_urgent for one in self.waiting)

    @property
    def shown(self) -> list[Waiting]:
        """What is there, the urgent first."""
        return sorted((one for one in self.waiting if one.is_there), key=lambda one: not one.is_urgent)


@dataclass(frozen=True)
class Draft:
    """A draft as its writers meet it on the front."""

    edition: Edition
    standing: str
    stops: int


def parts(user: User) -> list[Part]:
    """What each of the person's roles has to do. Where something is urgent comes first, else the order is always the same."""
    return sorted(_parts(user), key=lambda part: not part.is_urgent)


def _parts(user: User) -> Iterator[Part]:
    if user.has_perm("enquiries.view_enquiry"):
        yield Part("calls", "Calls", list(calls_waiting(user)), [])
    if hospitals := today(user):
        yield Part("today", "Today", [], hospitals)
    if user.has_perm("procedures.add_signoff"):
        yield Part("sign-off", "Waiting for your sign-off", [], sign_offs_waiting(user))
    if user.has_perm("procedures.change_edition"):
        yield Part("pages", "Pages", list(pages_waiting(user)), list(_drafts()))
    elif reviews := list(pages_waiting(user)):
        yield Part("reviews", "Reviews", reviews, [])
    if user.has_perm("consultants.change_reconfirmation"):
        waiting = [*consultants_waiting(user), *hospitals_waiting(user)]
        yield Part("directory", "Directory", waiting, [])
    if mail := list(mail_waiting(user)):
        yield Part("health", "Mail", mail, [])
    if user.has_perm("enquiries.change_mailfence"):
        yield Part("backups", "Backups", [_last_backup()], [])
    if failures := list(_failures(user)):
        yield Part("sign-in", "Signing in", failures, [])


def _last_backup() -> Waiting:
    """For whoever lets mail leave from a restored copy."""
    taken_at = Backup.last_taken_at()
    if taken_at is None:
        return Waiting("No backup has been made yet", is_urgent=True)
    is_late = timezone.now() - taken_at > BACKUP_IS_LATE_AFTER
    on, ago = f"{timezone.localtime(taken_at):%-d %B %Y at %H:%M}", timesince(taken_at, depth=1)
    return Waiting(f"Last backup: {on}, {ago} ago", is_urgent=is_late)


def _failures(user: User) -> Iterator[Waiting]:
    """For whoever keeps the accounts: how often signing in failed. By whom is known to nobody, so there is no list."""
    if user.has_perm("auth.change_user") and (failed := failed_in_the_last_day()):
        yield Waiting(f"Signing in has failed {failed:,} time{'s' * (failed != 1)} in the last 24 hours")


def _drafts() -> Iterator[Draft]:
    drafts = list(Edition.objects.drafts().with_blocks())
    known, signed = gate.Known.read(), live_sign_offs(drafts)
    for draft in drafts:
        stops = sum(finding.is_blocking for finding in gate.findings(draft, known=known))
        yield Draft(draft, standing.in_words(draft, is_current=False, given=signed[draft.pk]), stops)
