"""A server that speaks S3, in a process of its own, and one bucket on it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError
from django.core.files.storage import default_storage

from kyphoplasty_site.configuration import Environment
from procedures.pictures import keep

NAME = "pictures-and-films"


def store(port: int) -> dict[str, Any]:
    """How STORAGES names the bucket at that port, read as the settings read MEDIA_STORE."""
    address = f"s3+http://key:secret@127.0.0.1:{port}/{NAME}?region=us-east-1"
    return Environment({"MEDIA_STORE": address}).bucket("MEDIA_STORE") or {}


@contextmanager
def kept_at(port: int, settings: Any) -> Iterator[None]:
    """Pictures and films are kept in the bucket at that port while the block runs."""
    keep.cache_clear()
    settings.STORAGES = settings.STORAGES | {"default": store(port)}
    yield
    default_storage.connection.meta.client.close()  # type: ignore[attr-defined]  # the bucket's own


class BucketServer:
    """Moto, which has the protocol of S3 and keeps what it is given in memory."""

    def __init__(self, port: int) -> None:
        self.port = port
        command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self._makes_the_bucket():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _makes_the_bucket(self) -> bool:
        try:
            self.client.create_bucket(Bucket=NAME)
        except EndpointConnectionError:
            return False
        return True

    @cached_property
    def client(self) -> Any:
        key = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.port}", **key)

    def end(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
