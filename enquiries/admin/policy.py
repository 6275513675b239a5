"""What an administrator sets for every hospital: the promise, the retention, and what patients agree to."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import TextField
from django.http import HttpRequest

from enquiries.models import ConsentWording, Enquiry, ServicePolicy
from procedures.admin.history import HistoryAdmin
from procedures.admin.single import SingleRowAdmin
from procedures.admin.twice import TwiceAdmin, TwiceForm

PERIODS = ("requests_days", "spam_days")


class ServicePolicyForm(TwiceForm):
    """Before a period gets shorter, it says how much is deleted by that."""

    def what_saving_does(self, given: dict[str, Any]) -> str:
        if all(given[period] >= self.stands[period] for period in PERIODS):
            return ""
        chosen = ServicePolicy(**{period: given[period] for period in PERIODS})
        count = Enquiry.objects.that_would_leave(chosen).count()
        leaving = {0: "no request leaves at once", 1: "1 request is deleted for good within the hour"}
        what = leaving.get(count, f"{count} requests are deleted for good within the hour")
        return f"Nothing is saved yet. By the shorter time, {what}. Press “Save” once more if that is what you want."


@admin.register(ServicePolicy)
class ServicePolicyAdmin(SingleRowAdmin, HistoryAdmin, TwiceAdmin):
    """By when we call, how often we try, and how long requests are kept."""

    form = ServicePolicyForm
    fieldsets = [
        ("What we promise", {"fields": ["promised_hours"]}),
        ("How often we try", {"fields": ["tries", "try_days"]}),
        (
            "How long we keep what patients sent",
            {
                "fields": ["requests_days", "spam_days"],
                "description": "The records of who read, took away and deleted requests are kept for two years."
                " That cannot be changed here: they answer for people who could otherwise shorten them.",
            },
        ),
    ]


class ConsentWordingForm(TwiceForm):
    """New words, shown as patients will see them before they are in force."""

    def clean_text(self) -> str:
        """One line, as the page draws it. Raises ValidationError where nothing would change."""
        text = " ".join(self.cleaned_data["text"].split())
        if text == ConsentWording.objects.current().text:
            self.add_error("text", "These are the words that are in force. Change them, or leave this page.")
        return text

    def what_saving_does(self, given: dict[str, Any]) -> str:
        current = ConsentWording.objects.current()
        return (
            "Nothing is in force yet. Below is how patients will see it from now on, in place of"
            f" version {current.number}: “{current.text}” Press “Put in force” once more if that is what you want."
        )


@admin.register(ConsentWording)
class ConsentWordingAdmin(TwiceAdmin):
    """Every version, the latest first. A new one is written beside a preview; none is ever changed."""

    form = ConsentWordingForm
    change_form_template = "enquiries/admin/consent_wording.html"
    list_display = ["number", "text", "in_force_at", "written_by"]
    list_select_related = ["written_by"]
    ordering = ["-number"]
    fieldsets = [(None, {"fields": ["text"]})]
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget({"rows": 4})}}

    def get_fieldsets(self, request: HttpRequest, obj: ConsentWording | None = None) -> Any:
        return (
            [(None, {"fields": ["text", "in_force_at", "written_by"]})]
            if obj
            else super().get_fieldsets(request)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: ConsentWording | None = None) -> list[str]:
        return ["text", "in_force_at", "written_by"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """New words are mostly the old ones with something put right."""
        return {"text": ConsentWording.objects.current().text}

    def lock(self, request: HttpRequest, obj: ConsentWording | None) -> None:
        """Two people who write a new version are taken one after the other, so the second is told of the first."""
        ConsentWording.objects.select_for_update().current()

    def save_model(self, request: HttpRequest, obj: ConsentWording, form: Any, change: bool) -> None:
        obj.number = ConsentWording.objects.current().number + 1
        obj.written_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: ConsentWording | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ConsentWording | None = None) -> bool:
        return False
