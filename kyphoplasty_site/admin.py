"""The staff desk: Django's own admin with the site's name, look and a page to check before launch."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
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
        return [path("launch-check/", launch_check, name="launch_check"), *super().get_urls()]

    def launch_check(self, request: HttpRequest) -> TemplateResponse:
        """Everything that is missing, unconfirmed or without sign-off."""
        context = {**self.each_context(request), "title": "Check before launch", "parts": launch.gaps()}
        return TemplateResponse(request, "staff/launch_check.html", context)
