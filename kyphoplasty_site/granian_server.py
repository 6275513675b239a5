"""Granian, the web server, with more patience for its own processes.

Granian gives up, and ends the processes that are well too, when one of them dies twice within 5.5 seconds. One that was
killed twice is no reason to stop serving. One that cannot start still ends within two seconds, and is told of.

The site is loaded here, once, and each process is forked from this one: they share its memory, and one that takes the
place of a lost one is there at once.
"""

import gc
import os

import holidays.countries  # noqa: F401 - which the first form would load
from granian.cli import entrypoint
from granian.log import LOGGING_CONFIG
from granian.server.common import AbstractServer
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

import kyphoplasty_site.wsgi  # isort: skip - the site must be set up first
import kyphoplasty_site.urls  # noqa: F401 - which the first request would load

EARLIER = 3.5
JSON = {"()": "kyphoplasty_site.logs.JsonFormatter"}


class Respawned(dict[int, float]):
    """When each process was last started again, told to be earlier than it was."""

    def __setitem__(self, process: int, moment: float) -> None:
        super().__setitem__(process, moment - EARLIER)


class Remembered:
    """Stands where the server keeps a plain dictionary of its own."""

    def __init__(self) -> None:
        self.moments = Respawned()

    def __get__(self, server: object, owner: type) -> Respawned:
        return self.moments

    def __set__(self, server: object, moments: object) -> None:
        """The server begins with an empty dictionary, as we do."""


def serve_figures() -> None:
    """What all its processes have counted, which they keep in files of one folder: see supervisor._web_environment."""
    if port := os.environ.get("METRICS_PORT"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        start_http_server(int(port), os.environ.get("METRICS_BIND") or "127.0.0.1", registry)


if __name__ == "__main__":
    if os.environ.get("PUBLIC_URL"):
        LOGGING_CONFIG |= {"formatters": dict.fromkeys(("generic", "access"), JSON)}
    serve_figures()
    setattr(AbstractServer, "respawned_wrks", Remembered())  # noqa: B010 - its types call it a plain dictionary
    gc.freeze()  # it would write to every object, and so copy what is shared
    entrypoint()
