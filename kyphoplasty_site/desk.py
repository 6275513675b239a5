"""The staff desk: Django's own admin with the site's name, look, what is due, and a page to check before launch."""

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.contrib.admin.options import FORMFIELD_FOR_DBFIELD_DEFAULTS
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.http import require_POST, require_safe

from kyphoplasty_site import front, launch
from kyphoplasty_site.accounts.sessions import is_whole
from kyphoplasty_site.accounts.views import account_logout, to_the_door
from kyphoplasty_site.guide import GuidedDesk
from kyphoplasty_site.site_settings import settings_for
from procedures.fields import DayInput, MinuteInput
from procedures.models import Edition
from procedures.readability import Reading
from procedures.reviews import reviews

# Django's own, which we have in another shape: here, or under /accounts/.
REPLACED = {"view_on_site", "password_change", "password_change_done"}
# The browser's own boxes for a day and a time, in place of a script's calendar.
FORMFIELD_FOR_DBFIELD_DEFAULTS |= {
    models.DateField: {"widget": DayInput},
    models.TimeField: {"widget": MinuteInput},
}
LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Place:
    """Where the work of a role is done, as the frame of the desk names it."""

    name: str
    url: str
    is_here: bool
    is_this_page: bool


# Each place by its address: what it is called, and what one may do who works there.
PLACES = {
    "admin:index": ("Home", ()),
    "admin:enquiries_enquiry_changelist": ("Calls to make", ("enquiries.view_enquiry",)),
    "admin:enquiries_enquiry_service": ("How we are doing", ("enquiries.oversee_enquiry",)),
    "admin:procedures_edition_changelist": (
        "Editions",
        ("procedures.change_edition", "procedures.add_signoff"),
    ),
    "admin:procedures_figure_changelist": ("Figures", ("procedures.change_figure",)),
    "admin:reviews_due": ("Reviews", ("procedures.change_edition", "procedures.add_signoff")),
    "admin:consultants_consultant_changelist": ("Consultants", ("consultants.change_consultant",)),
    "admin:procedures_hospital_changelist": ("Hospitals", ("procedures.change_hospital",)),
    "admin:facts_to_confirm": ("Facts to confirm", ("consultants.change_reconfirmation",)),
    "admin:auth_user_changelist": ("Users", ("auth.change_user",)),
    "admin:site_settings": (
        "Settings of the site",
        (
            "kyphoplasty_site.change_sitesettings",
            "enquiries.change_servicepolicy",
            "enquiries.change_mailtext",
        ),
    ),
}


def places_for(request: HttpRequest) -> list[Place]:
    """The places of this person's roles. The one they are in, or whose page they are on, is marked."""
    found = {
        reverse(name): says
        for name, (says, any_of) in PLACES.items()
        if not any_of or any(map(request.user.has_perm, any_of))
    }
    here = max((url for url in found if request.path.startswith(url)), key=len, default="")
    if here == reverse("admin:index") != request.path:
        here = ""
    return [Place(says, url, url == here, url == request.path) for url, says in found.items()]


class StaffDesk(GuidedDesk):
    """Django's own admin with the site's name, look, what is due, and a page to check before launch."""

    site_header = site_title = "Kyphoplasty staff desk"
    index_title = "What needs you now"
    index_template = "staff/index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, in a session that has shown a second factor or a passkey. All that only staff may see asks this."""
        return super().has_permission(request) and is_whole(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """The desk has one door, and it is not here."""
        return to_the_door(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """The same way out as everywhere."""
        return account_logout(request)

    def __init__(self, name: str = "admin") -> None:
        """Rows are deleted one by one, each on a page that says what goes with it."""
        super().__init__(name)
        self.disable_action("delete_selected")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        launch_check = self.admin_view(require_safe(self.launch_check))
        view_on_site = self.admin_view(require_safe(self.view_on_site))
        reviews_due = self.admin_view(require_safe(self.reviews_due))
        site_settings = self.admin_view(require_safe(self.site_settings))
        reading_age = self.admin_view(require_POST(self.reading_age))
        return [
            path("settings/", site_settings, name="site_settings"),
            path("launch-check/", launch_check, name="launch_check"),
            path("reviews-due/", reviews_due, name="reviews_due"),
            path("reading-age/", reading_age, name="reading_age"),
            path("r/<int:content_type_id>/<int:object_id>/", view_on_site, name="view_on_site"),
            *(given for given in super().get_urls() if getattr(given, "name", "") not in REPLACED),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame of every page says: who is here, the places of their roles, and when their session ends."""
        context = super().each_context(request)
        context["idle_seconds"] = int(settings.STAFF_IDLE.total_seconds())
        if context["has_permission"]:
            context["roles"] = ", ".join(request.user.roles)  # type: ignore[union-attr]
            context["places"] = places_for(request)
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The front of the desk: first what waits for this person."""
        keeps_site = request.user.has_perm("procedures.change_edition")
        context = {"parts": front.parts(request.user), "keeps_site": keeps_site}  # type: ignore[arg-type]
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

    def site_settings(self, request: HttpRequest) -> TemplateResponse:
        """What the hospital sets itself, for those who may set any of it."""
        settings = settings_for(request.user)  # type: ignore[arg-type]
        if not any(setting.may_change for setting in settings):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "Settings of the site", "settings": settings}
        return TemplateResponse(request, "staff/site_settings.html", context)

    def reading_age(self, request: HttpRequest) -> JsonResponse:
        """How a text reads that somebody is typing. It is kept nowhere."""
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
