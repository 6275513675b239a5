"""The site's table of contents."""

from django.contrib import admin
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path
from django.views.decorators.http import require_safe

from kyphoplasty_site import views
from kyphoplasty_site.media import media
from kyphoplasty_site.sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("procedures.urls")),
    path("", include("consultants.urls")),
    path("", include("enquiries.urls")),
    path("search/", views.search, name="search"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path(
        "sitemap.xml",
        require_safe(index),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_part"},
        name="sitemap",
    ),
    path("sitemap-<slug:section>.xml", require_safe(sitemap), {"sitemaps": SITEMAPS}, name="sitemap_part"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("media/<path:path>", media, name="media"),
    path("accounts/", include("kyphoplasty_site.accounts.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "kyphoplasty_site.views.bad_request"
handler403 = "kyphoplasty_site.views.permission_denied"
handler404 = "kyphoplasty_site.views.page_not_found"
handler429 = "kyphoplasty_site.views.too_many"  # which allauth asks for
handler500 = "kyphoplasty_site.views.server_error"
