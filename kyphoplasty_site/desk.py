"""The staff desk: Django's own admin with the site's name, look, what is due, and a page to check before launch."""

from dataclasses import asdict
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_POST, require_safe

from consultants.models import Reconfirmation
from enquiries.models import Enquiry
from enquiries.waiting import waiting_for
from kyphoplasty_site import launch
from procedures import standing
from procedures.models import Edition, Task
from procedures.readability import Reading
from procedures.reviews import reviews

LONGEST_TEXT = 100_000


class StaffDesk(AdminSite):
    """Django's own admin with the site's name, look, what is due, and a page to check before launch."""

    site_header = site_title = "Kyphoplasty staff desk"
    index_title = "What would you like to do?"
    index_template = "staff/index.html"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        launch_check = self.admin_view(require_safe(self.launch_check))
        view_on_site = self.admin_view(require_safe(self.view_on_site))
        reviews_due = self.admin_view(require_safe(self.reviews_due))
        reading_age = self.admin_view(require_POST(self.reading_age))
        return [
            path("launch-check/", launch_check, name="launch_check"),
            path("reviews-due/", reviews_due, name="reviews_due"),
            path("reading-age/", reading_age, name="reading_age"),
            path("r/<int:content_type_id>/<int:object_id>/", view_on_site, name="view_on_site"),
            *(given for given in super().get_urls() if getattr(given, "name", "") != "view_on_site"),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The front of the desk: first what waits for this person."""
        waiting = Edition.objects.awaiting_sign_off().select_related("procedure")
        may_write = request.user.has_perm("procedures.change_edition")
        drafts = Edition.objects.drafts().with_blocks() if may_write else []
        may_sign = request.user.has_perm("procedures.add_signoff")
        context = {
            "sees_pages": request.user.has_perm("procedures.view_edition"),
            "open_tasks": Task.objects.open().count(),
            "may_write": may_write,
            "drafts": [(draft, standing.in_words(draft, is_current=False)) for draft in drafts],
            "waiting": waiting if may_sign else waiting.none(),
            "corrections": Reconfirmation.objects.undecided().count(),
            "calls": Enquiry.objects.seen_by(request.user).counts(),  # type: ignore[arg-type]
            "records_waiting": list(waiting_for(request.user)),  # type: ignore[arg-type]
        }
        return super().index(request, context | (extra_context or {}))

    def reviews_due(self, request: HttpRequest) -> TemplateResponse:
        """When each page is to be read again, who keeps it, and what waits."""
        if not request.user.has_perm("procedures.view_edition"):
            raise PermissionDenied
        found = reviews()
        groups = {
            "Overdue": [review for review in found if review.is_overdue],
            "Due within 90 days": [review for review in found if review.is_due_soon],
            "Without a date": [review for review in found if review.due_on is None],
            "Later": [review for review in found if review.days_left is not None and review.days_left > 90],
        }
        context = {
            **self.each_context(request),
            "title": "Pages due for review",
            "groups": groups,
            "waiting": Edition.objects.awaiting_sign_off().select_related("procedure"),
        }
        return TemplateResponse(request, "staff/reviews_due.html", context)

    def reading_age(self, request: HttpRequest) -> JsonResponse:
        """How a text reads that somebody is typing. It is kept nowhere."""
        if not any(request.user.has_perm(f"procedures.change_{row}") for row in ("edition", "hospital")):
            raise PermissionDenied
        reading = Reading.of(request.POST.get("text", "")[:LONGEST_TEXT])
        return JsonResponse(asdict(reading) | {"said": reading.said})

    def view_on_site(self, request: HttpRequest, content_type_id: int, object_id: int) -> HttpResponseBase:
        """On to a row's public page. Django's own lets all staff through, and so to every patient's private page."""
        model = get_object_or_404(ContentType, pk=content_type_id).model_class()
        desk = self._registry.get(model) if model else None
        if desk is None or not desk.view_on_site or not desk.has_view_permission(request):
            raise PermissionDenied
        return shortcut(request, content_type_id, object_id)

    def launch_check(self, request: HttpRequest) -> TemplateResponse:
        """Everything that is missing, unconfirmed or without sign-off."""
        parts = {part: [gap.seen_by(request.user) for gap in found] for part, found in launch.gaps().items()}
        context = {**self.each_context(request), "title": "Check before launch", "parts": parts}
        return TemplateResponse(request, "staff/launch_check.html", context)
