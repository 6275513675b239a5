"""The staff desk's pages about consultants."""

from django.contrib import admin
from django.db import models

from consultants.models import Consultant, Practice
from procedures.admin.pictures import PictureAdmin


class PracticeInline(admin.StackedInline):
    """Where a consultant practises."""

    model = Practice
    autocomplete_fields = ["hospital", "procedures", "named_source"]
    extra = 0


@admin.register(Consultant)
class ConsultantAdmin(PictureAdmin):
    """A consultant's record. What is left empty is not shown to patients."""

    list_display = ["name", "role", "gmc_number", "is_listed"]
    list_filter = ["is_listed", "practices__hospital"]
    search_fields = ["given_name", "family_name", "gmc_number"]
    ordering = ["family_name", "given_name"]
    prepopulated_fields = {"slug": ["given_name", "family_name"]}
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = [PracticeInline]
    fieldsets = [
        (
            None,
            {"fields": ["title", "given_name", "family_name", "post_nominals", "slug", "role", "is_listed"]},
        ),
        ("Facts and checks", {"fields": ["gmc_number", "gender", "languages", "nhs_base", "interests"]}),
        ("About", {"fields": ["about", "photograph", "profile_url"]}),
    ]


@admin.register(Practice)
class PracticeAdmin(admin.ModelAdmin):
    """A consultant at a hospital, and who says so."""

    list_display = ["consultant", "hospital", "confirmed_on", "named_in"]
    list_filter = ["hospital", ("confirmed_on", admin.EmptyFieldListFilter)]
    list_select_related = ["consultant", "hospital"]
    autocomplete_fields = ["consultant", "hospital", "procedures", "named_source"]
    search_fields = ["consultant__family_name", "hospital__name"]
