"""The red-flag text."""

from django.contrib import admin

from procedures.models import RedFlagCard


@admin.register(RedFlagCard)
class RedFlagCardAdmin(admin.ModelAdmin):
    """One card of the panel that stands on every clinical page, form and confirmation."""

    list_display = ["heading", "level", "position"]
