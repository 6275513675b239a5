"""Consultants, with where they practise and what they were counted to have done."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.formats import date_format

from consultants.admin.confirming import MOST, Unconfirming, confirm_page
from consultants.admin.consultant_form import FACE, ConsultantForm
from consultants.admin.corrections import Corrections
from consultants.admin.exporting import Exporting
from consultants.admin.facts_to_confirm import FactsToConfirm
from consultants.admin.filters import AnyPractice, AtHospital, Directory, Doing, Missing, who_is_called
from consultants.admin.importing import Importing
from consultants.admin.listing import Listing
from consultants.admin.merging import Merging
from consultants.facts import MISSED
from consultants.models import Consultant, Practice, ProcedureCount
from procedures.admin.columns import how_sure
from procedures.admin.history import HistoryAdmin, Trail, named, permission_to_see
from procedures.admin.putting_back import CONFIRMATIONS
from procedures.admin.together import TogetherAdmin, TogetherInline
from procedures.gate import Finding
from procedures.missing import as_findings

CHOSEN_BY_READERS = ("specialties", "languages", "insurers")


class PracticeInline(TogetherInline, admin.StackedInline):
    """Where a consultant practises."""

    model = Practice
    autocomplete_fields = ["hospital", "procedures", "named_source"]
    extra = 0
    not_put_back = CONFIRMATIONS


class ProcedureCountInline(TogetherInline, admin.TabularInline):
    """How many a consultant did in a year, and who says so."""

    model = ProcedureCount
    autocomplete_fields = ["procedure", "source"]
    extra = 0
    verbose_name = "number of procedures in a year"
    verbose_name_plural = "numbers of procedures in a year, as a source gives them"


@admin.register(Consultant)
class ConsultantAdmin(
    Unconfirming,
    FactsToConfirm,
    Corrections,
    Importing,
    Exporting,
    Merging,
    Listing,
    HistoryAdmin,
    TogetherAdmin,
):
    """A consultant's record. What is left empty is not shown to patients."""

    form = ConsultantForm
    change_form_template = "admin/consultants/consultant/change_form.html"
    list_display = ["called", "role", "practises_at", "how_sure", "directory", "gmc_number"]
    list_filter = [Directory, AnyPractice, Missing, AtHospital, Doing]
    list_prefetch_related = [
        Prefetch("practices", Practice.objects.select_related("hospital")),
        "merged_into",
    ]
    search_fields = ["given_name", "family_name", "gmc_number"]
    search_help_text = "A name or part of it, or a whole GMC number."
    ordering = ["family_name", "given_name", "pk"]
    sortable_by = ["called"]
    prepopulated_fields = {"slug": ["given_name", "family_name"]}
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        ArrayField: {"widget": AdminTextInputWidget, "show_hidden_initial": False},
    }
    inlines = [PracticeInline, ProcedureCountInline]
    actions = ["confirm_practices", "list_them", "unlist_them", "merge_two"]
    readonly_fields = ["as_it_is_shown"]
    # To list somebody is a decision of its own.
    not_put_back = frozenset({"is_listed"})
    fieldsets = [
        (
            None,
            {"fields": ["title", "given_name", "family_name", "post_nominals", "slug", "role", "is_listed"]},
        ),
        (
            "Facts and checks",
            {
                "fields": ["gmc_number", "gender", "specialties", "languages", "nhs_base", "interests"],
                "description": "Only what the consultant, their secretary or the hospital told you.",
            },
        ),
        (
            "Their secretary",
            {
                "fields": ["secretary_name", "secretary_phone", "secretary_email"],
                "description": "The name and phone number are shown to patients once somebody has confirmed them.",
            },
        ),
        (
            "Paying",
            {
                "fields": ["insurers", ("first_fee", "follow_up_fee")],
                "description": "A guide for patients who pay for themselves. Leave empty what nobody told you.",
            },
        ),
        ("About", {"fields": ["about", "as_it_is_shown", "photograph", tuple(FACE), "profile_url"]}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """With the spellings in use, where readers choose from what is written here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in CHOSEN_BY_READERS and (used := spellings(db_field.name)):
            field.help_text = f"{field.help_text} In use: {', '.join(used)}."
        return field

    def save_model(self, request: HttpRequest, obj: Consultant, form: Any, change: bool) -> None:
        if form.picture:
            obj.show(form.picture)
            if form.picture.image.width < 224:
                messages.warning(
                    request,
                    "This photograph is very small, so it looks coarse. Upload a larger one if you have it.",
                )
        elif not obj.photograph:
            obj.photograph_widths = []
        if form.has_idle_face:
            messages.warning(
                request,
                "No photograph was chosen, so nothing was cut round the face. To cut the one that is shown anew, choose it again.",
            )
        super().save_model(request, obj, form, change)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new record is nobody's business yet: to list it is a decision."""
        return {"is_listed": False, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Consultant | None = None) -> bool:
        """A record that was merged stays as it was: what it said is in the other one."""
        return super().has_change_permission(request, obj) and not (obj and obj.merged_into_id)

    def view_on_site(self, obj: Consultant) -> str | None:
        """The profile, where readers may open it."""
        return obj.get_absolute_url() if obj.is_listed else None

    def findings_of(self, obj: Consultant) -> list[Finding]:
        return as_findings(
            obj, MISSED, "Ask the consultant or their secretary, and write here what they say."
        )

    def trails(self, request: HttpRequest, obj: Consultant) -> list[Trail]:
        """Of the consultant, of where they practise, past practices included, and of their numbers."""
        of_page = [
            Trail(Practice.history.filter(consultant_id=obj.pk), _practice),
            Trail(ProcedureCount.history.filter(consultant_id=obj.pk), _count),
        ]
        seen = [trail for trail in of_page if request.user.has_perm(permission_to_see(trail.model))]
        return [*super().trails(request, obj), *seen]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Consultant], search_term: str
    ) -> tuple[QuerySet[Consultant], bool]:
        return queryset.filter(who_is_called(search_term)), False

    @admin.display(description="name", ordering="family_name")
    def called(self, consultant: Consultant) -> str:
        return consultant.name

    @admin.display(description="practises at")
    def practises_at(self, consultant: Consultant) -> str:
        return (
            ", ".join(practice.hospital.short_name for practice in consultant.practices.all())
            or "Nowhere yet"
        )

    @admin.display(description="how sure we are")
    def how_sure(self, consultant: Consultant) -> str:
        return how_sure(consultant) if consultant.practices.all() else "Nothing to confirm"  # type: ignore[arg-type]

    @admin.display(description="public directory")
    def directory(self, consultant: Consultant) -> str:
        if consultant.merged_into:
            return f"Merged into {consultant.merged_into}"
        return "Listed" if consultant.is_listed else "Not listed"

    @admin.display(description="as it is shown")
    def as_it_is_shown(self, consultant: Consultant) -> str:
        """The photograph as readers see it."""
        if not consultant.photograph_widths:
            return "There is no photograph. Readers see the first letters of the name."
        return render_to_string("components/avatar.html", {"consultant": consultant})

    @admin.action(description="Confirm all practices today", permissions=["change"])
    def confirm_practices(
        self, request: HttpRequest, queryset: QuerySet[Consultant]
    ) -> HttpResponseBase | None:
        """Ask for every practice of those who are ticked."""
        nowhere = queryset.filter(practices=None).order_by("family_name", "pk")
        practices = Practice.objects.filter(consultant__in=queryset.order_by().values("pk"))
        return confirm_page(self, request, practices, left=list(nowhere[:MOST]))

    @admin.action(description="Merge two records of one person", permissions=["change"])
    def merge_two(self, request: HttpRequest, queryset: QuerySet[Consultant]) -> HttpResponseBase | None:
        """Lead to the page that shows both."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(keys) != 2:
            self.message_user(request, "Tick the two records of one person, and no other.", messages.ERROR)
            return None
        return redirect("admin:consultants_consultant_merge", *keys)


def _practice(record: Any) -> str:
    return f"Practice at {named(record, 'hospital')}"


def _count(record: Any) -> str:
    return f"Number of {named(record, 'procedure')} in the year to {date_format(record.until_date, 'j F Y')}"


def spellings(name: str) -> list[str]:
    """What stands in a list of facts with anybody, each once."""
    lists = Consultant.objects.exclude(**{name: []}).values_list(name, flat=True)
    used = {one for several in lists.distinct()[:500] for one in several}
    return sorted(used, key=str.lower)[:40]
