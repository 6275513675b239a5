"""What the deeds of an edition share on the staff desk: who may, which edition, what came of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from procedures.admin.lists import CalmList
from procedures.models import Edition
from procedures.publishing import Refused

READ, ASK_THEN_DO, DO = ["GET", "HEAD"], ["GET", "HEAD", "POST"], ["POST"]


class EditionDeeds(CalmList):
    """Each deed has an address of its own under the edition, asks who may, and is noted in the edition's history."""

    def deed(
        self, name: str, view: Callable[..., HttpResponse], methods: list[str], more: str = ""
    ) -> URLPattern:
        """The address of a deed, named for it."""
        return path(
            f"<int:pk>/{name.replace('_', '-')}/{more}",
            self.admin_site.admin_view(require_http_methods(methods)(view)),
            name=f"procedures_edition_{name}",
        )

    def asked_for(self, request: HttpRequest, pk: int, permission: str) -> Edition:
        """The edition with its blocks, for somebody who has the permission.

        Raises PermissionDenied, Http404.
        """
        if not request.user.has_perm(f"procedures.{permission}"):
            raise PermissionDenied
        return get_object_or_404(Edition.objects.with_blocks(), pk=pk)

    def do(
        self, request: HttpRequest, edition: Edition, deed: Callable[[], object], done: str
    ) -> HttpResponse:
        """Do it, note it and lead back to the edition; or lead back and say why not."""
        try:
            with transaction.atomic():
                deed()
                self.log_change(request, edition, done)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return redirect("admin:procedures_edition_change", edition.pk)

    def deed_page(
        self, request: HttpRequest, edition: Edition, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        """A page about one edition, in the desk's own frame."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, frame | {"edition": edition} | context)
