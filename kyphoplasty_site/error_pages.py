"""The pages that nginx shows by itself: when no web process answers, or before it would let one be asked."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from kyphoplasty_site.context_processors import SiteFacts

NAMES = ("413", "429", "503")
FOLDER = "errors"


def write_error_pages() -> list[Path]:
    """Beside the static files, with their names of today and the number that is shown while the database is away."""
    folder = Path(settings.STATIC_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder / f"{name}.html") for name in NAMES]


def _written(page: Path) -> Path:
    context = {"site": SiteFacts(), "public_url": settings.SITE_URL}
    page.write_text(render_to_string(page.name, context))
    return page
