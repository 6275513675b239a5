"""Requests on the desk. What a patient sent cannot be changed here, nor anything added or deleted for them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from enquiries.admin.exporting import Exporting
from enquiries.admin.legal_hold import LegalHold
from enquiries.admin.persons import AboutAPerson
from enquiries.admin.service import Service
from enquiries.admin.work import Work
from enquiries.models import Enquiry


@admin.register(Enquiry)
class EnquiryAdmin(AboutAPerson, Exporting, Service, LegalHold, Work):
    """Only the requests of the hospitals whose team a person is in; a superuser sees all."""

    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enquiry]:
        return super().get_queryset(request).seen_by(request.user)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Enquiry | None = None) -> bool:
        return False
