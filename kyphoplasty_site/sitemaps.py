"""Which pages search engines are told of, and when each last changed."""

import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
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


class ByKey:
    """Rows parted by their keys: none is counted, and the last part is found as fast as the first. A part may be short."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        highest: int | None = self.rows.model._default_manager.aggregate(highest=Max("pk"))["highest"]
        return highest or 0

    def __getitem__(self, part: slice) -> QuerySet[Any]:
        return self.rows.filter(pk__gt=part.start, pk__lte=part.stop)


class ConsultantSitemap(Sitemap):
    """Each consultant in the directory, a few thousand to a file."""

    limit = 5_000

    def items(self) -> ByKey:  # type: ignore[override]  # a paginator needs no more
        return ByKey(Consultant.objects.practising().order_by("pk").only("slug"))


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
