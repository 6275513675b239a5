"""The red-flag text."""

from django.contrib import admin

from procedures.admin.history import HistoryAdmin
from procedures.admin.reasons import WHY_CLINICAL
from procedures.admin.rich_text import RICH_TEXT
from procedures.admin.together import TogetherAdmin
from procedures.models import RedFlagCard


@admin.register(RedFlagCard)
class RedFlagCardAdmin(HistoryAdmin, TogetherAdmin):
    """One card of the panel that stands on every clinical page, form and confirmation."""

    formfield_overrides = RICH_TEXT
    why_help = WHY_CLINICAL
    list_display = ["heading", "level", "position"]
