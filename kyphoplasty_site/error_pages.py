"""The pages that nginx shows by itself: when no web process answers, or before it would let one be asked."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from kyphoplasty_site.context_processors import SiteFacts

NAMES = ("413", "429", "503")
FOLDER = "errors"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def write_error_pages() -> list[Path]:
    """Beside the static files, with their names of today and the number that is shown while the database is away."""
    folder = Path(settings.STATIC_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder / f"{name}.html") for name in NAMES]


def too_busy() -> tuple[str, list[tuple[str, str]], bytes]:
    """What is said, as WSGI has it, where nobody is free to ask Django: the page of nginx, or a line where there is none."""
    page = Path(settings.STATIC_ROOT) / FOLDER / "503.html"
    words = (
        f"Sorry, we cannot do that just now. Wait a minute and try again, or call {settings.FALLBACK_PHONE}."
    )
    content = page.read_bytes() if page.exists() else words.encode()
    kind = "text/html" if page.exists() else "text/plain"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "Retry-After": "30",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return "503 Service Unavailable", [*headers.items()], content


def _written(page: Path) -> Path:
    context = {"site": SiteFacts(), "public_url": settings.SITE_URL}
    page.write_text(render_to_string(page.name, context))
    return page
