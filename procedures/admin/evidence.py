"""Sources, figures and the glossary."""

from django.contrib import admin
from django.db import models

from procedures.models import Figure, GlossaryTerm, Source


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """A citation."""

    list_display = ["title", "publisher", "year", "checked_on"]
    search_fields = ["key", "title", "publisher", "url"]
    date_hierarchy = "checked_on"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Figure)
class FigureAdmin(admin.ModelAdmin):
    """A published number, exactly as published."""

    list_display = ["key", "what", "shape", "counted", "count", "out_of", "percentage", "score", "source"]
    list_filter = ["shape", "counted"]
    list_select_related = ["source"]
    search_fields = ["key", "what"]
    autocomplete_fields = ["source"]
    fieldsets = [
        (None, {"fields": ["key", "shape", "what", "counted"]}),
        ("The number, as published", {"fields": ["count", "out_of", "percentage", "range"]}),
        ("For a score", {"fields": ["score", "scale", "comparator_score"]}),
        (
            "Where it comes from",
            {"fields": ["treatment", "comparator", "year", "setting", "quality", "source"]},
        ),
    ]


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(admin.ModelAdmin):
    """A hard word and what it means."""

    list_display = ["term", "definition"]
    search_fields = ["term", "definition"]
    prepopulated_fields = {"slug": ["term"]}
