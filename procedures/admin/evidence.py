"""Sources, figures, the glossary and the words to avoid."""

import re

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from procedures import where_used
from procedures.admin.columns import day, in_use
from procedures.admin.deleted import DeletedAdmin
from procedures.admin.filters import asked, is_set
from procedures.admin.history import HistoryAdmin
from procedures.admin.registry import Registry
from procedures.admin.together import TogetherForm
from procedures.gate import Finding, evidence
from procedures.models import AvoidedWord, Figure, GlossaryTerm, Source

STOPS, WARNS = "Stops publishing", "Is pointed out"
# What stands after a number and is no number: the “of” of “157 of 214”, the sign of “73%”.
AS_WRITTEN = re.compile(r"(\d)(?:\s+of\b|\s*%)")


@admin.register(Source)
class SourceAdmin(DeletedAdmin, Registry):
    """A citation."""

    known_by = "key"
    list_display = ["title", "publisher", "year", "checked_on", "link", in_use]
    list_filter = [
        is_set("gone_on", "link", no="Works", yes="Is gone"),
        is_set("withdrawn_on", "standing", no="In use", yes="Withdrawn"),
    ]
    search_fields = ["key", "title", "publisher", "url"]
    date_hierarchy = "checked_on"
    not_put_back = Registry.not_put_back | {"checked_on", "gone_on"}
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description="link", ordering="gone_on")
    def link(self, source: Source) -> str:
        if not source.url:
            return "None"
        return f"Gone since {day(source.gone_on)}" if source.gone_on else "Works"

    def findings_of(self, obj: Source) -> list[Finding]:
        """What would be said of it on every page that stands on it."""
        found = evidence.faults(obj, timezone.localdate()) if obj.pk else []
        return [
            Finding(None, "", reason, fix, is_blocking, field) for field, reason, fix, is_blocking in found
        ]


@admin.register(Figure)
class FigureAdmin(Registry):
    """A published number, exactly as published."""

    list_display = ["what", "number", "treatment", "source_title", in_use]
    list_filter = ["shape", "counted", is_set("withdrawn_on", "standing", no="In use", yes="Withdrawn")]
    list_select_related = ["source"]
    search_fields = ["key", "what", "treatment", "source__title", "^count", "^out_of", "^percentage"]
    fieldsets = [
        (None, {"fields": ["key", "shape", "what", "counted", "others"]}),
        ("The number, as published", {"fields": ["count", "out_of", "percentage", "range"]}),
        ("For a score", {"fields": ["score", "scale", "comparator_score"]}),
        (
            "Where it comes from",
            {"fields": ["treatment", "comparator", "year", "setting", "quality", "source"]},
        ),
        ("No longer trusted", {"fields": ["withdrawn_on", "withdrawn_reason"]}),
    ]

    def findings_of(self, obj: Figure) -> list[Finding]:
        """Whether a page may still show it."""
        if not obj.withdrawn_on:
            return []
        reason = f"This figure was withdrawn on {obj.withdrawn_on:%-d %B %Y}."
        fix = "Take it out of every block that shows it, or put the figure that replaces it there."
        return [Finding(None, "", reason, fix, is_blocking=True, field="withdrawn_on")]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Figure], search_term: str
    ) -> tuple[QuerySet[Figure], bool]:
        """Found as it is written too: “157 of 214”, “73.4%”."""
        return super().get_search_results(request, queryset, AS_WRITTEN.sub(r"\1 ", search_term))

    @admin.display(description="number")
    def number(self, figure: Figure) -> str:
        return where_used.number(figure)

    @admin.display(description="source", ordering="source__title")
    def source_title(self, figure: Figure) -> str:
        return figure.source.title


class GlossaryTermForm(TogetherForm):
    """What it means is a text like any other, so it says how it reads."""

    class Meta:
        widgets = {"definition": forms.Textarea(attrs={"rows": 3})}


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(DeletedAdmin, Registry):
    """A hard word and what it means."""

    form = GlossaryTermForm
    known_by = "slug"
    list_display = ["term", "definition"]
    search_fields = ["term", "definition"]
    prepopulated_fields = {"slug": ["term"]}
    fieldsets = [
        (
            None,
            {
                "fields": ["term", "slug", "also", "definition"],
                "description": "Readers see it on the glossary page as soon as it is saved. Pages that are published keep what they said.",
            },
        )
    ]


@admin.register(AvoidedWord)
class AvoidedWordAdmin(HistoryAdmin):
    """A word that pages do without. The publish gate looks for it, in capitals or small letters."""

    list_display = ["word", "instead", "what_it_does"]
    list_filter = [
        asked(
            "what it does",
            "is_blocking__exact",
            {"1": (STOPS, Q(is_blocking=True)), "0": (WARNS, Q(is_blocking=False))},
        )
    ]
    search_fields = ["word", "instead"]

    @admin.display(description="what it does", ordering="is_blocking")
    def what_it_does(self, word: AvoidedWord) -> str:
        return STOPS if word.is_blocking else WARNS
