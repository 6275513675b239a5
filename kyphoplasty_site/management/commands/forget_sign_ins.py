"""Delete what is kept of sign-ins beyond its time."""

import json
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.utils import timezone

from kyphoplasty_site.accounts.attempts import forget_old_tries


class Command(BaseCommand):
    """The worker does the same every hour; this is for doing it now."""

    help = (
        "Deletes what is kept of failed sign-ins for more than seven days, and of sessions that have ended. "
        "One JSON line: how many of each went."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        tries = forget_old_tries()
        over, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
        UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
        return json.dumps({"tries": tries, "sessions": over})
