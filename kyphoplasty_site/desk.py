"""The staff desk: Django's own admin with the site's name, look and a page to check before launch."""

from django.contrib.admin import AdminSite
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe

from kyphoplasty_site import launch


class StaffDesk(AdminSite):
    """Django's own admin with the site's name, look and a page to check before launch."""

    site_header = site_title = "Kyphoplasty staff desk"
    index_title = "What would you like to do?"
    index_template = "staff/index.html"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        launch_check = self.admin_view(require_safe(self.launch_check))
        view_on_site = self.admin_view(require_safe(self.view_on_site))
        return [
            path("launch-check/", launch_check, name="launch_check"),
            path("r/<int:content_type_id>/<int:object_id>/", view_on_site, name="view_on_site"),
            *(given for given in super().get_urls() if getattr(given, "name", "") != "view_on_site"),
        ]

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
