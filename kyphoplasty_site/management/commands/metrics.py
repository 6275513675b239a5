"""Serve the figures of what waits, for the worker."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import CollectorRegistry, start_http_server

from kyphoplasty_site.metrics import Waiting


class Command(BaseCommand):
    """Its own registry: what web processes count is served by the web server, which knows them all."""

    help = (
        "Serves what waits in the database to Prometheus on METRICS_PORT, until stopped. The worker does so by itself. "
        "One JSON line, at once, where METRICS_PORT is unset."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        if settings.METRICS_PORT:
            registry = CollectorRegistry()
            registry.register(Waiting())
            _, serving = start_http_server(settings.METRICS_PORT, settings.METRICS_BIND, registry)
            serving.join()
        return json.dumps({"served": bool(settings.METRICS_PORT)})
