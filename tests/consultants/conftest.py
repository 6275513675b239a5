"""What the stories of consultants share: the mail server of the requests, and a directory that remembers nothing."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.enquiries.conftest import mail_server

__all__ = ["mail_server"]


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """No test is told what another's directory offered to choose from."""
    cache.clear()
    yield
    cache.clear()
