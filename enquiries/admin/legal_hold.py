"""Legal holds: a manager keeps a request beyond its time, and says why."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from enquiries.models import Enquiry, Reading
from enquiries.models.reading import record


class LegalHoldForm(forms.Form):
    """Why a request must be kept beyond its time."""

    reason = forms.CharField(
        label="Why must it be kept?",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Say why, such as a complaint or a court order."},
    )


class LegalHold(admin.ModelAdmin):
    """A manager can keep a request for the law."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.legal_hold))
        return [
            path("<int:pk>/legal-hold/", view, name="enquiries_enquiry_legal_hold"),
            *super().get_urls(),
        ]

    def has_hold_permission(self, request: HttpRequest) -> bool:
        """Whether the person may keep requests for the law."""
        return request.user.has_perm("enquiries.hold_enquiry")

    def legal_hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep a request for the law, with the reason, or lift the hold."""
        if not self.has_hold_permission(request):
            raise PermissionDenied
        enquiry = get_object_or_404(self.get_queryset(request), pk=pk)
        record(request.user, Reading.Deed.OPENED, [enquiry])  # type: ignore[arg-type]
        form = LegalHoldForm(request.POST if "keep" in request.POST else None)
        if "lift" in request.POST:
            enquiry.lift_legal_hold()
            return self._told(request, enquiry, "The legal hold was lifted.")
        if form.is_valid():
            enquiry.keep_for_the_law(request.user, form.cleaned_data["reason"])
            return self._told(request, enquiry, "The request is kept until the hold is lifted.")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Legal hold of {enquiry}",
            "opts": self.opts,
            "enquiry": enquiry,
            "form": form,
        }
        return TemplateResponse(request, "enquiries/admin/legal_hold.html", context)

    def _told(self, request: HttpRequest, enquiry: Enquiry, done: str) -> HttpResponse:
        self.log_change(request, enquiry, done)
        self.message_user(request, done)
        return redirect("admin:enquiries_enquiry_change", enquiry.pk)
