"""Previews on the staff desk: how an edition looks, on a screen and on paper, and links that show a draft to others."""

from importlib import import_module
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from procedures import gate
from procedures.addresses import public_address, public_origin
from procedures.admin.deeds import ASK_THEN_DO, DO, READ, EditionDeeds
from procedures.models import Leaflet, PreviewLink
from procedures.printing import CannotPrint
from procedures.views.explainer import explainer_context

WIDTHS = {"phone": "On a phone", "desk": "On a large screen"}


class PreviewLinkForm(forms.Form):
    """Who shall see the draft without an account, and for how long."""

    shown_to = forms.CharField(
        label="Who it is for", max_length=120, help_text="For colleagues, such as “Sam, patient reader”."
    )
    days = forms.TypedChoiceField(
        label="Opens for",
        coerce=int,
        choices=[(days, f"{days} day{'s' if days > 1 else ''}") for days in (1, 3, 7, 14, 30)],
        initial=7,
        help_text="After that, the link says that it is over. You can also take it back at any time.",
    )


class Previews(EditionDeeds):
    """The pages that show an edition before its readers see it."""

    def get_urls(self) -> Any:
        return [
            self.deed("preview", self.preview, ASK_THEN_DO),
            self.deed("preview_page", self.preview_page, READ),
            self.deed("preview_leaflet", self.preview_leaflet, READ),
            self.deed("revoke_preview", self.revoke_preview, DO, "<int:link>/"),
            *super().get_urls(),
        ]

    @method_decorator(never_cache)
    @method_decorator(csp_update({"frame-src": [SELF]}))
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The edition as readers will see it, in two widths; and links to it for people without an account."""
        edition = self.asked_for(request, pk, "view_edition")
        may_share = edition.is_draft and request.user.has_perm("procedures.change_edition")
        form = PreviewLinkForm(request.POST or None)
        made = ""
        if request.method == "POST":
            if not may_share:
                raise PermissionDenied
            if form.is_valid():
                token = PreviewLink.objects.mint(edition, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
                made = public_origin(request) + reverse("procedures:preview", args=[token])
                self.log_change(request, edition, _noted(form.cleaned_data))
                form = PreviewLinkForm()
        return self.deed_page(
            request,
            edition,
            "admin/procedures/edition/preview.html",
            f"Preview of {edition}",
            width=request.GET.get("width") if request.GET.get("width") in WIDTHS else "phone",
            widths=WIDTHS,
            form=form,
            made=made,
            may_share=may_share,
            links=edition.preview_links.select_related("created_by"),
            now=timezone.now(),
        )

    @method_decorator(never_cache)
    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page itself, which only our own desk may frame."""
        edition = self.asked_for(request, pk, "view_edition")
        found = gate.findings(edition) if edition.is_draft else []
        missing = [finding for finding in found if not finding.sentence]
        context = explainer_context(public_address(request), edition) | {"missing": missing}
        return TemplateResponse(request, "procedures/staff_preview.html", context)

    @method_decorator(never_cache)
    def preview_leaflet(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The leaflet that the edition would have, made now and kept nowhere; in large print for ?size=large."""
        leaflets = import_module("procedures.leaflets")  # its parser would take memory in every web process
        edition = self.asked_for(request, pk, "view_edition")
        is_large = request.GET.get("size") == Leaflet.Size.LARGE
        try:
            pdf = leaflets.pdf(edition, Leaflet.Size.LARGE if is_large else Leaflet.Size.STANDARD)
        except CannotPrint as reason:
            self.message_user(request, str(reason), messages.ERROR)
            return redirect("admin:procedures_edition_preview", pk)
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": "inline"})

    def revoke_preview(self, request: HttpRequest, pk: int, link: int) -> HttpResponse:
        """Take a link back: from now on it opens nothing."""
        edition = self.asked_for(request, pk, "change_edition")
        shared = get_object_or_404(edition.preview_links, pk=link)
        if shared.revoked_at is None:
            shared.revoked_at = timezone.now()
            shared.save(update_fields=["revoked_at"])
            self.log_change(request, edition, f"Took back the preview link for {shared.shown_to}.")
        self.message_user(request, f"The link for {shared.shown_to} opens nothing any more.")
        return redirect("admin:procedures_edition_preview", pk)


def _noted(made: dict[str, Any]) -> str:
    """What the edition's history says of a new link."""
    days = "1 day" if made["days"] == 1 else f"{made['days']} days"
    return f"Made a preview link for {made['shown_to']}, which opens for {days}."
