"""What the hospital sets itself, as it stands: the staff's one place to look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from enquiries.models import CallWindow, ConsentWording, MailText, ServicePolicy
from kyphoplasty_site.context_processors import facts
from kyphoplasty_site.models import SiteSettings
from procedures.moments import in_words


@dataclass(frozen=True)
class Setting:
    """Something that staff set: what it is now in words, who changed it last, and where."""

    what: str
    now: list[str]
    changed: str
    address: str
    may_change: bool


def settings_for(user: User) -> list[Setting]:
    """What this person may see, in the order of how often it is changed."""
    return [*_site(user), *_call_windows(user), *_mail_texts(user), *_policy(user), *_consent(user)]


def _site(user: User) -> Iterator[Setting]:
    if user.has_perm("kyphoplasty_site.view_sitesettings"):
        row = SiteSettings.objects.get()
        shown = facts()
        name = shown.name or f"Kyphoplasty at {shown.short_name}"
        now = [
            f"Site name: {name}",
            f"Self-pay line: {shown.self_pay_phone}",
            f"For anything else: {shown.phone or 'no number'}",
            _notice(row),
        ]
        may_change = user.has_perm("kyphoplasty_site.change_sitesettings")
        yield Setting(str(row), now, _by_history(row), _page(row), may_change)


def _notice(row: SiteSettings) -> str:
    if not row.notice or not row.notice_from or not row.notice_until:
        return "Notice: none"
    stretch = f"from {in_words(row.notice_from)} to {in_words(row.notice_until)}"
    over = ", which is over" if row.notice_until <= timezone.now() else ""
    return f"Notice: “{row.notice}”, {stretch}{', shown now' if row.current_notice else over}"


def _call_windows(user: User) -> Iterator[Setting]:
    if user.has_perm("enquiries.change_callwindow"):
        windows = CallWindow.objects.seen_by(user)
        unconfirmed = windows.filter(confirmed_on=None).count()
        now = [
            f"At your hospitals: {windows.count()}",
            *([f"Confirmed by nobody: {unconfirmed}"] if unconfirmed else []),
        ]
        address = reverse("admin:enquiries_callwindow_changelist")
        yield Setting("Call windows", now, _by_log(windows), address, may_change=True)


def _mail_texts(user: User) -> Iterator[Setting]:
    if user.has_perm("enquiries.view_mailtext"):
        may_change = user.has_perm("enquiries.change_mailtext")
        for text in MailText.objects.order_by("pk"):
            now = [f"Subject: {text.words['subject']}"]
            now += ["In the words that it came with"] if text.is_as_it_came else []
            yield Setting(
                f"Mail {str(text)[:1].lower()}{str(text)[1:]}",
                now,
                _by_history(text),
                _page(text),
                may_change,
            )


def _policy(user: User) -> Iterator[Setting]:
    if user.has_perm("enquiries.view_servicepolicy"):
        policy = ServicePolicy.objects.current()
        now = [
            f"We call within {_counted(policy.promised_hours, 'working hour')}",
            f"We try {_counted(policy.tries, 'time')} over {_counted(policy.try_days, 'working day')}",
            f"Requests are kept for {_counted(policy.requests_days, 'day')}, spam for {_counted(policy.spam_days, 'day')}",
        ]
        may_change = user.has_perm("enquiries.change_servicepolicy")
        yield Setting(str(policy), now, _by_history(policy), _page(policy), may_change)


def _consent(user: User) -> Iterator[Setting]:
    if user.has_perm("enquiries.view_consentwording"):
        words = ConsentWording.objects.select_related("written_by").current()
        changed = _said(words.written_by, words.in_force_at) if words.written_by else NOBODY
        address = reverse("admin:enquiries_consentwording_changelist")
        now = [f"Version {words.number}: “{words.text}”"]
        may_change = user.has_perm("enquiries.add_consentwording")
        yield Setting("What patients agree to", now, changed, address, may_change)


NOBODY = "Nobody yet: it is as the site came"


def _by_history(row: Any) -> str:
    last = row.history.exclude(history_user=None).select_related("history_user").first()
    return _said(last.history_user, last.history_date) if last else NOBODY


def _by_log(rows: QuerySet[Any]) -> str:
    """By whom one of these rows was changed last, and no other."""
    kind = ContentType.objects.get_for_model(rows.model)
    of_rows = LogEntry.objects.filter(content_type=kind, object_id__in=[str(row.pk) for row in rows])
    last = of_rows.select_related("user").order_by("-action_time").first()
    return _said(last.user, last.action_time) if last else NOBODY


def _said(person: Any, at: datetime) -> str:
    return f"{person.get_full_name() or person.get_username()}, {in_words(at)}"


def _page(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
