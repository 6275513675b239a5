"""The figures that machines watch: how requests are answered, and what waits. Served on METRICS_PORT, never on PORT.

No label holds a path, an address or anything of a person: only our own name of a view, and a status.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from enquiries.models import Enquiry, OutgoingMail
from kyphoplasty_site.accounts.attempts import failed_in_the_last_day
from kyphoplasty_site.models import Backup
from kyphoplasty_site.readiness import clock_is_off_by, tried

SECONDS = Histogram("site_request_seconds", "How long an answer took", ["view", "status"])
KEPT_PAGES = Counter("site_kept_pages", "Pages answered as they were kept, without asking Django")
WRONG_LOOKS = Counter("site_looks_by_a_wrong_clock", "Looks at the content that found our clock wrong")


class Waiting(Collector):
    """What the database knows, read when somebody asks. What was never seen is left out, as is all while it is away.

    It is away where a request could not be stored, though it answers: /readyz says why.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            tried()
            known = _known()
        except Error:
            known = {}
        finally:
            connection.close()  # each asking has a thread of its own, and so a connection
        yield GaugeMetricFamily("site_database_up", "Whether the database takes requests", value=bool(known))
        for name, (meaning, value) in known.items():
            if value is not None:
                yield GaugeMetricFamily(f"site_{name}", meaning, value=value)


def _known() -> dict[str, tuple[str, float | None]]:
    lately = Enquiry.objects.filter(created_at__gt=timezone.now() - timedelta(days=1))
    health, backup_at = OutgoingMail.objects.health(), Backup.last_taken_at()
    backup_age = int((timezone.now() - backup_at).total_seconds()) if backup_at else None
    clock_off = abs(clock_is_off_by()).total_seconds()
    untried = OutgoingMail.objects.unsent().filter(attempts=0).first()
    untried_for = (timezone.now() - untried.created_at).total_seconds() if untried else 0
    return {
        "requests_stored_last_day": ("Requests stored in 24 hours", lately.count()),
        "mails_waiting": ("Mails still to be sent", OutgoingMail.objects.unsent().count()),
        "mails_held": ("Mails that wait for a person", health["held_mails"]),
        "oldest_unsent_mail_seconds": ("Age of the oldest of them", health["oldest_unsent_seconds"] or 0),
        "oldest_untried_mail_seconds": ("Age of the oldest that nobody has tried to send", untried_for),
        "mail_refused": (
            "Whether no mail left since one was tried in vain",
            OutgoingMail.objects.is_refused(),
        ),
        "failed_sign_ins_last_day": ("Failed sign-ins in 24 hours", failed_in_the_last_day()),
        "backup_age_seconds": ("Since the moment that the last backup shows", backup_age),
        "worker_seen_seconds": ("Since the worker came round", health["worker_seen_seconds"]),
        "clock_off_seconds": ("How far our clock is from the database's", clock_off),
    }


def serve_waiting() -> None:
    """On METRICS_PORT, if there is one, for as long as the process lives. It counts no requests: the web server does."""
    if settings.METRICS_PORT:
        registry = CollectorRegistry()
        registry.register(Waiting())
        start_http_server(settings.METRICS_PORT, settings.METRICS_BIND, registry)
