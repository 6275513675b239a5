"""The red-flag text."""

from django.contrib import admin
from django.http import HttpRequest

from procedures.admin.history import HistoryAdmin
from procedures.admin.reasons import WHY_CLINICAL
from procedures.admin.rich_text import RICH_TEXT
from procedures.admin.together import TogetherAdmin
from procedures.models import Procedure, RedFlagCard


@admin.register(RedFlagCard)
class RedFlagCardAdmin(HistoryAdmin, TogetherAdmin):
    """One card of the panel that stands on every clinical page, form and confirmation."""

    formfield_overrides = RICH_TEXT
    why_help = WHY_CLINICAL
    list_display = ["heading", "level", "position"]

    def has_delete_permission(self, request: HttpRequest, obj: RedFlagCard | None = None) -> bool:
        """Nobody: it could not be brought back, and readers would not be warned."""
        return False

    def view_on_site(self, obj: RedFlagCard) -> str | None:
        """A page that it stands on: one of all clinical pages."""
        page = Procedure.objects.published().alphabetical().first()
        return page.get_absolute_url() if page else None
