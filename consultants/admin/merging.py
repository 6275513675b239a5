"""Merging two records of one person: both side by side, what to keep, and what will move."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from consultants.merging import Merger, NotMerged, likely_pairs, merger
from procedures.fingerprints import fingerprint


class Merging(admin.ModelAdmin):
    """Likely duplicates, and the page on which two become one."""

    def get_urls(self) -> list[URLPattern]:
        merge = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.merge))
        duplicates = self.admin_site.admin_view(require_safe(self.duplicates))
        return [
            path("duplicates/", duplicates, name="consultants_consultant_duplicates"),
            path("merge/<int:kept>/<int:other>/", merge, name="consultants_consultant_merge"),
            *super().get_urls(),
        ]

    def duplicates(self, request: HttpRequest) -> TemplateResponse:
        """Records that may be of one person."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Possible duplicates",
            "pairs": likely_pairs(),
        }
        return TemplateResponse(request, "admin/consultants/duplicates.html", context)

    def merge(self, request: HttpRequest, kept: int, other: int) -> HttpResponseBase:
        """Both records side by side; pressed, one leads to the other."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        with transaction.atomic():
            two = merger(kept, other)
            if two is None:
                raise Http404
            if request.method != "POST":
                return self._merge_page(request, two)
            if fingerprint({"seen": two.gist}) != request.POST.get("seen"):
                changed = "Somebody changed one of these records after you saw them. Nothing was merged. Look once more."
                return self._merge_page(request, two, changed)
            taken = {one.name for one in two.choices if request.POST.get(one.name) == "other"}
            try:
                two.carry_out(taken)
            except NotMerged as refusal:
                return self._merge_page(request, merger(kept, other) or two, str(refusal))
            self.log_change(request, two.kept, f"Merged with {two.other} ({two.other.slug}).")
            self.log_change(request, two.other, f"Merged into {two.kept} ({two.kept.slug}).")
        self.message_user(request, f"Merged. {two.other.slug} now leads to {two.kept}.", messages.SUCCESS)
        return redirect("admin:consultants_consultant_change", two.kept.pk)

    def _merge_page(self, request: HttpRequest, two: Merger, said: str = "") -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Merge two records of one person",
            "two": two,
            "why_not": two.why_not,
            "seen": fingerprint({"seen": two.gist}),
            "said_at_top": [said] if said else [],
        }
        return TemplateResponse(request, "admin/consultants/merge.html", context)
