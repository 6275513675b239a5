"""The leaflet: an edition on paper, in two sizes, with a code that says whether that paper still holds.

Each is made once, by the worker or by `make_leaflets`, and kept. No reader waits for one to be made.
"""

import io
import logging
import time

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from procedures import printing, rendering
from procedures.models import Edition, Leaflet, RedFlagCard
from procedures.on_paper import on_paper

logger = logging.getLogger(__name__)
Size = Leaflet.Size
TRY_AGAIN_AFTER = 3600.0


def html(edition: Edition, size: str = Size.STANDARD) -> str:
    """The leaflet before it is printed: the words kept in the edition, after the red flags as they stand today."""
    page = rendering.page(edition)
    return render_to_string(
        "procedures/leaflet.html",
        {
            "edition": edition,
            "procedure": edition.procedure,
            "is_large": size == Size.LARGE,
            "cards": [(card, _cleared(card.body, after_level=2)) for card in RedFlagCard.objects.all()],
            "opening": _cleared(page["opening"]),
            "body": _cleared(page["body"]),
            "sources": _cleared(page["sources"], after_level=2),
            "contents": page["contents"],
            "hard_words": sorted(
                edition.copies.get("glossary", {}).values(), key=lambda word: word["term"].lower()
            ),
            "hospitals": [
                offering.hospital for offering in edition.procedure.offerings.select_related("hospital")
            ],
            "check_url": check_url(edition),
            "qr": _qr(check_url(edition)) if edition.leaflet_code else "",
        },
    )


def _cleared(fragment: str, *, after_level: int = 1) -> SafeString:
    """Safe: cleaned where it was stored, and once more for paper."""
    return mark_safe(on_paper(fragment, after_level=after_level))  # noqa: S308  # nosec B308 B703  # cleaned twice


def pdf(edition: Edition, size: str = Size.STANDARD) -> bytes:
    """The leaflet of an edition with its blocks, which may be a draft. It takes seconds.

    Raises printing.CannotPrint.
    """
    return printing.printed(html(edition, size)).pdf


def check_url(edition: Edition) -> str:
    """Where a reader of the paper learns whether it still holds."""
    return f"{settings.SITE_URL}{reverse('procedures:leaflet_check', args=[edition.leaflet_code or '-'])}"


def _qr(address: str) -> SafeString:
    """The address as a drawing to scan, with words for who cannot see it."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
        border=2,
        light="#fff",
        title=f"QR code that leads to {address}",
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308  # nosec B308 B703  # our own address, drawn


def make(edition: Edition, size: str) -> Leaflet:
    """Make the leaflet and keep it. Where another worker was quicker, theirs stands.

    Raises printing.CannotPrint.
    """
    made = printing.printed(html(Edition.objects.with_blocks().get(pk=edition.pk), size))
    leaflet = Leaflet(edition=edition, size=size, pdf=made.pdf, pages=made.pages)
    Leaflet.objects.bulk_create([leaflet], ignore_conflicts=True)
    return Leaflet.objects.without_pdf().get(edition=edition, size=size)


class Press:
    """Makes what is missing, one leaflet at a time. One that failed waits an hour, so that it holds up no other."""

    def __init__(self) -> None:
        self.not_before: dict[tuple[int, str], float] = {}
        self.has_said_what_is_lacking = False

    def make_one(self) -> Leaflet | None:
        """The next leaflet; None when there is nothing to make, or nothing to make it with."""
        if not printing.can_print():
            self._say_what_is_lacking()
            return None
        for edition, size in Leaflet.objects.missing():
            key = (edition.pk, size)
            if self.not_before.get(key, 0.0) <= time.monotonic():
                self.not_before[key] = time.monotonic() + TRY_AGAIN_AFTER
                return make(edition, size)
        return None

    def _say_what_is_lacking(self) -> None:
        if not self.has_said_what_is_lacking:
            logger.error(printing.LACKING)
        self.has_said_what_is_lacking = True
