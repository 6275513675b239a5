"""Which pages search engines are told of, and when each last changed."""

import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from consultants.models import Consultant
from procedures.models import Edition, Hospital


class EditionSitemap(Sitemap):
    """The current page of each procedure."""

    def items(self) -> QuerySet[Edition]:
        return Edition.objects.current().select_related("procedure")

    def location(self, item: Edition) -> str:
        return item.procedure.get_absolute_url()

    def lastmod(self, item: Edition) -> datetime.datetime | None:
        return item.published_at


class BesideEditionSitemap(Sitemap):
    """What stands beside the current page of each procedure: its changes, and what to print and take along."""

    names = ("change_list", "visit_sheet", "for_your_gp")

    def items(self) -> list[tuple[Edition, str]]:
        editions = Edition.objects.current().select_related("procedure")
        return [(edition, name) for edition in editions for name in self.names]

    def location(self, item: tuple[Edition, str]) -> str:
        edition, name = item
        return reverse(f"procedures:{name}", args=[edition.procedure.slug])

    def lastmod(self, item: tuple[Edition, str]) -> datetime.datetime | None:
        return item[0].published_at


class ConsultantSitemap(Sitemap):
    """Each consultant in the directory, a few thousand to a file."""

    limit = 5_000

    def items(self) -> QuerySet[Consultant]:
        return Consultant.objects.practising().order_by("pk").only("slug")


class HospitalSitemap(Sitemap):
    """Each hospital."""

    def items(self) -> QuerySet[Hospital]:
        return Hospital.objects.all()


class PageSitemap(Sitemap):
    """Pages with an address of their own and no row behind them."""

    def items(self) -> list[str]:
        return [
            "home",
            "procedures:procedure_list",
            "procedures:hospital_list",
            "procedures:glossary",
            "consultants:consultant_list",
            "enquiries:enquire",
            "enquiries:request_callback",
            "privacy",
            "accessibility",
        ]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {
    "pages": PageSitemap,
    "procedures": EditionSitemap,
    "beside": BesideEditionSitemap,
    "consultants": ConsultantSitemap,
    "hospitals": HospitalSitemap,
}
