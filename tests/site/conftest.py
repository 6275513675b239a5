"""What stories about the whole site share: the hospital of the stories about requests, and a bucket for pictures."""

import socket
from collections.abc import Iterator

import pytest

from tests.bucket import BucketServer
from tests.enquiries.conftest import hospital, question

__all__ = ["bucket_server", "hospital", "question"]


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """One for all stories: each keeps files under names of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = BucketServer(port)
    yield server
    server.end()
