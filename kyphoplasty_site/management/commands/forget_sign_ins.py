"""Delete what is kept of sign-ins beyond its time."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from kyphoplasty_site.accounts import attempts, sessions


class Command(BaseCommand):
    """The worker does the same every hour; this is for doing it now."""

    help = (
        "Deletes what is kept of failed sign-ins for more than seven days, and of sessions that have ended. "
        "One JSON line: how many of each went."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        return json.dumps({"tries": attempts.forget_old_tries(), "sessions": sessions.forget_old()})
