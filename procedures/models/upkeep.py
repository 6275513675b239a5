"""What keeps editions right: tasks, words to avoid, links to show a draft with, and reminders of reviews."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from simple_history.models import HistoricalRecords


class TaskQuerySet(models.QuerySet["Task"]):
    """Which tasks."""

    def open(self) -> Self:
        """Tasks that nobody has done, the oldest first."""
        return self.filter(done_at=None).order_by("created_at", "pk")


class Task(models.Model):
    """Something that has changed under an edition, for somebody to look at."""

    edition = models.ForeignKey("procedures.Edition", on_delete=models.CASCADE, related_name="tasks")
    what = models.CharField("what to do", max_length=400)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="task_done_says_when_and_by_whom",
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                violation_error_message="A task that is done says when, and by whom.",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def mark_done(self, *, by: AbstractBaseUser) -> bool:
        """Note who did it, unless somebody has. Says whether it was this person."""
        now = timezone.now()
        return bool(Task.objects.filter(pk=self.pk, done_at=None).update(done_at=now, done_by=by))


class AvoidedWord(models.Model):
    """A word of our house style that pages do without."""

    word = models.CharField(
        max_length=60,
        unique=True,
        help_text="A word or phrase. Its plural and other forms need rows of their own.",
    )
    instead = models.CharField(
        "what to do instead",
        max_length=200,
        help_text="Tell the editor what to write, such as “Write ‘broken bone’.”",
    )
    is_blocking = models.BooleanField(
        "stops publishing", default=False, help_text="Ticked: nobody can publish a page that says it."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = [Lower("word")]

    def __str__(self) -> str:
        return self.word


def digest_of(token: str) -> str:
    """What is kept of a link: enough to know its token by, too little to make it from."""
    return hashlib.sha256(token.encode()).hexdigest()


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    """Which links."""

    def live(self) -> Self:
        """Links that still open: neither past their time nor taken back."""
        return self.filter(expires_at__gt=timezone.now(), revoked_at=None)

    def for_token(self, token: str) -> Self:
        """The link that ends in this token."""
        return self.filter(digest=digest_of(token))

    def mint(self, edition: models.Model, *, shown_to: str, by: AbstractBaseUser, days: int) -> str:
        """Make a link that opens for so many days, and return its token: it is kept nowhere, so show it now."""
        token = secrets.token_urlsafe(24)
        expires_at = timezone.now() + timedelta(days=days)
        self.create(
            edition=edition,
            shown_to=shown_to,
            created_by=by,
            expires_at=expires_at,
            digest=digest_of(token),
        )
        return token


class PreviewLink(models.Model):
    """A link that shows a draft to somebody without an account. Only its fingerprint is kept, not the link."""

    edition = models.ForeignKey("procedures.Edition", on_delete=models.CASCADE, related_name="preview_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    shown_to = models.CharField(max_length=120, help_text="For colleagues: who it is for.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField("taken back", null=True, blank=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.edition}, for {self.shown_to}"


class ReviewReminder(models.Model):
    """A reminder of a review that was mailed, so that it is mailed once."""

    procedure = models.ForeignKey("procedures.Procedure", on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField()
    days_before = models.SmallIntegerField(
        help_text="90, 60 or 30; from 0 down by sevens once it is overdue."
    )
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "due_on", "days_before"],
                name="reminder_is_sent_once",
                violation_error_message="This reminder was already sent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure}, due {self.due_on}, {self.days_before} days before"
